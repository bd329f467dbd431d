"""Every page that there is, with something to show on it."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from tests.end_to_end.pages.site import ADMIN, BODY, MEMBER, Site

PATIENCE = 300  # seconds
MADE = ("low", "high", "rival", "sweep")  # what `ask` makes


class Shown(NamedTuple):
    """A page: whose it is (None: of somebody without a key) and its path."""

    whose: str | None
    path: str


def volcano(low: float, high: float) -> list[Mapping[str, object]]:
    """The volcano neuron between two quantiles."""
    return [{"neuron": "fc8:volcano", "range": {"quantiles": [low, high]}}]


def ask(site: Site, n: int, rival: str = "calibrated") -> dict[str, str]:
    """Ask for three galleries of so many samples, one by a rival method, and a sweep, and wait: ids by what they are for."""
    return {
        "sweep": _sweep(site, n // 2),
        "high": site.gallery(n=n, neurons=volcano(0.95, 0.99), visibility="team"),
        "low": site.gallery(n=n, neurons=volcano(0.3, 0.6)),
        "rival": site.gallery(n=n // 2, neurons=volcano(0.95, 0.99), method=rival),
    }


def _sweep(site: Site, n: int) -> str:
    bands = [[0.5, 0.7], [0.9, 0.95], [0.97, 0.99]]
    vary = {"range": [{"quantiles": band} for band in bands]}
    with site.client() as ann:
        expected = {**BODY, "n": n, "neurons": [{"neuron": "fc8:volcano"}], "vary": vary}
        sweep_id = ann.submit_sweep(expected)["id"]
        assert ann.wait_sweep(sweep_id)["state"] == "succeeded"
    return str(sweep_id)


def await_natural_images(site: Site) -> None:
    """Wait until a worker has found the leisure to choose them."""
    url = f"{site.url}/v1/models/scenes/neurons/fc8:volcano/reference"
    headers = {"Authorization": f"Bearer {site.keys[MEMBER]}"}
    end = time.monotonic() + PATIENCE
    while httpx.get(url, headers=headers, timeout=30, trust_env=False).status_code != 200:
        assert time.monotonic() < end, "no worker chose natural images"
        time.sleep(1)


def crowd(site: Site) -> dict[str, str]:
    """Have a queue: an admin's long job runs, and jobs of both wait."""
    with site.client(ADMIN) as admin, site.client() as ann:
        return {
            "running": ann.submit({**BODY, "n": 900, "neurons": volcano(0.5, 0.7)})["id"],
            "others": admin.submit({**BODY, "n": 4000, "k": 20})["id"],
            "behind": admin.submit({**BODY, "n": 1500, "priority": -1})["id"],
            "waiting": ann.submit({**BODY, "n": 120, "neurons": volcano(0.9, 0.95)})["id"],
        }


def pages(made: Mapping[str, str]) -> dict[str, Shown]:
    """All pages by their names; ``made``: the jobs that they show."""
    three = ",".join(made[name] for name in ("low", "high", "rival"))
    return {
        "sign-in": Shown(None, "/sign-in"),
        "home": Shown(MEMBER, "/"),
        "jobs": Shown(MEMBER, "/jobs"),
        "neurons": Shown(MEMBER, "/neurons?search=vol"),
        "labels": Shown(MEMBER, f"/jobs/{made['high']}/labels"),
        "job": Shown(MEMBER, f"/jobs/{made['high']}"),
        "sample": Shown(MEMBER, f"/jobs/{made['high']}/samples/1"),
        "new": Shown(MEMBER, "/new?model=scenes&neuron=fc8:volcano&low=.95&high=.99&by=quantiles"),
        "models": Shown(MEMBER, "/models"),
        "model": Shown(MEMBER, "/models/scenes?layer=conv5"),
        "neuron": Shown(MEMBER, "/models/scenes/neurons/fc8:volcano"),
        "sweep": Shown(MEMBER, f"/sweeps/{made['sweep']}"),
        "queue": Shown(MEMBER, "/queue"),
        "compare": Shown(MEMBER, f"/compare?jobs={three}"),
        "compare-which": Shown(MEMBER, "/compare"),
        "admin": Shown(ADMIN, "/admin"),
        "help": Shown(MEMBER, "/help"),
        "docs": Shown(MEMBER, "/docs"),
        "problem": Shown(MEMBER, "/no-such-page"),
    }


NAMES = sorted(pages(dict.fromkeys(MADE, "")))
