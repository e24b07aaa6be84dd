"""Measure how long the chapters run, and keep it in data/runs/chapter_times.json.

python tools/chapter_times.py

Each chapter is executed in a fresh kernel; what it prints is not looked at.
"""

import time
from pathlib import Path

import nbformat
import yaml
from notebooks import execute

from ssd_lib.run_record import origin, write_record

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "data/runs/chapter_times.json"


def in_order():
    """The notebooks as the table of contents has them."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [row["file"] for part in toc["parts"] for row in part["chapters"]]
    found = [ROOT / f"{file}.ipynb" for file in files]
    return [path for path in found if path.exists()]


def main():
    about, rows = origin("python tools/chapter_times.py"), []
    for path in in_order():
        notebook = nbformat.read(path, as_version=4)
        title = notebook.cells[0].source.removeprefix("# ").strip()
        cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        start = time.perf_counter()
        execute(notebook, path.parent)
        seconds = round(time.perf_counter() - start, 1)
        rows.append({"file": path.stem, "title": title, "cells": cells, "seconds": seconds})
        print(f"{path.stem}: {cells} cells, {seconds} s", flush=True)
    write_record(RECORD, about | {"chapters": rows})


if __name__ == "__main__":
    main()
