"""COCO files as the web has them: read as they come, or told in one line."""

import contextlib
import gc
import json
import random
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as masks
from pycocotools.coco import COCO

from ssd_lib.data.coco.dataset import CocoJson
from ssd_lib.data.coco.images import images_of
from ssd_lib.data.coco.json_file import NotCoco, as_id, as_number, is_set, parse_coco
from ssd_lib.data.coco.outlines import box_of_outline
from ssd_lib.data.coco.reading import read_coco
from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.data.garbage import collector_paused
from ssd_lib.data.problems import Problems

CATEGORIES = [{"id": 90, "name": "dog"}, {"id": 3, "name": "cat"}]
DEEP = "[" * 100_000


def image(key=7, name="a.png", **more):
    return {"id": key, "file_name": name, "height": 80, "width": 100} | more


def annotation(image_id=7, category_id=90, bbox=(10, 20, 30, 40), **more):
    boxes = {} if bbox is None else {"bbox": list(bbox)}
    return {"image_id": image_id, "category_id": category_id} | boxes | more


def content(**changes):
    parts = {
        "images": [image()],
        "categories": CATEGORIES,
        "annotations": [annotation()],
    }
    return parts | changes


def put(folder, *names):
    """Small images of these names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (100, 80)).save(folder / name)


@pytest.fixture
def write(tmp_path):
    """Write a COCO file beside ``a.png``."""

    def write(**changes):
        put(tmp_path, "a.png")
        (tmp_path / "labels.json").write_text(json.dumps(content(**changes)))
        return tmp_path / "labels.json"

    return write


def opened(labels, *args, told=None, **options):
    """The data set, and that one warning tells of something, or none does."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = CocoJson(labels, *args, **options)
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == (told is not None), messages
    assert told is None or told in messages[0], messages
    return data


def refused(labels, *args, **options):
    """The one short line of the error."""
    with pytest.raises(ValueError, match=r".") as told:
        CocoJson(labels, *args, **options)
    text = str(told.value)
    assert "\n" not in text
    assert str(labels) in text
    assert len(text.replace(str(labels), "")) < 300
    return text


def boxes(data):
    return [record.boxes for record in data.records]


def test_a_file_is_read(write):
    data = opened(write())
    assert data.classes == ("background", "dog")  # no object is a cat
    picture, target = data[0]
    assert picture.shape == (3, 80, 100)
    assert target["boxes"].tolist() == [[10, 20, 40, 60]]
    assert target["labels"].tolist() == [1]
    assert target["difficult"].tolist() == [False]
    assert target["iscrowd"].tolist() == [False]
    assert "area" not in target


