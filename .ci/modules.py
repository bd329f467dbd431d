"""The list of modules in docs/architecture.md: ``modules.py --write`` renews it, without it a list that is out of date fails.

Each line is the first paragraph of a module's docstring, so that the map says what the modules say of themselves.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
ROOMS = ("inverset", "api", "worker", "gallery", "jobs", "storage", "config", "sampler", "contract")
BEGIN, END = "<!-- modules -->\n", "<!-- end -->"


def summary(path: Path) -> str:
    """The first paragraph of a module's docstring, in one line; empty: it has none."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())


def listing() -> str:
    """All modules by room, with their summaries."""
    parts = []
    for room in ROOMS:
        files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / room).rglob("*.py"))
        lines = [f"- `{name}`: {said}" for name in files if (said := summary(ROOT / name))]
        parts.append("\n".join([f"### {room}/", "", *lines]))
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Write the list, or compare it."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    renewed = f"{before}{BEGIN}\n{listing()}\n{END}{after}"
    if "--write" in sys.argv:
        PAGE.write_text(renewed, encoding="utf-8")
    elif renewed != page:
        print(f"{PAGE.relative_to(ROOT)} is out of date: python .ci/modules.py --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
