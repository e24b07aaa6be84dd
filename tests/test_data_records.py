"""Reading annotated pictures: what is wrong is told, counted or raised, never hidden."""

import contextlib
import json
import os
import random
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from ssd_lib.data.coco import CocoJson
from ssd_lib.data.paths import inside
from ssd_lib.data.records import Batch, collate
from ssd_lib.data.voc import VOCFolder

GOOD = "<object><name>cat</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object>"


def box(x1=10, y1=20, x2=40, y2=60):
    return f"<bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox>"


def thing(inside, name="<name>cat</name>"):
    return f"<object>{name}{inside}</object>"


@pytest.fixture
def folder(tmp_path):
    """A folder in VOC's form, and a way to put pictures into it."""

    def add(name, objects="", size="<size><width>100</width><height>80</height></size>",
            image=None, suffix=".png", **options):  # fmt: skip
        for part in ("Annotations", "JPEGImages", "ImageSets/Main"):
            (tmp_path / part).mkdir(parents=True, exist_ok=True)
        text = f"<annotation>{size}{objects}</annotation>"
        (tmp_path / "Annotations" / f"{name}.xml").write_text(text)
        picture = image or Image.new("RGB", (100, 80), "red")
        picture.save(tmp_path / "JPEGImages" / f"{name}{suffix}", **options)
        return tmp_path

    return add


def only(root, **options):
    return VOCFolder(root, classes=("background", "cat", "dog"), **options)


def test_a_picture_and_its_objects_are_read(folder):
    root = folder(
        "a",
        GOOD
        + thing(box(50, 1, 100, 80) + "<difficult>1</difficult>", "<name> Dog </name>"),
    )
    image, target = only(root)[0]
    assert image.shape == (3, 80, 100)
    assert target["boxes"].tolist() == [[10, 20, 40, 60], [50, 1, 100, 80]]
    assert target["boxes"].canvas_size == (80, 100)
    assert target["labels"].tolist() == [1, 2]
    assert target["difficult"].tolist() == [False, True]


def test_classes_that_are_not_given_are_those_that_occur(folder):
    root = folder("a", GOOD + thing(box(), "<name>ant</name>"))
    assert VOCFolder(root).classes == ("background", "ant", "cat")


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        (thing(""), "no box of four numbers"),
        (thing("<bndbox><xmin>1</xmin></bndbox>"), "no box of four numbers"),
        (thing(box(x1="one")), "no box of four numbers"),
        (thing(box(x1="nan")), "not finite"),
        (thing(box(x2="inf")), "not finite"),
        (thing(box(x2=10)), "without area"),
        (thing(box(y1=70)), "without area"),
        (thing(box(), "<name>zebra</name>"), "unknown class 'zebra'"),
        (thing(box(), "<name>background</name>"), "unknown class 'background'"),
        (thing(box(), ""), "no name"),
    ],
)
def test_an_object_that_makes_no_sense_is_left_out_counted_and_told(
    folder, objects, problem
):
    root = folder("a", objects + GOOD)
    with pytest.warns(UserWarning, match=problem) as warned:
        data = only(root)
    assert "a.xml, object 0" in str(warned[0].message)
    assert sum(data.problems.counts.values()) == 1
    assert data[0][1]["boxes"].tolist() == [[10, 20, 40, 60]]
    with pytest.raises(ValueError, match=rf"a\.xml, object 0: .*{problem}"):
        only(root, strict=True)


def test_decimals_and_parts_and_a_missing_difficult_are_no_problem(folder):
    part = f"<part><name>head</name>{box(1, 1, 5, 5)}</part>"
    root = folder("a", thing(part + box(x1="45.70000076293945", x2=90)))
    target = only(root, strict=True)[0][1]
    assert target["boxes"].tolist() == [pytest.approx([45.7, 20, 90, 60])]
    assert target["difficult"].tolist() == [False]


