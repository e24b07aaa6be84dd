"""Run the chapters and keep their files in one canonical form.

python tools/notebooks.py run [book/boxes.ipynb ...]    execute, then rewrite
python tools/notebooks.py check [book/boxes.ipynb ...]  exit 1 unless all are canonical
python tools/notebooks.py address [book/boxes.ipynb ...]  rewrite without executing

The repository's address stands in _config.yml (repository.url). While there is one,
each chapter has a cell before its imports that installs the package, for Colab, and
pyproject.toml, CITATION.cff and README.md name it; `address` writes or removes all of these.

Without paths, all chapters.
"""

import re
import sys
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient
from project_files import set_address

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"
INSTALL_TAGS = ["install", "nbval-skip", "skip-execution"]
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
KEPT_METADATA = ("tags", "mystnb")
HIDDEN = {"source_hidden": True, "outputs_hidden": True}  # JupyterLab's words for folded
# What a cell is decides what the page does with it (book/_ext/folding.py); a cell that is
# to stand open although it draws or checks is tagged "visible".
KINDS = ("set-up", "drawing", "checking", "source", "widget", "exercise", "solution", "visible")
TAGS = {*KINDS, "install", "nbval-skip", "nbval-ignore-output", "skip-execution"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # its model is gone
MOST_LINES = 25
MOST_COLUMNS = 72
UNSTABLE = re.compile(
    r"\b0x[0-9a-f]{6,}|(?:^|[\s'\"(])/(?:[\w.-]+/)+[\w.-]+|\d+(\.\d+)? ?(ms|µs)\b"
)
WORDS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"(?=.*\d)[0-9a-f]{8}")
# What stands under a chapter's title (the cell "aims"): what for, what with, how long.
HEAD = re.compile(r"You will [^\n·]+ · needs [^\n·]+ · \d+ minutes")
HEAD_FORM = "You will ... · needs ... · 40 minutes"
LONGEST_HEAD = 220  # letters, as they are seen

# The way of a picture through the detector: the chapters' stems, and what the
# strip at the head of every chapter calls them.
ROAD = {
    "boxes": "boxes",
    "features": "feature maps",
    "default_boxes": "default boxes",
    "backbone": "backbone",
    "heads": "heads",
    "offsets": "offsets",
    "matching": "matching",
    "loss": "loss",
    "augment": "augmentation",
    "predict": "detections",
    "evaluate": "evaluation",
    "train": "training",
}
BEHIND = {"playground": "playground", "beyond": "afterword"}  # pages after its end


def strip(stem):
    """The "you are here" line of a chapter; it links the chapters that exist."""
    stages = []
    for stage, words in ROAD.items():
        if stage == stem:
            words = f"**{words}**"
        elif (BOOK / f"{stage}.ipynb").exists():
            words = f"[{words}]({stage}.ipynb)"
        stages.append(words)
    if stem in BEHIND:
        stages.append(f"**{BEHIND[stem]}**")
    first = "**image**" if stem == "intro" else "[image](intro.ipynb)"
    return f"You are here: {first} › " + " › ".join(stages)


def seen(text):
    """A text as it is read: links are their words."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)


def repository(config=ROOT / "_config.yml"):
    """The repository's address, or None while there is none."""
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    return (settings.get("repository") or {}).get("url") or None


def set_install_cell(notebook, address):
    """Have the install cell before the imports if there is an address, else not."""
    notebook.cells = [cell for cell in notebook.cells if cell.id != "install"]
    if address:
        source = f'%pip install -q "ssd-lib @ git+{address}"'
        cell = nbformat.v4.new_code_cell(source, id="install")
        cell.metadata = {"tags": list(INSTALL_TAGS)}
        ids = [cell.id for cell in notebook.cells]
        notebook.cells.insert(ids.index("imports"), cell)


def canonical(notebook, stem, address=None):
    set_install_cell(notebook, address)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        if cell.id == "you-are-here":
            cell.source = strip(stem)
        cell.metadata = {k: cell.metadata[k] for k in KEPT_METADATA if k in cell.metadata}
        if "solution" in cell.metadata.get("tags", ()):
            cell.metadata["jupyter"] = dict(HIDDEN)
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


def kind_of(cell):
    """The tag that a cell needs, by what it does; None if any will do."""
    data = [output.get("data", {}) for output in cell.outputs]
    shown = "".join(one.get("text/html", "") for one in data)
    lines = cell.source.splitlines() or [""]
    if cell.id == "imports":
        return "set-up"
    if lines[0].startswith("done = "):
        return "exercise"
    if len(lines) == 1 and lines[0].startswith("show_source("):
        return "source"
    if "ssd-widget" in shown:
        return "widget"
    if "<svg" in shown or any("image/png" in one for one in data):
        return "drawing"
    only_checks = lines[-1].lstrip().startswith("assert") and not cell.outputs
    return "checking" if only_checks else None


def tag_complaints(cell):
    tags = set(cell.metadata.get("tags", ()))
    if unknown := sorted(tags - TAGS):
        yield f"has the unknown tag {unknown[0]!r}"
    kind = kind_of(cell)
    if kind and not tags & {kind, "visible", "solution"}:
        yield f"must have the tag {kind!r}, or 'visible' to stand open on the page"


def head_complaints(notebook):
    heads = [cell.source for cell in notebook.cells if cell.id == "aims"]
    if not heads:
        yield "file", "has no cell 'aims'"
    for head in heads:
        if not HEAD.fullmatch(head):
            yield "aims", f"must be one line, {HEAD_FORM!r}"
        if (length := len(seen(head))) > LONGEST_HEAD:
            yield "aims", f"must have at most {LONGEST_HEAD} letters, got {length}"


def complaints(notebook, stem):
    if stem in ROAD or stem in BEHIND:
        yield from head_complaints(notebook)
    ids = [cell.id for cell in notebook.cells]
    for needed in ("you-are-here", "imports"):
        if needed not in ids:
            yield "file", f"has no cell {needed!r}"
    for cell in notebook.cells:
        if not WORDS.fullmatch(cell.id) or RANDOM_ID.fullmatch(cell.id):
            yield cell.id, "its id should be words, such as 'iou-by-hand'"
        if cell.cell_type == "code":
            for complaint in [*cell_complaints(cell), *tag_complaints(cell)]:
                yield cell.id, complaint


def execute(notebook, folder):
    resources = {"metadata": {"path": folder}}
    NotebookClient(notebook, resources=resources, coalesce_streams=True).execute()


def main(verb="", *paths):
    if verb not in ("run", "check", "address"):
        sys.exit(__doc__)
    address = repository()
    if verb == "address":
        set_address(ROOT, address)
    failed = False
    for path in map(Path, paths or sorted(BOOK.glob("*.ipynb"))):
        notebook = nbformat.read(path, as_version=4)
        if verb == "run":
            execute(notebook, path.parent)
        if "imports" in (cell.id for cell in notebook.cells):
            canonical(notebook, path.stem, address)
        problems = list(complaints(notebook, path.stem))
        if verb != "check":
            nbformat.write(notebook, path)
        elif path.read_text(encoding="utf-8") != nbformat.writes(notebook) + "\n":
            problems.append(("file", "is not canonical: run tools/notebooks.py run"))
        for where, problem in problems:
            failed = True
            print(f"{path}: cell {where}: {problem}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