@pytest.mark.parametrize("seed", range(3))
def test_a_plain_file_is_read_as_pycocotools_reads_it(tmp_path, capsys, seed):
    random_ = random.Random(seed)
    names = [f"{number:012d}.jpg" for number in random_.sample(range(10**6), 20)]
    images = [image(int(name[:-4]), name) for name in names]
    annotations = [
        annotation(
            random_.choice(images)["id"],
            random_.choice(CATEGORIES)["id"],
            [random_.uniform(1, 40) for _ in range(4)],
            id=1000 + number,
            area=random_.uniform(1, 99),
            iscrowd=int(random_.random() < 0.2),
        )
        for number in range(100)
    ]
    file = tmp_path / "labels.json"
    file.write_text(json.dumps(content(images=images, annotations=annotations)))
    for name in names:
        (tmp_path / name).touch()
    data, theirs = opened(file), COCO(file)
    capsys.readouterr()
    assert data.classes == ("background", "cat", "dog")
    assert [record.image.name for record in data.records] == names
    for one, record in zip(images, data.records, strict=True):
        found = theirs.loadAnns(theirs.getAnnIds(one["id"]))
        xywh = [[x1, y1, x2 - x1, y2 - y1] for x1, y1, x2, y2 in record.boxes]
        np.testing.assert_allclose(
            np.reshape(xywh, (-1, 4)), np.reshape([f["bbox"] for f in found], (-1, 4))
        )
        assert record.labels == [{3: 1, 90: 2}[f["category_id"]] for f in found]
        assert list(record.crowd) == record.difficult == [f["iscrowd"] for f in found]
        assert list(record.area) == [f["area"] for f in found]
        assert record.size_px == (80, 100)


ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_of_json_is_read(write, encoding):
    labels = write(categories=[{"id": 90, "name": "강아지"}])
    text = json.dumps(json.loads(labels.read_text()), ensure_ascii=False)
    labels.write_bytes(text.encode(encoding))
    assert opened(labels).classes == ("background", "강아지")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "broken JSON"),
        (b"no JSON", "broken JSON"),
        (json.dumps(content()).encode()[:-9], "broken JSON"),
        (json.dumps(content()).encode("utf-16")[:-9], "is not UTF-8, UTF-16 or UTF-32"),
        (b'{"images": "abc\xe9"' + b" " * 9999, "byte 15 is not UTF-8"),
        (DEEP.encode(), "too deep"),
        (b'{"images": ' + DEEP.encode(), "too deep"),
        (b"1" * 9999, "broken JSON"),
        (b'{"images": [], ' + json.dumps(content()).encode()[1:], "'images' stands in"),
        (b"[]", "it is a list"),
        (b"null", "neither list nor object"),
        (b"{}", "no list of images"),
        (b'{"images": 3}', "no list of images"),
        (json.dumps(content(images=None)).encode(), "no list of images"),
        (json.dumps(content(annotations=None)).encode(), "no list of annotations"),
        (json.dumps(content(annotations={})).encode(), "no list of annotations"),
        (b'{"images": [], "categories": []}', "no list of annotations"),
        (b'{"images": [], "annotations": []}', "no list of categories"),
        (b'{"images": [], "annotations": [{"caption": "A cat"}]}', "captions"),
        (b'{"images": [], "annotations": [{"segments_info": []}]}', "panoptic"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_not_cocos_is_told_in_one_line(tmp_path, text, reason):
    (tmp_path / "labels.json").write_bytes(text)
    told = refused(tmp_path / "labels.json")
    assert "labels.json cannot be read as COCO's: " in told
    assert reason in told


def test_json_of_another_form_is_told_from_what_is_no_json(tmp_path):
    (tmp_path / "other.json").write_text('{"version": 1}')
    with pytest.raises(NotCoco):
        parse_coco(tmp_path / "other.json")
    (tmp_path / "broken.json").write_text('{"images"')
    with pytest.raises(ValueError, match="JSON") as told:
        parse_coco(tmp_path / "broken.json")
    assert not isinstance(told.value, NotCoco)


def test_objects_may_have_captions(write):
    assert len(opened(write(annotations=[annotation(caption="A dog")]))) == 1


def test_names_of_lists_may_occur_elsewhere_in_a_file(write):
    info = {"images": 1, "annotations": [{"categories": 2}]}
    assert len(opened(write(info=info))) == 1


def test_files_and_folders_that_are_missing_are_named(write, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"other\.json"):
        CocoJson(tmp_path / "other.json")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        CocoJson(write(), tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (1, 1),
        (1.0, 1),
        ("1", 1),
        (" 1\n", 1),
        ("-1", -1),
        ("0", 0),
        (1.5, 1.5),
        ("01", "01"),
        ("1.0", "1.0"),
        ("1" * 30, "1" * 30),
        ("²", "²"),
        ("a b", "a b"),
        ("", None),
        (" ", None),
        (None, None),
        (True, None),
        ([1], None),
        ({}, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_ids(value, key):
    assert as_id(value) == key
    assert type(as_id(value)) is type(key)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (0.5, 0.5),
        (" 640 ", 640),
        ("1e3", 1000),
        ("x", None),
        ("", None),
        (None, None),
        (True, None),
        ([3], None),
        (10**400, None),
        ("nan", None),
        (float("inf"), None),
    ],
)
def test_numbers(value, number):
    assert as_number(value) == number


def test_marks():
    assert all(map(is_set, (1, True, "1", 1.0, "true", "True", 2)))
    assert not any(map(is_set, (0, False, "0", "0.0", "", "false", None, " no ")))


@pytest.mark.parametrize("own", [7, 7.0, "7", "seven"])
@pytest.mark.parametrize("referred", [7, 7.0, "7", " 7 "])
def test_ids_as_texts_and_numbers_are_the_same(write, own, referred):
    referred = own if own == "seven" else referred
    labels = write(
        images=[image(own)],
        categories=[{"id": own, "name": "dog"}],
        annotations=[annotation(referred, referred)],
    )
    assert boxes(opened(labels)) == [[[10, 20, 40, 60]]]


def test_classes_are_ordered_by_id_numbers_before_texts(write):
    ids = ["b", "10", 9, "a", 2.0, 10.5]
    labels = write(
        categories=[{"id": key, "name": f"c{key}"} for key in ids],
        annotations=[annotation(category_id=key) for key in ids],
    )
    assert opened(labels).classes == ("background", "c2.0", "c9", "c10", "c10.5", "ca", "cb")


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("other", [7, "7"])
def test_an_id_of_two_images_is_an_error(write, tmp_path, strict, other):
    put(tmp_path, "b.png")
    labels = write(images=[image(7), image(8, "b.png"), image(other, "b.png")])
    text = refused(labels, strict=strict)
    assert "id 7 must stand for one image, got image 0, 'a.png'" in text
    assert "and image 2, 'b.png'" in text


def test_an_id_of_two_sizes_is_an_error(write):
    text = refused(write(images=[image(), image(width=99)]))
    assert "'a.png' (100 x 80), and image 1, 'a.png' (99 x 80)" in text


def test_an_id_of_two_images_is_an_error_though_neither_is_there(write):
    assert "id 9" in refused(write(images=[image(), image(9, "x.jpg"), image(9, "y.jpg")]))


def test_an_id_of_two_categories_is_an_error(write):
    text = refused(write(categories=[*CATEGORIES, {"id": "3", "name": "cow"}]))
    assert "id 3 must stand for one category, got category 1, 'cat'" in text
    assert "and category 2, 'cow'" in text


def test_a_file_that_was_joined_with_itself_is_read_once(write):
    once = content(annotations=[annotation(id=1), annotation(id=2)])
    labels = write(**{key: value * 2 for key, value in once.items()})
    data = opened(labels, told="annotation that is listed twice")
    assert boxes(data) == [[[10, 20, 40, 60]] * 2]  # which are equal in the file
    assert set(data.problems.notes) == {
        "object that stands twice in its label file",
        *(f"{what} that is listed twice" for what in ("image", "category", "annotation")),
    }
    assert not data.problems.counts


@pytest.mark.parametrize("key", [1, "1", None, [1], {}])
def test_ids_of_annotations_need_not_be_their_own(write, key):
    two = [annotation(id=key), annotation(bbox=[1, 1, 9, 9], id=key)]
    assert boxes(opened(write(annotations=two))) == [[[10, 20, 40, 60], [1, 1, 10, 10]]]


def test_an_image_with_two_ids_has_the_objects_of_both_once(write):
    labels = write(
        images=[image(7), image(8)],
        annotations=[annotation(7), annotation(8), annotation(8, 3)],
    )
    data = opened(labels, told="image with two ids")
    assert boxes(data) == [[[10, 20, 40, 60]] * 2]
    assert data.records[0].labels == [2, 1]


def test_an_image_with_two_sizes_is_that_of_the_first(write):
    labels = write(
        images=[image(7), image(8, width=50, height=40)],
        annotations=[annotation(7), annotation(8, 3)],
    )
    data = opened(labels, told="1 image: its file is that of another image")
    assert [record.labels for record in data.records] == [[1]]


def test_of_two_images_that_seem_to_be_one_the_one_that_fits_is_taken(write, tmp_path):
    put(tmp_path, "val/1.png")
    labels = write(
        images=[image(1, "train/1.png"), image(2, "val/1.png"), image(3, "1.png")],
        annotations=[annotation(1, bbox=[1, 1, 2, 2]), annotation(2), annotation(3)],
    )
    data = opened(labels, told="2 images: its file is that of another image")
    assert boxes(data) == [[[10, 20, 40, 60]]]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (annotation(bbox=None), ": no box of four numbers"),
        (annotation(bbox=[]), ": no box of four numbers"),
        (annotation() | {"bbox": None}, ": no box of four numbers"),
        (annotation() | {"bbox": "1234"}, ": no box of four numbers"),
        (annotation() | {"bbox": dict.fromkeys("1234")}, ": no box of four numbers"),
        (annotation(bbox=[1, 2, "x", 4]), ": no box of four numbers"),
        (annotation(bbox=[1, 2, 3]), ": no box of four numbers"),
        (annotation(bbox=[1, 2, 3, 4, 45]), ": no box of four numbers"),
        (annotation(bbox=[10**400, 2, 3, 4]), ": no box of four numbers"),
        (annotation(bbox=[float("nan"), 2, 3, 4]), "not finite"),
        (annotation(bbox=[1, 2, float("inf"), 4]), "not finite"),
        (annotation(bbox=[1, 2, 0, 4]), ": a box without area"),
        (annotation(bbox=[9, 9, -3, -4]), ": a box without area"),
        (annotation(bbox=[0.1, 0.2, 0.3, 0.4]), "are these fractions"),
        (annotation(8), ", image_id 8: an unknown image"),
        (annotation(image_id=True), ", image_id True: an unknown image"),
        (annotation([7]), r", image_id [7]: an unknown image"),
        ({"bbox": [1, 2, 3, 4]}, ", image_id None: an unknown image"),
        (annotation(7, 5), ", category_id 5: an unknown category"),
        (annotation(7, "x" * 999), "xxx...: an unknown category"),
        (None, ": no annotation"),
        ([], ": no annotation"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_annotation_that_makes_no_sense_is_left_out_and_told(write, bad, reason):
    labels = write(annotations=[bad, annotation()])
    data = opened(labels, told=reason.split(": ")[-1])
    assert boxes(data) == [[[10, 20, 40, 60]]]
    assert sum(data.problems.counts.values()) == 1
    text = refused(labels, strict=True)
    assert text.startswith(f"{labels}, annotation 0")
    assert text.endswith(reason) or reason in text


def test_a_file_of_which_no_annotation_can_be_used_is_an_error(write):
    text = refused(write(annotations=[annotation(8), annotation(9)]))
    assert "objects that can be used, got none: 2 objects: an unknown image" in text
    assert "annotation 0, image_id 8" in text


def test_images_without_objects_are_kept(write, tmp_path):
    put(tmp_path, "b.png")
    data = opened(write(images=[image(), image(8, "b.png")]))
    assert boxes(data) == [[[10, 20, 40, 60]], []]
    assert opened(write(annotations=[])).classes == ("background",)


def test_a_category_that_only_groups_is_no_class(write):
    group = {"id": 0, "name": "animals", "supercategory": "none"}
    categories = [group] + [one | {"supercategory": "animals"} for one in CATEGORIES]
    everything = [annotation(), annotation(7, 3)]
    data = opened(write(categories=categories, annotations=everything))
    assert data.classes == ("background", "cat", "dog")


def test_categories_of_one_name_are_one_class_and_background_is_none(write):
    names = {5: "cat", 3: "dog", 8: " cat\n", 0: "background"}
    labels = write(
        categories=[{"id": key, "name": name} for key, name in names.items()],
        annotations=[annotation(7, key) for key in names],
    )
    data = opened(labels, told="1 object: named 'background'")
    assert data.classes == ("background", "dog", "cat")
    assert data.records[0].labels == [2, 1, 2]


def test_categories_without_name_or_id(write):
    categories = [{"id": 1}, {"name": "cow"}, None, {"id": 4, "name": 17}]
    labels = write(categories=categories, annotations=[annotation(7, key) for key in (1, None, 4)])
    data = opened(labels, told="1 object: an unknown category")
    assert data.problems.counts["object", "no name"] == 1
    assert data.classes == ("background", "17")


def test_classes_that_are_given_decide_the_numbers(write):
    labels = write(annotations=[annotation(7, 3), annotation(7, 90)])
    classes = ("background", "dog", "cow")
    data = opened(labels, classes=classes, told="1 object: unknown class 'cat'")
    assert data.classes == classes
    assert data.records[0].labels == [1]
    assert "unknown class" in refused(labels, classes=("background", "cow"))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({"width": 640, "height": 480}, (480, 640)),
        ({"width": 640.0, "height": "480"}, (480, 640)),
        ({"width": 639.6, "height": " 480.4 "}, (480, 640)),
        ({}, None),
        ({"width": None, "height": None}, None),
        ({"width": 0, "height": 0}, None),
        ({"width": 640}, None),
        ({"width": -640, "height": 480}, None),
        ({"width": float("nan"), "height": 480}, None),
        ({"width": 10**400, "height": 480}, None),
        ({"width": True, "height": [480]}, None),
        ({"width": 1, "height": 1}, None),  # whoever wrote this knew no size
    ],
    ids=str,
)
def test_the_size_of_an_image(write, size, expected):
    one = {"id": 7, "file_name": "a.png"} | size
    [record] = opened(write(images=[one])).records
    assert record.size_px == expected
    assert record.boxes == [[10, 20, 40, 60]]


