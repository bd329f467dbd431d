"""Settings of a run in this process."""

from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from inverset.config.settings import Settings
from inverset.errors import UserError


class Untouched(Settings):
    """The default settings, independent of the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic names it so
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def from_environment(data_dir: Path | None = None) -> Settings:
    """The settings of the environment, with another data folder if one is given.

    Raises:
        UserError: a variable holds what it cannot.
    """
    try:
        return Settings() if data_dir is None else Settings(data_dir=data_dir)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{Settings.model_config['env_prefix']}{first['loc'][0]}".upper()
        raise UserError(f"{name}={first['input']!r}: {first['msg']}") from None
