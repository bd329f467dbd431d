"""Galleries of finished samples: their files, pages, sheets and archives. Knows rows of jobs, not HTTP."""

from gallery import confounds, nearest_references
from gallery.archive import Zipped, zipped
from gallery.cache import job_chosen, job_file, job_files, keep
from gallery.contents import Began, Gallery, codes, of_arrays, of_job
from gallery.files import MADE, File, files
from gallery.folder import DamagedGallery, find, manifest, write
from gallery.page import page
from gallery.sheets import animation, contact_sheet
from gallery.sweep_archive import together

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
    "write",
    "zipped",
]
