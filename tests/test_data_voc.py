"""Folders in Pascal VOC's form: shipped scenes, VOC itself, and those of the web."""

import contextlib
import os
import random
import sys
import unicodedata
import warnings
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from voc_form import GOOD, PARTS, add, box, mutated, put, thing, write, xml

from ssd_lib.assets import path
from ssd_lib.augment import training_transform
from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import collate
from ssd_lib.data.toy import CLASSES, ToyScenes
from ssd_lib.data.voc.dataset import VOCFolder
from ssd_lib.data.voc.pascal import VOC_CLASSES, PascalVOC
from ssd_lib.data.voc.reading import read_voc
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.targets import encode_targets

LABEL = """<annotation><object><name>dog</name><difficult>{}</difficult><bndbox><xmin>1</xmin>
<ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"""


def toy():
    return path("toy/ImageSets/Main/val.txt").parents[2]


def test_the_shipped_split_is_what_the_scenes_are():
    data = VOCFolder(toy(), "val", CLASSES, strict=True)
    scenes = ToyScenes(64, 128, seed=2026)
    assert len(data) == 64
    for index in range(64):
        (read, target), (drawn, wanted) = data[index], scenes[index]
        assert torch.equal(target["boxes"], wanted["boxes"])
        assert torch.equal(target["labels"], wanted["labels"])
        assert (read.float() - drawn.float()).abs().mean() < 8  # a JPEG


def test_from_files_to_targets():
    data = VOCFolder(toy(), "val", CLASSES, training_transform(300))
    torch.manual_seed(0)
    batch = next(iter(DataLoader(data, batch_size=8, collate_fn=collate)))
    boxes = default_boxes(SSD300_VOC)
    offsets, labels = encode_targets(
        batch.gt_boxes, batch.gt_labels, boxes, num_classes=len(CLASSES)
    )
    assert batch.images.shape == (8, 3, 300, 300)
    assert offsets.isfinite().all()
    assert (labels > 0).any(dim=1).all()


@pytest.fixture
def devkit(tmp_path):
    for year, split in (("2007", "trainval"), ("2012", "trainval"), ("2007", "test")):
        root = tmp_path / "VOCdevkit" / f"VOC{year}"
        for part in ("Annotations", "JPEGImages", "ImageSets/Main"):
            (root / part).mkdir(parents=True, exist_ok=True)
        name = f"{year}_{split}"
        (root / f"Annotations/{name}.xml").write_text(LABEL.format(int(split == "test")))
        (root / f"ImageSets/Main/{split}.txt").write_text(f"{name}\n")
        Image.new("RGB", (50, 60)).save(root / f"JPEGImages/{name}.jpg")
    return tmp_path


def test_the_years_are_joined(devkit):
    data = PascalVOC(devkit)
    assert len(data) == 2
    image, target = data[1]
    assert image.shape == (3, 60, 50)
    assert target["labels"].tolist() == [VOC_CLASSES.index("dog")]
    assert len(VOC_CLASSES) == 21
    [(_, test)] = [PascalVOC(devkit, "07-test")[0]]
    assert test["difficult"].tolist() == [True]


def test_sets_that_are_not_there_are_told(devkit, tmp_path):
    with pytest.raises(ValueError, match="got '08'"):
        PascalVOC(devkit, "08")
    with pytest.raises(FileNotFoundError, match=r"nowhere.*VOC2007: pass download=True"):
        PascalVOC(tmp_path / "nowhere")


def images(data):
    """The images of all records, each with the folder it lies in."""
    paths = [record.image for record in data.records]
    return [f"{path.parent.name}/{path.name}" for path in paths]


def test_an_image_and_its_objects_are_read(tmp_path):
    dog = thing(box(50, 1, 100, 80) + "<difficult>1</difficult>", "<name> dog </name>")
    data = VOCFolder(add(tmp_path, "a", GOOD + dog))
    assert data.classes == ("background", "cat", "dog")
    image, target = data[0]
    assert image.shape == (3, 80, 100)
    assert target["boxes"].tolist() == [[10, 20, 40, 60], [50, 1, 100, 80]]
    assert target["labels"].tolist() == [1, 2]
    assert target["difficult"].tolist() == [False, True]


def test_an_image_without_objects_is_kept(tmp_path):
    target = VOCFolder(add(tmp_path, "a", ""))[0][1]
    assert target["boxes"].shape == (0, 4)
    assert target["labels"].shape == (0,)


