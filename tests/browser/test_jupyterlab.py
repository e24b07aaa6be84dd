"""A chapter in a real JupyterLab: all cells run, and Python sees what is dragged."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
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
    for chapter in (ROOT / "book").glob("*.ipynb"):
        shutil.copy(chapter, folder)
    names = ("CONFIG", "DATA", "RUNTIME")
    own = {f"JUPYTER_{name}_DIR": str(folder / f".{name.lower()}") for name in names}
    root = ["--allow-root"] if os.geteuid() == 0 else []
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, *SERVER, *root],
            cwd=folder, env=os.environ | own, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        yield wait_for(log)
        server.terminate()
        server.wait(30)


def wait_for(log, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", log.read_text()):
            with urllib.request.urlopen(found[0] + "api/status") as answer:
                assert answer.status == 200
            return found[0]
        time.sleep(0.3)
    raise AssertionError(f"JupyterLab did not start: {log.read_text()}")


@pytest.mark.slow
def test_all_cells_run_and_python_sees_the_drag(browser, lab):
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.goto(lab + "lab/tree/boxes.ipynb?reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    page.locator(".jp-NotebookPanel-toolbar [data-status=idle]").wait_for(
        timeout=60_000
    )
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    cells = json.loads((ROOT / "book/boxes.ipynb").read_text())["cells"]
    last = f"[{sum(cell['cell_type'] == 'code' for cell in cells)}]:"
    page.locator(".jp-InputPrompt", has_text=last).wait_for(timeout=120_000)

    # Lab takes what is far away out of the page, so go there as a reader would.
    page.get_by_text("playground = IoUPlayground()").scroll_into_view_if_needed()
    box = page.locator(".ssd-live-figure .ssd-box.ssd-b")
    box.wait_for(timeout=30_000)
    box.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    for _ in range(10):
        page.keyboard.press("ArrowUp")
    shown = page.locator(".ssd-live-figure [data-number=iou]")
    assert shown.inner_text() == "1.000"

    cell = page.locator(".jp-CodeCell", has_text='print(f"{playground.iou:.3f}")')
    cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-OutputArea-output", has_text="1.000").wait_for(timeout=60_000)
    assert page.locator(".jp-OutputArea-output[data-mime-type*='error']").count() == 0
    context.close()
