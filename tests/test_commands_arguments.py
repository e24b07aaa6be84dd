"""Arguments: each is checked, named, before anything is opened or downloaded."""

import argparse
import math

import pytest
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException

from ssd_lib.commands import main
from ssd_lib.commands.devices import check_batch_size, make_fabric
from ssd_lib.commands.numbers import (
    MOST,
    SEEDS,
    devices,
    fraction,
    limit,
    not_negative,
    positive,
    positive_number,
    seed,
)
from ssd_lib.commands.train_args import add_arguments
from ssd_lib.commands.train_settings import complete

NO_NUMBER = ["x", "", "nan", "-inf", "1_0", "٣", "３", " 5", "5 ", "5\n", "0x10", "1,5"]  # noqa: RUF001


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (positive, "1", 1),
        (positive, "007", 7),
        (positive, str(MOST), MOST),
        (not_negative, "0", 0),
        (not_negative, "+3", 3),
        (seed, "-1", -1),
        (seed, str(SEEDS[0]), SEEDS[0]),
        (seed, str(SEEDS[1]), SEEDS[1]),
        (devices, "2", 2),
        (devices, "auto", "auto"),
        (fraction, "0", 0.0),
        (fraction, "1", 1.0),
        (fraction, ".5", 0.5),
        (fraction, "5e-1", 0.5),
        (positive_number, "1e-3", 1e-3),
        (positive_number, "3", 3.0),
        (limit, "0.2", 0.2),
        (limit, "inf", math.inf),
    ],
)
def test_a_number_is_read(read, text, value):
    assert read(text) == value
    assert type(read(text)) is type(value)


@pytest.mark.parametrize(
    ("read", "texts", "wanted"),
    [
        (positive, ["0", "-1", "1.5", "1e3", *NO_NUMBER], "a whole number from 1 on"),
        (positive, [str(MOST + 1), "9" * 40], f"a whole number up to {MOST}"),
        (positive, ["9" * 5000], "a whole number"),
        (not_negative, ["-1", "-5", "1.5", *NO_NUMBER], "a whole number from 0 on"),
        (devices, ["0", "-1", "1.5", "Auto", *NO_NUMBER], "a .* from 1 on or auto"),
        (fraction, ["1.01", "-0.1", "inf", "1e999", *NO_NUMBER], "a number from 0 to"),
        (positive_number, ["0", "-0", "-1", "inf"], "positive and finite"),
        (positive_number, ["1e39", "1e-999", *NO_NUMBER], "positive and finite"),
        (limit, ["0", "-1", "Infinity", *NO_NUMBER], "a number above 0, or inf"),
        (seed, ["1.5", "inf", *NO_NUMBER], "a whole number from -9223372036854775808"),
        (seed, [str(SEEDS[0] - 1), str(SEEDS[1] + 1)], "to 18446744073709551615"),
    ],
)
def test_what_is_no_such_number_is_refused(read, texts, wanted):
    for text in texts:
        with pytest.raises(
            argparse.ArgumentTypeError, match=rf"^must be .*{wanted}.*, got \S"
        ) as raised:
            read(text)
        assert len(str(raised.value)) < 160


def test_a_seed_may_be_what_torch_takes_and_nothing_else():
    before = torch.get_rng_state()
    for number in SEEDS:
        torch.manual_seed(number)
    for number in (SEEDS[0] - 1, SEEDS[1] + 1):
        with pytest.raises((RuntimeError, ValueError, OverflowError)):
            torch.manual_seed(number)
    torch.set_rng_state(before)