@pytest.mark.parametrize(
    ("labels", "photos"),
    [
        ("Annotations", "JPEGImages"),
        ("annotations", "images"),
        ("annots", "IMGS"),
        ("labels", "photos"),
        ("xml", "img"),
        ("", ""),
        ("", "images"),
        ("data/set/ann", "data/set/i"),
        ("annotations/xmls", "images"),
    ],
)
def test_folders_may_have_any_names(labels, photos, tmp_path):
    for name in "ab":
        add(tmp_path, name, parts=(labels, photos))
    data = VOCFolder(tmp_path, strict=True)
    assert [r.image for r in data.records] == [tmp_path / photos / f"{name}.png" for name in "ab"]


def test_images_and_labels_may_lie_in_sub_folders_of_one_name(tmp_path):
    for part in ("train", "valid"):
        add(tmp_path, "a", parts=(f"Annotations/{part}", f"JPEGImages/{part}"))
        add(tmp_path, "b", parts=(part, part), filename="b.png")
    assert [r.image.relative_to(tmp_path).as_posix() for r in VOCFolder(tmp_path).records] == [
        "JPEGImages/train/a.png",
        "JPEGImages/valid/a.png",
        "train/b.png",
        "valid/b.png",
    ]


@pytest.mark.parametrize("ending", [".jpg", ".JPG", ".Jpeg", ".PNG", ".tif", ".webp"])
def test_endings_are_read_in_letters_of_any_case(ending, tmp_path):
    put(tmp_path / f"images/a{ending}")
    write(tmp_path / "labels/a.XML", xml())
    assert images(VOCFolder(tmp_path)) == [f"images/a{ending}"]


@pytest.mark.parametrize(
    ("files", "filename", "expected"),
    [
        (["a.jpg", "a.png"], "a.jpg", "a.jpg"),  # the named one of two
        (["a.jpg", "a.png"], "A.PNG", "a.png"),
        (["b.jpg"], "b.jpg", "b.jpg"),
        (["b.jpg"], r"C:\Users\me\b.jpg", "b.jpg"),
        (["b.jpg"], "/home/me/b.jpg", "b.jpg"),
        (["b.jpg"], "../images/b.jpg", "b.jpg"),
        (["b.jpg"], "\n b.jpg\n", "b.jpg"),
        (["b.jpg"], "b", "b.jpg"),  # no ending
        (["b.jpg"], "b.bmp", "b.jpg"),  # converted since
        (["b.jpg"], r"C:\me\b.bmp", "b.jpg"),
        (["segmentation.jpg"], "segmentation.jpg", "segmentation.jpg"),
        (["v1.2.jpg"], "v1.2", "v1.2.jpg"),
        (["a.jpg"], "gone.jpg", "a.jpg"),  # a stale name
        (["a.jpg"], None, "a.jpg"),
        (["a.jpg"], "", "a.jpg"),
        (["a.jpg", "a.txt", "a.json", "a.xml.bak"], None, "a.jpg"),
        (["a.jpg", "._a.png", ".a.png"], None, "a.jpg"),
    ],
)
def test_the_image_is_that_of_filename_or_else_of_the_own_name(files, filename, expected, tmp_path):
    for name in files:
        put(tmp_path / "JPEGImages/x.png")
        write(tmp_path / "JPEGImages" / name, (tmp_path / "JPEGImages/x.png").read_bytes())
    (tmp_path / "JPEGImages/x.png").unlink()
    write(tmp_path / "Annotations/a.xml", xml(filename=filename))
    assert images(VOCFolder(tmp_path, strict=True)) == [f"JPEGImages/{expected}"]


def test_a_label_file_may_be_named_after_the_image_with_its_ending(tmp_path):
    put(tmp_path / "a.jpg", tmp_path / "a.png")
    write(tmp_path / "a.jpg.xml", xml())
    with pytest.warns(UserWarning, match=r"image without label file.*a\.png"):
        assert VOCFolder(tmp_path).records[0].image == tmp_path / "a.jpg"


def test_a_copied_filename_does_no_harm(tmp_path):
    for name in "abc":
        add(tmp_path, name, filename="a.png")
    write(tmp_path / "ImageSets/Main/train.txt", "b")
    assert images(VOCFolder(tmp_path)) == [f"JPEGImages/{name}.png" for name in "abc"]
    assert images(VOCFolder(tmp_path, "train")) == ["JPEGImages/b.png"]


