"""Data of one's own in the commands: its parts, what is held out, how careful to be."""

import json
from pathlib import Path

import pytest
import torch
from data_forms import WITH_PARTS, coco_in, put, scenes, voc_in
from PIL import Image

from ssd_lib.data import open_dataset
from ssd_lib.data.splitting import train_val_split
from ssd_lib.model import load_weights

QUICK = ("--steps", "2", "--batch-size", "2", "--workers", "0", "--device", "cpu")


@pytest.fixture
def parts(tmp_path):
    """Scenes in parts, as a folder named data."""
    some = {"train": scenes(0, 6), "val": scenes(6, 9), "test": scenes(9, 11)}

    def make(form, names=("train", "val", "test")):
        WITH_PARTS[form](tmp_path / "data", {name: some[name] for name in names})

    return make


@pytest.mark.parametrize("form", ["voc-roboflow", "voc-lists", "yolo-ultralytics"])
def test_what_is_divided_is_trained_on_as_it_is_divided(run, parts, form):
    parts(form)
    out, _ = run("train --data data --folder run", *QUICK)
    assert "6 images, " in out
    assert "3 images, AP by voc07" in out
    out, _ = run("evaluate --data data --weights run/weights.safetensors --json")
    assert json.loads(out)["pictures"] == 2
    out, _ = run("evaluate --data data --held-out --weights run/weights.safetensors")
    assert "3 images, AP by voc07" in out


def test_without_a_part_for_validation_a_tenth_of_the_training_part_is_held_out(run, parts):
    parts("voc-roboflow", ("train", "test"))
    out, _ = run("train --data data --folder run", *QUICK)
    assert "data, train: Pascal VOC, 6 images" in out
    assert "held out for validation: 1 of 6 images" in out
    assert "5 images, " in out
    assert "1 image, AP by voc07" in out


def test_a_split_that_shares_images_with_validation_is_not_validated_on_them(run, parts):
    parts("voc-lists")
    listed = "\n".join(scene.image.stem for scene in scenes(0, 9))
    with open("data/ImageSets/Main/trainval.txt", "w", encoding="utf-8") as file:
        file.write(listed)
    out, _ = run("train --data data --split trainval --folder run", *QUICK)
    assert "val is not validated on: it shares 3 images with trainval" in out
    assert "held out for validation: 1 of 9 images" in out
    assert "8 images, " in out  # of 9, and not of 9 beside the 3 of val
    assert "1 image, AP by voc07" in out


def test_a_list_trainval_is_learned_from_where_there_is_none_called_train(run, parts):
    parts("voc-lists", ("val", "test"))
    lists = Path("data/ImageSets/Main")
    lists.joinpath("val.txt").rename(lists / "trainval.txt")
    out, _ = run("train --data data --folder run", *QUICK)
    assert "data, trainval: Pascal VOC, 3 images" in out
    assert "held out for validation: 1 of 3 images" in out
    out, _ = run("evaluate --data data --json --weights run/weights.safetensors")
    assert json.loads(out)["pictures"] == 2


def test_images_for_tests_are_not_learned_from_for_want_of_others(run, parts):
    parts("voc-lists", ("val", "test"))
    _, err = run("train --data data --folder run", *QUICK, code=2)
    assert err == (
        "error: split must be given: data has parts val, test, none of them called train\n"
    )
    out, _ = run("train --data data --split val --folder run", *QUICK)
    assert "held out for validation: 1 of 3 images" in out


def test_measuring_on_all_images_says_that_some_may_have_been_learned(run, tmp_path, weights):
    voc_in(tmp_path / "data", scenes(0, 4), "", "")
    out, _ = run("evaluate --data data --weights", weights)
    assert "\nnote: all images are measured on; " in out
    out, _ = run("evaluate --data data --held-out --weights", weights)
    assert "note: " not in out