@pytest.fixture
def told(capsys, monkeypatch, tmp_path):
    """The one line of a command that fails before it opens anything."""

    def opened(*_, **__):
        raise AssertionError("an argument is to be checked before")

    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_file").touch()
    for place in (
        "ssd_lib.commands.train.open_parts",
        "ssd_lib.commands.evaluate.open_named",
        "ssd_lib.commands.evaluate.open_part",
        "ssd_lib.commands.evaluate.open_weights",
        "ssd_lib.commands.export.open_weights",
        "ssd_lib.model.torchvision.torchvision_state_dict",
        "urllib.request.urlopen",
    ):
        monkeypatch.setattr(place, opened)

    def told(command):
        try:
            code = main(command.split())
        except SystemExit as left:  # argparse's way
            code = left.code
        out, err = capsys.readouterr()
        assert code == 2
        assert out == ""
        assert err.count("\n") == 1
        assert [file.name for file in tmp_path.iterdir()] == ["a_file"]
        return err

    return told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *(
            (f"--{name} {value}", f"{name} must be {wanted}, got {value} ")
            for names, values, wanted in [
                (("clip", "lr"), ("0", "-1", "nan", "inf"), "positive and finite"),
                (("warm-up", "workers"), ("-5", "1.5", "x"), "a whole number from 0 on"),
                (("devices",), ("abc", "0", "-1", "1.5"), "a whole number from 1 on or auto"),
                (
                    (
                        "steps",
                        "batch-size",
                        "checkpoint-every",
                        "log-every",
                        "validate-every",
                        "milestones",
                        "nodes",
                        "scenes",
                    ),
                    ("0", "-1", "2.5", "1_000", "٣"),
                    "a whole number from 1 on",
                ),
            ]
            for name in names
            for value in values
        ),
        ("--seed 18446744073709551616", "seed must be a whole number from -92"),
        ("--seed x", "seed must be a whole number from -9223372036854775808 to"),
        ("--device foo", "argument --device: invalid choice: 'foo'"),
        ("--model foo", "argument --model: invalid choice: 'foo'"),
        ("--layout usual", "argument --layout: invalid choice: 'usual'"),
        ("--device mps", "device must be available, got mps"),
        ("--warm-up 9 --steps 9 --optimizer sgd", "warm-up must be below steps, which is 9, got 9"),
        (
            "--milestones 5 3 --steps 9 --optimizer sgd",
            "milestones must rise and be below steps, which is 9, got 5 3",
        ),
        (
            "--milestones 3 3 --steps 9 --optimizer sgd",
            "milestones must rise and be below steps, which is 9, got 3 3",
        ),
        (
            "--milestones 3 9 --steps 9 --optimizer sgd",
            "milestones must rise and be below steps, which is 9, got 3 9",
        ),
        (
            "--warm-up 0",
            "warm-up must be left out with --optimizer adamw, which has a schedule of its own, got 0",
        ),
        (
            "--milestones 3 4",
            "milestones must be left out with --optimizer adamw, which has a schedule of its own, got 3 4",
        ),
        ("--batch-norm", "batch-norm must be left out with --model tiny: it always has it"),
        ("--init vgg16", "init must be none or a weight file with --model tiny"),
        (
            "--init vgg16 --model ssd300 --batch-norm",
            "init must be none or a weight file with --batch-norm",
        ),
        ("--init gone.safetensors", "there are no weights at gone.safetensors"),
        (
            "--init a_file",
            "a_file cannot be read as weights: it must be a weight file (.safetensors), got an empty file",
        ),
        (
            "--backbone-only",
            "backbone-only must be left out unless init is a weight file, got --init none",
        ),
        (
            "--backbone-only --model ssd300",
            "backbone-only must be left out unless init is a weight file, got --init vgg16",
        ),
        (
            "--folder a_file",
            "folder must be that of a run, or the name of a new one, got the file a_file",
        ),
        (
            "--folder gone --resume",
            "gone holds no run to resume, there is no last.ckpt: leave --resume out to begin one",
        ),
        (
            "--model ssd300 --batch-norm --batch-size 1",
            "batch-size must be at least 2 with --batch-norm, got 1",
        ),
        (
            "--model ssd512 --batch-norm --batch-size 2 --devices 2",
            "batch-size must be at least 4 with --batch-norm on 2 devices, got 2",
        ),
        ("--batch-size 3 --devices 2", "batch-size must be a multiple of the 2 devices, got 3"),
        (
            "--batch-size 2 --devices 2 --nodes 2",
            "batch-size must be a multiple of the 4 devices, got 2",
        ),
    ],
)
def test_a_mistake_of_train_is_told_before_anything_is_opened(told, arguments, message):
    device = "" if "--device " in arguments else " --device cpu"
    assert message in told(f"train --data toy{device} {arguments}")


