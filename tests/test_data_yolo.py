"""YOLO's form: lines, names of classes, folders, and files that describe a data set."""

import codecs
import json
import os
import re
import warnings
from pathlib import Path

import pytest
from PIL import Image

from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.data.problems import Problems
from ssd_lib.data.yolo import dataset as yolo
from ssd_lib.data.yolo.dataset import YoloFolder
from ssd_lib.data.yolo.label_files import LabelFiles, listed_images
from ssd_lib.data.yolo.names import read_names
from ssd_lib.data.yolo.reading import read_yolo
from ssd_lib.data.yolo.rows import MOST_BYTES, parse_row
from ssd_lib.data.yolo.settings import read_settings, yaml_parts
from ssd_lib.image_files import image_files

FOLDER = Path(yolo.__file__).parent
ROW = "0 0.5 0.5 0.2 0.4"
BOX = [40, 24, 60, 56]  # of ROW, on an image of 100 x 80
NAMES = "names: [cat, dog]\n"


@pytest.fixture
def put(tmp_path):
    """A way to put images, texts and bytes below one folder."""

    def write(files):
        for name, content in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                Image.new("RGB", (100, 80), "red").save(file)
            elif isinstance(content, bytes):
                file.write_bytes(content)
            else:
                file.write_text(content, encoding="utf-8", newline="")
        return tmp_path

    return write


def read(root, names=("cat", "dog"), strict=False, images=None):
    """What is read of a folder: entries, names, and what was wrong."""
    problems = Problems(strict)
    images = image_files(root) if images is None else images
    return *read_yolo(images, root, names, problems), problems


def things_of(put, text, names=("cat", "dog"), **more):
    root = put({"images/a.png": None, "labels/a.txt": text, **more})
    [entry], _, problems = read(root, names)
    return [(thing.name, list(thing.box)) for thing in entry.things], problems


def boxes_of(data, index=0):
    return [pytest.approx(box, abs=1e-4) for box in data[index][1]["boxes"].tolist()]


# Lines


@pytest.mark.parametrize(
    "text",
    [
        ROW,
        f"  {ROW}  \r\n\r\n",
        f"\n\n{ROW}\n\n",
        f"# by hand\n{ROW}",
        "0\t0.5\t0.5\t0.2\t0.4",
        "0,0.5,0.5,0.2,0.4",
        "0, 0.5, 0.5, 0.2, 0.4",
        "0.0 0.5 0.5 0.2 0.4",
        "0 5e-1 .5 0.20 +0.4",
        "cat 0.5 0.5 0.2 0.4",
        "0 0.5 0.5 0.2 0.4 0.87",
        "0 0.4 0.3 0.6 0.3 0.5 0.7",
        "0 0.4 0.3 0.6 0.3 0.6 0.7 0.4 0.7",
        "0 0.5 0.3 0.6 0.5 0.5 0.7 0.4 0.5 0.45 0.4",
        codecs.BOM_UTF8 + ROW.encode(),
        ROW.encode("utf-16"),
        codecs.BOM_UTF16_BE + ROW.encode("utf-16-be"),
    ],
)
def test_a_box_is_read_however_its_line_is_written(put, text):
    things, problems = things_of(put, text)
    assert things == [("cat", pytest.approx([0.4, 0.3, 0.6, 0.7]))]
    assert not problems.counts
    assert not problems.notes


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("0 0.5 0.5 0.2", "fewer than four numbers"),
        ("0", "fewer than four numbers"),
        ("cat", "fewer than four numbers"),
        ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "neither a box nor an outline"),
        ("2 0.5 0.5 0.2 0.4", "unknown class 2"),
        ("-1 0.5 0.5 0.2 0.4", "unknown class -1"),
        ("1e9 0.5 0.5 0.2 0.4", "unknown class 1000000000"),
        ("0.5 0.5 0.5 0.2 0.4", "neither a whole number nor a name"),
        ("nan 0.5 0.5 0.2 0.4", "neither a whole number nor a name"),
        ("0 50 40 20 32", "are these pixels?"),
        ("0 0.5 0.5 1.5 0.4", "are these pixels?"),
        ("0 10 10 20 10 20 20", "are these pixels?"),
        ("0 -0.5 0.5 0.2 0.4", "negative"),
        ("0 0.5 0.5 0.2 nan", "not finite"),
        ("0 0.5 inf 0.2 0.4", "not finite"),
        ("0 0.5 0.5 0.2 wide", "text where a number should be"),
        ("0 0.5 0.5 O.2 0.4", "text where a number should be"),
        ("cat 0.5 0.5 0.2 wide", "text where a number should be"),
    ],
)
def test_a_line_that_makes_no_sense_is_left_out_counted_and_told(put, line, problem):
    things, problems = things_of(put, f"{line}\n{ROW}\n")
    assert [name for name, _ in things] == ["cat"]
    [(thing, why)] = problems.counts
    assert thing == "object"
    assert problem in why
    root = put({})
    assert problems.first[thing, why] == f"{root / 'labels' / 'a.txt'}, line 1"
    with pytest.raises(ValueError, match=r"a\.txt, line 1: ") as caught:
        read(root, strict=True)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("0 0.5 0.5 0 0.4", "without area"),
        ("0 0.5 0.5 -0.05 0.4", "without area"),
        ("0 0.1 0.1 0.1 0.5 0.1 0.9", "without area"),
        ("Cat 0.5 0.5 0.2 0.4", "unknown class 'Cat' (there is 'cat')"),
        ("zebra 0.5 0.5 0.2 0.4", "unknown class 'zebra'"),
        ("1 0.5 0.5 0.2 0.4", "unknown class 1"),
        ("2 0.5 0.5 0.2 0.4", "is class 0"),
    ],
)
def test_the_one_rule_for_objects_holds_for_those_of_yolo(put, line, problem):
    root = put(
        {
            "images/a.png": None,
            "labels/a.txt": f"{line}\n{ROW}",
            "data.yaml": "names: {0: cat, 2: background}",
        }
    )
    with pytest.warns(UserWarning, match=re.escape(problem)):
        data = YoloFolder(root)
    assert data.classes == ("background", "cat")
    assert boxes_of(data) == [BOX]


