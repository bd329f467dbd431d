"""The address of an S3 bucket, from a URL; keys come from files or from boto3's own sources."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

FORM = "s3://bucket?endpoint=https://host:port"


@dataclass(frozen=True)
class Bucket:
    """A bucket, and how to reach it.

    Without files for the keys boto3 looks for them as it does: ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY``,
    ``AWS_SHARED_CREDENTIALS_FILE``, the machine's role.
    """

    name: str
    endpoint: str | None = None  # None: Amazon's
    public_endpoint: str | None = None  # under which users reach it, where that is another one
    region: str = "us-east-1"  # self-hosted stores do not mind
    prefix: str = ""  # before all names; several installations may share a bucket
    access_key_file: str | None = None
    secret_key_file: str | None = None

    @classmethod
    def of(cls, url: str) -> Self:
        """The bucket in a URL of the form FORM; the other fields are parameters of the same names.

        Raises:
            ValueError: it cannot be read.
        """
        parts = urlsplit(url)
        given = parse_qsl(parts.query, strict_parsing=bool(parts.query))
        known = set(cls.__dataclass_fields__) - {"name"}
        if unknown := [name for name, _ in given if name not in known]:
            raise ValueError(f"there is no {unknown[0]!r}; there are {', '.join(sorted(known))}")
        if not parts.netloc or "@" in parts.netloc or parts.path.strip("/"):
            raise ValueError(f"it should look like {FORM}")
        return cls(parts.netloc, **dict(given))

    def keys(self) -> tuple[str | None, str | None]:
        """The access key and the secret key from their files; None: boto3 finds them itself.

        Raises:
            ValueError: there is one file only, or it cannot be read.
        """
        if (self.access_key_file is None) != (self.secret_key_file is None):
            raise ValueError("access_key_file and secret_key_file must be given together")
        return _content(self.access_key_file), _content(self.secret_key_file)


def _content(file: str | None) -> str | None:
    try:
        return None if file is None else Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