NAMES = [
    "b c.png",
    "./b c.png",
    "sub/b c.png",
    "sub\\b c.png",
    "..\\sub\\b c.png",
    "../images/b c.png",
    "./sub//b c.png",
    "sub/../sub/b c.png",
    "/etc/b c.png",
    "C:\\Users\\me\\b c.png",
    "sub/b%20c.png",
    "http://host/x/b%20c.png",
    "https://host/b c.png?token=1",
    "s3://bucket/x/b c.png",
    " b c.png\n",
    "B C.PNG",
    "/data/local-files/?d=sub/b%20c.png",
    "upload/1/0a1b2c3d-b c.png",
    "/data/upload/1/0a1b2c3d-b%20c.png",
    "b c",
    "sub/b c",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_understood_as_tools_write_it(write, tmp_path, name):
    put(tmp_path, "images/sub/b c.png")
    labels = write(images=[image(name=name)])
    [record] = opened(labels, tmp_path / "images").records
    assert record.image == tmp_path / "images/sub/b c.png"


def test_a_name_is_first_taken_as_it_is(write, tmp_path):
    names = ["100%25.png", "100%.png", "0a1b2c3d-a.png", "b.jpg.png", "b.png"]
    put(tmp_path, *names)
    keys = dict(enumerate(names))
    labels = write(
        images=[image(key, name) for key, name in keys.items()],
        annotations=[annotation(key) for key in keys],
    )
    assert [record.image.name for record in opened(labels).records] == names


def test_an_address_names_an_image_that_has_no_file_name(write):
    one = {"id": 7, "coco_url": "http://images.cocodataset.org/train2017/a.png"}
    assert len(opened(write(images=[one]))) == 1


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "/",
        "sub/",
        "sub/..",
        "../b.png",
        "/etc/passwd",
        "x\0.png",
        "x" * 5000,
        "x" * 300 + "/b",
        "\ud800",
        "?",
        "?d=",
        "http://[",
        "http://h/?d=%zz",
        None,
        True,
        ["a.png"],
        {},
        1.5,
    ],
    ids=lambda name: repr(name)[:20],
)
def test_an_image_that_is_not_there_is_left_out_with_its_objects(write, tmp_path, name):
    put(tmp_path, "images/a.png", "b.png")
    (tmp_path / "images/sub").mkdir()
    labels = write(
        images=[image(6, "a.png"), image(7, name)],
        annotations=[annotation(6), annotation(7)],
    )
    data = opened(labels, tmp_path / "images", told="1 image: ")
    assert [record.image for record in data.records] == [tmp_path / "images/a.png"]
    assert sum(data.problems.counts.values()) == 1
    text = refused(labels, tmp_path / "images", strict=True)
    assert text.startswith(f"{labels}, image 1")
    assert "no file name" in text or "its file is not there" in text