def test_boxes_that_reach_outside_by_rounding_are_clipped(put):
    root = put(
        {
            "images/a.png": None,
            "labels/a.txt": "0 0.5 1.0001 0.2 0.4\n0 0.0999 0.5 0.2 0.4\n0 0 -0.01 1 0.5 1 1",
            "data.yaml": NAMES,
        }
    )
    assert boxes_of(YoloFolder(root, strict=True)) == [
        [40, 64.008, 60, 80],
        [0, 24, 19.99, 56],
        [0, 0, 100, 80],
    ]


def test_names_of_several_words_are_read_in_lines(put):
    things, _ = things_of(put, "traffic  light 0.5 0.5 0.2 0.4", ["traffic light"])
    assert things[0][0] == "traffic light"


@pytest.mark.parametrize("points", ["0.9 0.9 0.1 0.1", "0.9 0.9 2 0.1 0.1 0"])
def test_key_points_are_no_outline_where_data_yaml_tells_of_them(put, points):
    told = {"data.yaml": f"{NAMES}kpt_shape: [2, {len(points.split()) // 2}]\n"}
    things, problems = things_of(put, f"{ROW} {points}", **told)
    assert things == [("cat", pytest.approx([0.4, 0.3, 0.6, 0.7]))]
    assert not problems.counts


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\xff", b"0 0.5\xff"])
def test_a_label_file_that_is_no_text_is_left_out_with_its_image(put, content):
    root = put(
        {"images/a.png": None, "labels/a.txt": content, "images/b.png": None, "labels/b.txt": ROW}
    )
    entries, _, problems = read(root)
    assert [entry.image.name for entry in entries] == ["b.png"]
    assert list(problems.counts) == [("label file", "no text in UTF-8 or UTF-16")]


def test_a_label_file_that_is_too_large_is_left_out(put):
    root = put({"images/a.png": None, "labels/a.txt": ROW})
    os.truncate(root / "labels" / "a.txt", MOST_BYTES)
    assert not read(root)[-1].counts["label file", "larger than 16 MiB"]
    os.truncate(root / "labels" / "a.txt", MOST_BYTES + 1)
    entries, _, problems = read(root)
    assert entries == []
    assert list(problems.counts) == [("label file", "larger than 16 MiB")]


# Which file belongs to which image


def test_images_without_objects_and_without_label_files_are_kept(put):
    root = put(
        {
            "images/a.png": None,
            "images/b.png": None,
            "images/c.png": None,
            "images/d.png": None,
            "labels/a.txt": ROW,
            "labels/b.txt": "",
            "data.yaml": NAMES,
        }
    )
    with pytest.warns(UserWarning, match="2 x image without label file") as warned:
        data = YoloFolder(root)
    assert str(root / "images" / "c.png") in str(warned[0].message)
    assert [len(record.boxes) for record in data.records] == [1, 0, 0, 0]
    assert len(warned) == 1


