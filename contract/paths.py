"""The names of all files in the object store.

A file that no function here names, and no row of the database, is deleted as an orphan after a day.
"""

from urllib.parse import quote

JOBS, MODELS = "jobs/", "models/"
NEAREST_REFERENCES, CONFOUNDS = "references.webp", "confounds.webp"  # also within a gallery
PACK = 256  # reference images whose thumbnails may share a file


def job_folder(job_id: str) -> str:
    """The folder of all files of a job."""
    return f"{JOBS}{job_id}/"


def job_of(path: str) -> str:
    """The id of the job that a file belongs to."""
    return path.removeprefix(JOBS).partition("/")[0]


def pack(job_id: str, stem: str) -> str:
    """The images of the samples of one save, with their thumbnails."""
    return f"{job_folder(job_id)}packs/{stem}.zip"


def thumbnail(image_path: str) -> str:
    """The small WebP beside an image."""
    return f"{image_path.removesuffix('.png')}.webp"


def start(image_path: str) -> str:
    """The PNG that a counterfactual sample started from, beside an image in a file of its own."""
    folder, _, name = image_path.rpartition("/")
    return f"{folder.removesuffix('images')}starts/{name}"


def chunk(job_id: str, stem: str) -> str:
    """Codes and features of the samples of one save."""
    return f"{job_folder(job_id)}chunks/{stem}.safetensors"


def checkpoints(job_id: str) -> str:
    """The folder of a job's checkpoints."""
    return f"{job_folder(job_id)}checkpoints/"


def checkpoint(job_id: str, stem: str) -> str:
    """The state of a part after a save."""
    return f"{checkpoints(job_id)}{stem}.safetensors"


def sample_details(job_id: str) -> str:
    """The file with a finished job's map and the details of each sample."""
    return f"{job_folder(job_id)}portraits.safetensors"


def nearest_references(job_id: str) -> str:
    """A sheet of the reference images nearest to the samples."""
    return f"{job_folder(job_id)}{NEAREST_REFERENCES}"


def confounds(job_id: str) -> str:
    """The sheet of counterfactual pairs behind a confound alarm."""
    return f"{job_folder(job_id)}{CONFOUNDS}"


def files_of_job(job_id: str) -> frozenset[str]:
    """The files of a finished job that no row names; a job may lack some of them."""
    return frozenset({sample_details(job_id), nearest_references(job_id), confounds(job_id)})


def gallery_folder(job_id: str, revision: int) -> str:
    """The folder of an ended job's gallery files, which are made again if they are missing."""
    return f"{job_folder(job_id)}gallery/{revision}/"


def image_in_gallery(index: int) -> str:
    """The name of a sample's image within its gallery."""
    return f"images/{index:06d}.png"


def start_in_gallery(index: int) -> str:
    """The name, within its gallery, of the image that a counterfactual sample started from."""
    return f"starts/{index:06d}.png"


def version(sha256: str, stamp: str | None) -> str | None:
    """The version of a model, made of its weights' SHA-256 and the measurements' stamp; None: it has no reference images."""
    return f"{sha256}-{stamp}" if stamp else None


def model_folder(version: str) -> str:
    """The folder of a version of a model, ``SHA256-STAMP``."""
    return f"{MODELS}{version.replace('-', '/')}/"


def version_of(path: str) -> tuple[str, str]:
    """SHA-256 and stamp of the version of a model that a file belongs to."""
    sha256, stamp, *_ = [*path.removeprefix(MODELS).split("/"), ""]
    return sha256, stamp


def layer_file(version: str, layer: str) -> str:
    """The file of a layer's reference images; a layer's name may hold any character."""
    return f"{model_folder(version)}{quote(layer, safe='')}.safetensors"


def reference_pack(version: str, number: int) -> str:
    """The file of thumbnails of reference images that holds this number."""
    return f"{model_folder(version)}references/{number // PACK:05d}.safetensors"
