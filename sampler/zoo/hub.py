"""Files of a model hub, or of a local folder with the same files; either way the result is a local folder."""

from collections.abc import Sequence
from pathlib import Path

from inverset.contract.errors import first_line
from inverset.sampler.zoo.errors import ZooError

_NEVER = (
    "*.fp16.*",
    "*.non_ema.*",
    "*.bin",
    "*.pt",
    "*.pth",
    "*.ckpt",
    "*.pkl",
    "*.py",
)  # halves, pickles, code


class NotFetched(ZooError):
    """Raised where the hub does not give the files, or cannot be reached."""


def fetch(place: str, patterns: Sequence[str], *, near: Path, revision: str | None = None) -> Path:
    """The folder with the files of ``place`` that match the patterns.

    Args:
        place: a folder, absolute or below ``near``, or ``owner/repository`` of the Hugging Face hub, whose files go to that library's
            cache (``HF_HOME``). Pickles and code are never fetched.
        patterns: as in ``*.json``.
        near: where relative folders are looked for.
        revision: branch, tag or commit of the repository.

    Raises:
        NotFetched: there is no such folder, and no such repository can be had.
    """
    folder = near / Path(place).expanduser()
    if folder.is_dir():
        return folder
    if place.count("/") != 1 or place.startswith((".", "/", "~")):
        raise NotFetched(f"there is no folder {folder}")
    return _fetched(place, patterns, revision)


def _fetched(repository: str, patterns: Sequence[str], revision: str | None) -> Path:
    try:
        import huggingface_hub  # noqa: PLC0415 - an extra, and slow to load
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415
    except ImportError:
        raise NotFetched(
            f"{repository} is not a folder here; to download from a hub: pip install 'inverset[hub]'"
        ) from None
    try:
        return Path(
            huggingface_hub.snapshot_download(
                repository, revision=revision, allow_patterns=list(patterns), ignore_patterns=list(_NEVER)
            )
        )
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise NotFetched(
            f"{repository} cannot be downloaded from the hub ({first_line(error)}). If this machine has no access, run "
            f"`hf download {repository} --local-dir FOLDER` elsewhere, copy the folder, and give its path instead."
        ) from error
