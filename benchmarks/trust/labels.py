"""What a person says of each gallery: written down before anything judged them."""

import csv
from pathlib import Path

GOOD, NOT_GOOD = "good", "not good"
PATH = Path(__file__).with_name("labels.csv")


def read(path: Path = PATH) -> dict[str, str]:
    """Gallery -> GOOD or NOT_GOOD.

    Raises:
        ValueError: a label is neither.
    """
    with path.open(newline="", encoding="utf-8") as file:
        result = {line["gallery"]: line["a person"] for line in csv.DictReader(file)}
    for name, label in result.items():
        if label not in {GOOD, NOT_GOOD}:
            raise ValueError(f"{name} is labelled {label!r}, which is neither {GOOD!r} nor {NOT_GOOD!r}")
    return result
