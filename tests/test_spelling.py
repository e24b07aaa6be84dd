"""Common misspellings in everything that is read: chapters, pages, source, questions."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = (".github", "book", "ssd_lib", "tests", "tools", "benchmarks", "data")
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


def read_files():
    files = [*ROOT.iterdir(), *(file for top in FOLDERS for file in (ROOT / top).rglob("*"))]
    for file in sorted(files):
        if file.suffix in KINDS and file != Path(__file__) and "node_modules" not in file.parts:
            yield file.relative_to(ROOT).as_posix(), read(file)


def test_no_common_word_is_misspelt():
    texts = dict(read_files())
    assert {name.split("/")[0] for name in texts} >= set(FOLDERS)
    found = misspelt("\n".join(texts.values()))  # a line and its correction, in turns
    wrong = re.findall(r"(?m)^\t*(\S+) ==> ", found)
    places = {word: [name for name in texts if word in texts[name]] for word in wrong}
    assert (places, found) == ({}, "")


def test_a_misspelling_is_found():
    assert re.findall(r"(?m)^\t*(\S+) ==> ", misspelt("We recieve a box.")) == ["recieve"]
