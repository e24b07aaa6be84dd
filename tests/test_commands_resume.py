"""A run that goes on: with what it was begun with, or not at all."""

import argparse
import json
import os
import signal
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image

from ssd_lib.commands.resume import run_config
from ssd_lib.commands.train_args import add_arguments
from ssd_lib.commands.train_settings import complete
from ssd_lib.data import ToyScenes
from ssd_lib.model import load_weights, save_weights, ssd_tiny
from ssd_lib.train import read_log
from ssd_lib.train.checkpoint import read_checkpoint
from ssd_lib.train.step import training_step

QUICK = ("--steps", "3", "--batch-size", "2", "--workers", "0", "--device", "cpu")
LABEL = (
    "<annotation><object><name>mark</name><bndbox><xmin>{0}</xmin><ymin>{0}</ymin>"
    "<xmax>{1}</xmax><ymax>{1}</ymax></bndbox></object></annotation>"
)


def write_folder(root, count=4, side=60):
    """Images of 100 x 100 pixels with one square each."""
    for part in ("Annotations", "JPEGImages"):
        (root / part).mkdir(parents=True)
    for k in range(count):
        label = LABEL.format(10 + k, 10 + k + side)
        (root / f"Annotations/p{k}.xml").write_text(label)
        Image.new("RGB", (100, 100)).save(root / f"JPEGImages/p{k}.png")
    return root


@pytest.fixture
def run_train(run):
    """Train in an empty folder, in folder run; what was printed."""
    return partial(run, "train", "--folder", "run", *QUICK)


@pytest.fixture
def stopped(run_train, monkeypatch):
    """Begin a run that gets Ctrl-C in its second step."""

    def train(*arguments):
        steps = []

        def step(*parts):
            steps.append(1)
            if len(steps) == 2:
                signal.raise_signal(signal.SIGINT)
            return training_step(*parts)

        with monkeypatch.context() as patch:
            patch.setattr("ssd_lib.train.loop.training_step", step)
            run_train(*arguments, code=130)

    return train


def refused(said, message):
    line = said.err.splitlines()[-1]
    assert line.startswith("error: run/last.ckpt cannot be resumed: ")
    assert message in line
    assert "Traceback" not in said.err


def test_a_run_that_is_stopped_at_once_goes_on_from_there(run_train, stopped):
    stopped("--data", "toy", "--scenes", "4")
    assert read_checkpoint("run/last.ckpt")["step"] == 2
    run_train("--data", "toy", "--scenes", "4", "--resume")
    assert read_checkpoint("run/last.ckpt")["step"] == 3
    assert read_log("run/log.csv")[-1]["step"] == 3
    assert Path("run/weights.safetensors").is_file()


@pytest.mark.parametrize("spelled", ["data/", "./data", "link", "ABSOLUTE", "x/../data"])
def test_data_may_be_spelled_otherwise(run_train, tmp_path, spelled):
    write_folder(tmp_path / "data")
    (tmp_path / "x").mkdir()
    (tmp_path / "link").symlink_to("data")
    run_train("--data", "data")
    spelled = str(tmp_path / "data") if spelled == "ABSOLUTE" else spelled
    run_train("--data", spelled, "--resume")


def test_other_data_are_refused(run_train, tmp_path):
    write_folder(tmp_path / "data")
    write_folder(tmp_path / "data2")
    run_train("--data", "data")
    said = run_train("--data", "data2", "--resume", code=2)
    refused(said, f"data must be '{tmp_path}/data', got '{tmp_path}/data2'")


def test_a_name_is_no_path(run_train, tmp_path):
    run_train("--data", "toy", "--scenes", "4")
    write_folder(tmp_path / "toy")
    run_train("--data", "toy", "--scenes", "4", "--resume")
    said = run_train("--data", "./toy", "--resume", code=2)
    refused(said, f"data must be 'toy', got '{tmp_path}/toy'")


def test_other_images_are_refused(run_train, tmp_path):
    write_folder(tmp_path / "data", 4)
    run_train("--data", "data")
    for file in ("Annotations/p3.xml", "JPEGImages/p3.png"):
        (tmp_path / "data" / file).rename(tmp_path / "data" / file.replace("3", "7"))
    said = run_train("--data", "data", "--resume", code=2)
    refused(said, "it is of another run: images must be '3 images (")
    for file in ("Annotations/p7.xml", "JPEGImages/p7.png"):
        (tmp_path / "data" / file).unlink()
    said = run_train("--data", "data", "--resume", code=2)
    refused(said, "got '2 images (")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            "--steps 9",
            "steps must be 3, got 9",
        ),
        ("--steps 2", "steps must be 3, got 2"),
        ("--batch-size 4", "batch-size must be 2, got 4"),
        ("--lr 0.5", "lr must be 0.004, got 0.5"),
        ("--clip 2", "clip must be None, got 2.0"),
        ("--seed 1", "seed must be 0, got 1"),
        ("--optimizer sgd", "optimizer must be 'adamw', got 'sgd'"),
        ("--model ssd300", "model must be 'tiny', got 'ssd300'"),
        ("--scenes 5", "scenes must be 4, got 5"),
        ("--init other", "init must be 'none', got '"),
    ],
)
def test_other_arguments_are_refused_before_data_are_opened(
    run_train, monkeypatch, changed, message
):
    toy = ("--data", "toy", "--scenes", "4")
    run_train(*toy)
    monkeypatch.delattr("ssd_lib.commands.train.open_parts")
    refused(run_train(*toy, *changed.split(), "--resume", code=2), message)