def test_the_earlier_name_of_init_is_taken_and_told_once():
    with pytest.warns(FutureWarning, match="--start is now called --init") as told:
        args = completed("--data", "toy", "--model", "ssd300", "--start", "none")
    assert len(told) == 1
    assert args.init == "none"
    assert "start" not in vars(args)
    with pytest.raises(ValueError, match=r"start .*--init.* got none"):
        completed("--data", "toy", "--init", "none", "--start", "none")


def test_another_process_of_a_run_says_nothing_of_an_earlier_name(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert completed("--data", "toy", "--start", "none").init == "none"


def test_a_folder_without_a_name_is_told():
    for blank in ("", " "):
        with pytest.raises(ValueError, match=r"folder must be that of a run, .* a blank"):
            completed("--data", "toy", "--folder", blank)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--workers -1", "workers must be a whole number from 0 on, got -1"),
        ("--batch-size 0", "batch-size must be a whole number from 1 on, got 0"),
        ("--iou 1.5", "iou must be a number from 0 to 1, got 1.5"),
        ("--iou nan", "iou must be a number from 0 to 1, got nan"),
        ("--score -1", "score must be a number from 0 to 1, got -1"),
        ("--smallest -1", "smallest must be a number from 0 to 1, got -1"),
        ("--largest nan", "largest must be a number above 0, or inf, got nan"),
        ("--largest -1", "largest must be a number above 0, or inf, got -1"),
        ("--smallest 0.5 --largest 0.2", "smallest must be below largest, which is 0.2, got 0.5"),
        ("--smallest 0.5 --largest 0.5", "smallest must be below largest, which is 0.5, got 0.5"),
        ("--device foo", "device must be auto, cpu, mps, cuda or cuda:0 and so on, got foo"),
        ("--device meta", "device must be auto, cpu, mps, cuda or cuda:0 and so on, got meta"),
        ("--device cuda:99", "device must be available, got cuda:99"),
    ],
)
def test_a_mistake_of_evaluate_is_told_before_anything_is_opened(told, arguments, message):
    assert message in told(f"evaluate --data toy --weights w {arguments}")


def completed(*arguments):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args(arguments)
    complete(args)
    return args


@pytest.mark.parametrize(("batch_size", "count"), [(2, 1), (4, 2), (3, 1)])
def test_batch_norm_has_two_images_on_each_device(batch_size, count):
    fabric = make_fabric("cpu", count)
    assert fabric.world_size == count
    check_batch_size(batch_size, fabric, batch_norm=True)
    with pytest.raises(ValueError, match=rf"batch-size must be .* {count}"):
        check_batch_size(count, fabric, batch_norm=True)
    check_batch_size(count, fabric, batch_norm=False)


@pytest.mark.parametrize(
    ("data", "folder"),
    [
        ("toy", "toy"),
        ("voc", "voc"),
        ("mine", "mine"),
        ("mine/", "mine"),
        ("./mine", "mine"),
        ("link", "mine"),
        ("mine/../mine/.", "mine"),
        ("a/b/", "b"),
        ("data.v2", "data.v2"),
        ("labels.json", "labels"),
        (".", "here"),
        ("a/..", "here"),
        ("/", "data"),
    ],
)
def test_a_run_is_called_after_its_data(tmp_path, monkeypatch, data, folder):
    here = tmp_path / "here"
    for name in ("mine", "a/b", "data.v2"):
        (here / name).mkdir(parents=True)
    (here / "link").symlink_to("mine")
    (here / "labels.json").touch()
    monkeypatch.chdir(here)
    assert completed("--data", data).folder == f"runs/{folder}-tiny"
    assert completed("--data", data, "--folder", "x").folder == "x"


def test_devices_that_are_too_many_are_told(monkeypatch):
    def too_few(**_):
        raise MisconfigurationException("the machine has one")

    monkeypatch.setattr("ssd_lib.commands.devices.Fabric", too_few)
    with pytest.raises(ValueError, match=r"devices must be .*, got 9: the machine has one"):
        make_fabric("auto", 9)