def test_a_filename_that_several_copied_from_a_template_does_no_harm(tmp_path):
    for name in "abc":
        add(tmp_path, name, filename="template.png")
    put(tmp_path / "JPEGImages/template.png")
    with pytest.warns(UserWarning, match=r"image without label file.*template\.png"):
        data = VOCFolder(tmp_path)
    assert images(data) == [f"JPEGImages/{name}.png" for name in "abc"]


def test_files_that_were_renumbered_keep_their_labels(tmp_path):
    for number in range(4):
        add(tmp_path, f"{number}", filename=f"{number + 1}.png")
    assert images(VOCFolder(tmp_path)) == [f"JPEGImages/{n}.png" for n in range(4)]


def test_an_image_that_is_named_and_not_of_the_own_name_is_taken_and_noted(tmp_path):
    add(tmp_path, "a", filename="b.png")
    put(tmp_path / "JPEGImages/b.png")
    with pytest.warns(UserWarning, match=r"note: label file taken.*a\.xml: .*b\.png"):
        data = VOCFolder(tmp_path)
    assert images(data) == ["JPEGImages/b.png"]


@pytest.mark.parametrize("filename", [None, "a", "gone.jpg"])
def test_two_images_that_fit_equally_well_leave_the_label_file_out(filename, tmp_path):
    add(tmp_path, "b")
    both = [tmp_path / "JPEGImages/a.jpg", tmp_path / "JPEGImages/a.png"]
    put(*both)
    write(tmp_path / "Annotations/a.xml", xml(filename=filename))
    with pytest.warns(UserWarning, match="1 label file: two images fit") as warned:
        data = VOCFolder(tmp_path)
    assert all(str(file) in str(warned[0].message) for file in both)
    assert images(data) == ["JPEGImages/b.png"]
    with pytest.raises(ValueError, match=r"a\.xml: .*two images fit equally well"):
        VOCFolder(tmp_path, strict=True)


def test_two_images_of_the_named_name_leave_the_label_file_out(tmp_path):
    add(tmp_path, "b")
    put(tmp_path / "one/p.png", tmp_path / "two/p.png")
    write(tmp_path / "Annotations/a.xml", xml(filename="p.png"))
    write(tmp_path / "Annotations/c.xml", xml(filename="two/p.png"))
    with pytest.warns(UserWarning, match=r"1 label file: two images fit .*a\.xml"):
        data = VOCFolder(tmp_path)
    assert {r.image.relative_to(tmp_path).as_posix() for r in data.records} == {
        "JPEGImages/b.png",
        "two/p.png",
    }


def test_names_are_compared_in_one_unicode_form(tmp_path):
    nfc, nfd = (unicodedata.normalize(form, "사과é") for form in ("NFC", "NFD"))
    put(tmp_path / f"JPEGImages/{nfd}.png")
    write(tmp_path / f"Annotations/{nfc}.xml", xml(filename=f"{nfc}.png"))
    put(tmp_path / f"JPEGImages/2{nfc}.png")
    write(tmp_path / f"Annotations/2{nfd}.xml", xml())
    write(tmp_path / "ImageSets/Main/all.txt", f"{nfd}\n2{nfc}\n")
    assert len(VOCFolder(tmp_path, strict=True)) == 2
    assert len(VOCFolder(tmp_path, "all", strict=True)) == 2


