"""python -m ssd_lib check: all that is wrong is said, and nothing is trained on it."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from ssd_lib.commands import check, main
from ssd_lib.data import checked
from ssd_lib.data.checked import gaps, open_checked
from ssd_lib.data.labelled import Record
from ssd_lib.data.opening.forms import Files
from ssd_lib.data.opening.parts import Part
from ssd_lib.data.opening.source import Source
from ssd_lib.data.records import Records

BOX = [10.0, 20.0, 40.0, 60.0]
OUTSIDE = [200.0, 0.0, 300.0, 10.0]


@pytest.fixture
def parts(monkeypatch):
    """A way to say which records the parts of a data set have, and what was asked for."""
    asked, known = [], {}

    def recognise(path, images=None):
        asked.append((path, images))
        if not Path(path).exists():
            raise FileNotFoundError(f"there is no file or folder {path}")
        files = Files.below(Path(path), [])
        return Source(Path(path), "coco", files, {n: Part(files, []) for n in known if n}, None)

    def open_dataset(source, split=None, classes=None, problems=None):
        asked.append(split)
        classes = classes or ("background", "cat")
        return Records(known[split], classes, problems=problems, root=source.path, form="COCO")

    monkeypatch.setattr(check, "recognise", recognise)
    monkeypatch.setattr(checked, "open_dataset", open_dataset)

    def add(split, *records):
        known[split] = records
        return asked

    return add


@pytest.fixture
def record(tmp_path):
    def make(name, *boxes, cut=False, **options):
        file = tmp_path / name
        Image.effect_noise((100, 80), 60).convert("RGB").save(file)
        if cut:
            file.write_bytes(file.read_bytes()[:1000])
        columns = {"labels": [1] * len(boxes), "difficult": [False] * len(boxes)}
        return Record(file, list(boxes), size_px=(80, 100), **columns | options)

    return make


@pytest.fixture
def run_check(tmp_path, capsys):
    """Check the data set; the lines of stdout and of stderr."""

    def run(*args, code=0):
        assert main(["check", str(tmp_path), *args]) == code
        out, err = capsys.readouterr()
        return out.splitlines(), err.splitlines()

    return run


def test_a_data_set_that_is_whole_is_reported(parts, record, run_check, tmp_path):
    parts(None, record("a.png", BOX), record("b.png"))
    out, err = run_check("--strict")
    assert out[:2] == [
        f"{tmp_path}: COCO, 2 images (1 without objects), 1 object",
        "  cat  1",
    ]
    assert out[2].startswith(
        "default boxes of tiny: 100.0% of 1 objects meet a default box at IoU 0.5"
    )
    assert out[3:] == [
        "train holds out a tenth of these images for validation, and evaluate "
        "--held-out measures on it again"
    ]
    assert err == []


def test_what_cannot_be_used_is_told_and_is_an_error_if_so_asked(
    parts, record, run_check, tmp_path
):
    parts(
        None,
        record("a.png", BOX, OUTSIDE),
        record("b.png", BOX, cut=True),
        record("c.png", BOX, cut=True),
    )
    left_out = [
        f"2 images: cannot be read: it is cut short (first: {tmp_path / 'b.png'})",
        f"1 object: outside of its image (first: {tmp_path / 'a.png'}, object 1)",
    ]
    out, err = run_check()
    assert out[2:4] == [f"left out: {line}" for line in left_out]
    assert err == []
    strict, err = run_check("--strict", code=2)
    assert strict == out
    assert err == [f"error: {tmp_path} must be read whole; left out: {'; '.join(left_out)}"]


def test_each_part_is_reported(parts, record, run_check, tmp_path):
    asked = parts("train", record("a.png", BOX))
    parts("valid", record("b.png", BOX, BOX))
    out, _ = run_check("--images", "elsewhere")
    assert asked == [(str(tmp_path), "elsewhere"), "train", "valid"]
    assert [line for line in out if line.startswith("/")] == [
        f"{tmp_path}, train: COCO, 1 image, 1 object",
        f"{tmp_path}, valid: COCO, 1 image, 2 objects",
    ]
    out, _ = run_check("--split", "valid")
    assert out[0] == f"{tmp_path}, valid: COCO, 1 image, 2 objects"
    assert len(out) == 3


ONE, OTHER, THIRD = ("a.png", BOX), ("b.png", BOX), ("c.png", BOX)


@pytest.mark.parametrize(
    ("some", "looked_at", "last"),
    [
        (
            {"test": [ONE], "train": [OTHER], "trainval": [OTHER], "val": [THIRD]},
            ["train", "val", "test"],
            [
                "train learns from train and validates on val; evaluate measures on test",
                "other parts, for --split: trainval",
            ],
        ),
        (
            {"train": [ONE, OTHER], "val": [OTHER]},
            ["train", "val"],
            [
                "note: train and val have images in common: 1",
                "train learns from train and validates on a tenth of it, which it holds "
                "out; evaluate measures on val",
            ],
        ),
        (
            {"test": [ONE], **{f"class_{k}": [OTHER] for k in range(14)}},
            ["test"],
            [
                "train needs --split, because no part is called train; evaluate measures on test",
                "other parts, for --split: "
                + ", ".join(f"class_{k}" for k in range(12))
                + " and 2 more",
            ],
        ),
        (
            {None: [ONE], "default": [ONE]},
            [None],
            [
                "train holds out a tenth of these images for validation, and evaluate "
                "--held-out measures on it again"
            ],
        ),
    ],
)
def test_what_parts_are_taken_for_is_told(
    parts, record, run_check, tmp_path, some, looked_at, last
):
    for split, images in some.items():
        parts(split, *(record(*image) for image in images))
    out, _ = run_check()
    heads = [line.split(":")[0] for line in out if line.startswith("/")]
    assert heads == [f"{tmp_path}, {one}" if one else f"{tmp_path}" for one in looked_at]
    assert out[-len(last) :] == last
    assert out[-len(last) - 1].startswith("default boxes of tiny")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_part_of_which_nothing_is_left_does_not_hide_the_others(
    parts, record, run_check, tmp_path, form
):
    parts("train", record("a.png", BOX, cut=True))
    parts("valid", record("b.png", BOX))
    parts("test", record("c.png", OUTSIDE))
    out, err = run_check(*form, code=2)
    assert sum("valid" in line for line in out) >= 1
    [line] = err
    assert line.startswith(
        f"error: train: {tmp_path} must have at least one image that can be used"
    )
    assert str(tmp_path / "a.png") in line
    assert f"test: {tmp_path} must have at least one object" in line


def test_json_has_all_of_it(parts, record, run_check, tmp_path):
    one = record("a.png", BOX, BOX, crowd=[False, True], difficult=[False, True])
    parts("train", one)
    out, _ = run_check("--json", "--model", "ssd300")
    [part] = json.loads("\n".join(out))
    coverage = part.pop("coverage")
    assert part == {
        "path": f"{tmp_path}, train",
        "form": "COCO",
        "split": "train",
        "images": 1,
        "without_objects": 0,
        "objects": 2,
        "classes": {"cat": {"objects": 2, "difficult": 0, "crowds": 1}},
        "left_out": [],
        "notes": [],
    }
    assert (coverage["model"], coverage["objects"]) == ("ssd300", 1)
    assert 0 <= coverage["share"] <= 1


def test_a_path_that_leads_nowhere_is_an_error(parts, record, capsys):
    parts(None, record("a.png", BOX))
    assert main(["check", "nowhere"]) == 2
    assert capsys.readouterr() == ("", "error: there is no file or folder nowhere\n")


def test_a_checked_data_set_can_be_trained_on(parts, record, tmp_path):
    parts("train", record("a.png", BOX, OUTSIDE), record("b.png", BOX, cut=True))
    source = check.recognise(tmp_path)
    dataset, report = open_checked(source, "train", ("background", "cat", "dog"))
    assert len(dataset) == report.images == 1
    assert dataset.classes == ("background", "cat", "dog")
    assert dataset[0][1]["boxes"].tolist() == [BOX]
    assert len(report.left_out) == 2
    assert re.search("1 image: .*; 1 object: outside", gaps(report))