def test_evaluating_what_was_held_out_gives_what_training_told(run, tmp_path):
    voc_in(tmp_path / "data", scenes(0, 20), "", "")
    run("train --data data --folder run", *QUICK)
    record = json.loads((tmp_path / "run/run.json").read_text())
    out, _ = run("evaluate --data data --held-out --json --weights run/weights.safetensors")
    assert json.loads(out) == record["validation"]


@pytest.fixture
def with_a_broken_image(tmp_path):
    some = scenes(0, 6)
    voc_in(tmp_path / "data", some, "", "")
    broken = tmp_path / "data" / some[2].image.name
    broken.write_bytes(broken.read_bytes()[:500])
    return broken


@pytest.mark.usefixtures("with_a_broken_image")
def test_a_broken_image_is_left_out_before_the_first_step(run):
    out, _ = run("train --data data --folder run", *QUICK)
    assert "left out: 1 image: cannot be read" in out
    assert "4 images, " in out


def test_strictly_nothing_may_be_left_out(run, with_a_broken_image, tmp_path):
    _, err = run("train --data data --folder run --strict", *QUICK, code=2)
    assert err.startswith("error: data must be read whole; left out: 1 image: ")
    assert with_a_broken_image.name in err
    assert not (tmp_path / "run").exists()


def test_without_a_check_a_broken_image_is_told_when_it_is_read(run, with_a_broken_image):
    _, err = run("train --data data --folder run --no-check", *QUICK, code=2)
    assert err.splitlines()[-1].startswith(f"error: data/{with_a_broken_image.name} ")


@pytest.mark.parametrize("command", ["train --folder run", "evaluate --weights WEIGHTS"])
@pytest.mark.parametrize(("given", "wanted"), [("0", 0), ("3", 3), (None, None)])
def test_workers_are_as_many_as_are_asked_for(
    run, tmp_path, weights, monkeypatch, command, given, wanted
):
    def look_at(_files, num_workers, *_):
        raise ValueError(f"{num_workers} workers")

    monkeypatch.setattr("ssd_lib.data.looking.dataset.look_at", look_at)
    voc_in(tmp_path / "data", scenes(0, 2), "", "")
    command = command.replace("WEIGHTS", weights)
    more = () if given is None else ("--workers", given)
    _, err = run(f"{command} --data data", *more, code=2)
    assert err == f"error: {wanted} workers\n"


@pytest.mark.usefixtures("with_a_broken_image")
def test_json_holds_numbers_and_what_was_left_out_is_told_beside_it(run, weights):
    out, err = run("evaluate --data data --json --weights", weights)
    assert json.loads(out)["pictures"] == 5
    assert err.startswith("warning: left out: 1 image: cannot be read")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--data toy --split train", "split must be left out with --data toy"),
        ("--data toy --images .", "images must be left out with --data toy"),
        ("--data toy --strict", "strict must be left out with --data toy"),
        ("--data voc --no-check", "no-check must be left out with --data voc"),
        ("--data bccd --scenes 3", "scenes must be left out with --data bccd"),
        ("--data data --scenes 3", "scenes must be left out with --data data"),
        (
            "--data data --split test",
            "split must be a part of data (it has none), got 'test'",
        ),
        ("--data data --images none", "images must be a folder, got none"),
        ("--data data --images=", "images must be a folder, got a blank"),
        ("--data data --split=", "split must be a part of data (it has none), got ''"),
        ("--data toy --split=", "split must be left out with --data toy"),
    ],
)
def test_arguments_that_mean_nothing_for_the_data_are_refused(
    run, tmp_path, weights, arguments, message
):
    voc_in(tmp_path / "data", scenes(0, 2), "", "")
    for command in ("train --folder run", f"evaluate --weights {weights}"):
        _, err = run(f"{command} {arguments}", code=2)
        assert err == f"error: {message}\n"