def test_not_one_label_file_is_an_error(put):
    root = put({"images/a.png": None, "images/b.png": None, "data.yaml": NAMES})
    with pytest.raises(ValueError, match=r"label files \(\.txt\) in labels or") as caught:
        YoloFolder(root)
    assert str(root) in str(caught.value)


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("images/a.png", "labels/a.txt"),
        ("IMAGES/a.png", "Labels/a.txt"),
        ("images/a.PNG", "labels/A.TXT"),
        ("images/train/a.png", "labels/train/a.txt"),
        ("images/Train/deep/a.png", "labels/train/deep/a.txt"),
        ("train/images/a.png", "train/labels/a.txt"),
        ("images/x/images/a.png", "images/x/labels/a.txt"),
        ("a.png", "a.txt"),
        ("train/a.png", "train/a.txt"),
        ("images/a.png", "images/a.txt"),
        ("obj_train_data/a.png", "obj_train_data/a.txt"),
        ("JPEGImages/a.png", "labels/a.txt"),
        ("imgs/train/a.png", "labels/train/a.txt"),
        ("photos/a.png", "labels/a.txt"),
        ("images/a.png", "annotations/a.txt"),
        ("a.png", "labels/a.txt"),
        ("train/a.png", "train/labels/a.txt"),
        ("images/a.b.c.png", "labels/a.b.c.txt"),
        ("images/für.png", "labels/fu\u0308r.txt"),
    ],
)
def test_a_label_file_is_found(put, image, label):
    root = put({image: None, label: ROW})
    assert LabelFiles(root).of(root / image) == root / label


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("train/images/a.png", "valid/labels/a.txt"),
        ("images/train/a.png", "labels/val/a.txt"),
        ("images/a.png", "labels/a.png.json"),
        ("images/a.png", "labels/._a.txt"),
        ("images/a.png", "labels/aa.txt"),
    ],
)
def test_a_file_of_another_image_is_none(put, image, label):
    root = put({image: None, label: ROW})
    assert LabelFiles(root).of(root / image) is None


@pytest.mark.parametrize(
    ("image", "first", "second"),
    [
        ("images/x/images/a.png", "images/x/labels/a.txt", "labels/x/images/a.txt"),
        ("images/imgs/a.png", "labels/imgs/a.txt", "images/labels/a.txt"),
        ("images/a.png", "labels/a.txt", "images/a.txt"),
        ("images/a.png", "labels/a.txt", "labels/A.txt"),
    ],
)
def test_of_two_label_files_the_one_that_yolo_means_is_taken(put, image, first, second):
    root = put({image: None, second: "", first: ROW})
    assert LabelFiles(root).of(root / image).read_text() == ROW


def test_a_folder_of_the_label_files_name_is_none(put):
    root = put({"images/a.png": None, "labels/a.txt/b.txt": ROW})
    assert LabelFiles(root).of(root / "images" / "a.png") is None


def test_label_files_of_images_elsewhere_lie_as_deep_in_the_root(put):
    base = put(
        {
            "one/images/train/a.png": None,
            "two/train/a.txt": ROW,
            "one/images/b.png": None,
            "two/b.txt": ROW,
        }
    )
    files = LabelFiles(base / "two")
    images = base / "one" / "images"
    assert files.of(images / "train" / "a.png") == base / "two" / "train" / "a.txt"
    assert files.of(images / "b.png") == base / "two" / "b.txt"


NO_LABELS = {
    "classes.txt": "cat\ndog\n",
    "train.txt": "images/a.png\n",
    "README.txt": "Thirty photos, 20 for training 10 for testing.\n",
    "readme.roboflow.txt": "Exported on May 9, 2026\n",
    "notes.txt": "a 1 2 3\n",
    "requirements.txt": "torch==2.11\n",
}


@pytest.mark.parametrize(("name", "text"), NO_LABELS.items())
@pytest.mark.parametrize("folder", ["labels", "images"])
def test_a_text_that_is_no_label_file_is_never_read_as_one(put, folder, name, text):
    root = put(
        {
            "images/a.png": None,
            "labels/a.txt": ROW,
            f"{folder}/{name}": text,
            f"images/{name[:-4]}.png": None,
        }
    )
    entries, _, problems = read(root)
    assert [len(entry.things) for entry in entries if entry.image.stem == "a"] == [1]
    assert [entry.things for entry in entries if entry.image.stem != "a"] == [[]]
    assert not problems.counts
    (root / "images" / f"{name[:-4]}.png").unlink()
    assert not read(root)[-1].counts


