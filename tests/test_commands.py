"""The command line: what it prints and writes, and one line for every mistake."""

import json
import subprocess
import sys
import warnings

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ssd_lib.commands import NOT_SHOWN, main
from ssd_lib.commands.devices import as_device
from ssd_lib.data import ToyScenes
from ssd_lib.images import read_image
from ssd_lib.model import load_weights, save_weights, ssd_tiny
from ssd_lib.predict import detect_image


def detections(capsys, *arguments):
    assert main(["detect", *arguments, "--json", "--device", "cpu"]) == 0
    return json.loads(capsys.readouterr().out)


def test_detect_prints_what_detect_image_finds_and_draws_it(weights, photo, tmp_path, capsys):
    out = tmp_path / "new" / "folder"
    [found] = detections(capsys, photo, "--weights", weights, "--out", str(out), "--score", "0.3")
    alone = detect_image(load_weights(weights).model, photo, score_threshold=0.3)
    assert len(found["detections"]) == len(alone.labels) > 0
    for row, box, score in zip(
        found["detections"], alone.boxes.tolist(), alone.scores.tolist(), strict=True
    ):
        assert row["box"] == pytest.approx(box, abs=0.06)
        assert row["score"] == pytest.approx(score, abs=1e-4)
        assert row["class"] in ToyScenes.classes
    assert (found["width"], found["height"]) == (320, 160)
    drawn = read_image(out / "holiday_boxes.png")
    assert drawn.shape == (3, 240, 480)  # small photos are drawn larger


