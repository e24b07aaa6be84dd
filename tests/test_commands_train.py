"""python -m ssd_lib train: from data to weights, a record and numbers."""

import argparse
import json
import re
import shutil
from dataclasses import replace
from functools import partial
from urllib.error import URLError

import pytest
import torch
from filelock import FileLock
from torchvision.models import VGG16_Weights, vgg16

from ssd_lib.assets import path
from ssd_lib.commands import train
from ssd_lib.commands.data_args import DataArguments
from ssd_lib.commands.init import initialize
from ssd_lib.commands.own_data import open_parts
from ssd_lib.commands.train_settings import complete
from ssd_lib.data import VOCFolder
from ssd_lib.model import MODELS, TINY, load_weights, save_weights, ssd300_vgg16, ssd_tiny
from ssd_lib.train import read_log
from ssd_lib.train.checkpoint import read_checkpoint
from ssd_lib.validate import detect_dataset

TOY = path("toy/ImageSets/Main/val.txt").parents[2]
QUICK = ("--steps", "3", "--batch-size", "4", "--workers", "0", "--device", "cpu")


@pytest.fixture
def run_train(run):
    """Train in an empty folder; what was printed."""
    return partial(run, "train")


@pytest.fixture
def small_folder(tmp_path):
    """Ten of the shipped scenes as a folder of somebody's own."""
    root = tmp_path / "mine"
    for part in ("Annotations", "JPEGImages"):
        (root / part).mkdir(parents=True)
        for file in sorted((TOY / part).iterdir())[:10]:
            shutil.copy(file, root / part)
    return root


def test_the_plain_images_are_those_of_training_and_none_of_validation(small_folder):
    said = []
    source = DataArguments(str(small_folder), num_workers=0)
    parts = open_parts(source, 128, lambda image, target: (image * 0, target), said.append)
    assert said[0].startswith(f"{small_folder}: Pascal VOC, 10 images")
    assert len(parts.training) == len(parts.plain) == 9
    assert len(parts.validation) == 1
    for k in range(9):
        image, target = parts.training[k]
        assert image.eq(0).all()
        assert torch.equal(target["boxes"], parts.plain[k][1]["boxes"])
    [unseen] = [target["boxes"] for _, target in parts.validation]
    for _, target in parts.plain:
        assert not torch.equal(target["boxes"], unseen)


def test_a_folder_becomes_a_detector_and_a_number(run_train, small_folder, tmp_path):
    out, _ = run_train("--data", str(small_folder), *QUICK, "--folder", "run")
    lines = out.splitlines()
    assert lines[0].startswith(f"{small_folder}: Pascal VOC, 10 images")
    assert any(line.startswith("coverage: ") for line in lines)
    assert "9 images, " in out  # one is held out
    assert "every 50 steps in run/log.csv\n" in out
    assert "1 image, AP by voc07" in out
    assert "run/weights.safetensors" in lines[-1]
    loaded = load_weights(tmp_path / "run/weights.safetensors")
    assert loaded.classes == VOCFolder(small_folder).classes
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["settings"]["seed"] == 0
    assert record["device"]
    assert set(record["versions"]) >= {"python", "torch", "torchvision"}
    assert record["log"][-1]["map"] == pytest.approx(record["validation"]["map"], abs=1e-5)
    assert [row["step"] for row in read_log(tmp_path / "run/log.csv")] == [3, 3]


def test_a_run_goes_on_and_another_is_not_overwritten(run_train, tmp_path):
    toy = ("--data", "toy", "--scenes", "8", *QUICK, "--folder", "run")
    run_train(*toy)
    first = load_weights(tmp_path / "run/weights.safetensors").model.state_dict()
    _, err = run_train(*toy, code=2)
    assert err.startswith("error: run holds a run: ")
    assert "--resume" in err
    run_train(*toy, "--resume")
    again = load_weights(tmp_path / "run/weights.safetensors").model.state_dict()
    assert all(map(torch.equal, first.values(), again.values()))
    _, err = run_train(*toy, "--resume", "--lr", "0.1", code=2)
    assert "another run: lr must be 0.004, got 0.1" in err


