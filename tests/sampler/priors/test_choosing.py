"""Which prior is chosen: the one whose draws are natural; never one that copies what it was fitted on."""

from dataclasses import dataclass

import pytest
import torch

from inverset.sampler.priors import Gaussian, Mixture, choosing
from inverset.sampler.priors.worth import Figures, Nature, Networks, Worth
from tests.sampler.priors.test_priors import SHORT, statistics_of

NETWORKS = Networks(
    paint=lambda codes: codes.repeat(1, 3)[:, :, None, None].mul(8).add(128).clamp(0, 255).round().byte(),
    encode=None,
    read=lambda images: images[:, : images.shape[1] // 3, 0, 0].float(),
    device=torch.device("cpu"),
)  # a code is its picture


@dataclass(frozen=True)
class Copier:
    """Draws the codes that it was fitted on."""

    codes: torch.Tensor
    name: str = "copier"
    dimension: int = 1

    def decode(self, latents):
        ranks = torch.special.ndtr(latents[:, 0])
        return self.codes[(ranks * len(self.codes)).long().clamp_max(len(self.codes) - 1)]


@pytest.fixture(scope="module")
def codes():
    """Two clouds, by turns: (1000, 6)."""
    random = torch.Generator().manual_seed(0)
    codes = torch.randn(1000, 6, generator=random)
    codes[::2, 0] += 12
    return codes


@pytest.fixture(scope="module")
def nature(codes):
    fitted, held = choosing.split(*codes.shape)
    more = codes[fitted][: len(held)]
    photographs = NETWORKS.paint(codes[held])
    return Nature(NETWORKS, codes[fitted], codes[held], photographs, more)


def test_some_images_are_held_out_and_always_the_same():
    fitted, held = choosing.split(1000, 6)
    assert (len(fitted), len(held)) == (800, 200)
    assert not set(fitted.tolist()) & set(held.tolist())
    assert [len(each) for each in choosing.split(100_000, 6)] == [choosing.MOST, choosing.HELD]
    assert [len(each) for each in choosing.split(100_000, 50_000)] == [2000, choosing.HELD]  # wide ones
    assert [len(each) for each in choosing.split(0, 6)] == [0, 0]


def test_a_candidate_that_copies_is_rejected(nature, codes):
    worths = [nature.worth(prior) for prior in (Copier(nature.fitted), Gaussian(statistics_of(codes)))]
    assert worths[0].nearness < 0.05
    assert worths[0].through.mean > worths[1].through.mean  # its draws look better
    assert choosing.best(worths) == 1
    assert choosing.best(worths[:1]) == 0  # where there is no other


def test_natural_images_are_as_good_as_can_be(nature):
    assert nature.ceiling.through.precision > 0.9
    assert nature.ceiling.through == nature.ceiling.raw  # this generator loses nothing


def test_the_mixture_is_chosen_where_codes_are_clouds(nature, codes):
    choice = choosing.choose(nature, statistics_of(codes))
    assert choice.prior.name == "mixture"
    assert [each.kind for each in choice.tried] == ["mixture", "gaussian"]  # too few for a flow
    mixture, gaussian = choice.tried
    assert mixture.through.precision > gaussian.through.precision + 0.2
    assert 0.75 < mixture.nearness < 1.3


def test_a_flow_is_tried_where_there_are_enough_codes(codes, monkeypatch):
    monkeypatch.setattr(choosing, "FLOW_FROM", 1000)
    trained = []

    def train(trainer):
        trained.append(trainer)
        return trainer.run()

    tried = choosing.candidates(codes, statistics_of(codes), train, SHORT)
    assert [prior.name for prior in tried] == ["flow", "mixture", "gaussian"]
    assert len(trained) == 1


def test_without_axes_there_is_only_the_gaussian(codes):
    statistics = statistics_of(codes)
    plain = type(statistics)(codes.mean(dim=0), None, codes.std(dim=0), None, 1.0, None)
    assert [prior.name for prior in choosing.candidates(codes, plain, None, SHORT)] == ["gaussian"]
    assert choosing.quickly(codes, plain).name == "gaussian"


def test_a_quick_choice_looks_at_no_image(codes, monkeypatch):
    statistics = statistics_of(codes)
    assert choosing.quickly(codes[:90], statistics).name == "gaussian"  # 72 to fit on
    assert choosing.quickly(codes, statistics).name == "mixture"
    monkeypatch.setattr(Mixture, "fit", lambda codes, statistics: Copier(codes))
    assert choosing.quickly(codes, statistics).name == "gaussian"


def test_one_that_is_precise_but_narrow_loses():
    def worth(precision, coverage):
        figures = Figures(precision, coverage, 0.5)
        return Worth("any", 100, figures, figures, 1.0, 1.0, None, None)

    assert choosing.best([worth(1.0, 0.3), worth(0.8, 0.8)]) == 1


def test_draws_are_cleaned_once_where_the_generator_inverts_e(codes, nature):
    """E forgets all but a third of what a picture is away from the centre; so the second picture is another."""
    networks = Networks(
        NETWORKS.paint, lambda images: NETWORKS.read(images).sub(128).div(24), NETWORKS.read, NETWORKS.device
    )
    cleaned = Nature(networks, nature.fitted, nature.held, nature.photographs, nature.more)
    prior = Gaussian(statistics_of(codes))
    worth = cleaned.worth(prior)
    assert worth.cycle == pytest.approx(2 / 3, abs=0.05)
    assert worth.nearest_cleaned is not None
    assert worth.through != nature.worth(prior).through