def test_numbers_name_images_too(write, tmp_path):
    put(tmp_path, "000139.png")
    (tmp_path / "139.png").write_bytes((tmp_path / "000139.png").read_bytes())
    [record] = opened(write(images=[image(name=139)])).records
    assert record.image.name == "139.png"


def test_an_image_without_an_id_is_left_out(write):
    labels = write(images=[image(), None, 3, {"file_name": "a.png"}, image(None)])
    assert len(opened(labels, told="4 images: no id")) == 1


def test_a_file_none_of_whose_images_is_there_is_an_error(write, tmp_path):
    labels = write(images=[image(1, "x.png"), image(2, "y.png")])
    text = refused(labels)
    assert f"got none in {tmp_path}: 2 images: its file is not there" in text
    assert "'x.png'" in text
    assert refused(write(images=[])).endswith("labels.json lists no image")


def test_images_of_one_name_are_told_apart_by_their_folders(write, tmp_path):
    put(tmp_path, "images/x/1.png", "images/y/1.png")
    labels = write(
        images=[image(1, "y/1.png"), image(2, "C:\\old\\x\\1.png"), image(3, "1.png")],
        annotations=[annotation(1), annotation(2, 3), annotation(3)],
    )
    data = opened(labels, told="1 image: two files fit its name")
    folders = [record.image.parent.name for record in data.records]
    assert folders == ["y", "x"]
    assert [record.labels for record in data.records] == [[2], [1]]


