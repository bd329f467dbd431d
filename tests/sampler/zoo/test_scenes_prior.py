"""The prior that ships with `scenes`: small, and better than what needs no training."""

from inverset.sampler import zoo
from inverset.sampler.priors import Gaussian
from inverset.sampler.priors.choosing import NEAREST
from inverset.sampler.zoo.scenes import prior, weights

MOST = 6_000_000  # bytes


def test_it_is_small_and_its_figures_ship():
    assert (weights.FOLDER / weights.PRIOR).stat().st_size <= MOST
    answer = weights.figures().prior
    assert answer.kind == "flow"
    for name in ("precision", "coverage"):
        flow, mixture, gaussian = (
            getattr(each.through, name) for each in (answer.flow, answer.mixture, answer.gaussian)
        )
        assert flow > mixture > gaussian
        assert flow >= 0.95 * getattr(answer.ceiling.through, name)
    assert answer.flow.nearest >= NEAREST
    card = (weights.FOLDER / "card.md").read_text()
    assert f"| flow | {answer.flow.through.precision:.2f} / " in card


def test_draws_are_as_natural_as_the_figures_say():
    """Fewer draws, so that coverage is lower, and differences of a tenth are noise."""
    bundle = zoo.load("scenes")
    nature = prior.nature(bundle, bundle.reference.codes, 150)
    flow, gaussian = nature.worth(bundle.prior), nature.worth(Gaussian(bundle.statistics))
    assert flow.kind == "flow"
    assert flow.through.precision >= nature.ceiling.through.precision - 0.1
    assert flow.through.coverage >= nature.ceiling.through.coverage - 0.1
    assert flow.through.mean > gaussian.through.mean + 0.1
    assert 0.85 < flow.nearness < 1.2
    assert flow.cycle_cleaned < flow.cycle / 2