@pytest.mark.parametrize("locale", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("name", ["사진.png", "é.png"])
def test_names_that_the_locale_cannot_say_are_found_in_utf_8(locale, name, monkeypatch):
    monkeypatch.setattr(os, "fsencode", lambda s: s.encode(locale, "surrogateescape"))
    file = Path("i", name.encode().decode(locale, "surrogateescape"))
    assert ImageIndex(Path(), [file]).named(name, Path("a.xml")) == file
    own = Path("i", name.encode("latin-1", "replace").decode("latin-1"))
    assert ImageIndex(Path(), [own]).named(own.name, Path("a.xml")) == own


def test_masks_are_no_images(tmp_path):
    add(tmp_path, "a", suffix=".jpg")
    for part in ("SegmentationClass", "SegmentationObject", "segmentationclasspng"):
        put(tmp_path / part / "a.png", tmp_path / part / "b.png")
    assert images(VOCFolder(tmp_path, strict=True)) == ["JPEGImages/a.jpg"]
    write(tmp_path / "Annotations/b.xml", xml(filename="b.jpg"))
    with pytest.raises(ValueError, match=r"b\.xml: 'b\.jpg': there is no image"):
        VOCFolder(tmp_path, strict=True)


def test_hidden_files_are_not_looked_at(tmp_path):
    add(tmp_path, "a")
    for name in ("Annotations/._a.xml", "__MACOSX/Annotations/a.xml", ".idea/x.xml"):
        write(tmp_path / name, b"\0\5\26\7")
    put(tmp_path / "__MACOSX/JPEGImages/c.png")
    assert len(VOCFolder(tmp_path, strict=True)) == 1


def test_what_lies_idle_is_told_in_one_warning(tmp_path):
    for name in "abc":
        add(tmp_path, name)
    put(tmp_path / "JPEGImages/x.png", tmp_path / "JPEGImages/y.png")
    write(tmp_path / "Annotations/c.xml", "<html/>")  # its image is not without one
    write(tmp_path / "Annotations/z.xml", xml(filename="z.jpg"))
    with pytest.warns(UserWarning, match="^left out: .*; note: ") as warned:
        data = VOCFolder(tmp_path)
    [message] = [str(one.message) for one in warned]
    for part in (
        "1 label file: is no Pascal VOC file: its root is <html> (first: "
        f"{tmp_path / 'Annotations/c.xml'})",
        "1 label file: there is no image of its name, nor of the one in it (first: "
        f"{tmp_path / 'Annotations/z.xml'}: 'z.jpg')",
        f"2 x image without label file, which is not used (first: {tmp_path / 'JPEGImages/x.png'})",
    ):
        assert part in message
    assert images(data) == ["JPEGImages/a.png", "JPEGImages/b.png"]
    assert warned[0].filename == __file__


def test_a_folder_of_which_nothing_can_be_used_is_told_with_the_reason(tmp_path):
    for name in "ab":
        write(tmp_path / f"{name}.xml", "<html/>")
    reason = "2 label files: is no Pascal VOC file: its root is <html>"
    with pytest.raises(ValueError, match=reason) as caught:
        VOCFolder(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path} must have images with labels, got none: ")
    assert str(tmp_path / "a.xml") in str(caught.value)


@pytest.mark.parametrize("make", [False, True])
def test_a_folder_that_is_none_or_has_no_label_file_is_told(make, tmp_path):
    root = tmp_path / "x"
    if make:
        put(root / "a.png")
    with pytest.raises(FileNotFoundError, match=f"^root must .*, got {root}$"):
        VOCFolder(root)


def test_splits_are_read(tmp_path):
    for name in ("a", "b", "c"):
        add(tmp_path, name)
    put(tmp_path / "JPEGImages/x.png")
    write(tmp_path / "ImageSets/Main/some.txt", "c\n\na 1\nb -1\nzebra\n")
    with pytest.warns(UserWarning, match="1 label file: listed and not there") as warned:
        data = VOCFolder(tmp_path, "some")
    assert "image without label" not in str(warned[0].message)
    assert images(data) == ["JPEGImages/c.png", "JPEGImages/a.png"]
    with pytest.raises(ValueError, match=r"some\.txt, line 5: 'zebra'"):
        VOCFolder(tmp_path, "some", strict=True)


def test_a_split_of_two_years_is_that_of_both(tmp_path):
    for year in ("VOC2007", "VOC2012"):
        add(tmp_path / year, f"{year}_a")
        add(tmp_path / year, f"{year}_b")
        write(tmp_path / year / "ImageSets/Main/val.txt", f"VOC2007_a\n{year}_a\n")
    names = [record.image.stem for record in VOCFolder(tmp_path, "val").records]
    assert names == ["VOC2007_a", "VOC2012_a"]


@pytest.mark.parametrize("split", ["test", "../Main/train", "/etc/passwd", ""])
def test_a_split_that_is_not_there_is_told_with_those_that_are(split, tmp_path):
    add(tmp_path, "a")
    with pytest.raises(FileNotFoundError, match="there is no list in ImageSets/Main"):
        VOCFolder(tmp_path, split)
    for name in ("val", "train", "cat_train", "trainval"):
        write(tmp_path / f"ImageSets/Main/{name}.txt", "a\n")
    with pytest.raises(FileNotFoundError) as caught:
        VOCFolder(tmp_path, split)
    assert str(caught.value) == (
        f"split must be one of those in {tmp_path} (train, trainval, val, cat_train), got {split!r}"
    )
    for number in range(20):
        write(tmp_path / f"ImageSets/Main/x_{number}.txt", "a\n")
    with pytest.raises(FileNotFoundError, match=r"val, cat_train, .* and 12 more\)"):
        VOCFolder(tmp_path, split)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", ValueError, "some.txt lists no image"),
        ("a -1\n", ValueError, "images with labels, got none: split 'some' lists none"),
        ("twin\n", ValueError, "got none: 1 label file: listed by a name that fits two"),
        ("zebra\n", FileNotFoundError, r"some.txt must list .*'zebra'"),
        ("../../outside\n", FileNotFoundError, r"some.txt must list .*outside'"),
    ],
)
def test_a_split_that_cannot_be_used_is_told(text, error, message, tmp_path):
    root = add(tmp_path / "voc", "a")
    write(tmp_path / "outside.xml", xml())
    write(root / "one/twin.xml", xml())
    write(root / "two/twin.xml", xml())
    write(root / "ImageSets/Main/some.txt", text)
    with pytest.raises(error, match=message):
        VOCFolder(root, "some")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_the_folder_may_lead_out(tmp_path):
    outside = add(tmp_path / "elsewhere", "a")
    root = tmp_path / "voc"
    root.mkdir()
    (root / "Annotations").symlink_to(outside / "Annotations")
    (root / "a.png").symlink_to(outside / "JPEGImages/a.png")
    (root / "b.xml").symlink_to(root / "nowhere.xml")
    with pytest.warns(UserWarning, match="1 label file: cannot be opened: No such"):
        assert len(VOCFolder(root)) == 1


