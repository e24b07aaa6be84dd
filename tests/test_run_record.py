"""Records of runs: which code, on which device; and strict JSON in one of two layouts."""

import json
import math
import platform
import subprocess
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric

from ssd_lib import run_record
from ssd_lib.assets import path
from ssd_lib.run_record import commit, device_name, origin, versions, write_record


def test_a_record_is_json_with_all_that_a_reader_needs():
    fabric = Fabric(accelerator="cpu", devices=1, precision="bf16-mixed")
    record = run_record.run_record("python train.py", fabric)
    assert json.loads(json.dumps(record)) == record
    assert record["command"] == "python train.py"
    assert record["precision"] == "bf16-mixed"
    assert record["devices"] == 1
    assert record["threads"] == torch.get_num_threads()
    assert record["device"] == device_name(torch.device("cpu"))
    assert record["commit"] == commit()


def git(folder, *arguments):
    identity = ("-c", "user.name=n", "-c", "user.email=e")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_origin_of_a_run_is_of_when_it_began(monkeypatch):
    monkeypatch.setattr(run_record, "commit", iter(["begun", "edited since"]).__next__)
    record = origin("python tools/x.py") | {"rows": []}
    assert list(record) == ["command", "commit", "device", "threads", "versions", "rows"]
    assert (record["command"], record["commit"]) == ("python tools/x.py", "begun")
    assert record["device"] == device_name(torch.device("cpu"))


def test_no_tool_asks_for_the_commit_by_itself():
    for tool in (Path(__file__).parents[1] / "tools").glob("*.py"):
        text = tool.read_text(encoding="utf-8")
        assert "commit()" not in text or tool.stem == "ship_weights", tool.name


def test_the_commit_is_that_of_the_checkout_and_says_if_files_differ(tmp_path, monkeypatch):
    module = tmp_path / "run_record.py"
    monkeypatch.setattr(run_record, "__file__", str(module))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit() is None  # no checkout
    module.write_text("1")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    clean = commit()
    assert len(clean) == 12
    module.write_text("2")
    assert commit() == f"{clean}-dirty"
    monkeypatch.setenv("PATH", "")
    assert commit() is None  # no git


def test_the_device_is_named_by_its_model(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU {device.index}")
    assert device_name(torch.device("cuda:1")) == "GPU 1"
    assert device_name(torch.device("mps")) == "mps"
    assert device_name(torch.device("cpu"))


def test_a_cpu_that_no_file_describes_has_a_name(monkeypatch):
    def missing(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr("pathlib.Path.read_text", missing)
    assert device_name(torch.device("cpu")) in (platform.processor(), platform.machine())


def test_versions_are_those_in_use():
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["torch"] == torch.__version__
    assert set(found) == {"python", "torch", "torchvision", "lightning_fabric"}


DATA = path("activations.json").parent
SHIPPED = [*DATA.glob("runs/*.json"), *DATA.glob("weights/*.json"), DATA / "activations.json"]


def written(folder, record, row_key=None):
    write_record(folder / "record.json", record, row_key)
    return (folder / "record.json").read_bytes()


def test_every_shipped_record_is_written_again_as_the_same_bytes(tmp_path):
    assert len(SHIPPED) > 8
    for file in SHIPPED:
        record = json.loads(file.read_text(encoding="utf-8"))
        layouts = [written(tmp_path, record, row_key) for row_key in (None, "name", "step")]
        assert file.read_bytes() in layouts, file


@pytest.mark.parametrize("row_key", [None, "name"])
def test_what_json_has_no_number_for_is_null(tmp_path, row_key):
    rows = ({"name": "a", "ap": math.nan}, {"name": "b", "ap": -math.inf})
    read = json.loads(written(tmp_path, {"rows": rows, "map": math.inf, "seed": 0}, row_key))
    assert read["rows"] == [{"name": "a", "ap": None}, {"name": "b", "ap": None}]
    assert (read["map"], read["seed"]) == (None, 0)


def test_a_row_has_a_line_and_a_text_that_looks_like_one_does_not(tmp_path):
    rows = [{"name": '{"name": 1}', "x": {"name_of": 1}}, {"name": "b", "x": [1, 2]}]
    text = written(tmp_path, {"rows": rows}, "name").decode()
    assert json.loads(text) == {"rows": rows}
    assert len(text.splitlines()) == 1 + len(rows)


def test_missing_folders_are_made_and_an_old_record_stays_if_the_new_one_fails(tmp_path):
    file = tmp_path / "some/folder/record.json"
    write_record(file, {"seed": 1})
    with pytest.raises(TypeError):
        write_record(file, {"seed": object()})
    assert json.loads(file.read_text()) == {"seed": 1}
    assert [one.name for one in file.parent.iterdir()] == ["record.json"]
