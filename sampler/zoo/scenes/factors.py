"""The known factors of a scene, from which every image of the world is rendered."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSES = (
    "volcano",
    "mountain",
    "lighthouse",
    "sailboat",
    "balloon",
    "cactus",
    "house",
    "tree",
    "mushroom",
    "tower",
    "bridge",
    "fish",
)
SKIES = ("day", "dusk", "night", "overcast")
GROUNDS = ("water", "sand", "grass", "snow")

# A subject stands on one of these; a fish swims and a sailboat sails on water only.
GROUNDS_OF = {
    "sailboat": ("water",),
    "fish": ("water",),
    "bridge": ("water", "grass"),
    "cactus": ("sand", "grass"),
}


@dataclass(frozen=True)
class Scene:
    """Every number that the renderer needs; positions and sizes are shares of the image's side.

    The factors from ``lava`` on belong to single classes and are 0 elsewhere.
    """

    subject: str
    sky: str
    ground: str
    tint: float  # 0..1: where in the sky's palette the colours lie
    horizon: float
    x: float
    size: float
    hue: float  # 0..1: the subject's own colour within its palette
    clouds: float  # 0..1
    sun: tuple[float, float, float]  # x, y, radius; radius 0 when there is none
    hills: tuple[float, float, float]  # height, phase, wave number
    cloud_places: tuple[tuple[float, float, float], ...]
    shape: tuple[float, ...]  # four numbers in 0..1 that bend the subject's outline
    lava: float = 0.0
    smoke: float = 0.0
    lava_in_water: float = 0.0
    snowcap: float = 0.0
    beam: float = 0.0
    spots: float = 0.0
    lit: float = 0.0
    bloom: float = 0.0
    heel: float = 0.0
    traits: dict[str, Any] = field(default_factory=dict)


# The factors that probes read off an image, in the order of their columns.
PROBED = (
    "night",
    "dusk",
    "horizon",
    "x",
    "size",
    "clouds",
    "water",
    "snow",
    "lava",
    "smoke",
    "snowcap",
    "beam",
    "spots",
    "lit",
)


def probed(scene: Scene) -> NDArray[np.float32]:
    """A scene's factors named in ``PROBED``, as (14,) float32."""
    derived = {
        "night": scene.sky == "night",
        "dusk": scene.sky == "dusk",
        "water": scene.ground == "water",
        "snow": scene.ground == "snow",
    }
    return np.array(
        [float(derived[name] if name in derived else getattr(scene, name)) for name in PROBED], np.float32
    )


def draw_scene(rng: np.random.Generator, subject: str | None = None) -> Scene:
    """The random factors of one scene; every class is equally likely unless one is given."""
    subject = subject or CLASSES[rng.integers(len(CLASSES))]
    sky = SKIES[rng.choice(4, p=(0.4, 0.22, 0.22, 0.16))]
    ground = str(rng.choice(GROUNDS_OF.get(subject, GROUNDS)))
    u = rng.random(16)
    count = int(rng.integers(0, 4)) if sky != "night" else int(rng.integers(0, 2))
    places = tuple(
        (float(a), 0.06 + 0.26 * float(b), 0.6 + 0.6 * float(c)) for a, b, c in rng.random((count, 3))
    )
    sun_radius = 0.0 if sky == "overcast" else 0.045 + 0.035 * u[0]
    return Scene(
        subject=subject,
        sky=sky,
        ground=ground,
        tint=float(u[1]),
        horizon=float(0.58 + 0.2 * u[2]),
        x=float(0.32 + 0.36 * u[3]),
        size=float(0.75 + 0.5 * u[4]),
        hue=float(u[5]),
        clouds=count / 3,
        sun=(float(0.1 + 0.8 * u[6]), float(0.1 + 0.25 * u[7]), float(sun_radius)),
        hills=(float(0.03 + 0.1 * u[8]), float(u[9]), float(1 + 2 * u[10])),
        cloud_places=places,
        shape=tuple(float(v) for v in u[11:15]),
        **_own_factors(subject, ground, sky, rng),
    )


def _own_factors(subject: str, ground: str, sky: str, rng: np.random.Generator) -> dict[str, Any]:  # noqa: PLR0911
    u = rng.random(3)
    match subject:
        case "volcano":
            # Lava and smoke alone tell a volcano from a mountain, so a volcano shows some of either.
            lava, smoke = u[0], u[1]
            while lava + smoke < 0.3:
                lava, smoke = rng.random(2)
            reaches = float(max(0.0, lava - 0.5) * 2) if ground == "water" else 0.0
            return {
                "lava": float(lava),
                "smoke": float(smoke),
                "lava_in_water": reaches,
                "snowcap": _snowcap(u[2]),
            }
        case "mountain":
            return {"snowcap": _snowcap(u[2])}
        case "lighthouse":
            return {"beam": float(u[0]) if u[1] < 0.65 else 0.0}
        case "mushroom":
            return {"spots": float(u[0]) if u[1] < 0.8 else 0.0}
        case "house" | "tower":
            return {"lit": float(u[0] < (0.85 if sky == "night" else 0.25))}
        case "cactus" | "tree":
            return {"bloom": float(u[0]) if u[1] < 0.4 else 0.0}
        case "sailboat":
            return {"heel": float(u[0] - 0.5)}
        case _:
            return {}


def _snowcap(u: float) -> float:
    return float(max(0.0, u - 0.5) * 2)


FACTORS = tuple(f.name for f in fields(Scene))
