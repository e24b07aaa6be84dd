"""Script time of a frame while a thing of the live detector is dragged.

make book && python benchmarks/live_detector_frames.py

Beside it, in the same run, PyTorch's forward pass of the same network on one thread: the
page's own runs in a worker meanwhile, and is not part of the main thread's time. Times are
those that the thread has worked, so that other work on the machine does not count.
"""

import timing  # noqa: F401 first: it says how torch's threads wait

import json
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from browser import launched
from dragging import drag, told
from ssd_lib import load_weights
from ssd_lib.assets import path

PAGE = ROOT / "_build/html/index.html"
KINDS = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
SCRIPT = {"FunctionCall", "RunMicrotasks", "EventDispatch", "FireAnimationFrame"}


def frames(trace):
    """Milliseconds of script in each frame of the page's main thread, from a trace."""
    events = json.loads(trace)["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    spent, begun = {}, []
    for event in events:
        thread = event["pid"], event.get("tid")
        if thread in main and event["name"] == "Commit":
            begun.append((thread, event["ts"]))
        elif thread in main and event["name"] in SCRIPT and event["ph"] == "X":
            spent.setdefault(thread, []).append(
                (event["ts"], event["ts"] + event["dur"], event.get("tdur", 0) / 1000)
            )
    thread = max(spent, key=lambda one: len(spent[one]))
    outermost, end = [], 0
    for start, stop, worked in sorted(spent[thread], key=lambda one: (one[0], -one[1])):
        if start >= end:  # what is inside another one is counted there
            outermost.append((start, worked))
            end = stop
    edges = sorted(at for owner, at in begun if owner == thread)
    return [
        sum(worked for start, worked in outermost if low <= start < high)
        for low, high in pairwise(edges)
    ]


def forward(repeats=30):
    """Milliseconds of PyTorch's forward pass on one thread."""
    torch.set_num_threads(1)
    model = load_weights(path("weights/toy_tiny.safetensors")).model.eval()
    image, times = torch.rand(1, 3, 128, 128), []
    with torch.inference_mode():
        for _ in range(repeats):
            start = time.thread_time()
            model(image)
            times.append(1000 * (time.thread_time() - start))
    return statistics.median(times)


def main():
    with launched() as browser, tempfile.TemporaryDirectory() as folder:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(PAGE.as_uri())
        figure = page.locator("figure.ssd-mounted[data-widget=live_detector]")
        figure.scroll_into_view_if_needed()
        figure.get_by_text("of 8 things").wait_for()
        file = Path(folder) / "trace.json"
        browser.start_tracing(page=page, path=file, categories=KINDS)
        frame = page.locator(".ssd-stage").first.bounding_box()  # the dog of the first scene
        drag(page, frame["x"] + 0.45 * frame["width"], frame["y"] + 0.7 * frame["height"])
        browser.stop_tracing()
        spent = frames(file.read_text(encoding="utf-8"))
        print(told(spent, browser.version))
    print(f"PyTorch's forward pass {forward():.2f} ms")


if __name__ == "__main__":
    main()
