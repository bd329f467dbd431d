"""The computation of a module, without its weights, as text: layers, settings, and the code of classes outside PyTorch."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

_LIBRARIES = ("torch", "torchvision", "timm", "diffusers", "builtins", "typing", "abc")  # they have versions
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_PLAIN = (bool, int, float, str, tuple, type(None))


def of_module(module: nn.Module) -> str:
    """The text of a module; modules that compute different things from the same weights have different texts.

    The code of functions that a class calls, and that are no methods of it, is not part of the text.
    """
    kinds = {base for layer in module.modules() for base in type(layer).__mro__}
    methods = (line for kind in sorted(kinds, key=_name) for line in _methods(kind))
    return "\n".join([_ADDRESS.sub("", repr(module)), *_settings(module), *methods])


def of_function(function: Callable[..., Any]) -> str:
    """The name and the code of a function; for a bound method of a module, also the module's text."""
    owner = getattr(function, "__self__", None)
    own = of_module(owner) if isinstance(owner, nn.Module) else ""
    inner = getattr(function, "__func__", function)
    if isinstance(function, nn.Module):
        return of_module(function)
    return f"{getattr(inner, '__qualname__', type(inner).__qualname__)} {_code(inner)}{own}"


def _settings(module: nn.Module) -> Iterator[str]:
    for name, layer in module.named_modules():
        for key, value in sorted(vars(layer).items()):
            if key[0] != "_" and key != "training" and isinstance(value, _PLAIN):
                yield f"{name}.{key} = {_ADDRESS.sub('', repr(value))}"


def _methods(kind: type) -> Iterator[str]:
    if kind.__module__.partition(".")[0] in _LIBRARIES:
        return
    for name, value in sorted(vars(kind).items()):
        if inspect.isfunction(value):
            yield f"{_name(kind)}.{name} {_code(value)}"


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _code(function: Any) -> str:
    """The source if it can be read, else the compiled code."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        return "" if code is None else f"{code.co_code.hex()} {code.co_names} {_constants(code)}"


def _constants(code: Any) -> list[str]:
    return [
        f"{constant.co_code.hex()} {_constants(constant)}" if inspect.iscode(constant) else repr(constant)
        for constant in code.co_consts
    ]