PLACES = [
    ("labels.json", "a.png"),
    ("labels.json", "images/a.png"),
    ("train/_annotations.coco.json", "train/a.png"),
    ("annotations/instances_val2017.json", "val2017/a.png"),
    ("Annotations/instances_default.json", "images/default/a.png"),
    ("data/annotations/coco/result.json", "data/images/a.png"),
    ("labels/result.json", "a.png"),
]


@pytest.mark.parametrize(("labels", "picture"), PLACES)
def test_images_are_found_where_they_usually_lie(tmp_path, monkeypatch, labels, picture):
    put(tmp_path, picture)
    file = tmp_path / labels
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content()))
    assert opened(file).records[0].image == tmp_path / picture
    monkeypatch.chdir(file.parent)
    assert opened(file.name).records[0].image.samefile(tmp_path / picture)


def test_images_beside_the_file_are_all_that_count(tmp_path):
    put(tmp_path, "annotations/a.png", "b.png")
    assert images_of(tmp_path / "annotations/x.json").root == tmp_path / "annotations"


def test_only_a_folder_for_labels_lets_one_look_beside_it(tmp_path):
    put(tmp_path, "a.png")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/labels.json").write_text(json.dumps(content()))
    assert "mine: 1 image" in refused(tmp_path / "mine/labels.json")


