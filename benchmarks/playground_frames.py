"""Frames a second that the playground's page shows while a network trains in it.

make book && python benchmarks/playground_frames.py

A frame is an animation frame of the page; before the training begins, as many seconds
without it are counted, for a browser without a GPU has a pace of its own. The times are
those of the clock, so the machine has to be quiet.
"""

import statistics
import sys
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from browser import launched

PAGE = ROOT / "_build/html/book/playground.html"
SECONDS, LOOKS = 2, 3
FRAMES = """(seconds) => new Promise((resolve) => {
    const at = [];
    const look = (now) => {
        at.push(now);
        if (now - at[0] < 1000 * seconds) requestAnimationFrame(look);
        else resolve(at);
    };
    requestAnimationFrame(look);
})"""
STEP = """() => Number(document.querySelector('[data-line=steps]').textContent.match(/\\d+/)[0])"""


def looked_at(page):
    """Frames a second, the milliseconds of the longest one in twenty, and steps a second."""
    before = page.evaluate(STEP)
    at = page.evaluate(FRAMES, SECONDS)
    seconds = (at[-1] - at[0]) / 1000
    gaps = sorted(right - left for left, right in pairwise(at))
    return {
        "frames_a_second": (len(at) - 1) / seconds,
        "longest_of_twenty_ms": gaps[int(0.95 * len(gaps))],
        "steps_a_second": (page.evaluate(STEP) - before) / seconds,
    }


def medians(looks):
    return {key: round(statistics.median(one[key] for one in looks), 1) for key in looks[0]}


def measured():
    """Medians of some looks at a page without, then with, a run that goes on.

    Raises:
        RuntimeError: the run was over before the last look.
    """
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(PAGE.as_uri())
        page.locator("figure.ssd-mounted[data-widget=playground]").wait_for()
        train = page.locator(".ssd-run-bar .ssd-main")
        page.locator("[data-line=about-scene]", has_text="Scene 1").wait_for()
        quiet = medians([looked_at(page) for _ in range(LOOKS)])
        train.click()
        page.locator("[data-line=steps]", has_text="s left").wait_for()  # its pace is known
        training = medians([looked_at(page) for _ in range(LOOKS)])
        if train.text_content() != "Pause":
            raise RuntimeError("the run must go on until the last look, got its end before")
        return {"browser": f"Chromium {browser.version}", "quiet": quiet, "training": training}


def told(found):
    """What :func:`measured` has found, in words."""
    lines = [found["browser"]]
    for name in ("quiet", "training"):
        one = found[name]
        lines.append(
            f"{name}: {one['frames_a_second']:.1f} frames a second, one in twenty longer than "
            f"{one['longest_of_twenty_ms']:.1f} ms, {one['steps_a_second']:.1f} steps a second"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(told(measured()))