def test_detect_prints_a_table_and_says_when_nothing_is_found(weights, photo, tmp_path, capsys):
    arguments = ["detect", photo, "--weights", weights, "--out", str(tmp_path)]
    assert main([*arguments, "--score", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("holiday.jpg, 320 x 160 pixels")
    assert "nothing found" in lines[1]
    assert main([*arguments, "--score", "0.3"]) == 0
    first = capsys.readouterr().out.splitlines()[1].split()
    assert first[0] in ToyScenes.classes
    assert len(first) == 6


def test_evaluate_prints_a_row_for_each_class(weights, capsys):
    arguments = ["evaluate", "--weights", weights, "--data", "toy", "--scenes", "6"]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert text.startswith("6 images, ")
    assert "  mAP " in text
    assert main([*arguments, "--json", "--metric", "voc10", "--iou", "0.3"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["iou_threshold"] == 0.3
    assert list(numbers["by_class"]) == list(ToyScenes.classes[1:])
    counted = sum(row["objects"] for row in numbers["by_class"].values())
    scenes = ToyScenes(6, seed=1)
    assert counted == sum(len(scenes[i][1]["labels"]) for i in range(6))
    assert set(numbers["coco"]) == {"ap", "ap50", "ap75", "small", "medium", "large"}


def test_evaluate_takes_a_folder_and_leaves_out_other_classes(weights, voc_folder, capsys):
    text = (voc_folder / "Annotations/photo.xml").read_text()
    (voc_folder / "Annotations/photo.xml").write_text(text.replace("cat", "cow"))
    assert main(["evaluate", "--weights", weights, "--data", str(voc_folder)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "left out: 1 object: unknown class 'cow'" in out


def test_evaluate_takes_a_coco_file_by_the_names_of_its_categories(weights, voc_folder, capsys):
    labels = voc_folder / "labels.json"
    one = {"image_id": 7, "category_id": 17, "bbox": [20, 30, 130, 60]}
    labels.write_text(
        json.dumps(
            {
                "images": [{"id": 7, "file_name": "photo.jpg", "height": 100, "width": 200}],
                "categories": [{"id": 17, "name": "boat"}, {"id": 3, "name": "zebra"}],
                "annotations": [one, one | {"category_id": 3}],
            }
        )
    )
    images = str(voc_folder / "JPEGImages")
    assert (
        main(
            [
                *("evaluate", "--weights", weights, "--json"),
                *("--data", str(labels), "--images", images),
            ]
        )
        == 0
    )
    out, err = capsys.readouterr()
    assert json.loads(out)["by_class"]["boat"]["objects"] == 1
    assert err.startswith("warning: left out: 1 object: unknown class 'zebra'")


def told(capsys, *arguments):
    """The one line of a command that fails."""
    try:
        code = main(list(arguments))
    except SystemExit as left:  # argparse's way
        code = left.code
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["detect", "NONE", "--weights", "WEIGHTS"], "NONE: No such file"),
        (["detect", "WEIGHTS", "--weights", "WEIGHTS"], "cannot be read as an image"),
        (["detect", "PHOTO", "--weights", "NONE"], "there are no weights at NONE"),
        (["detect", "PHOTO", "--weights", "PHOTO"], "cannot be read as weights"),
        (["detect", "PHOTO"], "required: --weights"),
        (["detect", "PHOTO", "--weights", "WEIGHTS", "--score", "2"], "from 0 to 1, got 2"),
        (["detect", "PHOTO", "--weights", "WEIGHTS", "--score", "x"], "from 0 to 1, got x"),
        (["detect", "PHOTO", "--weights", "WEIGHTS", "--device", "tpu"], "device must be"),
        (["detect", "PHOTO", "--weights", "WEIGHTS", "--out", "PHOTO"], "PHOTO"),
        (["evaluate", "--weights", "WEIGHTS", "--data", "nothing"], "data must be toy, voc"),
        (
            ["evaluate", "--weights", "WEIGHTS", "--data", "toy", "--scenes", "0"],
            "from 1 on, got 0",
        ),
        (["evaluate", "--weights", "WEIGHTS", "--data", "EMPTY"], "must hold a data set"),
        (["evaluate", "--weights", "WEIGHTS", "--data", "JSON"], "cannot be read as COCO's"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "required: COMMAND"),
    ],
)
def test_a_mistake_is_one_line(arguments, message, weights, photo, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "labels.json").write_text("{}")
    names = {
        "WEIGHTS": weights,
        "PHOTO": photo,
        "EMPTY": "empty",
        "JSON": "labels.json",
    }
    line = told(capsys, *(names.get(one, one) for one in arguments))
    assert message.replace("PHOTO", photo) in line


def test_weights_of_other_classes_are_told_with_both_lists(tmp_path, capsys):
    path = tmp_path / "three.safetensors"
    save_weights(ssd_tiny(3), path, ("background", "cat", "dog"))
    line = told(capsys, "evaluate", "--weights", str(path), "--data", "toy")
    assert "background, cat, dog; got background, dog, cat, ball" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["detect", "PHOTO", "--weights", "BROKEN"],
        ["evaluate", "--data", "toy", "--weights", "BROKEN"],
        ["export", "--out", "net.pt2", "--weights", "BROKEN"],
        ["train", "--data", "toy", "--steps", "1", "--init", "BROKEN"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_broken_weights_are_one_line_for_every_command(
    arguments, weights, photo, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with safe_open(weights, "pt") as file:
        metadata = file.metadata() | {"classes": "[0.1, null]"}
    save_file(load_file(weights), "broken.safetensors", metadata)
    names = {"PHOTO": photo, "BROKEN": "broken.safetensors"}
    assert main([names.get(one, one) for one in arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: broken.safetensors cannot be read as weights: ")
    assert line.endswith("got [0.1, None]")


def test_the_traceback_can_be_asked_for():
    with pytest.raises(FileNotFoundError):
        main(["--traceback", "detect", "NONE", "--weights", "NONE"])


def test_help_says_what_there_is(capsys):
    for arguments in (["--help"], ["detect", "--help"], ["evaluate", "--help"]):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 0
        text = capsys.readouterr().out
        assert len(text.splitlines()) > 5


def test_help_names_the_defaults_that_are_values(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "(default: 0)" in text  # the seed
    for switch in ("None", "True", "False"):
        assert f"default: {switch}" not in text


def test_it_runs_as_a_program_and_leaves_with_the_code():
    ran = subprocess.run(
        [sys.executable, "-m", "ssd_lib", "detect", "none.jpg", "--weights", "none"],
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "error: there are no weights at none\n"


def test_the_automatic_device_is_one_that_is_here():
    assert as_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_warnings_for_users_are_told_and_those_for_developers_are_not(monkeypatch, capsys):
    def run(_):
        for kind in (*NOT_SHOWN, UserWarning):
            warnings.warn(f"a {kind.__name__}", kind, stacklevel=1)

    monkeypatch.setattr("ssd_lib.commands.evaluate.run", run)
    assert main(["evaluate", "--weights", "w", "--data", "toy"]) == 0
    assert capsys.readouterr().err == "warning: a UserWarning\n"