def test_a_picture_without_objects_is_kept(folder):
    target = only(folder("a"))[0][1]
    assert target["boxes"].shape == (0, 4)
    assert target["labels"].shape == (0,)


@pytest.mark.parametrize(
    "size", ["", "<size><width>7</width><height>x</height></size>"]
)
def test_the_size_is_the_pictures_whatever_the_file_says(folder, size):
    target = only(folder("a", GOOD, size=size))[0][1]
    assert target["boxes"].canvas_size == (80, 100)


def test_boxes_are_clipped_and_those_outside_are_counted(folder):
    root = folder("a", thing(box(-5, -5, 300, 300)) + thing(box(200, 10, 300, 20)))
    data = only(root)
    assert data[0][1]["boxes"].tolist() == [[0, 0, 100, 80]]
    assert data[0][1]["labels"].tolist() == [1]
    assert data.problems.counts["outside of its picture"] == 2  # it was read twice
    with pytest.raises(ValueError, match="object 1: outside of its picture"):
        only(root, strict=True)[0]


ORIENTATIONS = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
                4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
                6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
                8: Image.Transpose.ROTATE_270}  # fmt: skip


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("stored_size", [False, True])
def test_a_turned_picture_keeps_its_boxes_on_its_objects(
    folder, orientation, stored_size
):
    shown = np.zeros((80, 100, 3), np.uint8)
    shown[20:50, 10:40] = 255  # the object, as it is to be seen; nowhere in the middle
    stored = Image.fromarray(shown).transpose(ORIENTATIONS[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    on_stored = np.asarray(stored)[..., 0] > 0
    rows, columns = np.nonzero(on_stored.any(1))[0], np.nonzero(on_stored.any(0))[0]
    width, height = stored.size
    if stored_size and orientation >= 5:  # the file speaks of the picture as stored
        edges = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    else:
        width, height, edges = 100, 80, [10, 20, 40, 50]
    size = f"<size><width>{width}</width><height>{height}</height></size>"
    root = folder("a", thing(box(*edges)), size, stored, exif=exif)
    image, target = only(root)[0]
    assert image.shape == (3, 80, 100)
    assert target["boxes"].tolist() == [[10, 20, 40, 50]]
    assert image[0, 20:50, 10:40].min() == 255


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_neither_image_nor_boxes(folder, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image, target = only(folder("a", GOOD, exif=exif))[0]
    assert image.shape == (3, 80, 100)
    assert target["boxes"].tolist() == [[10, 20, 40, 60]]


def test_splits_are_read_and_blank_lines_skipped(folder):
    for name in "abc":
        root = folder(name, GOOD)
    (root / "ImageSets/Main/some.txt").write_text("c\n\n  \na 1\n")
    data = only(root, split="some")
    assert [record.image.stem for record in data.records] == ["c", "a"]
    assert len(only(root)) == 3


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("\n \n", ValueError, "lists no picture"),
        (
            "\nzebra\n",
            FileNotFoundError,
            r"some.txt, line 2, names .*zebra.xml, which is not",
        ),
        (
            "../a\n",
            ValueError,
            r"some.txt, line 1, must name a file inside .*'\.\./a\.xml'",
        ),
        ("/etc/passwd\n", ValueError, "must name a file inside"),
        (b"\xff\xfe\n", ValueError, "some.txt must be text in UTF-8"),
        (None, FileNotFoundError, "split must be a file of"),
    ],
)
def test_a_split_that_cannot_be_used_is_told(folder, text, error, message):
    root = folder("a", GOOD)
    if text is not None:
        content = text if isinstance(text, bytes) else text.encode()
        (root / "ImageSets/Main/some.txt").write_bytes(content)
    with pytest.raises(error, match=message):
        only(root, split="some")


def test_folders_and_pictures_that_are_missing_are_told(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="folder Annotations"):
        VOCFolder(tmp_path)
    root = folder("a", GOOD)
    (root / "JPEGImages/a.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.xml has no picture named a"):
        only(root)
    (root / "Annotations/a.xml").unlink()
    with pytest.raises(ValueError, match="at least one picture"):
        only(root)


def test_xml_of_any_depth_is_read(folder):
    deep = "<object>" * 100_000 + "</object>" * 100_000
    with pytest.warns(UserWarning, match="1 x no name"):
        data = only(folder("a", GOOD + deep))
    assert len(data[0][1]["boxes"]) == 1


@pytest.mark.parametrize("text", ["", "<annotation>", "no xml", "<a>\x00</a>"])
def test_a_label_file_that_is_no_xml_is_named(folder, text):
    root = folder("a")
    (root / "Annotations/a.xml").write_text(text)
    with pytest.raises(ValueError, match=r"a\.xml cannot be read as XML"):
        only(root)


def test_xml_that_attacks_is_refused(folder):
    root = folder("a")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><annotation>&b;</annotation>'
    (root / "Annotations/a.xml").write_text(bomb)
    with pytest.raises(ValueError, match="EntitiesForbidden"):
        only(root)


@pytest.mark.parametrize("content", [b"", b"no picture", None])
def test_a_picture_that_cannot_be_read_is_named(folder, content):
    root = folder("a", GOOD)
    file = root / "JPEGImages/a.png"
    file.write_bytes(file.read_bytes()[:60] if content is None else content)
    with pytest.raises(ValueError, match=r"a\.png cannot be read"):
        only(root)[0]


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "I;16"])
def test_every_kind_of_picture_becomes_rgb(folder, mode):
    picture = (
        Image.new("L", (100, 80), 1) if mode == "I;16" else Image.new("RGB", (100, 80))
    )
    picture = picture.convert("I;16") if mode == "I;16" else picture.convert(mode)
    assert only(folder("a", GOOD, image=picture))[0][0].shape == (3, 80, 100)


