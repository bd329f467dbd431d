"""The model card beside the weights."""

from pathlib import Path

from inverset.sampler.priors.worth import Worth
from inverset.sampler.zoo.scenes.figures import Figures, PriorFigures

_CARD = """# Model card: scenes

**What it is.** The model that Inverset brings along: an AlexNet-shaped classifier of painted landscapes (64x64 RGB, twelve
classes; layers `conv1`..`conv5`, `fc6`, `fc7`, `fc8`), a generator that inverts `relu6`, and a witness, a second small network
that reads known factors (lava, smoke, night ...) off any image. They exist to try, test and demonstrate inverse sets where the
truth is known; they know nothing of photographs.

**Data.** A procedural world (`sampler/zoo/scenes/world.py`): every image follows from a seed and has known factors. Training
seed 1, held-out seed 2, reference set seed 3 (10,000 images). Volcano and mountain share body and colours: only lava and smoke tell them
apart. Each class has a yes or no of its own, and a volcano's is graded: the log odds it is taught are 0.2 + 1.6 (lava + smoke).

**Training.** `make train` (or `python -m inverset.sampler.zoo.scenes.train`) trains all three networks from nothing and rewrites
this folder, on CPU or GPU, resumable. Classifier and generator are trained together: class, picture, the look of the picture in the
classifier's own layers, and the cycle E(G(c)) = c, also for codes half way between two images.

**Files.** `networks.safetensors` (float16, computed with in float32), `statistics.safetensors` (mean, principal axes and scales of the
reference codes, quantiles of norm and cycle error), `catalogue.json` (layers, labels, activation quantiles of each neuron),
`prior.safetensors` (the flow over codes, float16), `figures.json`; `SHA256SUMS` holds their sums and loading checks them.

## Figures on {found.held_out_images} held-out images

| | measured | wanted |
|---|---|---|
| accuracy | {found.accuracy:.4f} | at least .99 |
| mean absolute error of G(E(x)), colours in 0..1 | {found.mean_absolute_error:.4f} | at most .05 |
| accuracy on G(E(x)) | {found.accuracy_on_generated:.4f} | at least .97 |
| median cycle error | {found.median_cycle_error:.4f} | at most .25 |
| Spearman of the volcano logit with lava, with smoke, over natural volcanoes | {volcano.lava:.2f}, {volcano.smoke:.2f} | |

## What the probes explain (R squared), on images and on G(E(image))

| factor | images | through G |
|---|---|---|
{probes}
{prior}"""

_PRIOR = """
## What draws of a prior over codes are worth

The flow ships. It was fitted on the codes of the 10,000 reference images and of 50,000 others, the two below it on the reference codes
alone. {draws} draws, cleaned once (c' = E(G(c))), against as many images that neither the networks nor the prior saw, by the
witness's features: through G / as they are. Nearest: how far draws are from the nearest code fitted on, over how far held-out codes
are; below .75 they would be copies. Cycle: median |E(G(c)) - c| / |c| before and after cleaning.

| | precision | coverage | recall | nearest | cycle |
|---|---|---|---|---|---|
{rows}
"""


def write_card(figures: Figures, folder: Path) -> None:
    """Write the card of the measured figures to ``folder``."""
    through = figures.probe_r2_on_generated
    rows = [f"| {name} | {value:.2f} | {through[name]:.2f} |" for name, value in figures.probe_r2.items()]
    text = _CARD.format(
        probes="\n".join(rows),
        prior="" if figures.prior is None else _prior(figures.prior),
        found=figures,
        volcano=figures.volcano_logit_spearman,
    )
    (folder / "card.md").write_text(text)


def _prior(figures: PriorFigures) -> str:
    """The section on priors."""
    return _PRIOR.format(draws=figures.flow.draws, rows="\n".join(map(_row, figures)))


def _row(worth: Worth) -> str:
    through, raw = worth.through.named(), worth.raw.named()
    figures = [f"{through[name]:.2f} / {raw[name]:.2f}" for name in through]
    nearest = "" if worth.nearest_cleaned is None else f"{worth.nearness:.2f}"
    cycles = [f"{each:.2f}" for each in (worth.cycle, worth.cycle_cleaned) if each is not None]
    return f"| {' | '.join([worth.kind, *figures, nearest, ', '.join(cycles)])} |"
