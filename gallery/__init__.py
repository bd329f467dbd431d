"""Galleries of finished samples: files, pages, sheets and archives. Knows database rows, but not HTTP."""

from inverset.gallery import confounds, nearest_references
from inverset.gallery.archive import Zipped, zipped
from inverset.gallery.cache import job_chosen, job_file, job_files, keep
from inverset.gallery.contents import Began, Gallery, codes, of_arrays, of_job, unfilled
from inverset.gallery.files import MADE, File, files
from inverset.gallery.folder import DamagedGallery, find, manifest, write
from inverset.gallery.page import page
from inverset.gallery.sheets import animation, contact_sheet
from inverset.gallery.sweep_archive import together

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
    "nearest_references",
    "of_arrays",
    "of_job",
    "page",
    "together",
    "unfilled",
    "write",
    "zipped",
]
