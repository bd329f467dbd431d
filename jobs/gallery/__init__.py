"""Finished samples as something to look at and keep: a page, a sheet, an animation, a zip, a folder."""

from jobs.gallery import confounds, near
from jobs.gallery.contents import Began, Gallery, codes, of_arrays, of_job
from jobs.gallery.files import MADE, File, files
from jobs.gallery.folder import DamagedGallery, find, manifest, write
from jobs.gallery.kept import job_chosen, job_file, job_files, keep
from jobs.gallery.page import page
from jobs.gallery.sheet import animation, contact_sheet
from jobs.gallery.together import together
from jobs.gallery.zipped import Zipped, zipped

__all__ = [
    "MADE",
    "Began",
    "DamagedGallery",
    "File",
    "Gallery",
    "Zipped",
    "animation",
    "codes",
    "confounds",
    "contact_sheet",
    "files",
    "find",
    "job_chosen",
    "job_file",
    "job_files",
    "keep",
    "manifest",
    "near",
    "of_arrays",
    "of_job",
    "page",
    "together",
    "write",
    "zipped",
]
