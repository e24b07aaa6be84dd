"""The run that measures everything on a GPU, rehearsed on a CPU at a tiny size."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOL = ROOT / "tools/gpu_runs.py"
PARTS = ("steps", "inference", "loss", "toy", "folder", "loader")
WITHOUT = """
import sys
from importlib.machinery import PathFinder
class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            return None
        return super().find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Without
"""
NOT_THERE = (
    "anywidget",
    "defusedxml",
    "matplotlib",
    "ipywidgets",
    "IPython",
    "pandas",
    "tensorboard",
    "pycocotools",
    "onnx",
    "onnxscript",
    "onnxruntime",
    "hypothesis",
)


def gpu_runs(*args, path=(), **options):
    paths = [*map(str, path), str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(
        [sys.executable, str(TOOL), *map(str, args)],
        capture_output=True,
        text=True,
        env=environment,
        **options,
    )


def record(folder, part):
    return json.loads((folder / f"gpu_{part}.json").read_text())


@pytest.fixture(scope="module")
def few_scenes(tmp_path_factory):
    """Three of the shipped toy scenes, in Pascal VOC's form."""
    root = tmp_path_factory.mktemp("scenes")
    for kind in ("Annotations", "JPEGImages"):
        (root / kind).mkdir()
        for file in sorted((ROOT / "data/toy" / kind).iterdir())[:3]:
            shutil.copy(file, root / kind)
    return root


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory, few_scenes):
    """All parts, without what a GPU machine may lack; the folder and what was told."""
    folder = tmp_path_factory.mktemp("records")
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(WITHOUT.format(names=NOT_THERE))
    told = gpu_runs(
        "--device",
        "cpu",
        "--tiny",
        "--out",
        folder,
        "--folder",
        few_scenes,
        "--commit",
        "named",
        path=[site],
    )
    return folder, told


@pytest.mark.slow
def test_every_part_runs_on_a_cpu_without_what_a_gpu_machine_lacks(rehearsed):
    folder, told = rehearsed
    assert told.returncode == 0, told.stdout + told.stderr
    assert {file.name for file in folder.iterdir()} == {f"gpu_{part}.json" for part in PARTS}
    for part in PARTS:
        found = record(folder, part)
        assert found["ended"]
        assert found["failed"] == found["skipped"] == []
        assert all(row["text"] for row in found["rows"])
        assert not any(row.get("unfinished") for row in found["rows"])
        for name in ("command", "commit", "device", "versions", "seed", "clocks"):
            assert name in found["about"]


@pytest.mark.slow
def test_the_rows_are_those_of_the_plan(rehearsed):
    folder, _ = rehearsed
    rows = {part: record(folder, part)["rows"] for part in PARTS}
    steps = [(r["side"], r["name"].split()[1], r["name"]) for r in rows["steps"]]
    for network in ("ssd300,", "ssd512,"):
        for switch in ("fp32", "tf32", "bf16", "channels_last", "compiled"):
            names = [name for side, net, name in steps if (side, net) == ("ours", network)]
            assert any(name.endswith(f", {switch}") for name in names)
    assert {r["side"] for r in rows["steps"]} == {"ours", "torchvision"}
    assert {r["batch"] for r in rows["inference"]} == {1, 8}
    for part in ("toy", "folder"):
        [run] = rows[part]
        assert len(run["moments"]) == 5
        assert [row["step"] for row in run["curve"]]
        assert set(run["by_size"]) == {"small", "middle", "large"}
    fed = rows["loader"][0]
    assert 0 <= fed["waiting"] <= 1


@pytest.mark.slow
def test_the_host_waits_as_often_for_a_large_batch_as_for_a_small_one(rehearsed):
    folder, _ = rehearsed
    [row] = [r for r in record(folder, "loss")["rows"] if r["name"] == "host waits"]
    few, many = row["waits"].values()
    assert few["operations"] == many["operations"]
    assert sum(few["operations"].values()) > 0
    assert row["grows_with_batch"] is False


@pytest.fixture(scope="module")
def part():
    """A module of tools/gpu_parts by its name."""
    sys.path.insert(0, str(ROOT / "tools"))
    yield lambda name: importlib.import_module(f"gpu_parts.{name}")
    sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="module")
def rows(part):
    return part("rows")


@pytest.fixture
def watched(part):
    """What watches a training of 100 steps; the steps it looked at; its end."""
    training = part("training")

    def watched(until, values=()):
        watch = training.Watch(100, until, [], None, ("background", "dog"), lambda: None)
        values = iter(values)
        watch.measure = lambda _: next(values, 0.0)
        watch.detections = lambda _: []
        for step in range(1, 201):
            try:
                watch(step, None)
            except training.Enough:
                break
        return watch, step

    return watched


def test_a_training_is_looked_at_often_at_first(watched):
    watch, last = watched(until=float("inf"))
    assert [look["step"] for look in watch.rows] == [1, 2, 5, 10, 20, 35, 50, 70, 85, 100]
    assert last == 100


def test_a_training_goes_on_when_it_is_good_and_ends_when_its_time_is_over(watched):
    watch, last = watched(until=float("inf"), values=[0.1, 0.9, 0.7, 0.95])
    assert (watch.reached_s, last) == (watch.rows[1]["seconds"], 100)
    assert watched(until=0.0)[1] == 1


@pytest.fixture
def run(rows, tmp_path):
    """Run some rows; the code and the record, as it lies on the disk."""
    path = tmp_path / "gpu_x.json"

    def run(plan, left_s=100.0, resume=False):
        until = rows.time.time() + left_s
        setting = rows.Setting("cpu", tiny=True, folder=None, until=until, workers=0)
        kept = rows.begin(path, {"command": "x"}, resume)
        code = rows.run_rows(plan, setting, kept, path)
        return code, json.loads(path.read_text())

    return run


