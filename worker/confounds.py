"""The pictures of a confound alarm: counterfactuals that reach the band without what its images have in common."""

from typing import Any

from inverset.gallery import confounds
from inverset.sampler.evaluation.confounds import Alarm


def sheets(alarm: Alarm | None, measured: dict[str, Any]) -> dict[str, bytes]:
    """Make the sheet of counterfactuals, by its file, and note it in the evidence; empty: there is nothing to be alarmed at."""
    if alarm is None or not alarm.findings or not len(alarm.starts):
        return {}
    measured[confounds.SHEET] = confounds.described(len(alarm.starts))
    starts, ends = (list(side.permute(0, 2, 3, 1).numpy()) for side in (alarm.starts, alarm.ends))
    return {confounds.FILE: confounds.sheet(starts, ends)}
