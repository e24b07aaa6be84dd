"""Code on a page has an element only where it has a colour."""

import sys
from pathlib import Path

from pygments import highlight
from pygments.lexers import PythonLexer

sys.path.insert(0, str(Path(__file__).parents[1] / "book/_ext"))
from highlighting import QuietFormatter


def written(code):
    return highlight(code, PythonLexer(), QuietFormatter(nowrap=True))


def test_names_and_signs_are_plain_text():
    assert written("x = (y[a], z) @ b.c\n") == "x = (y[a], z) @ b.c\n"


def test_what_a_reader_looks_for_keeps_its_colour():
    said = written("for i in range(2):  # twice\n")
    classes = ["k", "ow", "nb", "mi", "c1"]
    assert [name for name in classes if f'class="{name}"' in said] == classes
    assert said.count("<span") == len(classes)
    assert "</span> i <span" in said
