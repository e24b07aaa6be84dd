"""One way into every form: the same scenes give the same boxes and the same numbers."""

import json
import shutil

import pytest
from data_forms import (
    FORMS,
    TOY,
    WITH_PARTS,
    coco,
    coco_in,
    names_of,
    put,
    scenes,
    voc_in,
    write,
    xml,
    yolo_in,
)

from ssd_lib.assets import path
from ssd_lib.commands import main
from ssd_lib.data import YoloFolder, open_dataset
from ssd_lib.data.opening.forms import part_name
from ssd_lib.data.opening.parts import by_purpose, for_tests
from ssd_lib.data.opening.source import recognise
from ssd_lib.data.problems import Problems
from ssd_lib.data.voc.dataset import VOCFolder

WEIGHTS = str(path("weights/toy_tiny.safetensors"))


def content(data):
    """Of each image: its boxes in pixels with their classes."""
    found = {}
    for record, (_, target) in zip(data.records, data, strict=True):
        names = [data.classes[label] for label in target["labels"].tolist()]
        found[record.image.stem] = (names, target["boxes"].tolist())
    return found


def content_of(some):
    return {
        scene.image.stem: ([n for n, _ in scene.things], [b for _, b in scene.things])
        for scene in some
    }


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_boxes(form, tmp_path):
    some = scenes(0, 6)
    FORMS[form](tmp_path, some)
    data = open_dataset(tmp_path)
    assert content(data) == content_of(some)
    assert data.classes == open_dataset(TOY, split="val").classes
    assert [r.image.stem for r in data.records] == sorted(content_of(some)) or (
        form == "voc-sub-folders"
    )
    assert recognise(tmp_path).splits == ()


def numbers_of(form, folder, capsys):
    """What the shipped weights reach on a form."""
    FORMS[form](folder, scenes(0, 6))
    arguments = [
        "--weights",
        WEIGHTS,
        "--data",
        str(folder),
        "--device",
        "cpu",
        "--json",
    ]
    assert main(["evaluate", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_each_form_gives_the_same_numbers(tmp_path, capsys):
    told = [numbers_of(form, tmp_path / form, capsys) for form in FORMS]
    assert told[0]["map"] > 0.5
    assert all(numbers == told[0] for numbers in told)


@pytest.mark.parametrize("form", WITH_PARTS)
def test_each_part_is_found(form, tmp_path):
    parts = {"train": scenes(0, 5), "val": scenes(5, 8)}
    parts["test"] = scenes(8, 11)
    WITH_PARTS[form](tmp_path, parts)
    assert set(recognise(tmp_path).splits) >= {"train", "test"}
    for name, some in parts.items():
        assert content(open_dataset(tmp_path, split=name)) == content_of(some)
    assert len(open_dataset(tmp_path)) == 11


def test_the_shipped_scenes_are_read_as_their_reader_reads_them():
    data, known = open_dataset(TOY, split="val"), VOCFolder(TOY, "val")
    assert content(data) == content(known)
    assert data.classes == known.classes


def test_a_coco_file_and_its_images_may_lie_anywhere(tmp_path):
    some = scenes(0, 3)
    coco_in(tmp_path, some, "somewhere/labels.json", "photos")
    file = tmp_path / "somewhere/labels.json"
    assert content(open_dataset(file, tmp_path / "photos")) == content_of(some)
    with pytest.raises(FileNotFoundError, match="images must be a folder"):
        open_dataset(file, tmp_path / "nowhere")


def test_a_class_may_be_called_like_a_part(tmp_path):
    some = scenes(0, 2)
    voc_in(tmp_path, some, "train", "train")
    assert recognise(tmp_path).splits == ()
    assert len(open_dataset(tmp_path)) == 2


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ((), "an empty folder"),
        (("a.csv", "b.csv"), "2 .csv files"),
        (("a.jpg", "b.PNG", "notes.md"), "2 images, 1 .md file"),
    ],
)
def test_what_is_no_data_set_is_told_with_what_is_there(files, found, tmp_path):
    for name in files:
        write(tmp_path / name, "")
    with pytest.raises(ValueError, match="must hold a data set") as caught:
        open_dataset(tmp_path)
    message = str(caught.value)
    assert str(tmp_path) in message
    assert found in message
    assert all(form in message for form in ("Pascal VOC", "COCO", "YOLO"))


def test_a_part_that_is_not_there_is_told_with_those_that_are(tmp_path):
    WITH_PARTS["voc-lists"](tmp_path, {"train": scenes(0, 1), "val": scenes(0, 2)})
    with pytest.raises(ValueError, match=r"\(train, val\), got 'test'"):
        open_dataset(tmp_path, split="test")
    FORMS["voc"](tmp_path / "plain", scenes(0, 1))
    with pytest.raises(ValueError, match=r"\(it has none\), got 'test'"):
        open_dataset(tmp_path / "plain", split="test")


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("TRAIN", "train"),
        ("train_set", "train"),
        ("trainSet", "train"),
        ("0_train", "train"),
        ("TrainingImages", "train"),
        ("images_train", "train"),
        ("trainval", "train"),
        ("val_data", "valid"),
        ("dev", "valid"),
        ("evaluation", "valid"),
        ("testing-images", "test"),
        ("test2017", "test"),
        ("train_test", None),
        ("train_train", None),
        ("train_station", None),
        ("my train", None),
        ("set", None),
        ("2017", None),
        ("", None),
    ],
)
def test_a_part_is_known_by_the_word_that_names_it(name, part):
    assert part_name(name) == part


