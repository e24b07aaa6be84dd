"""Print what CHANGELOG.md says of the version that a tag names.

python tools/release_notes.py v1.2.3

Fails in one line unless the package, CITATION.cff and the changelog have that version.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(tag="", root=ROOT):
    if not re.fullmatch(r"v\d+\.\d+\.\d+", tag):
        sys.exit(f"the tag must be of the form v1.2.3, got {tag!r}")
    wanted = tag.removeprefix("v")
    for file, found in versions(root).items():
        if found != wanted:
            sys.exit(f"the version in {file} must be {wanted}, got {found}")
    print(notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), wanted))


def versions(root=ROOT):
    """The version in each file that has one."""
    lines = {
        "ssd_lib/__init__.py": r'^__version__ = "([^"\n]+)"$',
        "CITATION.cff": r'^version: "?([^"\n]+)"?$',
    }
    texts = {file: (root / file).read_text(encoding="utf-8") for file in lines}
    found = {file: re.search(lines[file], text, re.MULTILINE) for file, text in texts.items()}
    return {file: match and match.group(1) for file, match in found.items()}


def notes(changelog, version):
    """The part of the changelog under a heading such as "## [1.2.3] - 2030-01-31"."""
    heading = rf"## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d"
    found = re.search(rf"(?ms)^{heading}\n(.*?)(?=^## |\Z)", changelog)
    if not found or not found.group(1).strip():
        sys.exit(f"CHANGELOG.md must have entries under '## [{version}] - YEAR-MM-DD'")
    return found.group(1).strip()


if __name__ == "__main__":
    main("".join(sys.argv[1:2]))