def test_a_label_file_may_have_the_name_of_a_list(put):
    root = put({"images/train.png": None, "labels/train.txt": ROW})
    [entry], _, problems = read(root)
    assert len(entry.things) == 1
    assert not problems.notes


def test_label_files_without_images_are_counted(put):
    root = put(
        {
            "images/a.png": None,
            "labels/a.txt": ROW,
            "labels/b.txt": ROW,
            "labels/c.txt": "",
            "labels/.e.txt": ROW,
            "images/d.png": None,
            "labels/d.txt": ROW,
        }
    )
    _, _, problems = read(root, images=[root / "images" / "a.png"])
    assert problems.counts == {("label file", "no image belongs to it"): 2}
    assert str(root / "labels" / "b.txt") in problems.first.values()
    with pytest.raises(ValueError, match=r"b\.txt: no image"):
        read(root, strict=True)


def test_images_that_share_a_label_file_are_left_out(put):
    root = put(
        {
            "images/a.png": None,
            "images/a.jpg": None,
            "labels/a.txt": ROW,
            "images/b.png": None,
            "labels/b.txt": ROW,
        }
    )
    entries, _, problems = read(root)
    assert [entry.image.name for entry in entries] == ["b.png"]
    [((thing, why), first)] = problems.first.items()
    assert (thing, why) == ("label file", "two images fit")
    assert all(name in first for name in ("a.txt", "a.png", "a.jpg"))


def test_a_label_file_is_that_of_the_image_that_is_spelt_like_it(put):
    root = put({"images/A.png": None, "images/a.png": None, "labels/a.txt": ROW})
    if len(image_files(root)) == 1:
        pytest.skip("this file system does not tell a from A")
    entries, _, problems = read(root)
    assert {e.image.name: len(e.things) for e in entries} == {"A.png": 0, "a.png": 1}
    assert not problems.counts


# Names of classes


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("data.yaml", "names: [cat, dog]"),
        ("data.yaml", "nc: 2\nnames:\n- cat\n- ' dog '\n"),
        ("dataset.yaml", "names:\n  0: cat\n  1: dog\n"),
        ("data.yml", "names: {1: dog, 0: cat}"),
        ("my animals.yaml", "path: x\nnames: ['cat', \"dog\"]\ndownload: |\n  a: b\n"),
        ("data.yaml", codecs.BOM_UTF8 + b"names: [cat, dog]"),
        ("data.yaml", "names: [cat, dog]".encode("utf-16")),
        ("data.yaml", "names: !!python/tuple [cat, dog]"),
        ("classes.txt", "cat\r\ndog\r\n\r\n"),
        ("Classes.TXT", "cat\ndog"),
        ("labels/classes.txt", "cat\ndog\n"),
        ("obj.names", "cat\ndog\n"),
        ("animals.names", "cat\ndog\n"),
        ("train/_darknet.labels", "cat\ndog\n"),
        (
            "notes.json",
            json.dumps(
                {
                    "categories": [{"id": 1, "name": "dog"}, {"id": 0, "name": "cat"}],
                    "info": {"year": 2026, "contributor": "Label Studio"},
                }
            ),
        ),
    ],
)
def test_names_are_read_from_what_tools_write(put, file, content):
    root = put({file: content})
    assert read_names(root) == ["cat", "dog"]
    assert read_names(root / file) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("names: [yes, no, on, 007, 1.10, null]", ["yes", "no", "on", "007", "1.10", "null"]),
        ("names: {0: cat, 3: dog}", ["cat", "", "", "dog"]),
        ("names:\n- cat\n-\n- dog", ["cat", "", "dog"]),
        ("names: [[a, b], {c: d}, e]", ["", "", "e"]),
        ("nc: 3", ["0", "1", "2"]),
        ("nc: 99999999999999", None),
        ("nc: three", None),
        ("names: []", None),
        ("train: images/train", None),
        ("", None),
        ("- names", None),
    ],
)
def test_names_are_texts_and_nothing_else(put, content, names):
    assert read_names(put({"data.yaml": content})) == names