def test_a_folder_in_which_another_run_is_at_work_is_refused(run_train, tmp_path):
    (tmp_path / "run").mkdir()
    with FileLock(tmp_path / "run/.lock"):
        _, err = run_train("--data", "toy", *QUICK, "--folder", "run", code=2)
    assert err.startswith("error: run must have no other run at work")
    assert err.count("\n") == 1


TOY_RUN = ("--data", "toy", "--scenes", "8", *QUICK, "--folder", "run")


def test_weights_and_record_are_there_before_anything_is_measured(run_train, tmp_path, monkeypatch):
    def fails(*_, **__):
        raise ValueError("a photo is damaged")

    with monkeypatch.context() as patch:
        patch.setattr("ssd_lib.train.loop.detect_dataset", fails)
        _, err = run_train(*TOY_RUN, code=2)
    assert err.splitlines()[-1] == "error: a photo is damaged"
    kept = load_weights(tmp_path / "run/weights.safetensors").model.state_dict()
    assert read_checkpoint(tmp_path / "run/last.ckpt")["step"] == 3
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["settings"]["steps"] == 3
    assert "validation" not in record
    run_train(*TOY_RUN, "--resume")
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["log"][-1]["map"] == pytest.approx(record["validation"]["map"], abs=1e-6)
    again = load_weights(tmp_path / "run/weights.safetensors").model.state_dict()
    assert all(map(torch.equal, kept.values(), again.values()))


def test_the_last_step_is_measured_once(run_train, tmp_path, monkeypatch):
    def counted(*arguments, **options):
        calls.append("measured")
        return detect_dataset(*arguments, **options)

    calls = []
    for place in ("ssd_lib.train.loop", "ssd_lib.commands.train"):
        monkeypatch.setattr(f"{place}.detect_dataset", counted)
    run_train(*TOY_RUN)
    assert calls == ["measured"]
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["validation"]["map"] == pytest.approx(record["log"][-1]["map"])
    run_train(*TOY_RUN, "--resume")  # nothing is left to do, but its numbers are told
    assert calls == ["measured"] * 2
    again = json.loads((tmp_path / "run/run.json").read_text())
    assert again["validation"] == record["validation"]


def test_weights_that_were_lost_come_back_from_the_checkpoint(run_train, tmp_path):
    run_train(*TOY_RUN)
    kept = (tmp_path / "run/weights.safetensors").read_bytes()
    (tmp_path / "run/weights.safetensors").unlink()
    run_train(*TOY_RUN, "--resume")
    assert load_weights(tmp_path / "run/weights.safetensors")
    assert len((tmp_path / "run/weights.safetensors").read_bytes()) == len(kept)


def test_a_record_that_cannot_be_written_is_one_line(run_train, tmp_path):
    run_train(*TOY_RUN)
    before = (tmp_path / "run/run.json").read_bytes()
    (tmp_path / "run/run.json.part").mkdir()
    _, err = run_train(*TOY_RUN, "--resume", code=2)
    assert err.splitlines()[-1].startswith("error: run/run.json cannot be written: Is a directory")
    assert (tmp_path / "run/run.json").read_bytes() == before


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("model", ["tiny", "ssd300"])
@pytest.mark.parametrize("steps", range(1, 61))
def test_a_run_of_any_length_learns(optimizer, model, steps):
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    args = parser.parse_args(
        [
            *("--data", "toy", "--model", model, "--init", "none"),
            *("--optimizer", optimizer, "--steps", str(steps)),
        ]
    )
    parts = train.optimization(torch.nn.Linear(1, 1), complete(args).schedule)
    rates = []
    for _ in range(steps):
        rates.append(parts.schedule.get_last_lr()[0])
        parts.optimizer.step()
        parts.schedule.step()
    assert min(rates) > 0
    assert max(rates) <= args.lr
    if steps > 1:
        assert max(rates) > 0.9 * args.lr