def test_names_are_found_relative_to_where_one_stands(write, tmp_path, monkeypatch):
    labels = write()
    monkeypatch.chdir(tmp_path)
    [record] = CocoJson(labels.name, ".").records
    assert record.image == Path("a.png")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_the_folder_may_lead_out(write, tmp_path):
    labels = write()
    (tmp_path / "images").mkdir()
    (tmp_path / "images/b.png").symlink_to(tmp_path / "a.png")
    data = opened(write(images=[image(name="b.png")]), labels.parent / "images")
    assert len(data[0][1]["boxes"]) == 1


SQUARE = [20, 15, 60, 15, 60, 50, 20, 50]
PAIRS = [[20, 15], [60, 15], [60, 50], [20, 50]]


@pytest.mark.parametrize(
    "outline",
    [
        [SQUARE],
        SQUARE,
        PAIRS,
        [PAIRS],
        [list(map(str, SQUARE))],
        [[20, 15, 60, 15, 60, 30], [20, 30, 40, 50]],
        {"size": [80, 100], "counts": [20 * 80 + 15] + [35, 45] * 39 + [35, 3230]},
    ],
    ids=lambda outline: str(outline)[:30],
)
@pytest.mark.parametrize("bbox", [None, [], [0, 0, 0, 0], [9, 9, -1, -1], list("abcd")])
def test_an_object_without_a_box_has_that_of_its_outline(write, outline, bbox):
    labels = write(annotations=[annotation(bbox=bbox, segmentation=outline)])
    data = opened(labels, told="note: box taken from an outline")
    assert boxes(data) == [[[20, 15, 60, 50]]]


