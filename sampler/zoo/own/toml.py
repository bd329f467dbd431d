"""The values that a TOML file may hold, as far as models.toml has them."""

from collections.abc import Mapping, Sequence

Value = str | int | float | bool | Sequence["Value"] | Mapping[str, "Value"]
Table = dict[str, Value]
