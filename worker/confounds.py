"""The images of a confound alarm: counterfactuals that reach the band without what its images have in common."""

from dataclasses import replace

from inverset.contract.decoding import decode
from inverset.contract.evidence import ConfoundPictures, Evidence
from inverset.gallery import confounds
from inverset.sampler.evaluation.confounds import Alarm


def drawn(alarm: Alarm | None, measured: Evidence) -> tuple[Evidence, dict[str, bytes]]:
    """The evidence with a note of the sheet of counterfactuals, and the sheet by its file; no sheet: there is no alarm."""
    if alarm is None or not alarm.findings or not len(alarm.starts):
        return measured, {}
    starts, ends = (list(side.permute(0, 2, 3, 1).numpy()) for side in (alarm.starts, alarm.ends))
    about = decode(ConfoundPictures, confounds.described(len(starts)))
    return replace(measured, confound_pictures=about), {confounds.FILE: confounds.sheet(starts, ends)}