@pytest.mark.parametrize("form", ["voc-roboflow", "coco-roboflow"])
def test_parts_may_be_named_with_words_beside(form, tmp_path):
    parts = {"train_set": scenes(0, 3), "test_set": scenes(3, 5)}
    WITH_PARTS[form](tmp_path, parts)
    assert recognise(tmp_path).splits == ("train", "test")
    assert content(open_dataset(tmp_path, split="test")) == content_of(scenes(3, 5))


def test_without_a_list_train_that_of_trainval_is_learnt_from(tmp_path):
    WITH_PARTS["voc-lists"](tmp_path, {"trainval": scenes(0, 2), "test": scenes(2, 3)})
    assert "valid" not in by_purpose(recognise(tmp_path).splits)
    assert by_purpose(recognise(tmp_path).splits)["train"] == "trainval"
    assert by_purpose(("test", "train", "trainval", "val")) == {
        "train": "train",
        "valid": "val",
        "test": "test",
    }


@pytest.mark.parametrize("form", ["voc-roboflow", "coco-roboflow", "yolo-roboflow"])
def test_a_part_for_tests_without_labels_is_none_if_there_is_another(form, tmp_path):
    parts = {"train": scenes(0, 2), "valid": scenes(2, 4)}
    WITH_PARTS[form](tmp_path, parts)
    (tmp_path / "data.yaml").unlink(missing_ok=True)
    write(tmp_path / "classes.txt", "\n".join(names_of(scenes(0, 4))))
    put(scenes(4, 5)[0], tmp_path / "test/images")
    assert recognise(tmp_path).splits == ("train", "valid")
    assert for_tests(recognise(tmp_path).splits) == "valid"
    assert len(open_dataset(tmp_path)) == 4
    with pytest.raises(ValueError, match="must have"):
        open_dataset(tmp_path, split="test")


def test_a_part_for_tests_without_labels_is_told_if_there_is_no_other(tmp_path):
    WITH_PARTS["voc-roboflow"](tmp_path, {"train": scenes(0, 2)})
    put(scenes(2, 3)[0], tmp_path / "test")
    assert recognise(tmp_path).splits == ("train", "test")


def test_official_coco_is_read_with_its_images_for_tests(tmp_path):
    WITH_PARTS["coco-official"](tmp_path, {"train": scenes(0, 2), "val": scenes(2, 4)})
    put(scenes(4, 5)[0], tmp_path / "test2017")
    write(tmp_path / "annotations/image_info_test2017.json", '{"images": []}')
    assert recognise(tmp_path).splits == ("train", "valid")


def test_the_coco_file_of_a_part_is_taken_before_one_for_all(tmp_path):
    some = scenes(0, 4)
    names = names_of(some)
    coco_in(tmp_path, some, "annotations_all.json", "images")
    for part, of_part in (("train", some[:3]), ("val", some[3:])):
        write(tmp_path / f"annotations_{part}.json", coco(of_part, names))
    assert len(open_dataset(tmp_path, split="train")) == 3
    assert len(open_dataset(tmp_path, split="val")) == 1


@pytest.mark.parametrize("name", ["info.json", "coco_notes.json"])
def test_a_broken_json_file_beside_that_of_coco_is_passed_over(name, tmp_path):
    some = scenes(0, 2)
    coco_in(tmp_path, some, "labels.json", "images")
    write(tmp_path / name, "[1")
    assert content(open_dataset(tmp_path)) == content_of(some)


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_that_holds_all_files_a_second_time_is_passed_over(form, tmp_path):
    some = scenes(0, 3)
    FORMS[form](tmp_path / "data", some)
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / "data/again")
    problems = Problems()
    assert content(open_dataset(tmp_path / "data", problems=problems)) == content_of(some)
    (note,) = problems.remarks()
    assert "a second time" in note
    assert str(tmp_path / "data/again") in note
    assert len(open_dataset(tmp_path, problems=Problems())) == 3


def test_a_folder_that_holds_other_files_of_the_same_names_is_read(tmp_path):
    voc_in(tmp_path, scenes(0, 2), "", "")
    for mine, other in zip(scenes(0, 2), scenes(2, 4), strict=True):
        shutil.copy(other.image, put_file(tmp_path / "again" / mine.image.name))
        write(tmp_path / "again" / f"{mine.image.stem}.xml", xml(other, mine.image.name))
    assert len(open_dataset(tmp_path)) == 4


def put_file(file):
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