def test_classes_of_the_training_part_are_those_of_the_run(run, tmp_path):
    cats = [s for s in scenes(0, 64) if any(name == "cat" for name, _ in s.things)][:3]
    others = [s for s in scenes(0, 64) if all(name != "cat" for name, _ in s.things)][:3]
    voc_in(tmp_path / "data/train", others, "", "")
    voc_in(tmp_path / "data/valid", cats, "", "")
    out, _ = run("train --data data --folder run", *QUICK)
    assert "unknown class 'cat'" in out
    assert "cat" not in load_weights("run/weights.safetensors").classes


def test_images_that_lie_elsewhere_are_given_apart(run, tmp_path, weights):
    some = scenes(0, 3)
    voc_in(tmp_path / "data", some, "xml", "gone")
    for scene in some:
        (tmp_path / "data/gone" / scene.image.name).unlink()
        put(scene, tmp_path / "photos")
    out, _ = run("evaluate --data data --images photos --json --weights", weights)
    assert json.loads(out)["pictures"] == 3


def test_a_resized_data_set_is_trained_on_with_boxes_that_fit(tmp_path):
    some = scenes(0, 2)
    voc_in(tmp_path, some, "", "")
    for scene in some:
        file = tmp_path / scene.image.name
        Image.open(file).resize((64, 64)).save(file)
    data = open_dataset(tmp_path)
    for scene, (image, target) in zip(some, data, strict=True):
        assert image.shape == (3, 64, 64)
        wanted = torch.tensor([box for _, box in scene.things]) / 2
        torch.testing.assert_close(target["boxes"].as_subclass(torch.Tensor), wanted)


@pytest.mark.parametrize("more", [(), ("--no-check",)])
def test_without_an_object_to_learn_nothing_is_trained(run, tmp_path, more):
    some = [scene._replace(things=[]) for scene in scenes(0, 4)]
    voc_in(tmp_path / "data", some, "Annotations", "JPEGImages")
    _, err = run("train --data data --folder run", *QUICK, *more, code=2)
    assert "data must have at least one object" in err
    assert not (tmp_path / "run").exists()


def test_objects_that_are_all_held_out_are_none_to_learn(run, tmp_path):
    voc_in(tmp_path / "data", scenes(0, 2), "", "")
    training, _ = train_val_split(open_dataset(tmp_path / "data"))
    emptied = training.records[0].image.stem
    some = [s._replace(things=[]) for s in scenes(0, 2) if s.image.stem == emptied]
    voc_in(tmp_path / "data", some, "", "")
    _, err = run("train --data data --folder run", *QUICK, code=2)
    assert "data must have at least one object to train on, got none in 1 image" in err


def test_crowds_alone_are_nothing_to_learn(run, tmp_path):
    coco_in(tmp_path / "data", scenes(0, 4), "labels.json", "")
    file = tmp_path / "data/labels.json"
    content = json.loads(file.read_text())
    for one in content["annotations"]:
        one["iscrowd"] = 1
    file.write_text(json.dumps(content))
    _, err = run("train --data data --folder run", *QUICK, code=2)
    assert "at least one object that is no crowd, got none" in err


def test_a_check_leaves_out_the_lists_of_classes(run, parts, tmp_path):
    parts("voc-lists")
    for name in ("cat_train", "dog_val", "fold1"):
        file = tmp_path / f"data/ImageSets/Main/{name}.txt"
        file.write_text(scenes(0, 1)[0].image.stem)
    out, _ = run("check data")
    told = [line.split(":")[0] for line in out.splitlines() if line.startswith("data, ")]
    assert told == ["data, train", "data, val", "data, test"]


def test_a_part_that_is_asked_for_and_not_there_is_told_once(run, parts):
    parts("voc-roboflow")
    _, err = run("check data --split nope", code=2)
    assert err.startswith("error: split must be a part of data")


def test_a_very_large_image_is_trained_on_without_pil_s_warning(run, tmp_path, monkeypatch):
    voc_in(tmp_path / "data", scenes(0, 3), "", "")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    _, err = run("train --data data --folder run", *QUICK)
    assert err == ""
