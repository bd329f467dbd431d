"""``python -m tests.words FILE``: write all text that users see into a file, to read it in a row."""

import sys
from pathlib import Path

from tests.words.collecting import as_text, collect


def write(path: Path) -> int:
    """Write all phrases into a file, whose folder is made; returns how many there are."""
    found = collect()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_text(found))
    return len(found)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    sys.stdout.write(f"{write(target)} phrases in {target}\n")
