"""Common misspellings in everything that is read: chapters, pages, source, questions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KINDS = (".py", ".md", ".js", ".css", ".toml", ".yml", ".yaml", ".cff", ".ipynb")


def misspelt(text):
    command = [sys.executable, "-m", "codespell_lib", "-"]  # reads pyproject.toml
    ran = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT)
    return ran.stdout


def read(file):
    """A file's text; of a notebook its cells, without what they print."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


@pytest.mark.parametrize(
    "folder",
    [".", ".github", "book", "ssd_lib", "tests", "tools", "benchmarks", "data"],
)
def test_no_common_word_is_misspelt(folder):
    top = ROOT / folder
    files = sorted(top.iterdir()) if folder == "." else sorted(top.rglob("*"))
    texts = [
        f"{read(file)}\n"
        for file in files
        if file.suffix in KINDS and file != Path(__file__) and "node_modules" not in file.parts
    ]
    assert texts
    assert misspelt("".join(texts)) == ""


def test_a_misspelling_is_found():
    assert "receive" in misspelt("We recieve a box.")
