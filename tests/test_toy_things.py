"""What the page draws of the toy world is what the package draws."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import toy_things  # noqa: E402


def test_the_pages_paths_are_those_of_the_package():
    assert toy_things.OUT.read_text(encoding="utf-8") == toy_things.module()
