"""Evidence as a page shows it: a table, histograms, facets."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inverset.gallery import histogram
from inverset.jobs import share

Told = Mapping[str, Any]


_COLUMNS = {  # of today's evidence; what each is stands in it
    "samples": "these samples",
    "natural": "{count} other photographs in band",
    "ceiling": "{count} of these through the generator",
    "jittered": "{count} of these with noise, through the generator",
    "prior": "{count} draws of the prior, in band or not",
    "chance": "chance: {count} of {drawn} codes drawn",
}


def columns(evidence: Told | None) -> list[dict[str, str]]:
    """What stands beside each other: its name in a row, what stands over it, and whether it is ours or a rival's."""
    found = evidence or {}
    told = (found.get("judge") or {}).get("columns")
    over = _former(found) if told is None else {name: _over(name, told.get(name)) for name in _COLUMNS}
    return [
        {"name": name, "over": words, "kind": "ours" if name == "samples" else "theirs"}
        for name, words in over.items()
    ]


def _over(name: str, column: Told | None) -> str:
    if name == "samples":
        return _COLUMNS[name]
    if column is None:
        return _COLUMNS[name].format(count="no", drawn="no")
    return _COLUMNS[name].format(count=column["count"], drawn=column.get("drawn", "all"))


def _former(evidence: Told) -> dict[str, str]:
    """Of evidence from before there were judges."""
    natural, drawn = evidence.get("baseline"), evidence.get("rejection")
    return {
        "samples": "these samples",
        "natural": f"{natural['count']} natural images in band, through E and G"
        if natural
        else "natural images",
        "rejection": f"rejection: {drawn['count']} of {drawn['evaluations']} codes drawn"
        if drawn
        else "rejection",
    }


def nature(evidence: Told | None, so_far: Told | None = None) -> str | None:
    """How many natural images lie in the band, by draws of the prior and by the references; None: nothing was drawn.

    ``so_far``: of a job that runs.
    """
    told = share.said((evidence or {}).get("share_of_nature") or so_far)
    references = (evidence or {}).get("references")
    if told is None or not references or not references.get("of"):
        return told
    count, inside = references["of"], references["in_band"]
    return f"{told} Of the {count:,} reference images {share.percent(inside / count)} do."


def changed(evidence: Told | None) -> dict[str, Any] | None:
    """What counterfactuals changed on the average, in words; None: these are none."""
    found = (evidence or {}).get("changes")
    return None if found is None else changes(found)


def changes(found: Told) -> dict[str, Any]:
    """What one counterfactual changed, or many on the average: a sentence on how far, and rows of what."""
    distance = found["distance"]
    far = (
        None
        if distance is None
        else f"{distance:.2f} standard deviations of the codes; two images drawn at random lie about 1.41 apart."
    )
    return {
        "distance": far,
        "factors": [_change(each, lambda value: f"{value:.2f}") for each in found["factors"]],
        "units": [_change(each, number) for each in found["units"]],
    }


def _change(each: Told, said: Callable[[float], str]) -> dict[str, str]:
    ends = {name: said(each[name] + 0.0) for name in ("before", "after")}
    return {"name": each["name"], **ends, "sd": f"{each['sd']:+.1f}"}


def table(evidence: Told | None) -> list[dict[str, Any]]:
    """What was measured: name, meaning, and for each of ``columns`` its figure and how long a bar it is."""
    names = [column["name"] for column in columns(evidence)]
    return [
        {
            "name": row["name"],
            "meaning": row["meaning"],
            "cells": [
                {"text": number(row.get(whose)), "share": share}
                for whose, share in zip(names, _shares(row, names), strict=True)
            ],
        }
        for row in (evidence or {}).get("metrics", ())
    ]


def _shares(row: Told, names: Sequence[str]) -> list[float | None]:
    """Of 100 for the largest of the row, or for 1 where all are shares; no bar where one is below zero."""
    values = [row.get(whose) for whose in names]
    there = [value for value in values if value is not None]
    if any(value < 0 for value in there):
        return [None] * len(values)
    most = max([1.0, *there]) if all(value <= 1 for value in there) else max(there)
    return [None if value is None else round(100 * value / most, 2) for value in values]


def judge(evidence: Told | None) -> str | None:
    """Who judged, in a sentence; None: nobody outside of what was optimised."""
    found = (evidence or {}).get("judge")
    if not found or found["dimensions"] is None:
        return None
    return (
        f"Precision, coverage and the like are what {_named(found['name'])} sees, in {found['dimensions']} dimensions: it had no part "
        "in making the samples. They are held against photographs themselves."
    )


def _named(name: str) -> str:
    return "a look at edges and colours" if name == "hog" else name


def histograms(evidence: Told | None) -> list[dict[str, Any]]:
    """For each neuron: a sentence on where its band lies among reference images, and bars to draw."""
    return [
        {
            "neuron": told["neuron"],
            "says": _placed(told),
            "low": number(told["edges"][0]),
            "high": number(told["edges"][1]),
            "outline": histogram.outline(told["counts"]),
            "band": band,
        }
        for told in (evidence or {}).get("bands") or ()
        for band in [histogram.across(told["edges"], told["range"])]
    ]


def facets(evidence: Told | None, shown: Callable[[int], Told | None]) -> list[dict[str, Any]]:
    """Kinds of samples, the largest first, with members as ``shown`` gives them; none where there is one kind."""
    found = ((evidence or {}).get("facets") or {}).get("facets", ())
    if len(found) < 2:
        return []
    return [
        {
            "size": facet["size"],
            "share": f"{facet['share']:.0%}",
            "factors": [_factor(each) for each in facet["factors"]],
            "samples": [sample for sample in map(shown, facet["members"]) if sample],
        }
        for facet in found
    ]


def members(evidence: Told | None) -> list[int]:
    """Numbers of the samples that facets show."""
    found = ((evidence or {}).get("facets") or {}).get("facets", ())
    return [number for facet in found for number in facet["members"]]


def apart(evidence: Told | None) -> str | None:
    """How far facets lie apart, in words (Kaufman & Rousseeuw 1990 read a silhouette so); None: nobody looked."""
    found = (evidence or {}).get("facets")
    if not found:
        return None
    silhouette = found["silhouette"]
    if silhouette is None:
        return "The samples are of one kind: no division of them into clusters in E stands out."
    how = (
        "lie far apart"
        if silhouette >= 0.5
        else "lie apart"
        if silhouette >= 0.25
        else "shade into one another"
    )
    return f"Clusters of the samples in E; they {how} (silhouette {silhouette:.2f}). In each, the most typical sample first."


def number(value: float | None) -> str:
    """Three digits; a dash where there is none."""
    return "-" if value is None else f"{value:.3g}"


def _placed(told: Told) -> str:
    count = f"{told['references']:,} reference images"
    if told["range"] is None:
        return f"No band was asked. The bars are the activations of the {count}."
    low, high = told["quantiles"]
    return (
        f"Of the {count}, {told['below']:.2%} lie below the band, {told['inside']:.2%} in it and {told['above']:.2%} above: "
        f"it goes from their quantile {low:.4g} to {high:.4g}."
    )


def _factor(factor: Told) -> str:
    more = "more" if factor["apart"] > 0 else "less"
    return f"{more} {factor['name']} ({factor['mean']:z.2f}, elsewhere {factor['elsewhere']:z.2f})"