def test_a_box_counts_more_than_an_outline(write):
    labels = write(annotations=[annotation(segmentation=[SQUARE])])
    assert boxes(opened(labels)) == [[[10, 20, 40, 60]]]


@pytest.mark.parametrize(
    "outline",
    [
        None,
        3,
        "text",
        [],
        [[]],
        [1, 2, 3],
        [[1, "x", 2, 3]],
        [None],
        [[True, False]],
        [[1e999, 2, 3, 4]],
        {},
        {"size": [4, 4]},
        {"size": 4, "counts": [16]},
        {"size": [4, 4], "counts": [16]},
        {"size": [4, 4], "counts": [15]},
        {"size": [4, 4], "counts": [20, -4]},
        {"size": [4, 4], "counts": ["x"]},
        {"size": [4, 4], "counts": None},
        {"size": [-4, -4], "counts": [0, 16]},
        {"size": [0, 0], "counts": [0, 0]},
        {"size": [4, 4], "counts": "~"},
        {"size": [4, 4], "counts": "P"},
        {"size": [4, 4], "counts": "o" * 9999},
        {"size": [1e999, 4], "counts": [16]},
        {"size": [4, 4], "counts": [1e999]},
    ],
    ids=lambda outline: str(outline)[:40],
)
def test_an_outline_that_makes_no_sense_has_no_box(outline):
    assert box_of_outline(outline) is None


def test_an_outline_of_any_depth_is_read():
    deep = SQUARE
    for _ in range(10_000):
        deep = [deep]
    assert box_of_outline(deep) == [20, 15, 60, 50]


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**144 - 1))
def test_runs_have_the_box_that_pycocotools_finds(height, width, bits):
    pixels = np.array([bits >> k & 1 for k in range(height * width)], np.uint8)
    mask = np.asfortranarray(pixels.reshape(height, width))
    packed = masks.encode(mask)
    x, y, w, h = masks.toBbox(packed)
    expected = [x, y, x + w, y + h] if mask.any() else None
    size = packed["size"]
    assert box_of_outline({"size": size, "counts": packed["counts"].decode()}) == expected
    edges = np.flatnonzero(np.diff(mask.flatten("F"), prepend=0)).tolist()
    runs = np.diff([0, *edges, height * width]).tolist()
    assert box_of_outline({"size": size, "counts": runs}) == expected


