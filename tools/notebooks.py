"""Run the chapters and keep their files in one canonical form.

python tools/notebooks.py run [book/boxes.ipynb ...]    execute, then rewrite
python tools/notebooks.py check [book/boxes.ipynb ...]  exit 1 unless all are canonical

Without paths, all chapters.
"""

import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

BOOK = Path(__file__).parents[1] / "book"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
KEPT_METADATA = ("tags", "mystnb")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # its model is gone
MOST_LINES = 25
MOST_COLUMNS = 72
UNSTABLE = re.compile(
    r"\b0x[0-9a-f]{6,}|(?:^|[\s'\"(])/(?:[\w.-]+/)+[\w.-]+|\d+(\.\d+)? ?(ms|µs)\b"
)
WORDS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"(?=.*\d)[0-9a-f]{8}")

# The way of a picture through the detector: the chapters' stems, and what the
# strip at the head of every chapter calls them.
ROAD = {
    "boxes": "boxes",
    "features": "feature maps",
    "default_boxes": "default boxes",
    "heads": "heads",
    "offsets": "offsets",
    "matching": "matching",
    "loss": "loss",
    "augment": "augmentation",
    "predict": "detections",
    "evaluate": "evaluation",
    "train": "training",
}


def strip(stem):
    """The "you are here" line of a chapter; it links the chapters that exist."""
    stages = []
    for stage, words in ROAD.items():
        if stage == stem:
            words = f"**{words}**"
        elif (BOOK / f"{stage}.ipynb").exists():
            words = f"[{words}]({stage}.ipynb)"
        stages.append(words)
    return "You are here: picture › " + " › ".join(stages)


def canonical(notebook, stem):
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        if cell.id == "you-are-here":
            cell.source = strip(stem)
        cell.metadata = {
            k: cell.metadata[k] for k in KEPT_METADATA if k in cell.metadata
        }
    for number, cell in enumerate(code_cells, start=1):
        cell.execution_count = number
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if "execution_count" in output:
                output.execution_count = number
            if "metadata" in output:
                output.metadata = {}
    return notebook


def cell_complaints(cell):
    lines = cell.source.splitlines()
    if cell.source.rstrip().endswith(";"):
        yield "ends in ';': nbval runs the cell without honouring it"
    if len(lines) > MOST_LINES and cell.id != "imports":
        yield f"has more than {MOST_LINES} lines: move code to ssd_lib"
    if max(map(len, lines), default=0) > MOST_COLUMNS:
        yield f"has a line of more than {MOST_COLUMNS} columns"
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    for output in cell.outputs:
        if output.get("name") == "stderr" or output.output_type == "error":
            yield "wrote to stderr or raised"
        data = output.get("data", {})
        if "image/png" in data and not alt:
            yield "draws a figure without alt text (mystnb.image.alt)"
        text = output.get("text", "") + data.get("text/plain", "")
        if found := UNSTABLE.search(text):
            yield f"output differs from run to run: {found.group()!r}"


def complaints(notebook):
    ids = [cell.id for cell in notebook.cells]
    if "you-are-here" not in ids:
        yield "file", "has no cell 'you-are-here'"
    for cell in notebook.cells:
        if not WORDS.fullmatch(cell.id) or RANDOM_ID.fullmatch(cell.id):
            yield cell.id, "its id should be words, such as 'iou-by-hand'"
        if cell.cell_type == "code":
            for complaint in cell_complaints(cell):
                yield cell.id, complaint


def main(verb, *paths):
    if verb not in ("run", "check"):
        sys.exit(__doc__)
    failed = False
    for path in map(Path, paths or sorted(BOOK.glob("*.ipynb"))):
        notebook = nbformat.read(path, as_version=4)
        if verb == "run":
            resources = {"metadata": {"path": path.parent}}
            client = NotebookClient(
                notebook, resources=resources, coalesce_streams=True
            )
            client.execute()
            nbformat.write(canonical(notebook, path.stem), path)
        problems = list(complaints(notebook))
        written = path.read_text(encoding="utf-8")
        if written != nbformat.writes(canonical(notebook, path.stem)) + "\n":
            problems.append(("file", "is not canonical: run tools/notebooks.py run"))
        for where, problem in problems:
            failed = True
            print(f"{path}: cell {where}: {problem}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
