"""Inverset's modules have names of their own: they work beside a user's ``sampler.py`` or ``api/``, and these work beside them."""

import os
import shutil
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINKED = sorted(path.name for path in (ROOT / "inverset").iterdir() if path.is_symlink())
NOTEBOOK = """
import inverset
from inverset import Client, Model, zoo
result = inverset.sample(
    "scenes", "fc8:volcano", "q.90..q.99", n=2, method="jittered-references", progress=False
)
print(len(result), zoo.load("scenes").name, inverset.__file__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """An environment with the wheel of this checkout, and the dependencies of the one that runs this."""
    source, environment = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("environment")
    for name in ["inverset", *LINKED]:
        shutil.copytree(
            ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    pip(
        Path(sys.executable),
        "wheel",
        "--no-build-isolation",
        "--wheel-dir",
        str(source / "dist"),
        str(source),
    )
    (wheel,) = (source / "dist").glob("*.whl")
    venv.create(environment, symlinks=True)
    pip(environment / "bin" / "python", "install", str(wheel))
    site_packages(environment).joinpath("dependencies.pth").write_text("\n".join(dependencies()))
    return environment


def pip(python: Path, *words: str) -> None:
    """Run pip for an interpreter, without an index and for one package alone."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        *words,
        "--no-deps",
        "--no-index",
        "--quiet",
    ]
    subprocess.run(command, check=True, capture_output=True)


def site_packages(environment: Path) -> Path:
    (found,) = environment.glob("lib/python*/site-packages")
    return found


def dependencies() -> list[str]:
    """The folders that this process imports packages from, but for one in which this checkout is installed."""
    folders = [Path(each) for each in sys.path if each.endswith("site-packages")]
    return [str(folder) for folder in folders if not list(folder.glob("__editable__*inverset*"))]


@pytest.fixture
def crowded(tmp_path) -> Path:
    """A user's folder whose modules are called as folders of this project are."""
    for name in LINKED:
        (tmp_path / f"{name}.py").write_text("raise ImportError('this module is the user\\'s')\n")
    (tmp_path / "api.py").unlink()
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise ImportError('this package is the user\\'s')\n")
    return tmp_path


def run(environment: Path, folder: Path, program: str, *arguments: str) -> str:
    """What a program of the environment prints in ``folder``; of Python that comes first on its path, as in a notebook."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INVERSET_", "PYTHON"))}
    ended = subprocess.run(
        [environment / "bin" / program, *arguments],
        cwd=folder,
        env=kept | {"INVERSET_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_wheel_brings_one_package(installed):
    site = site_packages(installed)
    names = {path.name for path in site.iterdir() if path.suffix not in {".dist-info", ".pth"}}
    assert names == {"inverset"}
    for name in LINKED:
        assert (site / "inverset" / name / "__init__.py").is_file()
    weights = Path("inverset") / "sampler" / "zoo" / "scenes" / "weights" / "networks.safetensors"
    assert (site / weights).stat().st_size == (ROOT / weights).stat().st_size


def test_a_notebook_beside_modules_of_the_same_names(installed, crowded):
    count, name, where = run(installed, crowded, "python", "-c", NOTEBOOK).split()
    assert (count, name, Path(where).parent) == ("2", "scenes", site_packages(installed) / "inverset")


def test_the_command_line_beside_modules_of_the_same_names(installed, crowded):
    assert run(installed, crowded, "inverset", "--version") == f"inverset {version('inverset')}\n"
    words = ["sample", "scenes", "fc8:volcano", "q.90", "q.99", "-n", "2", "--method", "jittered-references"]
    run(installed, crowded, "inverset", *words, "--local", "--out", "gallery")
    assert len(list((crowded / "gallery" / "images").iterdir())) == 2
