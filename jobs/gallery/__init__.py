"""Finished samples as something to look at and keep: a page, a sheet, an animation, a zip, a folder."""

from jobs.gallery.contents import Gallery, codes, of_arrays, of_job
from jobs.gallery.folder import DamagedGallery, find, manifest, write
from jobs.gallery.page import page
from jobs.gallery.sheet import animation, contact_sheet
from jobs.gallery.together import together
from jobs.gallery.zipped import zipped

__all__ = [
    "DamagedGallery",
    "Gallery",
    "animation",
    "codes",
    "contact_sheet",
    "find",
    "manifest",
    "of_arrays",
    "of_job",
    "page",
    "together",
    "write",
    "zipped",
]
