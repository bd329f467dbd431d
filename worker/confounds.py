"""The images of a confound alarm: counterfactuals that reach the band without what its images have in common."""

from typing import Any

from inverset.gallery import confounds
from inverset.sampler.evaluation.confounds import Alarm


def sheets(alarm: Alarm | None, measured: dict[str, Any]) -> dict[str, bytes]:
    """Note the sheet of counterfactuals in the evidence, and return it by its file; empty: there is no alarm."""
    if alarm is None or not alarm.findings or not len(alarm.starts):
        return {}
    measured[confounds.SHEET] = confounds.described(len(alarm.starts))
    starts, ends = (list(side.permute(0, 2, 3, 1).numpy()) for side in (alarm.starts, alarm.ends))
    return {confounds.FILE: confounds.sheet(starts, ends)}
