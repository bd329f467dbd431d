"""The text of a Python module: strings that look like words, and docstrings that commands and the API show."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from tests.words.phrases import Phrase, reads_as_words, tidy

_HELPS = {"description", "help", "summary"}
_ROUTE = {"get", "post", "put", "patch", "delete"}
_SHAPES = re.compile(r"^(api/(.*schemas|team)|jobs/(.*spec|labels))\.py$")
_FOR_CALLERS = re.compile(r"\b(?:Args|Raises)\b")  # a command's help has no such section
_COMMANDS, _PAGES = PurePath("inverset/commands"), PurePath("api/web/pages")
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def phrases(file: str, source: str) -> list[Phrase]:
    """The strings of a module for people; ``{…}`` stands for a value."""
    tree = ast.parse(source)
    docstrings = {id(node) for node in _docstrings(tree)}
    helps = [Phrase(file, line, text) for line, text in _helps(tree)]
    texts = {each.text for each in helps}
    found = [
        Phrase(file, line, text)
        for line, text in _strings(tree, docstrings)
        if reads_as_words(text) and text not in texts
    ]
    return sorted([*found, *helps, *_shown_docstrings(file, tree)], key=lambda each: each.line)


def _helps(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts of options, methods and fields, even of one word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in _HELPS and isinstance(node.value, ast.Constant):
            yield node.value.lineno, tidy(str(node.value.value))


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        for each in getattr(node, "body", []) if isinstance(node, _Documented) else []:
            if isinstance(each, ast.Expr):
                yield each.value


def _strings(node: ast.AST, skipped: set[int]) -> Iterator[tuple[int, str]]:
    if id(node) in skipped:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, tidy(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield node.lineno, tidy("".join(_part(each) for each in node.values))
        for each in node.values:
            yield from _strings(each.value, skipped) if isinstance(each, ast.FormattedValue) else ()
    elif (
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and isinstance(node.left, ast.JoinedStr)
    ):
        yield from _strings(node.left, skipped)
        yield from _strings(node.right, skipped)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child, skipped)


def _part(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "{…}"


def _shown_docstrings(file: str, tree: ast.Module) -> Iterator[Phrase]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = ast.get_docstring(node)
        if text and not _FOR_CALLERS.search(text) and _is_shown(file, node):
            yield Phrase(file, node.lineno + 1, tidy(text))


def _is_shown(file: str, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if isinstance(node, ast.ClassDef):
        return _SHAPES.match(file) is not None and not node.name.startswith("_")
    if PurePath(file).is_relative_to(_COMMANDS):
        return not node.name.startswith("_")
    return not PurePath(file).is_relative_to(_PAGES) and any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _ROUTE
        for each in node.decorator_list
    )