def row_of(rows, name, function=None, expected_s=1.0, **options):
    return rows.Row(name, expected_s, function or (lambda _: {"text": name}), **options)


def out_of_memory(_):
    raise MemoryError("CUDA out of memory. Tried to allocate 20 GiB.\nmore")


def test_a_row_that_fails_leaves_the_others(rows, run):
    plan = [row_of(rows, "a"), row_of(rows, "b", out_of_memory), row_of(rows, "c")]
    code, kept = run(plan)
    assert code == 0
    assert [row["name"] for row in kept["rows"]] == ["a", "c"]
    why = "MemoryError: CUDA out of memory. Tried to allocate 20 GiB."
    assert kept["failed"] == [{"name": "b", "why": why}]


def test_a_row_for_which_there_is_no_time_is_not_begun(rows, run):
    plan = [
        row_of(rows, "long", expected_s=1000),
        row_of(rows, "more", expected_s=1000, spare=True),
        row_of(rows, "short"),
    ]
    _, kept = run(plan)
    assert [row["name"] for row in kept["rows"]] == ["short"]
    assert [(s["name"], s["spare"]) for s in kept["skipped"]] == [
        ("long", False),
        ("more", True),
    ]


def test_a_row_that_makes_do_with_less_time_is_begun(rows, run):
    _, kept = run([row_of(rows, "a", expected_s=1000, least_s=1)])
    assert [row["name"] for row in kept["rows"]] == ["a"]


def test_what_a_row_kept_before_it_failed_stays_and_is_marked(rows, run):
    def half(keep):
        keep({"text": "half", "map": float("nan")})
        raise RuntimeError("diverged")

    _, kept = run([row_of(rows, "a", half)])
    assert kept["rows"] == [{"name": "a", "text": "half", "map": None, "unfinished": True}]
    assert kept["failed"][0]["why"] == "RuntimeError: diverged"


def test_a_process_that_broke_down_is_followed_by_one_that_goes_on(rows, run, monkeypatch):
    plan = [row_of(rows, name) for name in "abc"]
    monkeypatch.setattr(rows, "_device_is_well", lambda _: False)
    code, kept = run(plan)
    assert code == rows.DEVICE_IS_BROKEN
    assert [row["name"] for row in kept["rows"]] == ["a"]
    monkeypatch.undo()
    code, kept = run(plan, resume=True)
    assert code == 0
    assert [row["name"] for row in kept["rows"]] == list("abc")


def test_a_row_during_which_the_process_died_is_not_tried_again(rows, run, tmp_path):
    died = rows.begin(tmp_path / "none.json", {}, resume=False) | {"running": "a"}
    rows.write(tmp_path / "gpu_x.json", died)
    _, kept = run([row_of(rows, "a"), row_of(rows, "b")], resume=True)
    assert [row["name"] for row in kept["rows"]] == ["b"]
    assert [row["name"] for row in kept["failed"]] == ["a"]


def test_the_plan_takes_less_than_ten_minutes():
    told = gpu_runs("--dry-run")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    limits = {}
    for line in lines:
        if found := re.fullmatch(r"(\w+): (\d+) s expected, (\d+) s at most", line):
            limits[found[1]] = int(found[2]), int(found[3])
    expected, most = limits.pop("all")
    assert set(limits) == set(PARTS)
    assert all(one <= limit for one, limit in limits.values())
    assert abs(sum(one for one, _ in limits.values()) - expected) <= len(PARTS)
    assert sum(limit for _, limit in limits.values()) == most < 600


def test_a_part_that_breaks_leaves_the_others_and_is_told_at_the_end(tmp_path):
    """It cannot even be imported; its record of an earlier call is left alone."""
    site, out = tmp_path / "site", tmp_path / "out"
    for folder in (site, out):
        folder.mkdir()
    (site / "sitecustomize.py").write_text(WITHOUT.format(names=("recorded_runs",)))
    earlier = '{"rows": [{"name": "of yesterday"}]}'
    (out / "gpu_toy.json").write_text(earlier)
    os.utime(out / "gpu_toy.json", (1e9, 1e9))
    told = gpu_runs("--device", "cpu", "--tiny", "--out", out, "--only", "toy,loader", path=[site])
    assert told.returncode == 1
    [problem] = [line for line in told.stdout.splitlines() if line.startswith("  toy: ")]
    assert "code 1" in problem
    assert (out / "gpu_toy.json").read_text() == earlier
    assert len(record(out, "loader")["rows"]) == 3


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "--out needs a folder"),
        (("--out", "x", "--only", "steps,speed"), "--only must be some of"),
        (("--out", "x", "--only", "folder"), "--only folder needs --folder"),
        (("--out", "x", "--folder", "nowhere"), "--folder must be a folder"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line(tmp_path, args, message):
    if (ROOT / "downloads/bccd").is_dir() and "needs --folder" in message:
        pytest.skip("a folder is at hand")
    told = gpu_runs(*args, cwd=tmp_path)
    assert told.returncode == 2
    assert message in told.stderr.splitlines()[-1]
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs a process group")
def test_a_process_is_stopped_at_its_limit_with_its_children(tmp_path):
    sys.path.insert(0, str(ROOT / "tools"))
    before = list(sys.path)
    try:
        from gpu_runs import call
    finally:
        sys.path.remove(str(ROOT / "tools"))
        sys.path[:] = [p for p in sys.path if p in before]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    child = f"open({str(pipe)!r}, 'w').write('begun'); import time; time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert call([sys.executable, "-c", parent], 2.0) is None
    while os.read(reader, 100):  # ends when no process has the pipe open any more
        pass
    os.close(reader)