def test_a_filename_opens_nothing_outside_of_the_folder(tmp_path):
    root = add(tmp_path / "voc", "a")
    put(tmp_path / "outside.png")
    for name in ("../../outside.png", str(tmp_path / "outside.png")):
        write(root / "Annotations/b.xml", xml(filename=name))
        with pytest.raises(ValueError, match=r"b\.xml: .*there is no image"):
            VOCFolder(root, strict=True)


def test_classes_follow_one_rule(tmp_path):
    names = ("cat", "Cat", "CAT", "background")
    things = "".join(thing(box(), f"<name>{name}</name>") for name in names)
    with pytest.warns(UserWarning, match="left out") as warned:
        data = VOCFolder(add(tmp_path, "a", things))
    assert data.classes == ("background", "CAT", "Cat", "cat")
    assert data[0][1]["labels"].tolist() == [3, 2, 1]
    message = str(warned[0].message)
    assert "1 object: named 'background', which is class 0 and no object" in message
    assert message.count("differ in case alone (CAT, Cat, cat)") == 1


def test_boxes_that_are_fractions_are_told(tmp_path):
    root = add(tmp_path, "a", thing(box(0.1, 0.2, 0.4, 0.6)))
    with pytest.warns(UserWarning, match="are these fractions"):
        assert len(VOCFolder(root)[0][1]["boxes"]) == 0


def test_two_label_files_of_one_image_count_once(tmp_path):
    root = add(tmp_path, "a")
    write(root / "Annotations/copies/a.xml", xml(objects=GOOD * 2))
    with pytest.warns(UserWarning, match="1 label file: its image"):
        data = VOCFolder(root)
    assert [len(record.boxes) for record in data.records] == [1]


def test_the_reader_takes_any_images_and_label_files(tmp_path):
    add(tmp_path, "a")
    add(tmp_path, "b", parts=("elsewhere", "photos"))
    problems = Problems(strict=True)
    index = ImageIndex(tmp_path / "photos", [tmp_path / "photos/b.png"])
    [found] = read_voc([tmp_path / "elsewhere/b.xml"], index, problems)
    assert found.image == tmp_path / "photos/b.png"
    assert found.size_px == (80, 100)
    assert found.where == str(tmp_path / "elsewhere/b.xml")
    assert [one.where for one in found.things] == [f"{found.where}, object 0"]


def test_a_relative_root_gives_relative_paths(tmp_path, monkeypatch):
    add(tmp_path, "a")
    write(tmp_path / "ImageSets/Main/val.txt", "a")
    monkeypatch.chdir(tmp_path)
    for split in (None, "val"):
        [record] = VOCFolder(".", split).records
        assert record.image == Path(PARTS[1], "a.png")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gbk"])
def test_a_thousand_broken_label_files_do_no_harm(encoding, tmp_path):
    text = xml(GOOD + thing(box(50, 1, 100, 80), "<name>猫</name>"), filename="a.png")
    root, generator = add(tmp_path, "a"), random.Random(0)
    head = f"<?xml version='1.0' encoding='{encoding}'?>"
    whole = (head + text).encode(encoding)
    for _ in range(1000):
        write(root / "Annotations/a.xml", mutated(whole, generator))
        with warnings.catch_warnings(), contextlib.suppress(ValueError):
            warnings.simplefilter("ignore")
            VOCFolder(root)[0]
