"""Inverset's modules have names of their own: they work beside a user's ``sampler.py`` or ``api/``, and these work beside them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

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
    """A folder with the wheel in it, as in a site-packages; its files are those of this checkout."""
    source, site = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name in ["inverset", *LINKED]:
        shutil.copytree(
            ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(source / "dist")]
    subprocess.run([*pip, *options, str(source)], check=True, capture_output=True)
    (wheel,) = (source / "dist").glob("*.whl")
    with ZipFile(wheel) as packed:
        packed.extractall(site)
    return site


@pytest.fixture
def crowded(tmp_path) -> Path:
    """A user's folder whose modules are called as folders of this project are."""
    for name in LINKED:
        (tmp_path / f"{name}.py").write_text("raise ImportError('this module is the user\\'s')\n")
    (tmp_path / "api.py").unlink()
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise ImportError('this package is the user\\'s')\n")
    return tmp_path


def run(site: Path, folder: Path, *arguments: str) -> str:
    """What Python prints in ``folder``, which comes first on its path, as in a notebook."""
    environment = os.environ | {"PYTHONPATH": str(site), "INVERSET_DATA_DIR": str(folder / "data")}
    command = [sys.executable, *arguments]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_wheel_brings_one_package(installed):
    assert [path.name for path in sorted(installed.iterdir()) if path.suffix != ".dist-info"] == ["inverset"]
    for name in LINKED:
        assert (installed / "inverset" / name / "__init__.py").is_file()
    weights = Path("inverset") / "sampler" / "zoo" / "scenes" / "weights" / "networks.safetensors"
    assert (installed / weights).stat().st_size == (ROOT / weights).stat().st_size


def test_a_notebook_beside_modules_of_the_same_names(installed, crowded):
    count, name, where = run(installed, crowded, "-c", NOTEBOOK).split()
    assert (count, name, Path(where).parent) == ("2", "scenes", installed / "inverset")


def test_the_command_line_beside_modules_of_the_same_names(installed, crowded):
    command = ["-m", "inverset", "sample", "scenes", "fc8:volcano", "q.90", "q.99", "-n", "2"]
    run(installed, crowded, *command, "--method", "jittered-references", "--local", "--out", "gallery")
    assert len(list((crowded / "gallery" / "images").iterdir())) == 2
    assert "2" in run(installed, crowded, "-m", "inverset", "verify", "gallery")


def test_importing_inverset_imports_no_part_of_it(installed, crowded):
    code = "import sys, inverset; print(sorted(name for name in sys.modules if name.startswith('inverset.')))"
    assert run(installed, crowded, "-c", code).strip() == "[]"