@pytest.mark.parametrize("form", WITH_PARTS)
def test_what_was_recognised_once_opens_each_part(form, tmp_path, monkeypatch):
    WITH_PARTS[form](tmp_path, {"train": scenes(0, 2), "val": scenes(2, 3)})
    source = recognise(tmp_path)
    assert source.splits == recognise(tmp_path).splits
    monkeypatch.setattr("ssd_lib.data.opening.dataset.recognise", None)
    for split, some in (("train", scenes(0, 2)), ("val", scenes(2, 3))):
        assert content(open_dataset(source, split=split)) == content_of(some)
    with pytest.raises(ValueError, match="images must be given to recognise"):
        open_dataset(source, tmp_path)


@pytest.mark.parametrize(
    ("images", "labels", "split"),
    [
        ("train/images", "train/labels", "train"),
        ("Training/images", "Training/labels", "train"),
        ("images/val_data", "labels/val_data", "valid"),
        ("fold1", "fold1", "fold1"),
        ("images/fold1", "labels/fold1", "FOLD1"),
    ],
)
def test_a_part_of_yolo_may_be_asked_for_that_stands_alone(images, labels, split, tmp_path):
    some = scenes(0, 3)
    yolo_in(tmp_path, some[:2], labels, images, names_of(some))
    yolo_in(tmp_path, some[2:], labels="rest", images="rest", names=names_of(some))
    write(tmp_path / "classes.txt", "\n".join(names_of(some)))
    assert recognise(tmp_path).splits == ()
    assert len(open_dataset(tmp_path, problems=Problems())) == 3
    for data in (
        open_dataset(tmp_path, split=split, problems=Problems()),
        YoloFolder(tmp_path, split),
    ):
        assert content(data) == content_of(some[:2])


def test_parts_without_one_to_train_on_are_read_as_one_and_noted(tmp_path):
    voc_in(tmp_path / "valid", scenes(0, 2), "", "")
    voc_in(tmp_path / "test", scenes(2, 3), "", "")
    problems = Problems()
    assert len(open_dataset(tmp_path, problems=problems)) == 3
    (note,) = problems.remarks()
    assert "no folder is named for a part to train on" in note
    assert f"{tmp_path}: valid, test" in note
    assert open_dataset(tmp_path / "valid").problems.remarks() == []


def test_labels_without_any_image_are_told_with_where_images_would_be(tmp_path):
    yolo_in(tmp_path / "elsewhere", scenes(0, 2), "labels", "images")
    file = tmp_path / "here/data.yaml"
    write(file, f"path: {tmp_path}/elsewhere\ntrain: images\nnames: [a, b]\n")
    with pytest.raises(ValueError, match="there is no image in ") as caught:
        open_dataset(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("data.zip", "data.zip, which must be unpacked first"),
        ("a.jpg", "got .*a.jpg$"),
    ],
)
def test_a_file_that_is_no_data_set_is_refused(name, told, tmp_path):
    write(tmp_path / name, "x")
    with pytest.raises(ValueError, match=told):
        open_dataset(tmp_path / name)


def test_a_blank_is_no_data_set():
    with pytest.raises(ValueError, match=r"data must be .*, got a blank"):
        open_dataset("")


@pytest.mark.parametrize("form", ["voc", "coco"])
def test_label_files_of_all_parts_leave_out_nothing_of_another(form, tmp_path):
    parts = {"train": scenes(0, 3), "valid": scenes(3, 5)}
    for part, some in parts.items():
        for scene in some:
            put(scene, tmp_path / part)
            if form == "voc":
                write(tmp_path / f"labels/{scene.image.stem}.xml", xml(scene))
    if form == "coco":
        some = scenes(0, 5)
        write(tmp_path / "labels.json", coco(some, names_of(some)))
    for part, some in parts.items():
        data = open_dataset(tmp_path, split=part, strict=True)
        assert content(data) == content_of(some)


def test_a_label_file_of_all_parts_whose_image_is_in_none_is_told(tmp_path):
    for k, part in enumerate(("train", "valid")):
        put(scenes(k, k + 1)[0], tmp_path / part)
    for scene in scenes(0, 3):
        write(tmp_path / f"labels/{scene.image.stem}.xml", xml(scene))
    problems = Problems()
    open_dataset(tmp_path, split="train", problems=problems)
    assert list(problems.counts.values()) == [1]


@pytest.mark.parametrize("folder", ["", "annotations"])
def test_lists_of_voc_may_lie_without_their_folder(folder, tmp_path):
    some = scenes(0, 4)
    voc_in(tmp_path, some, "annotations/xmls", "images")
    write(tmp_path / "annotations/readme.txt", "About it.")
    for part, of_part in (("trainval", some[:3]), ("test", some[3:])):
        lines = [f"{scene.image.stem} 1 1 1\n" for scene in of_part]
        write(tmp_path / folder / f"{part}.txt", "".join(lines))
    assert set(recognise(tmp_path).splits) == {"trainval", "test"}
    assert content(open_dataset(tmp_path, split="test")) == content_of(some[3:])
    (tmp_path / folder / "test.txt").unlink()
    assert recognise(tmp_path).splits == ()