def test_a_longer_training_begins_with_the_weights_of_the_last(run_train, tmp_path):
    toy = ("--data", "toy", "--scenes", "4")
    run_train(*toy)
    said = run_train(*toy, "--steps", "9", "--resume", code=2)
    advice = ("--init", "run/weights.safetensors", "--folder")
    assert " ".join(advice) in said.err
    run_train(*toy, "--steps", "1", *advice, "longer")
    record = json.loads((tmp_path / "longer/run.json").read_text())
    assert record["settings"]["init"] == "run/weights.safetensors"


@pytest.fixture
def earlier(stopped):
    """A run that an earlier version began, with ``start`` for ``init`` in its checkpoint."""
    stopped("--data", "toy", "--scenes", "4")
    state = torch.load("run/last.ckpt", weights_only=True)
    state["run_config"]["start"] = state["run_config"].pop("init")
    torch.save(state, "run/last.ckpt")


@pytest.mark.usefixtures("earlier")
def test_a_run_of_an_earlier_version_goes_on(run_train):
    run_train("--data", "toy", "--scenes", "4", "--resume")
    assert read_checkpoint("run/last.ckpt")["step"] == 3


@pytest.mark.usefixtures("earlier")
def test_a_run_of_an_earlier_version_is_compared(run_train):
    said = run_train("--data", "toy", "--scenes", "4", "--init", "w", "--resume", code=2)
    refused(said, "init must be 'none', got '")


def test_what_a_run_started_from_is_not_needed_to_go_on(run_train, stopped, tmp_path):
    torch.manual_seed(0)
    save_weights(ssd_tiny(9), tmp_path / "w", ToyScenes.classes)
    toy = ("--data", "toy", "--scenes", "4", "--init")
    stopped(*toy, "w")
    (tmp_path / "w").unlink()
    run_train(*toy, "./w", "--resume")


def test_a_new_run_is_not_begun_by_resuming(run_train, tmp_path):
    said = run_train("--data", "toy", "--resume", code=2)
    assert said.err.startswith("error: run holds no run to resume, there is no last.ckpt")
    assert list(tmp_path.iterdir()) == []


def sizes(file):
    return [row.min_size_px for row in load_weights(file).model.layout.maps]


@pytest.fixture
def squares(tmp_path):
    """Objects of 13 pixels of 128, which the default layout misses with few boxes."""
    return write_folder(tmp_path / "data", 8, side=4)


def test_a_run_keeps_the_default_boxes_that_it_was_begun_with(run_train, stopped, squares):
    stopped("--data", "data")
    begun = [row["min_size_px"] for row in read_checkpoint("run/last.ckpt")["layout"]["maps"]]
    for k, file in enumerate(sorted((squares / "Annotations").iterdir())):
        file.write_text(LABEL.format(10 + k, 70 + k))  # would ask for others
    said = run_train("--data", "data", "--resume", "--layout", "default", code=2)
    refused(said, "layout must be auto, for the run was begun with default boxes of ")
    out, _ = run_train("--data", "data", "--resume")
    assert "pixels, as the run was begun with" in out
    assert sizes("run/weights.safetensors") == begun
    run_train("--data", "data", "--layout", "default", "--folder", "other")
    assert sizes("other/weights.safetensors") != begun


@pytest.mark.usefixtures("squares")
def test_a_run_of_the_default_layout_keeps_it(run_train, stopped):
    stopped("--data", "data", "--layout", "default")
    begun = [row["min_size_px"] for row in read_checkpoint("run/last.ckpt")["layout"]["maps"]]
    run_train("--data", "data", "--resume")  # auto would fit others
    assert sizes("run/weights.safetensors") == begun
    run_train("--data", "data", "--resume", "--layout", "default")


def test_a_layout_that_is_none_is_one_line(run_train):
    toy = ("--data", "toy", "--scenes", "4")
    run_train(*toy)
    state = torch.load("run/last.ckpt", weights_only=True)
    torch.save(state | {"layout": {"maps": "x"}}, "run/last.ckpt")
    refused(run_train(*toy, "--resume", code=2), "layout must be a table of feature maps")


def test_a_configuration_is_of_plain_values(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args(["--data", "x/", "--optimizer", "sgd", "--steps", "6"])
    complete(args)
    config = run_config(vars(args))
    assert config["data"] == os.path.normcase(tmp_path / "x")
    assert config["init"] == "none"
    assert config["milestones"] == [4, 5]
    assert json.loads(json.dumps(config)) == config