@pytest.mark.parametrize(
    ("steps", "more"),
    [
        ("1", []),
        ("1", ["--optimizer", "sgd", "--batch-size", "1"]),
        ("4", []),
        ("3", ["--clip", "9"]),
        ("2", ["--optimizer", "sgd", "--milestones", "1", "--warm-up", "1"]),
    ],
)
def test_a_short_run_is_a_run(run_train, tmp_path, steps, more):
    run_train(*TOY_RUN, "--steps", steps, "--log-every", "1", *more)
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["log"][-1]["step"] == int(steps)
    assert max(row["lr"] for row in record["log"] if "lr" in row) > 1e-4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "EMPTY"], "empty must hold a data set: Pascal VOC"),
        (["--data", "voc", "--root", "EMPTY"], "no network here"),
    ],
)
def test_data_that_cannot_be_had_is_one_line(run_train, tmp_path, arguments, message, monkeypatch):
    def nobody_answers(*_, **__):
        raise URLError("no network here")

    monkeypatch.setattr("urllib.request.urlopen", nobody_answers)
    monkeypatch.setattr("ssd_lib.download.PAUSE_S", 0.0)
    (tmp_path / "empty").mkdir()
    names = {"EMPTY": "empty"}
    _, err = run_train(*QUICK, *(names.get(one, one) for one in arguments), code=2)
    last = err.splitlines()[-1]
    assert last.startswith("error: ")
    assert message in last
    assert "Traceback" not in err


def test_a_loss_that_is_no_number_is_one_line(run_train):
    toy = ("--data", "toy", "--scenes", "8", *QUICK[:1], "30", *QUICK[2:])
    _, err = run_train(*toy, "--optimizer", "sgd", "--lr", "1e9", "--warm-up", "0", code=2)
    last = err.splitlines()[-1]
    assert re.match(r"error: the loss('s gradient)? must be finite, got ", last)
    assert "learning rate 1e+09" in last


def test_a_single_image_cannot_be_held_out(run_train, voc_folder):
    _, err = run_train("--data", str(voc_folder), *QUICK, code=2)
    assert "must have at least 2 images, to hold out one for validation, got 1" in err


# What a run starts from


def test_weights_of_a_file_are_taken_whole_or_without_the_heads(tmp_path):
    torch.manual_seed(1)
    donor = ssd_tiny(4)
    save_weights(donor, tmp_path / "w", ("background", "a", "b", "c"))
    model = MODELS["tiny"].build(4)
    initialize(model, tmp_path / "w")
    assert all(map(torch.equal, model.state_dict().values(), donor.state_dict().values()))
    other = MODELS["tiny"].build(9)
    with pytest.raises(ValueError, match=r"heads\.logits.* must be .*; --backbone-only"):
        initialize(other, tmp_path / "w")
    heads = other.heads.logits[0].weight.clone()
    initialize(other, tmp_path / "w", backbone_only=True)
    assert torch.equal(other.features.stem[0].weight, donor.features.stem[0].weight)
    assert torch.equal(other.heads.logits[0].weight, heads)
    with pytest.raises(ValueError, match="must fit the network"):
        initialize(MODELS["ssd300"].build(4), tmp_path / "w", True)  # noqa: FBT003


def test_weights_of_other_default_boxes_are_told(tmp_path):
    save_weights(ssd_tiny(4), tmp_path / "w", ("background", "a", "b", "c"))
    first, *rest = TINY.maps
    layout = replace(TINY, maps=(replace(first, min_size_px=7.0), *rest))
    model = MODELS["tiny"].build(4, layout=layout)
    with pytest.warns(UserWarning, match=f"{tmp_path}/w .* other default boxes"):
        initialize(model, tmp_path / "w")
    initialize(model, tmp_path / "w", backbone_only=True)  # without a warning


def test_imagenets_weights_are_downloaded_and_put_in_place(server, monkeypatch, tmp_path):
    folder, address = server
    torch.manual_seed(0)
    theirs = {k: v.half() for k, v in vgg16(weights=None).features.state_dict().items()}
    state = {f"features.{name}": value for name, value in theirs.items()}
    state["classifier.0.weight"] = torch.full((1,), torch.nan)  # as in the real file
    torch.save(state, folder / "vgg16.pth")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    value = VGG16_Weights.IMAGENET1K_FEATURES.value
    monkeypatch.setattr(value, "url", f"{address}/vgg16.pth")
    model = ssd300_vgg16(3)
    initialize(model, "vgg16")
    wanted = theirs["0.weight"].float()
    assert torch.equal(model.features.conv1_to_4[0].weight, wanted)
    (tmp_path / "home/hub/checkpoints/vgg16.pth").unlink()
    (folder / "vgg16.pth").unlink()
    with pytest.raises(OSError, match=r"downloaded: HTTP Error 404.*batch-norm"):
        initialize(ssd300_vgg16(3), "vgg16")