def coco(tmp_path, **changes):
    Image.new("RGB", (100, 80)).save(tmp_path / "a.png")
    content = {
        "images": [{"id": 7, "file_name": "a.png", "height": 80, "width": 100}],
        "categories": [{"id": 90, "name": "dog"}, {"id": 3, "name": "cat"}],
        "annotations": [{"image_id": 7, "category_id": 90, "bbox": [10, 20, 30, 40]}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(content | changes))
    return tmp_path / "labels.json", tmp_path


def test_coco_files_are_read(tmp_path):
    data = CocoJson(*coco(tmp_path))
    assert data.classes == ("background", "cat", "dog")
    target = data[0][1]
    assert target["boxes"].tolist() == [[10, 20, 40, 60]]
    assert target["labels"].tolist() == [2]
    assert target["difficult"].tolist() == [False]


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        ({"image_id": 7, "category_id": 3}, "no box"),
        ({"image_id": 7, "category_id": 3, "bbox": [1, 2, "x", 4]}, "no box"),
        ({"image_id": 8, "category_id": 3, "bbox": [1, 2, 3, 4]}, "unknown"),
        ({"image_id": 7, "category_id": 5, "bbox": [1, 2, 3, 4]}, "unknown"),
        ({"image_id": 7, "category_id": 3, "bbox": [1, 2, 0, 4]}, "without area"),
        ({"image_id": 7, "category_id": 3, "bbox": [1, 2, 3]}, "four"),
        ({"image_id": 7, "category_id": 3, "bbox": [10**400, 2, 3, 4]}, "no box"),
        ({"image_id": [7], "category_id": 3, "bbox": [1, 2, 3, 4]}, "no box"),
        (None, "no box"),
    ],
)
def test_coco_annotations_that_make_no_sense_are_counted(tmp_path, annotation, problem):
    arguments = coco(tmp_path, annotations=[annotation])
    with pytest.warns(UserWarning, match=problem):
        assert len(CocoJson(*arguments)[0][1]["boxes"]) == 0
    with pytest.raises(ValueError, match=f"annotation 0: .*{problem}"):
        CocoJson(*arguments, strict=True)


