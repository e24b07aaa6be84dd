"""A chapter in a real JupyterLab: all cells run, and Python sees what is dragged."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect
from waiting import PATIENT_S, wait_until

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
SERVER = [
    "-m",
    "jupyterlab",
    "--no-browser",
    "--IdentityProvider.token=",
    "--ServerApp.port=0",
    "--ServerApp.ip=127.0.0.1",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a JupyterLab that has a copy of the chapters."""
    folder = tmp_path_factory.mktemp("lab")
    for chapter in CHAPTERS:  # without outputs: what is seen then has been run here
        notebook = nbformat.read(chapter, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / chapter.name)
    names = ("CONFIG", "DATA", "RUNTIME")
    own = {f"JUPYTER_{name}_DIR": str(folder / f".{name.lower()}") for name in names}
    # Lab takes cells that are far away out of the page, at its own pace; a test that
    # goes to a cell asks it to keep them all.
    settings = folder / ".settings/@jupyterlab/notebook-extension"
    settings.mkdir(parents=True)
    keep = json.dumps({"windowingMode": "none"})
    (settings / "tracker.jupyterlab-settings").write_text(keep)
    own["JUPYTERLAB_SETTINGS_DIR"] = str(folder / ".settings")
    root = ["--allow-root"] if os.geteuid() == 0 else []
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, *SERVER, *root],
            cwd=folder,
            env=os.environ | own,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield address_in(log)
        finally:
            server.terminate()
            server.wait(30)


def address_in(log):
    """Where the server says that it is, once it answers there."""
    found = wait_until(lambda: re.search(r"http://127\.0\.0\.1:\d+/", log.read_text()))
    assert wait_until(lambda: status_at(found[0])) == 200
    return found[0]


def status_at(address):
    """What a server answers; None while nobody listens, a moment after it names its port."""
    try:
        with urllib.request.urlopen(f"{address}api/status") as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError:
        return None


def has_kernel(lab, chapter):
    """Lab asks which kernel is meant when it is told to run before one is there."""
    with urllib.request.urlopen(f"{lab}api/sessions") as answer:
        kernels = [s["kernel"] for s in json.load(answer) if s["path"] == f"{chapter}.ipynb"]
    return any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels)


def run_all(page, lab, chapter):
    """Open a chapter, run all its cells and wait for the last one that is not folded."""
    page.goto(f"{lab}lab/tree/{chapter}.ipynb?reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    wait_until(lambda: has_kernel(lab, chapter))
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    cells = json.loads((ROOT / f"book/{chapter}.ipynb").read_text())["cells"]
    codes = [cell["metadata"] for cell in cells if cell["cell_type"] == "code"]
    folded = [metadata.get("jupyter", {}).get("source_hidden", False) for metadata in codes]
    last = max(number for number, hidden in enumerate(folded, start=1) if not hidden)
    page.locator(".jp-InputPrompt", has_text=f"[{last}]:").wait_for()
    wait_until(lambda: has_kernel(lab, chapter))  # the folded ones after it have run
    assert page.locator(".jp-InputPlaceholder").count() == sum(folded)
    assert folded == ["solution" in metadata.get("tags", []) for metadata in codes]
    assert page.locator(".jp-OutputArea-output[data-mime-type*='error']").count() == 0


# Of each chapter whose cells read a widget: where it is made, what to move, the keys that
# move it, and the cell that reads it.
MOVES = {
    "boxes": (
        "playground = IoUPlayground()",
        ".ssd-box.ssd-a",
        ["ArrowLeft"] * 20,
        "round(playground.iou, 3)",
    ),
    "default_boxes": (
        "explorer = DefaultBoxExplorer()",
        ".ssd-box.ssd-object",
        ["Shift+ArrowLeft"] * 9,
        "found = coverage(torch.tensor([explorer.gt_box])",
    ),
    "features": (
        "explorer = FeatureMapExplorer()",
        ".ssd-stage",
        ["ArrowLeft", "ArrowUp"],
        'explorer.looked_at(), "sees"',
    ),
    "heads": (
        "walk = HeadWalk()",
        ".ssd-planes[tabindex]",
        ["ArrowUp", "ArrowLeft"],
        "(r, c), side = walk.cell",
    ),
    "offsets": (
        "lab = OffsetLab()",
        ".ssd-box.ssd-a",
        ["ArrowRight"] * 3,
        "encode(xyxy_to_cxcywh(torch.tensor(lab.prediction))",
    ),
    "matching": (
        "explorer = MatchingExplorer()",
        ".ssd-box.ssd-object >> nth=0",
        ["ArrowLeft"] * 40 + ["ArrowUp"] * 40,
        "torch.tensor(explorer.gt_boxes)",
    ),
    "loss": (
        "lab = HardNegativeLab()",
        "input[type=radio]:checked",
        ["ArrowLeft"],
        "found = lab.count(lab.ratio)",
    ),
    "augment": (
        "lab = AugmentationLab()",
        "button.ssd-main",
        ["Enter"],
        'print("draw", lab.seed',
    ),
}


OFTEN = "matching"  # the chapter of `make test`; `make test-all` runs them all


@pytest.mark.slow
@pytest.mark.parametrize(
    "chapter",
    [
        file.stem if file.stem == OFTEN else pytest.param(file.stem, marks=pytest.mark.full)
        for file in CHAPTERS
    ],
)
def test_all_cells_run_and_python_sees_what_is_moved(browser, lab, chapter):
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(1000 * PATIENT_S)
    page = context.new_page()
    run_all(page, lab, chapter)
    if chapter in MOVES:
        move_and_read(page, *MOVES[chapter])
    context.close()


def move_and_read(page, made, box, keys, read):
    """Move something in the widget by keys, and let Python say where it is."""
    page.get_by_text(made).scroll_into_view_if_needed()
    maker = page.locator(".jp-CodeCell", has_text=made)
    handle = maker.locator(f".ssd-live-figure {box}")
    handle.wait_for()
    cell = page.locator(".jp-CodeCell", has_text=read)
    output = cell.locator(".jp-OutputArea-output").first
    before = output.inner_text()
    handle.focus()
    for key in keys:
        page.keyboard.press(key)
    cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")
    expect(output).not_to_have_text(before)
    assert cell.locator("[data-mime-type*='error']").count() == 0


@pytest.mark.parametrize("chapter", MOVES)
def test_what_is_moved_and_read_is_in_its_chapter(chapter):
    made, _, _, read = MOVES[chapter]
    cells = json.loads((ROOT / f"book/{chapter}.ipynb").read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert [sum(words in source for source in sources) for words in (made, read)] == [1, 1]