def test_names_are_looked_for_above_but_not_outside_the_root(put):
    root = put({"up/data.yaml": NAMES, "up/train/labels/a.txt": ROW})
    place = root / "up" / "train" / "labels"
    assert read_names(place) is None
    assert read_names(place, root / "up" / "train") is None
    assert read_names(place, root / "up") == ["cat", "dog"]
    assert read_names(place, root) == ["cat", "dog"]


def test_two_files_that_say_other_names_are_both_named(put):
    root = put({"data.yaml": NAMES, "labels/classes.txt": "cat\ndog\nbird\n"})
    with pytest.raises(ValueError, match="None and 'bird' for class 2") as caught:
        read_names(root)
    assert str(root / "data.yaml") in str(caught.value)
    assert str(root / "labels" / "classes.txt") in str(caught.value)
    assert read_names(root / "data.yaml") == ["cat", "dog"]


def test_files_that_say_the_same_or_only_how_many_do_not_disagree(put):
    files = {"data.yaml": "nc: 3", "a/classes.txt": "cat\n", "b/classes.txt": " cat"}
    assert read_names(put(files)) == ["cat"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("data.yaml", "names: [cat, dog"),
        ("data.yaml", "names:\n\t- cat"),
        ("mine.yaml", "names: [cat, dog"),
        ("data.yaml", b"names: [\xff]"),
        ("data.yaml", "names: " + "[" * 100_000),
        ("data.yaml", "names: &a [*b]"),
        ("data.yaml", "names: cat"),
        ("data.yaml", "names: {cat: 0}"),
        ("data.yaml", "names: {99999999999: cat}"),
        ("data.yaml", "names: {-1: cat}"),
        ("data.yaml", b"#" * (2**20 + 1)),
        ("notes.json", "{"),
        ("notes.json", "[" * 100_000),
        ("classes.txt", b"\xff"),
    ],
)
def test_a_file_with_names_that_cannot_be_understood_is_named(put, file, content):
    root = put({file: content})
    with pytest.raises(ValueError, match=re.escape(str(root / file))) as caught:
        read_names(root)
    message = str(caught.value)
    assert len(message) < 300 + len(str(root))
    assert "\n" not in message


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("docker-compose.yaml", "services: {a: [b}"),
        ("hyp.yaml", "lr0: 0.01"),
        (".data.yaml", "names: [hidden]"),
        ("blob.data", b"\xff\xfe\x00"),
        ("notes.json", "[]"),
        ("classes.txt", ROW),
        ("__MACOSX/classes.txt", "hidden"),
        ("sub/.classes.names", "hidden"),
    ],
)
def test_a_file_about_something_else_names_no_classes(put, file, content):
    assert read_names(put({file: content})) is None


def test_a_small_file_cannot_become_a_large_one(put):
    lines = ["a0: &a0 {x: y, z: w}"]
    for i in range(1, 40):
        lines.append(f"a{i}: &a{i}\n  <<: [{', '.join([f'*a{i - 1}'] * 9)}]")
    merged = "\n".join(lines)
    nested = "\n".join(
        ["b0: &b0 [x, x]"]
        + [f"b{i}: &b{i} [{', '.join([f'*b{i - 1}'] * 9)}]" for i in range(1, 40)]
    )
    root = put({"data.yaml": f"{merged}\n{nested}\nnames: *b39\ntrain: *a39\n"})
    assert read_names(root) == [""] * 9
    assert yaml_parts(root / "data.yaml") == {}


def test_a_list_in_itself_is_no_trouble(put):
    root = put({"data.yaml": "names: &a [cat, *a]\ntrain: *a\n"})
    try:
        assert read_names(root) == ["cat", ""]
    except ValueError as error:
        assert str(root / "data.yaml") in str(error)  # noqa: PT017


def test_without_names_classes_are_called_by_number_and_a_note_says_so(put):
    text = "".join(f"{number}{ROW[1:]}\n" for number in (10, 2, 2))
    root = put({"images/a.png": None, "labels/a.txt": f"{text}cat{ROW[1:]}"})
    with pytest.warns(UserWarning, match="no file names the classes") as warned:
        data = YoloFolder(root)
    assert data.classes == ("background", "2", "10")
    assert data.records[0].labels == [2, 1, 1]
    assert "1 object: unknown class 'cat'" in str(warned[0].message)
    assert str(root) in str(warned[0].message)


