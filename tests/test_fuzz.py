"""The search for inputs that break properties: a find becomes a line to add."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import fuzz

WRONG = """
from hypothesis import given, strategies as st
@given(height=st.integers(1, 1000), boxes=st.lists(st.tuples(st.floats(0, 1))))
def test_small(height, boxes):
    assert height < 500
@given(st.integers())
def test_right(number):
    assert number == number
"""


def test_an_input_that_fails_is_printed_as_a_case_to_add(tmp_path):
    (tmp_path / "test_wrong.py").write_text(WRONG)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert list(fuzz.cases(ran.stdout)) == ["@example(height=500, boxes=[])  # above test_small"]


def test_what_passes_gives_no_case():
    assert list(fuzz.cases("3 passed in 0.1s")) == []
