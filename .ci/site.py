"""MkDocs hooks: pages of the repository's root, links to what is no page, and the description of the HTTP API."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
_OF_ROOT = {
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
_LINK = re.compile(
    r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)]*)?\)"
)


def on_pre_build(config: MkDocsConfig) -> None:
    """Write the description of the HTTP API beside the page that shows it."""
    from inverset.api.app import create_app  # noqa: PLC0415 - takes a second
    from inverset.settings import Untouched  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        described = create_app(Untouched(data_dir=Path(folder))).openapi()
    Path(config.docs_dir, "openapi.json").write_text(json.dumps(described), encoding="utf-8")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The pages of the documentation and those of the root."""
    for name, page in _OF_ROOT.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Links as the site has them: pages of the root have moved, and folders and code are plain text."""
    of_root = page.file.src_uri in _OF_ROOT.values()
    folder = ROOT if of_root else (ROOT / "docs" / page.file.src_uri).parent
    up = "../" * page.file.src_uri.count("/")

    def replaced(link: re.Match[str]) -> str:
        place = (folder / link["path"]).resolve()
        anchor = link["anchor"] or ""
        if not place.exists():
            return link[0]  # MkDocs complains
        if place.is_relative_to(ROOT / "docs") and place.is_file():
            return f"[{link['text']}]({up}{place.relative_to(ROOT / 'docs')}{anchor})"
        if place.name in _OF_ROOT and place.parent == ROOT:
            return f"[{link['text']}]({up}{_OF_ROOT[place.name]}{anchor})"
        return link["text"]

    return _LINK.sub(replaced, markdown)