def test_names_are_in_the_order_of_numbers_and_only_those_in_use(put):
    rows = "".join(f"{number}{ROW[1:]}\n" for number in (4, 1, 3))
    root = put(
        {
            "images/a.png": None,
            "labels/a.txt": rows,
            "data.yaml": "names: [ant, zebra, bird, ' ape', zebra, background]",
        }
    )
    with pytest.warns(UserWarning, match="object that stands twice"):  # zebra
        data = YoloFolder(root)
    assert data.classes == ("background", "zebra", "ape")
    assert data.records[0].labels == [1, 1, 2]
    with pytest.warns(UserWarning, match="1 object: unknown class 'ape'"):
        some = YoloFolder(root, classes=("background", "ant", "zebra"))
    assert some.records[0].labels == [2, 2]


# Files that describe a data set


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("train: images/train", "images/train"),
        ("train: ./images/train/", "images/train"),
        ("path: .\ntrain: images/train", "images/train"),
        ("path: ../datasets/fruit\ntrain: images/train", "images/train"),
        ("path: /home/me/fruit\ntrain: images/train", "images/train"),
        ("path: C:\\fruit\ntrain: images\\train", "images/train"),
        ("train: ../images/train", "images/train"),
        ("train: ../../images/train", "images/train"),
        ("train: /content/datasets/fruit/images/train", "images/train"),
        ("train: C:\\Users\\me\\fruit\\images\\train", "images/train"),
        ("train: D:/fruit/images/train", "images/train"),
        ("train: images/Train", "images/train"),
        ("train: [images/train]", "images/train"),
        ("train: images/train # 128 images\nval:", "images/train"),
        ("train: lists/train.txt", "lists/train.txt"),
        ("train: data/lists/train.txt", "lists/train.txt"),
    ],
)
def test_an_entry_leads_to_a_folder_or_list_below(put, text, part):
    root = put({"images/train/a.png": None, "lists/train.txt": "", "data.yaml": text})
    assert yaml_parts(root / "data.yaml") == {"train": [root / part]}


def test_several_folders_and_splits_are_told_apart(put):
    text = "train: [a/images, /x/b/images]\nval: ../c/images\ntest: d/images"
    root = put({f"{folder}/images/a.png": None for folder in "abc"})
    put({"data.yaml": text.replace("/x/", "")})
    assert yaml_parts(root / "data.yaml") == {
        "train": [root / "a" / "images", root / "b" / "images"],
        "val": [root / "c" / "images"],
    }


def test_a_folder_that_is_not_there_is_not_taken_to_be_another(put):
    root = put({"images/a.png": None, "data.yaml": "train: /x/images\nval: /x/valid/images"})
    assert yaml_parts(root / "data.yaml") == {"train": [root / "images"]}


def test_an_entry_may_climb_within_the_root(put):
    root = put({"images/train/a.png": None, "yolo/data.yaml": "train: ../images/train"})
    file = root / "yolo" / "data.yaml"
    assert yaml_parts(file) == {}
    assert yaml_parts(file, root) == {"train": [root / "images" / "train"]}


@pytest.mark.parametrize(
    "text",
    [
        "train: ..",
        "train: ../../outside",
        "train: {root}/../outside",
        "path: {root}/..\ntrain: outside",
        "train: ../outside/list.txt",
        "train: 'a\\0b'",
        "train: {long}",
        "train: {{a: b}}",
        "train: [[a], 1, '']",
    ],
)
def test_nothing_outside_is_named(put, text):
    root = put({"outside/b.png": None, "outside/list.txt": "b.png", "in/a.png": None})
    text = text.format(root=root / "in", long="a" * 5000 + "/b" * 5000)
    put({"in/data.yaml": text})
    assert yaml_parts(root / "in" / "data.yaml") == {}


def test_a_list_opens_nothing_outside(put, monkeypatch):
    root = put(
        {
            "in/images/a.png": None,
            "in/labels/a.txt": ROW,
            "b.png": None,
            "b.txt": ROW,
            "in/train.txt": "../b.png\n{base}/b.png\nimages/a.png\n",
            "in/data.yaml": NAMES,
        }
    )
    text = (root / "in" / "train.txt").read_text().format(base=root)
    put({"in/train.txt": text})
    opened = []
    monkeypatch.setattr(
        "ssd_lib.data.yolo.reading.text_of", lambda file: opened.append(file) or ROW
    )
    with pytest.warns(UserWarning, match="2 listed images: not there"):
        data = YoloFolder(root / "in", "train")
    assert [record.image for record in data.records] == [root / "in" / "images" / "a.png"]
    assert opened == [root / "in" / "labels" / "a.txt"]


