"""Search for inputs that break what the property tests claim.

python tools/fuzz.py SECONDS

Goes through all tests that Hypothesis feeds, with one seed after the other, until the
time is over or one of them falls; what made it fall is printed as a case to add to the
test, above its `@given`, so that `make test` meets it every time.
"""

import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEARCH = [
    sys.executable,
    "-m",
    "pytest",
    "-n",
    "auto",
    "-m",
    "hypothesis",
    "-q",
    "--hypothesis-profile=search",
    "-p",
    "no:cacheprovider",
    "tests",
    "--ignore=tests/browser",
]
FALSIFIED = re.compile(
    r"^E\s*Failing test case: (?P<test>\w+)\((?P<arguments>.*?)^E\s*\)$",
    re.DOTALL | re.MULTILINE,
)


def main(seconds):
    end = time.monotonic() + float(seconds)
    rounds, first = 0, int(time.time())
    while rounds == 0 or time.monotonic() < end:
        seed = first + rounds
        try:
            ran = subprocess.run(
                [*SEARCH, f"--hypothesis-seed={seed}"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=max(end - time.monotonic(), 1),
            )
        except subprocess.TimeoutExpired:
            break
        rounds += 1
        if ran.returncode:
            print(ran.stdout, ran.stderr)
            print("\n\n".join(cases(ran.stdout)) or "Not one input: see above.")
            sys.exit(f"Found with the seed {seed}; add what is printed to the test.")
    print(f"{rounds} rounds of all property tests, seeds from {first} on: nothing found")


def cases(output):
    """What pytest printed of inputs that fail, as the lines to add."""
    for found in FALSIFIED.finditer(output):
        lines = re.sub(r"(?m)^E|  # or any other generated value$", "", found["arguments"])
        arguments = " ".join(lines.split()).rstrip(",")
        yield f"@example({arguments})  # above {found['test']}"


if __name__ == "__main__":
    main(*sys.argv[1:])
