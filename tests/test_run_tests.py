"""The verdict of `make test`: every part runs, and what fell or was skipped is said."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = """
lint: ; @echo linted
unit: ; @"{python}" -m pytest -q -p no:cacheprovider test_two.py
nbval: ; @echo cells
js: ; @echo '<testsuites><testcase/><testcase/></testsuites>' > "$$RESULTS"
book: ; @exit 3
browser: ; @echo never
"""
TESTS = """
import pytest
def test_right(): pass
def test_wrong(): assert 1 == 2
def test_broken(no_such_fixture): pass
@pytest.mark.skip(reason="needs a CUDA device")
def test_left_out(): pass
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "Makefile").write_text(MAKEFILE.format(python=sys.executable))
    (tmp_path / "test_two.py").write_text(TESTS)

    def run(*parts):
        command = [sys.executable, ROOT / "tools/run_tests.py", *parts]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        return ran.returncode, ran.stdout.splitlines()

    return run


def test_a_part_that_fails_does_not_keep_later_ones_from_running(run):
    code, lines = run("lint", "unit", "nbval")
    assert code == 1
    assert "cells" in lines
    assert lines[-1].endswith(": make unit")
    [unit] = [line.split() for line in lines if line.startswith("unit  ")]
    assert unit[:2] == ["unit", "failed"]
    assert " ".join(unit[4:]) == "2 failed, 1 passed, 1 skipped"
    [why] = [line for line in lines if line.lstrip().startswith("skipped: ")]
    assert why.endswith("needs a CUDA device")


def test_what_needs_a_part_that_failed_is_not_run_and_said_so(run):
    code, lines = run("book", "browser", "lint")
    assert code == 1
    assert "never" not in lines
    assert "linted" in lines
    [*_, browser] = [line for line in lines if line.startswith("browser ")]
    assert "not run" in browser
    assert "book" in browser
    assert lines[-1].endswith("make book, make browser")


def test_what_does_not_run_pytest_can_tell_its_results_too(run):
    _, lines = run("js")
    [js] = [line.split() for line in lines if line.startswith("js ")]
    assert " ".join(js[4:]) == "2 passed"


def test_if_nothing_fails_everything_passed(run):
    code, lines = run("lint", "nbval")
    assert code == 0
    assert lines[-1] == "Everything passed."
