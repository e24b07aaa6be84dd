"""The README's promises: its Python prints what it says, its numbers are the records'."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", README)
ROW = re.compile(
    r"(?m)^\| .+ \| .*?(\d+) .+ \| (0\.\d+) \| (\d+) minutes, (\d) .+ of an (.+) \| `(.+)` \|$"
)
GPU_ROW = re.compile(r"(?m)^\| .+ \| (.+) \| (0\.\d+) \| (\d+) seconds, an (.+) \| `(.+)` \|$")


def test_the_python_runs_in_a_clone_and_prints_what_the_readme_says():
    [(place, code)] = [(n, text) for n, (kind, text) in enumerate(BLOCKS) if kind == "python"]
    kind, printed = BLOCKS[place + 1]
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert kind == "text"
    assert ran.stdout == printed


@pytest.mark.parametrize("row", ROW.findall(README), ids=lambda row: row[-1])
def test_a_result_is_that_of_its_record(row):
    images, mean_ap, minutes, threads, device, file = row
    record = json.loads((ROOT / file).read_text(encoding="utf-8"))
    result = record["shipped"]["all"] if "shipped" in record else record["test"]
    assert (result["pictures"], result["metric"]) == (int(images), "voc07")
    assert result["iou_threshold"] == 0.5
    assert f"{result['map']:.3f}" == mean_ap
    assert round(record["seconds"] / 60) == int(minutes)
    assert (record["threads"], record["device"]) == (int(threads), device)


@pytest.mark.parametrize("row", GPU_ROW.findall(README), ids=lambda row: row[-1])
def test_a_result_on_a_gpu_is_that_of_its_record(row):
    tested, mean_ap, seconds, device, file = row
    record = json.loads((ROOT / file).read_text(encoding="utf-8"))
    [run] = record["rows"]
    last = run["looks"][-1]
    digits = len(mean_ap.partition(".")[2])
    assert (f"{last['map']:.{digits}f}", f"{last['seconds']:.0f}") == (mean_ap, seconds)
    assert record["about"]["device"] == device
    images = re.findall(r"\d+", tested)
    assert images == ([str(run["images"])] if "images" in run else [])


def test_every_row_of_results_is_compared_with_its_record():
    rows = [line for line in README.splitlines() if re.match(r"\|.*\.json` \|", line)]
    assert len(ROW.findall(README)) + len(GPU_ROW.findall(README)) == len(rows) == 4


def test_every_file_that_the_readme_names_is_there():
    names = re.findall(r"`([\w.]+/[\w./]+\.\w+)`|\]\(([\w./]+)\)", README)
    assert names
    assert [name for name in map("".join, names) if not (ROOT / name).exists()] == []