@pytest.mark.parametrize("shape", [(3000, 4000), (1, 100_000), (100_000, 1)])
def test_packed_runs_of_large_images_are_read(shape):
    mask = np.zeros(shape, np.uint8, order="F")
    mask[-1, -1] = mask[shape[0] // 2, shape[1] // 2] = 1
    packed = masks.encode(mask)
    x, y, w, h = masks.toBbox(packed)
    outline = packed | {"counts": packed["counts"].decode()}
    assert box_of_outline(outline) == [x, y, x + w, y + h]


@pytest.mark.parametrize(
    ("marks", "crowd", "difficult"),
    [
        ({}, False, False),
        ({"iscrowd": 0}, False, False),
        ({"iscrowd": "0"}, False, False),
        ({"iscrowd": None}, False, False),
        ({"iscrowd": 1}, True, True),
        ({"iscrowd": True}, True, True),
        ({"iscrowd": "1"}, True, True),
        ({"iscrowd": 0, "ignore": 1}, False, True),
        ({"ignore": 0}, False, False),
    ],
    ids=str,
)
def test_crowds_and_what_is_to_be_ignored_are_marked(write, marks, crowd, difficult):
    target = opened(write(annotations=[annotation(**marks)]))[0][1]
    assert target["iscrowd"].tolist() == [crowd]
    assert target["difficult"].tolist() == [difficult]


@pytest.mark.parametrize(("area", "expected"), [(900, 900), (900.5, 900.5), ("900", 900)])
def test_areas_are_kept(write, area, expected):
    target = opened(write(annotations=[annotation(area=area)]))[0][1]
    assert target["area"].tolist() == [expected]


@pytest.mark.parametrize("area", [None, "", "big", -1, float("nan"), [900], True])
def test_areas_that_make_no_sense_are_none(write, area):
    assert "area" not in opened(write(annotations=[annotation(area=area)]))[0][1]


def test_a_file_is_parsed_once_for_looking_and_reading(write, tmp_path):
    coco = parse_coco(write())
    (tmp_path / "labels.json").unlink()
    problems = Problems()
    [one], names = read_coco(coco, images_of(coco.path), problems)
    assert names == ["cat", "dog"]
    assert (one.image, one.size_px) == (tmp_path / "a.png", (80, 100))
    assert one.things[0].where == f"{tmp_path / 'labels.json'}, annotation 0"
    assert not problems.counts


def test_any_index_of_images_will_do(write):
    elsewhere = Path("/elsewhere")
    index = ImageIndex(elsewhere, [elsewhere / "x/a.png"])
    [one], _ = read_coco(parse_coco(write()), index, Problems())
    assert one.image == elsewhere / "x/a.png"


@pytest.mark.parametrize("was_on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(was_on):
    was = gc.isenabled()
    try:
        (gc.enable if was_on else gc.disable)()
        with contextlib.suppress(KeyError), collector_paused():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if was else gc.disable)()


def mutated(whole, generator):
    whole = bytearray(whole)
    for _ in range(generator.randint(1, 4)):
        at = generator.randrange(len(whole) + 1)
        kind = generator.randrange(3)
        if kind == 0:
            whole[at : at + 1] = generator.choice(b'"{}[],:0159-. eNnt\\x').to_bytes()
        elif kind == 1:
            del whole[at : at + generator.randint(1, 20)]
        else:
            start = generator.randrange(len(whole) + 1)
            whole[at:at] = whole[start : start + generator.randint(1, 30)]
    return bytes(whole)


def test_a_thousand_broken_files_do_no_harm(write):
    labels = write(annotations=[annotation(bbox=None, segmentation=[SQUARE])])
    whole, generator = labels.read_bytes(), random.Random(0)
    for _ in range(1000):
        labels.write_bytes(mutated(whole, generator))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                CocoJson(labels)
            except ValueError as error:
                assert re.match(re.escape(str(labels)), str(error))  # noqa: PT017


KINDS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
VALUES = st.recursive(
    KINDS,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part),
    max_leaves=5,
)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_nothing_that_json_can_say_does_harm(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "anything"
    put(folder, "a.png")
    changed = content(images=[image()], annotations=[annotation()])
    changed = json.loads(json.dumps(changed))
    for part in changed.values():
        for entry in part:
            key = data.draw(st.sampled_from([*entry, "segmentation", "iscrowd", "area"]))
            entry[key] = data.draw(VALUES)
    labels = folder / "labels.json"
    labels.write_text(json.dumps(changed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(ValueError):
            CocoJson(labels)


@pytest.mark.parametrize(
    ("content", "tool"),
    [
        ({"version": "5.0", "shapes": [], "imagePath": "a.jpg"}, "LabelMe"),
        ({"a.jpg12": {"filename": "a.jpg", "regions": []}}, "VIA"),
        ({"_via_settings": {}, "_via_img_metadata": {}}, "VIA"),
        ({"description": "", "size": {"height": 1}, "objects": []}, "Supervisely"),
        ([{"id": 1, "data": {}, "annotations": [], "predictions": []}], "Label Studio"),
    ],
)
def test_the_form_of_another_tool_is_named(tmp_path, content, tool):
    file = tmp_path / "labels.json"
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f"{tool}'s own form, .* export COCO") as caught:
        parse_coco(file)
    assert str(file) in str(caught.value)
