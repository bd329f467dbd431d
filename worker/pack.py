"""The images of a save in one file: a zip without compression, of which each image is a range."""

from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo


class Pack:
    """A zip in memory. Its index lets anybody unpack it without a database; readers here know the ranges from rows."""

    def __init__(self) -> None:
        self._file = BytesIO()
        self._zip = ZipFile(self._file, "w", ZIP_STORED)

    def add(self, name: str, content: bytes) -> int:
        """Append a file; returns where its bytes begin. The date is always the same: equal images make equal packs."""
        self._zip.writestr(ZipInfo(name), content)
        return self._file.tell() - len(content)

    def closed(self) -> bytes:
        """The bytes of the zip, to which nothing can be added any more."""
        self._zip.close()
        return self._file.getvalue()
