"""``make walk``: runs what the documentation says of the containers, each block as it would be pasted, and prints what each prints.

A block is one below a line ``<!-- walk -->``; ``<!-- walk: second -->`` is one of the second machine. Everything happens in
clones of what is committed here, in build/walk/, with volumes of their own; the service must not run on 127.0.0.1:8000 meanwhile.
Where there is no GPU, workers of GPUs compute on the CPU. Exit code 1: a block failed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("docs/team.md", "docs/operations.md", "docs/scaling.md")
BLOCK = re.compile(
    r"^(?P<indent> *)<!-- walk(: second)? -->\n\s*```\w*\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
RESERVED = re.compile(r"^    deploy: \{resources: .*\n", re.MULTILINE)
PRIVATE = "172.17.0.1"  # the address of this machine that containers reach, as docker0 has it


class Walk:
    """The state between two blocks: folders, environment and what placeholders stand for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = dict(os.environ) | {"COMPOSE_PROJECT_NAME": "inverset-walk"}
        self.values = {
            "/srv/inverset-backup": str(folder / "backup"),
            "10.0.0.5": PRIVATE,
            "scp -r secrets box2:inverset": f"cp -r secrets {folder / 'second'}",
        }
        if not shutil.which("nvidia-smi"):
            self.values["make gpus"] = "make gpus N=2"
        self.failed: list[str] = []

    def set_up(self) -> None:
        """Clone the checkout twice, and take the environment in which `inverset` is the command of `make venv`."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name, source in {
            "origin": ROOT,
            "first": self.folder / "origin",
            "second": self.folder / "origin",
        }.items():
            subprocess.run(["git", "clone", "--quiet", source, self.folder / name], check=True)
        self.environment["PATH"] = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        programs = self.folder / "programs"
        programs.mkdir()
        if not shutil.which("sudo"):
            (programs / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
            (programs / "sudo").chmod(0o755)
            self.environment["PATH"] += f":{programs}"

    def run(self, title: str, text: str, *, second: bool = False) -> None:
        """Run a block in bash; exported variables last, and so do keys that are printed."""
        for placeholder, value in self.values.items():
            text = text.replace(placeholder, value)
        where = self.folder / ("second" if second else "first")
        kept = self.folder / "environment"
        environment = self.environment | ({"COMPOSE_PROJECT_NAME": "inverset-walk-second"} if second else {})
        print(f"\n## {title}\n\n{text.rstrip()}\n", flush=True)
        begun = time.monotonic()
        command = ["bash", "-eo", "pipefail", "-c", f"{text}\nenv -0 > {kept}"]
        with subprocess.Popen(
            command,
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            said = []
            for line in running.stdout or ():
                said.append(line)
                print(f"    {line}", end="", flush=True)
        print(f"\nexit code {running.returncode}, {time.monotonic() - begun:.0f} s", flush=True)
        if running.returncode:
            self.failed.append(title)
            return
        pairs = (pair.partition("=") for pair in kept.read_text().split("\0") if pair)
        self.environment = {name: value for name, _, value in pairs} | {
            "COMPOSE_PROJECT_NAME": "inverset-walk"
        }
        self._learn("".join(said))
        self._emulate(where / "docker-compose.gpu.yml")

    def _learn(self, said: str) -> None:
        """What stands for the placeholders of keys: the admin's key, and the id of the latest."""
        for key in re.findall(r"^inv_[\w-]+", said, re.MULTILINE):
            self.values.setdefault("inv_...", key)
            self.values["1f2e3d4c"] = key.split("_")[1]

    def _emulate(self, overlay: Path) -> None:
        """Let workers of GPUs compute on the CPU, where there is no GPU."""
        if overlay.exists() and not shutil.which("nvidia-smi"):
            text = overlay.read_text()
            overlay.write_text(RESERVED.sub("", text).replace("cuda:0", "cpu"))


def blocks(document: Path) -> Iterator[tuple[str, bool, str]]:
    """The marked blocks of a document: the heading above, whether it is the second machine's, and the text without indent."""
    text = document.read_text()
    for found in BLOCK.finditer(text):
        above = re.findall(r"^#+ (.+)$", text[: found.start()], re.MULTILINE)
        lines = [line.removeprefix(found["indent"]) for line in found["text"].splitlines()]
        yield above[-1], bool(found[2]), "\n".join(lines)


def from_nothing(walk: Walk, *, second: bool = False) -> None:
    """Remove what a former document left, so that the next begins as its reader does; ``second``: of the second machine."""
    walk.run(
        "(no block) remove the service and its volumes",
        "docker compose down --volumes --remove-orphans",
        second=second,
    )


def release(walk: Walk) -> None:
    """Make a newer version, a line longer, for `git pull` to find."""
    origin = walk.folder / "origin"
    with (origin / "worker" / "app.py").open("a") as module:
        module.write("# A newer version.\n")
    git = ["git", "-C", str(origin), "-c", "user.name=walk", "-c", "user.email=walk@localhost"]
    subprocess.run([*git, "commit", "--quiet", "--all", "--message", "A newer version"], check=True)


def answers(url: str) -> bool:
    """Whether something is there already."""
    try:
        with urllib.request.urlopen(url, timeout=3):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def main() -> int:
    """Walk through all documents, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", nargs="*", default=DOCUMENTS)
    asked = parser.parse_args()
    if answers("http://127.0.0.1:8000/readyz"):
        print("something answers on 127.0.0.1:8000: docker compose down", file=sys.stderr)
        return 2
    walk = Walk(ROOT / "build" / "walk")
    walk.set_up()
    for document in asked.documents:
        print(f"\n# {document}", flush=True)
        if document != "docs/scaling.md":  # which goes on where operations.md ends
            from_nothing(walk)
            walk.values.pop("inv_...", None)
        for heading, second, text in blocks(ROOT / document):
            if heading == "Restore":
                from_nothing(walk)
            if heading == "Upgrade":
                release(walk)
            walk.run(f"{document}: {heading}", text, second=second)
    for second in (True, False):
        from_nothing(walk, second=second)
    print(f"\n{len(walk.failed)} blocks failed{''.join(f'{chr(10)}  {title}' for title in walk.failed)}")
    return bool(walk.failed)


if __name__ == "__main__":
    sys.exit(main())
