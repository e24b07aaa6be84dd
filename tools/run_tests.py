"""Run parts of the tests one after the other, each to its end, and say how they ended.

python tools/run_tests.py PART...      parts are targets of the Makefile
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

NEEDS = {
    "browser": "book",
    "full": "book",
    "lighthouse": "book",
}  # what makes no sense if that has failed
KINDS = ("failed", "passed", "skipped")


class Result(NamedTuple):
    """How one part ended."""

    part: str
    verdict: str
    seconds: float
    counts: Counter
    skipped: Counter  # reasons


def main(parts):
    results = []
    for part in parts:
        results.append(run(part, {result.part: result.verdict for result in results}))
        if results[-1].verdict != "passed":
            print(f"\n{part} {results[-1].verdict}; going on with the rest\n", flush=True)
    print(report(results))
    sys.exit(any(result.verdict != "passed" for result in results))


def run(part, before):
    """Run a part by make, and read what pytest or node wrote of it, if it ran one."""
    needed = NEEDS.get(part)
    if before.get(needed, "passed") != "passed":
        return Result(part, f"not run: it needs {needed}", 0, Counter(), Counter())
    print(f"\n== {part}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "results.xml")
        options = f"{os.environ.get('PYTEST_ADDOPTS', '')} --junitxml={told.as_posix()}"
        code = subprocess.call(
            ["make", "--no-print-directory", part, f"DONE={' '.join(before)}"],
            env=os.environ | {"PYTEST_ADDOPTS": options.strip(), "RESULTS": told.as_posix()},
        )
        counts, skipped = read(told) if told.exists() else (Counter(), Counter())
    verdict = "failed" if code else "passed"
    return Result(part, verdict, time.monotonic() - begin, counts, skipped)


def read(path):
    """How many tests failed, passed and were skipped, and why."""
    counts, skipped = Counter(), Counter()
    for case in ElementTree.parse(path).iter("testcase"):
        why = case.find("skipped")
        if why is not None:
            skipped[why.get("message")] += 1
            counts["skipped"] += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            counts["failed"] += 1
        else:
            counts["passed"] += 1
    return counts, skipped


def report(results):
    lines = [""]
    for result in results:
        told = ", ".join(f"{result.counts[k]} {k}" for k in KINDS if result.counts[k])
        row = f"{result.part:10} {result.verdict:8} {result.seconds:5.0f} s  {told}"
        lines.append(row.rstrip())
        lines += [
            f"{'':10} skipped: {reason}" + (f" ({count} times)" if count > 1 else "")
            for reason, count in sorted(result.skipped.items())
        ]
    if wrong := [r.part for r in results if r.verdict != "passed"]:
        again = ", ".join(f"make {part}" for part in wrong)
        return "\n".join([*lines, f"Not everything passed. Each alone: {again}"])
    return "\n".join([*lines, "Everything passed."])


if __name__ == "__main__":
    main(sys.argv[1:])
