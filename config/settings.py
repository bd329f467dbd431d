"""Settings from the environment: names begin with ``INVERSET_``."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import URL, make_url

from inverset.config.addresses import listed_urls, prefix
from inverset.config.webhook_targets import listed
from inverset.contract.bounds import MOST_NEURONS, MOST_VALUES


class Files(PydanticBaseSettingsSource):
    """Secrets from files: ``INVERSET_DATABASE_PASSWORD_FILE`` names the file that holds that setting."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """The content of a secret's file. Raises OSError if there is no such file."""
        named = os.environ.get(f"{self.config.get('env_prefix')}{field_name}_FILE".upper())
        return Path(named).read_text().strip() if named else None, field_name, False

    def __call__(self) -> dict[str, Any]:
        contents = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in contents.items() if value is not None}


class Settings(BaseSettings):
    """Everything that differs between installations."""

    model_config = SettingsConfigDict(env_prefix="INVERSET_", frozen=True)

    data_dir: Path = Path("inverset-data")
    database_url: str | None = None
    database_password: str | None = Field(None, repr=False)  # where the URL has none
    redis_url: str | None = Field(None, repr=False)  # of the doorbell; None: workers look by themselves
    blob_url: str | None = None
    """``file:///folder`` or ``s3://bucket?endpoint=http://host:8333``, with ``&public_endpoint=`` for the URLs given to
    users, ``&region=``, ``&prefix=``, ``&access_key_file=`` and ``&secret_key_file=``; without these two files
    ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY`` hold the keys."""
    log: Literal["text", "json"] = "text"  # lines to read, or one JSON object a line
    auth: Literal["off", "required"] = "required"  # `inverset up` turns it off unless it is set
    share_links: bool = True
    """Whether owners may make read-only links of their galleries, which need no key; off, those that there are lead nowhere."""
    public_url: Annotated[str, AfterValidator(listed_urls)] = ""
    """Where users find the API, as ``https://inverset.example``; several are separated by commas. Decides which ``Host`` and
    ``Origin`` are accepted, and whether cookies are ``Secure``. Empty: any host with accounts, only loopback names without."""

    trusted_proxies: str = "127.0.0.1,::1"
    """Addresses and networks of proxies, separated by commas, whose ``X-Forwarded-Proto``, ``-For`` and ``-Prefix`` are
    believed; ``*``: of all, if no one else can reach the port."""
    root_path: Annotated[str, AfterValidator(prefix)] = ""  # before every path, where a proxy puts one there

    worker: str | None = None
    """A name that only one worker bears at a time: it takes back at once what it held when it died."""
    parent: int | None = None
    """The process that a worker does not outlive."""
    device: str = "auto"
    slice_seconds: float = Field(20, gt=0)  # of sampling before others get their turn
    step_seconds: float | None = Field(None, gt=0)
    """After which a step of the sampler counts as hung, and its worker starts anew; the first step of a part has ten times as long.
    None: a slice and a half on a GPU; a CPU is slow, but does not hang."""
    save_seconds: float = Field(1, ge=0)  # of sampling between two saves
    lease_seconds: float = Field(60, gt=0)  # of silence after which a part is taken away
    store_seconds: float = Field(180, ge=0)  # for which a store of files that refuses is asked again
    idle_seconds: float = Field(0.3, gt=0)  # between two looks for work
    model_check_seconds: float = Field(
        600, ge=1
    )  # of CPU time for trying a model of one's own; twice that in all
    model_check_bytes: int | None = Field(None, ge=1 << 28)  # of memory for it; None: most of what is free

    half_life_hours: float = Field(24, gt=0)  # in which a user's past GPU-seconds come to count half
    max_running: int = Field(64, ge=1)  # parts of one user at a time
    max_losses: int = Field(3, ge=1)  # workers in a row that die on a part before it is given up

    part_size: int = Field(1000, ge=1)  # samples
    max_n: int = Field(100_000, ge=1)
    max_k: int = Field(256, ge=1)
    max_neurons: int = Field(8, ge=1, le=MOST_NEURONS)
    max_sweep: int = Field(64, ge=1, le=MOST_VALUES)  # jobs of a sweep
    max_queued: int = Field(10_000, ge=1)  # jobs of one owner that have not ended
    retention_days: int | None = Field(None, ge=1)  # that an ended job is kept; None: for ever
    orphan_hours: float = Field(24, ge=1)  # after which a file that no row names is removed
    metrics_key: str | None = Field(None, repr=False)  # lets its bearer read /metrics and nothing else
    metrics_port: int | None = Field(None, ge=1, lt=1 << 16)  # where a worker shows its own; None: nowhere
    metrics_host: str = "127.0.0.1"
    max_stored_bytes: int | None = Field(None, ge=0)  # of one owner's jobs; beyond it no new ones; None: any
    webhook_allow: Annotated[str, AfterValidator(listed)] = ""
    """Hosts and networks that may receive webhooks although they are not public, separated by commas."""
    webhook_seconds: float = Field(15, gt=0)  # for one attempt to tell
    max_body_bytes: int = Field(64_000, ge=1)  # a job has less than 10,000
    max_images_bytes: int = Field(32_000_000, ge=1)  # of a request that tries images on a neuron

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources by precedence: arguments, the environment, files."""
        return init_settings, env_settings, Files(settings_cls)

    @property
    def half_life(self) -> float:
        """``half_life_hours`` in seconds."""
        return self.half_life_hours * 3600

    @property
    def database(self) -> str:
        """SQLAlchemy's URL; a file in the data folder by default."""
        if self.database_url is None:
            file = str(self.data_dir.absolute() / "inverset.db")
            return URL.create("sqlite", database=file).render_as_string()  # with ? and % quoted
        if self.database_password is None:
            return self.database_url
        whole = make_url(self.database_url).set(password=self.database_password)
        return whole.render_as_string(hide_password=False)

    @property
    def blobs(self) -> str:
        """The URL of the object store; a folder in the data folder by default."""
        return self.blob_url or (self.data_dir.absolute() / "blobs").as_uri()