def test_lines_of_a_list_that_fit_no_image_or_two_are_counted(put):
    root = put(
        {
            "x/a.png": None,
            "y/a.png": None,
            "x/b.png": None,
            "all.txt": "a.png\n\n./x/b.png\n/home/me/x/a.png\nx\\b.png\nc.png\n",
        }
    )
    problems = Problems()
    index = ImageIndex(root, image_files(root))
    images = listed_images(root / "all.txt", index, problems)
    assert images == [root / "x" / "b.png", root / "x" / "a.png"]
    assert problems.counts == {
        ("listed image", "two images fit"): 1,
        ("listed image", "not there"): 1,
    }
    assert f"{root / 'all.txt'}, line 6" in problems.first["listed image", "not there"]


# Folders, as tools write them

SPLITS = ("train", "val")


def of_splits(image, label):
    """Two images in train, one in val."""
    files = {}
    for split, stem in (("train", "a"), ("train", "b"), ("val", "c")):
        files[image.format(split=split, stem=stem)] = None
        files[label.format(split=split, stem=stem)] = ROW
    return files


def renamed(files):
    return {name.replace("val", "valid"): text for name, text in files.items()}


ULTRALYTICS = of_splits("images/{split}/{stem}.png", "labels/{split}/{stem}.txt")
ROBOFLOW = of_splits("{split}/images/{stem}.png", "{split}/labels/{stem}.txt")
SIDE_BY_SIDE = of_splits("{split}/{stem}.png", "{split}/{stem}.txt")
FLAT = of_splits("images/{stem}.png", "labels/{stem}.txt")
LISTS = {
    "train.txt": "./images/a.png\n./images/b.png\n",
    "val.txt": "/home/me/images/c.png\n",
}
YAML = "train: ../{}\nval: ../{}\n" + NAMES
LAYOUTS = {
    "ultralytics": ULTRALYTICS | {"data.yaml": YAML.format("images/train", "images/val")},
    "ultralytics without its entries": ULTRALYTICS | {"data.yaml": NAMES},
    "roboflow": renamed(ROBOFLOW)
    | {
        "data.yaml": YAML.format("train/images", "valid/images"),
        "README.roboflow.txt": "Thirty images\n",
        "README.dataset.txt": "# fruit\n",
    },
    "roboflow's darknet": renamed(SIDE_BY_SIDE)
    | {f"{split}/_darknet.labels": "cat\ndog\n" for split in ("train", "valid")},
    "lists": FLAT | LISTS | {"classes.txt": "cat\ndog\n"},
    "lists in data.yaml": FLAT
    | {f"sets/{name}": text for name, text in LISTS.items()}
    | {"data.yaml": YAML.format("sets/train.txt", "sets/val.txt")},
    "cvat": of_splits("obj_{split}_data/{stem}.png", "obj_{split}_data/{stem}.txt")
    | {
        "obj.names": "cat\ndog\n",
        "obj.data": "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\n"
        "names = data/obj.names\nbackup = backup/\n",
        "train.txt": "data/obj_train_data/a.png\ndata/obj_train_data/b.png\n",
        "valid.txt": "data/obj_val_data/c.png\n",
    },
    "usual names": of_splits("{split}/JPEGImages/{stem}.png", "{split}/labels/{stem}.txt")
    | {"classes.txt": "cat\ndog\n"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_is_read_as_tools_write_it(put, layout):
    root = put(LAYOUTS[layout])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = {
            split: YoloFolder(root, split, strict=True) for split in (None, "train", "val", "valid")
        }
    stems = {
        split: sorted(record.image.stem for record in data.records) for split, data in found.items()
    }
    assert stems == {None: ["a", "b", "c"], "train": ["a", "b"], "val": ["c"], "valid": ["c"]}
    for data in found.values():
        assert data.classes == ("background", "cat")
        assert boxes_of(data) == [BOX]
        assert data[0][1]["labels"].tolist() == [1]


@pytest.mark.parametrize(
    ("layout", "part"),
    [
        ("roboflow", "train"),
        ("roboflow", "train/images"),
        ("ultralytics", "images"),
        ("ultralytics", "images/train"),
    ],
)
def test_a_part_of_a_data_set_has_its_names_and_label_files(put, layout, part, monkeypatch):
    root = put(LAYOUTS[layout])
    for path in (root / part, "."):
        monkeypatch.chdir(root / part)
        data = YoloFolder(path, strict=True)
        assert data.classes == ("background", "cat")
        assert [record.labels for record in data.records][:2] == [[1], [1]]


def test_names_above_are_not_those_of_another_data_set(put):
    root = put(
        {
            "data.yaml": "train: other\nnames: [a]\nkpt_shape: [2, 2]",
            "other/a.png": None,
            "mine/b.png": None,
            "mine/b.txt": ROW,
        }
    )
    with pytest.warns(UserWarning, match="no file names the classes"):
        data = YoloFolder(root / "mine")
    assert data.classes == ("background", "0")


def test_key_points_are_told_of_above(put):
    root = put(
        {
            "train/images/a.png": None,
            "train/labels/a.txt": f"{ROW} 0.9 0.9 0.1 0.1",
            "data.yaml": f"train: ../train/images\n{NAMES}kpt_shape: [2, 2]",
        }
    )
    assert boxes_of(YoloFolder(root / "train", strict=True)) == [BOX]


def test_images_and_label_files_side_by_side_with_classes_txt(put):
    root = put({"a.png": None, "a.txt": f"1{ROW[1:]}", "classes.txt": "cat\ndog\n"})
    data = YoloFolder(str(root), strict=True)
    assert data.classes == ("background", "dog")
    assert boxes_of(data) == [BOX]
    assert not data.problems.notes


def test_other_files_and_folders_are_passed_over(put):
    root = put(
        ULTRALYTICS
        | {
            "data.yaml": NAMES,
            "labels/train.cache": b"\0",
            "__MACOSX/._a.png": b"\0",
            "images/train/._a.png": b"\0",
            "labels/train/._a.txt": b"\0",
            "labels/train/classes.txt": "cat\ndog\n",
            "train.zip": b"PK",
        }
    )
    assert len(YoloFolder(root, strict=True)) == 3


def test_a_split_that_is_not_there_is_told(put):
    root = put(ULTRALYTICS | {"data.yaml": NAMES})
    with pytest.raises(ValueError, match=r"split must be .* got 'test'") as caught:
        YoloFolder(root, "test")
    assert str(root) in str(caught.value)


def test_a_folder_without_images_and_no_folder_are_told(put):
    root = put({"labels/a.txt": ROW})
    with pytest.raises(FileNotFoundError, match="must have images") as caught:
        YoloFolder(root)
    assert str(root) in str(caught.value)
    with pytest.raises(FileNotFoundError, match="must be a folder"):
        YoloFolder(root / "labels" / "a.txt")


def test_what_was_left_out_is_told_in_one_warning(put):
    root = put(
        {
            "images/a.png": None,
            "labels/a.txt": f"{ROW}\n0 1\n9{ROW[1:]}",
            "images/b.png": None,
            "labels/c.txt": ROW,
            "data.yaml": NAMES,
        }
    )
    with pytest.warns(UserWarning, match="left out: .*; note: ") as warned:
        data = YoloFolder(root)
    [warning] = warned
    assert warning.filename == __file__
    assert sum(data.problems.counts.values()) == 3
    assert all(
        part in str(warning.message)
        for part in ("fewer than four", "unknown class 9", "no image belongs", "b.png")
    )


def test_images_are_read_through_a_relative_path(put, monkeypatch):
    root = put(LAYOUTS["roboflow"])
    monkeypatch.chdir(root)
    assert len(YoloFolder(".", "train", strict=True)) == 2
    monkeypatch.chdir(root.parent)
    assert len(YoloFolder(os.path.relpath(root), "val", strict=True)) == 1


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda f: f.name)
def test_yaml_is_imported_only_to_read_it(file):
    code = file.read_text(encoding="utf-8")
    assert not re.search(r"^(import|from) yaml", code, re.MULTILINE)


def test_settings_without_libyaml_are_the_same(put, monkeypatch):
    import yaml

    text = "names: [yes, 007]\n<<: {a: b}\nnc: 2\n"
    file = put({"data.yaml": text}) / "data.yaml"
    with_it = read_settings(file)
    monkeypatch.delattr(yaml, "CBaseLoader", raising=False)
    assert read_settings(file) == with_it
    put({"data.yaml": "names: " + "[" * 2000})
    with pytest.raises(ValueError, match="nested too deep") as caught:
        read_settings(file)
    assert str(file) in str(caught.value)


def test_numbers_of_a_box_are_exact():
    assert parse_row("3 0.5 0.25 1 0.5") == (3, [0.0, 0.0, 1.0, 0.5])
