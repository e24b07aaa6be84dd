"""Write down the versions that have passed: constraints.txt and a line of the README.

python tools/verified.py      `make verified` runs it, once all tests have passed

It looks at the environment it runs in, so run it with the Python that ran the tests.
"""

import datetime
import platform
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import browser

ROOT = Path(__file__).parents[1]
HEAD = """\
# The versions that last passed `make test`. `make verified` writes this file and the
# README's line "Last verified" from the same facts. To get exactly these:
#     pip install -c constraints.txt -r requirements.txt -e .
"""
NAMED = ["torch", "torchvision", "lightning-fabric", "jupyter-book", "jupyterlab"]


def main(root=ROOT):
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    if not re.search(r"(?m)^Last verified: .*$", text):
        sys.exit(f"{readme} must have a line that begins with 'Last verified: '")
    requirements = (root / "requirements.txt").read_text(encoding="utf-8")
    written = constraints(names(requirements), where())
    (root / "constraints.txt").write_text(written, encoding="utf-8")
    text = re.sub(r"(?m)^Last verified: .*$", lambda _: sentence(written), text)
    readme.write_text(text, encoding="utf-8")


def names(requirements):
    """The packages that a file of requirements or constraints lists, in its order."""
    return re.findall(r"(?m)^[A-Za-z0-9][A-Za-z0-9._-]*", requirements)


def constraints(packages, where):
    """The text of constraints.txt: a head, where it was tested, a version a line."""
    return f"{HEAD}# Verified: {where}\n" + "".join(
        f"{package}=={installed(package)}\n" for package in packages
    )


def installed(package):
    """Its version, without the mark of another index (as in 2.14.1+cpu)."""
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        sys.exit(f"{package} must be installed where the tests ran, got no such package")


def where():
    """Day, system, Python and browser."""
    day = datetime.datetime.now(datetime.UTC).date()
    system = f"{platform.system()}, with Python {platform.python_version()}"
    return ", ".join([f"{day} on {system}", *chromium()])


def chromium():
    """Name and main version of the browser that the tests of the pages use, if any."""
    if path := browser.find():
        ran = subprocess.run([path, "--version"], capture_output=True, text=True)
        yield from re.findall(r"(?:Chromium|Chrome) \d+", ran.stdout)[:1]


def sentence(constraints):
    """The README's line, from the text of constraints.txt."""
    [where] = re.findall(r"(?m)^# Verified: (.*)$", constraints)
    found = dict(re.findall(r"(?m)^([^#=\s]+)==(\S+)$", constraints))
    versions = ", ".join(f"{name} {found[name]}" for name in NAMED)
    return f"Last verified: {where}, {versions}; `constraints.txt` lists the rest."


if __name__ == "__main__":
    main()