def test_categories_of_one_name_are_one_class_and_background_is_none(tmp_path):
    names = {5: "cat", 3: "dog", 8: "cat", 9: "background"}
    categories = [{"id": key, "name": name} for key, name in names.items()]
    annotations = [
        {"image_id": 7, "category_id": key, "bbox": [1, 1, 9, 9]} for key in names
    ]
    arguments = coco(tmp_path, categories=categories, annotations=annotations)
    with pytest.warns(UserWarning, match="1 x an unknown image or category"):
        data = CocoJson(*arguments)
    assert data.classes == ("background", "dog", "cat")
    assert data[0][1]["labels"].tolist() == [2, 1, 2]


def test_a_byte_order_mark_is_no_problem(tmp_path, folder):
    labels, images = coco(tmp_path)
    labels.write_bytes(b"\xef\xbb\xbf" + labels.read_bytes())
    assert len(CocoJson(labels, images)) == 1
    root = folder("a", GOOD)
    (root / "ImageSets/Main/some.txt").write_bytes(b"\xef\xbb\xbfa\r\n")
    assert len(only(root, split="some")) == 1


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../a.png", "sub/../../a.png", "..\\a.png", "/etc/passwd", "sub/..",
     None, 3, ["a.png"]],
)  # fmt: skip
def test_a_file_name_that_leads_nowhere_or_out_of_the_folder_is_told(tmp_path, name):
    images = tmp_path / "images"
    (images / "sub").mkdir(parents=True)
    (images / "a.png").touch()
    one = {"height": 80, "width": 100}
    good = one | {"id": 6, "file_name": "a.png"}
    labels, outside = coco(tmp_path, images=[good, one | {"id": 7, "file_name": name}])
    assert (outside / "a.png").is_file()
    message = re.escape(
        f"{labels}, image 1, must name a file inside {images}, got {name!r}"
    )
    with pytest.raises(ValueError, match=message):
        CocoJson(labels, images)


@pytest.mark.parametrize(
    "name", ["a_folder", "x\0.png", "x" * 5000, "x" * 300 + "/a", "\ud800"]
)
def test_a_file_name_that_no_file_has_is_told_shortly(tmp_path, name):
    one = {"id": 7, "file_name": name, "height": 80, "width": 100}
    labels, images = coco(tmp_path, images=[one])
    (images / "a_folder").mkdir()
    with pytest.raises(FileNotFoundError, match=r"image 0, names .*not there") as told:
        CocoJson(labels, images)
    assert len(str(told.value)) < 500


@pytest.mark.parametrize(
    "name", ["sub/b.png", "sub\\b.png", "./sub//b.png", "sub/../sub/b.png", "ABSOLUTE"]
)
def test_a_file_name_may_go_down_and_be_absolute_inside(tmp_path, name):
    inner = tmp_path / "images/sub/b.png"
    inner.parent.mkdir(parents=True)
    Image.new("RGB", (100, 80)).save(inner)
    name = str(inner) if name == "ABSOLUTE" else name
    one = {"id": 7, "file_name": name, "height": 80, "width": 100}
    labels, _ = coco(tmp_path, images=[one])
    [record] = CocoJson(labels, tmp_path / "images").records
    assert record.image == inner


def test_names_are_found_relative_to_where_one_stands(tmp_path, monkeypatch):
    labels, images = coco(tmp_path)
    monkeypatch.chdir(images)
    [record] = CocoJson(labels.name, ".").records
    assert record.image == Path("a.png")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_the_folder_may_lead_out(tmp_path):
    (tmp_path / "images").mkdir()
    labels, outside = coco(tmp_path)
    (tmp_path / "images/a.png").symlink_to(outside / "a.png")
    assert len(CocoJson(labels, tmp_path / "images")[0][1]["boxes"]) == 1


