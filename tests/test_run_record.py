"""The record of a run says which code, on which device, with which versions."""

import json
import platform
import subprocess

import torch
from lightning_fabric import Fabric

from ssd_lib import run_record
from ssd_lib.run_record import commit, device_name, versions


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