def test_a_name_that_the_locale_cannot_say_is_looked_for_in_utf_8(
    tmp_path, monkeypatch
):
    on_disk = "사진.png".encode().decode("latin-1")
    (tmp_path / on_disk).touch()
    monkeypatch.setattr(os, "fsdecode", lambda name: name.decode("latin-1"))
    assert inside(tmp_path, "사진.png", "here") == tmp_path / on_disk


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"images": 3}', "null", DEEP, '{"images": ' + DEEP,
        '{"images": [{"id": 1, "file_name": "a.png", "height": 1e999, "width": 1}]}',
        '{"images": [], "categories": [{"id": 1, "name": null}], "annotations": []}',
        '{"images": [], "categories": [{"id": 1, "name": "a"}, {"id": "b", "name": "b"}], "annotations": []}',
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_a_file_that_is_not_cocos_is_named(tmp_path, text):
    (tmp_path / "labels.json").write_text(text)
    with pytest.raises(ValueError, match=r"labels\.json cannot be read as COCO's"):
        CocoJson(tmp_path / "labels.json", tmp_path)


def test_a_coco_picture_that_is_missing_is_named(tmp_path):
    arguments = coco(tmp_path)
    (tmp_path / "a.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.png, which is not there"):
        CocoJson(*arguments)


def test_torchvisions_transforms_take_our_samples(folder):
    flip = v2.Compose([v2.RandomHorizontalFlip(1.0), v2.Resize((40, 40))])
    image, target = only(folder("a", GOOD), transforms=flip)[0]
    assert image.shape == (3, 40, 40)
    assert target["boxes"].tolist() == [[24, 10, 36, 30]]


def test_a_batch_has_fractions(folder):
    root = folder("a", GOOD)
    root = folder("b")
    batch = collate([only(root)[0], only(root)[1]])
    assert isinstance(batch, Batch)
    assert batch.images.shape == (2, 3, 80, 100)
    assert torch.allclose(batch.gt_boxes[0], torch.tensor([[0.1, 0.25, 0.4, 0.75]]))
    assert [len(labels) for labels in batch.gt_labels] == [1, 0]
    assert type(batch.gt_boxes[0]) is torch.Tensor


def test_a_batch_of_different_shapes_is_told(folder):
    root = folder("a", GOOD)
    root = folder("b", image=Image.new("RGB", (50, 80)))
    with pytest.raises(ValueError, match="resize"):
        collate([only(root)[0], only(root)[1]])


def mutated(content, generator):
    content = bytearray(content)
    for _ in range(generator.randint(1, 6)):
        kind = generator.randrange(3)
        at = generator.randrange(len(content) + 1)
        if kind == 0:
            content[at : at + 1] = bytes([generator.randrange(256)])
        elif kind == 1:
            del content[at : at + generator.randint(1, 40)]
        else:
            part = content[generator.randrange(len(content) + 1) :][:30]
            content[at:at] = part
    return bytes(content)


def survives(action):
    """Done, or one of the documented errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(ValueError, FileNotFoundError):
            action()


def test_two_thousand_broken_label_files_do_no_harm(folder):
    root = folder("a", GOOD + thing(box(50, 1, 100, 80)))
    file, generator = root / "Annotations/a.xml", random.Random(0)
    whole = file.read_bytes()
    for _ in range(2000):
        file.write_bytes(mutated(whole, generator))
        survives(lambda: VOCFolder(root)[0])


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".bmp", ".webp"])
def test_a_hundred_broken_pictures_of_each_kind_do_no_harm(folder, suffix):
    noise = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)
    root = folder("a", GOOD, image=Image.fromarray(noise), suffix=suffix)
    data = only(root)
    file, generator = Path(root, f"JPEGImages/a{suffix}"), random.Random(1)
    whole = file.read_bytes()
    for _ in range(100):
        file.write_bytes(mutated(whole, generator))
        survives(lambda: data[0])
