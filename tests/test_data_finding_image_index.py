"""The image that a label file means is found, or nothing is: never another one."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssd_lib.data.finding import namesakes
from ssd_lib.data.finding.image_index import Ambiguous, ImageIndex
from ssd_lib.data.finding.namesakes import FEW, IMAGE_FOLDERS, LABEL_FOLDERS, MASK_FOLDERS

ROOT = Path("data")


def index(*files, root=ROOT):
    return ImageIndex(root, [root / file for file in files])


def named(name, files, near="labels.json"):
    found = index(*files).named(name, ROOT / near)
    return None if found is None else found.relative_to(ROOT).as_posix()


def of_stem(stem, files, near):
    found = index(*files).of_stem(stem, ROOT / near)
    return None if found is None else found.relative_to(ROOT).as_posix()


NFC, NFD = (unicodedata.normalize(form, "사진-é.jpg") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.jpg", "a.jpg"),
        ("a.jpg", "deep/er/a.jpg"),
        ("A.JPG", "a.jpg"),
        ("a.jpg", "A.JPG"),
        (NFC, NFD),
        (NFD, NFC),
        (NFD.upper(), NFC),
        ("images/a.jpg", "photos/a.jpg"),
        ("./a.jpg", "a.jpg"),
        ("../../images/a.jpg", "a.jpg"),
        ("/home/joe/data/a.jpg", "a.jpg"),
        ("C:\\Users\\Joe\\a.jpg", "a.jpg"),
        ("\\\\server\\share\\a.jpg", "a.jpg"),
        ("images\\a.jpg", "images/a.jpg"),
        ("images\\a.jpg", "images\\a.jpg"),
        ("a.jpg\n", "a.jpg"),
        ("  a.jpg ", "a.jpg"),
        (" a.jpg", " a.jpg"),
        ("my%20cat.jpg", "my cat.jpg"),
        ("my cat.jpg", "my%20cat.jpg"),
        ("%EC%82%AC.jpg", "사.jpg"),
        ("my%20cat#1.jpg", "my cat#1.jpg"),
        ("images\\my cat.jpg", "my%20cat.jpg"),
        ("https://host.org/my%20cat.jpg?raw=1", "my%20cat.jpg"),
        ("100%.jpg", "100%.jpg"),
        ("a%20b.jpg", "a%20b.jpg"),
        ("folder%2Fa.jpg", "a.jpg"),
        ("https://host.org/x/my%20cat.jpg?raw=1&size=2", "my cat.jpg"),
        ("https://host.org/a.jpg?path=/b/c.jpg#d", "a.jpg"),
        ("/data/local-files/?d=images/a.jpg", "a.jpg"),
        ("https://host.org/a.jpg#top", "a.jpg"),
        ("a#1?.jpg", "a#1?.jpg"),
        ("a.b.c.jpg", "a.b.c.jpg"),
    ],
)
def test_a_name_is_found_as_other_machines_and_tools_spell_it(name, file):
    assert named(name, [file, "other.jpg"]) == Path(file).as_posix()


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "/",
        "\\",
        "../",
        "a",
        "a.png",
        "other",
        "aa.jpg",
        "a.jpg.png",
        "a.jpg/b.png",
        "?",
        "%",
        "%00",
        "\0",
        "x" * 10_000,
        "C:",
        "/etc/passwd",
        "../../etc/passwd",
        "images",
        "images/",
    ],
)
def test_a_name_that_no_image_has_is_none(name):
    assert named(name, ["images/a.jpg", "images/other.jpg"]) is None


def test_literal_names_come_before_others():
    files = ["a%20b.jpg", "a b.jpg", "c.jpg?x", " d.jpg", "d.jpg"]
    assert named("a%20b.jpg", files) == "a%20b.jpg"
    assert named("a b.jpg", files) == "a b.jpg"
    assert named(" d.jpg", files) == " d.jpg"
    assert named("d.jpg", files) == "d.jpg"


@pytest.mark.parametrize("stem", ["a.b", "A.B", "사진"])
def test_a_stem_is_found_whatever_the_ending(stem):
    files = ["x/a.b.JPG", "x/a.png", "x/" + unicodedata.normalize("NFD", "사진.png")]
    expected = files[0] if "." in stem else files[2]
    assert of_stem(stem, files, "labels/a.txt") == expected


@pytest.mark.parametrize("stem", ["", "a.b.JPG", "b", "x", "x/a"])
def test_a_stem_that_no_image_has_is_none(stem):
    assert of_stem(stem, ["x/a.b.JPG", "x/a.png"], "a.txt") is None


VOC = ["JPEGImages/x.jpg", "SegmentationClass/x.png", "SegmentationObject/x.png"]
TWO = ["train/x.jpg", "val/x.jpg"]
SPLITS = ["train/images/x.jpg", "valid/images/x.jpg"]


@pytest.mark.parametrize(
    ("near", "files", "expected"),
    [
        ("Annotations/x.xml", VOC, 0),
        ("Annotations/x.xml", ["photos/x.jpg", "masks/x.png"], 0),
        ("Annotations/x.xml", ["raw/x.jpg", "train_masks/x.png"], 0),
        ("annotations/xmls/x.xml", ["images/x.jpg", "annotations/trimaps/x.png"], 0),
        ("labels/x.txt", ["pics/x.jpg", "labels/x.png"], 0),
        ("masks/x.xml", ["masks/x.jpg", "helmets/x.jpg"], 0),
        ("train/x.xml", ["train/x.jpg", "train/masks/x.png"], 0),
        ("x.xml", ["x.jpg", "images/x.jpg"], 0),
        ("annotations/x.xml", ["x.jpg", "images/x.jpg"], 1),
        ("train/x.xml", TWO, 0),
        ("val/x.xml", TWO, 1),
        ("train/labels/x.xml", SPLITS, 0),
        ("valid/labels/x.xml", SPLITS, 1),
        ("labels/train/x.xml", ["images/train/x.jpg", "images/val/x.jpg"], 0),
        ("labels/val/x.xml", ["images/train/x.jpg", "images/val/x.jpg"], 1),
        ("labels/train/x.xml", SPLITS, 0),
        ("labels/deep/train/x.xml", ["a/train/x.jpg", "a/deep/train/x.jpg"], 1),
        ("labels/deep/train/x.xml", ["deep/train/x.jpg", "train/x.jpg"], 0),
        ("labels/a/b/c/x.xml", ["b/c/x.jpg", "c/x.jpg"], 0),
        ("a/ann/1/x.xml", ["a/img/1/x.jpg", "a/img/2/x.jpg", "b/img/1/x.jpg"], 0),
        ("a/b/ann/x.xml", ["a/b/img/x.jpg", "a/img/x.jpg"], 0),
        ("a/b/ann/x.xml", ["a/b/img/x.jpg", "b/a/img/x.jpg"], 0),
        ("a/b/ann/x.xml", ["a/b/img/x.jpg", "a/img/b/x.jpg"], 0),
        ("a/x.xml", ["a/x.jpg", "a/b/a/x.jpg"], 0),
        ("VOC2007/Annotations/x.xml", [f"VOC20{y}/{f}" for y in ("07", "12") for f in VOC], 0),
        ("train_labels/x.xml", ["test_images/x.jpg", "train_images/x.jpg"], 1),
        ("annotations/instances_val.json", TWO, 1),
        ("annotations/instances_train.json", TWO, 0),
        ("train/_annotations.coco.json", TWO, 0),
        ("Val.json", TWO, 1),
        ("../elsewhere/val/x.xml", TWO, 1),
        ("annotations/x.xml", ["misc/X.jpg", "raw/x.jpg"], 1),
        ("annotations/x.xml", ["misc/x.jpg", "raw/X.jpg"], 0),
        ("annotations/x.xml", ["images/X.jpg", "images/x.jpg"], 1),
        ("annotations/x.xml", ["images/X.jpg", "misc/x.jpg"], 1),
    ],
)
def test_equal_names_are_told_apart_by_where_the_label_file_lies(near, files, expected):
    assert of_stem("x", files, near) == files[expected]
    assert of_stem("x", files[::-1], near) == files[expected]
    same_ending = [Path(file).suffix.lower() == ".jpg" for file in files]
    if all(same_ending):
        assert named("x.jpg", files, near) == files[expected]


@pytest.mark.parametrize(
    ("name", "files", "expected"),
    [
        ("train/x.jpg", TWO, 0),
        ("C:\\data\\val\\x.jpg", TWO, 1),
        ("VAL/X.JPG", TWO, 1),
        ("/home/joe/valid/images/x.jpg", SPLITS, 1),
        ("../train/images/x.jpg", SPLITS, 0),
        ("a/train/x.jpg", ["b/train/x.jpg", "a/val/x.jpg"], 0),
        ("masks/x.jpg", ["images/x.jpg", "masks/x.jpg"], 1),
        ("labels/x.jpg", ["images/x.jpg", "labels/x.jpg"], 1),
        ("other/x.jpg", ["images/x.jpg", "b/x.jpg"], 0),
    ],
)
@pytest.mark.parametrize("near", ["labels.json", "train/labels.json", "val/x.xml"])
def test_the_path_before_a_name_tells_before_all_else(name, files, expected, near):
    if name.startswith("other"):
        near = "labels.json"
    assert named(name, files, near) == files[expected]


@pytest.mark.parametrize(
    ("near", "files"),
    [
        ("annotations/x.xml", TWO),
        ("labels.json", SPLITS),
        ("x.xml", ["x.jpg", "x.png"]),
        ("validation.json", TWO),
        ("annotations/x.xml", ["images/X.jpg", "images/x.jpg", "images/x.png"]),
    ],
)
def test_two_that_fit_equally_well_are_named(near, files):
    with pytest.raises(Ambiguous, match=r"^two images fit: ") as caught:
        of_stem("x", files, near)
    two = caught.value.files
    assert len(set(two)) == 2
    assert set(two) <= {ROOT / file for file in files}
    assert str(caught.value) == f"two images fit: {two[0]} and {two[1]}"


@pytest.mark.parametrize("name", ["\u00e9.jpg", "e\u0301.jpg"])
def test_a_spelling_is_exact_in_either_unicode_form(name):
    for file in ("raw/\u00e9.jpg", "raw/e\u0301.jpg"):
        assert named(name, ["misc/\u00c9.jpg", file], "annotations/x.xml") == file


def test_one_image_is_taken_wherever_it_lies():
    for file in ("masks/x.jpg", "labels/x.jpg", "a/b/c/x.jpg"):
        assert of_stem("x", [file], "elsewhere/x.xml") == file


def test_relative_and_absolute_paths_may_be_mixed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    two = ImageIndex(Path("data"), [Path("data", file) for file in TWO])
    near = tmp_path / "data" / "val" / "x.xml"
    assert two.named("x.jpg", near) == Path("data/val/x.jpg")


def test_a_label_file_on_another_drive_has_folders_too(monkeypatch):
    def relpath(path, start):
        if "drive" in os.fspath(path):
            raise ValueError("path is on mount 'D:', start on mount 'C:'")
        return os.path.join(*Path(path).parts[len(Path(start).parts) :])

    namesakes._folders.cache_clear()
    monkeypatch.setattr("os.path.relpath", relpath)
    assert named("x.jpg", TWO, "drive/val/x.xml") == "val/x.jpg"
    namesakes._folders.cache_clear()


def test_names_of_a_disk_are_utf_8_where_the_locale_is_not(monkeypatch):
    on_disk = "사진.png".encode().decode("latin-1")
    monkeypatch.setattr("os.fsencode", lambda name: name.encode("latin-1"))
    assert named("사진.png", [on_disk]) == on_disk
    assert named("\xe9t\xe9.png", ["\xe9t\xe9.png"]) == "\xe9t\xe9.png"


PARTS = st.sampled_from(
    ["a", "A", "b", "train", "val", "images", "masks", "labels", "train_images", "é", "e\u0301"]
)
FOLDERS = st.lists(PARTS, max_size=3).map(tuple)
NAMES = st.sampled_from(["x.jpg", "X.jpg", "x.png", "y.jpg"])
FILES = st.lists(st.tuples(FOLDERS, NAMES), max_size=12, unique=True)


def key(text):
    return unicodedata.normalize("NFC", text).casefold()


def common(one, other):
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def words(folders):
    return {word for part in folders for word in part.split("_")}


def found_by(ask, name, near):
    """No image, one, or the two that fit equally well."""
    try:
        found = ask(name, near)
    except Ambiguous as error:
        return set(error.files)
    return {found} - {None}


def expected_of(files, name, parents, near, stem):
    """What the rules leave, each written down by itself and asked of each image."""
    parents, near = [key(p) for p in parents], [key(p) for p in near]

    def ranks(file):
        own = [key(part) for part in file[0]]
        return (
            common(own[::-1], parents[::-1]),
            not words(own) & LABEL_FOLDERS,
            common(own, near),
            common(own[::-1], near[::-1]),
            own == near,
            not words(own) & MASK_FOLDERS,
            len(words(own) & (words(near) | words([stem]))),
            name == file[1],
            bool(words(own) & IMAGE_FOLDERS),
        )

    fitting = [file for file in files if key(file[1]) == key(name)]
    best = max(map(ranks, fitting), default=None)
    return {file for file in fitting if ranks(file) == best}


@given(FILES, NAMES, FOLDERS, FOLDERS, st.sampled_from(["x", "val", "b_train"]))
@example([((str(i),), "x.jpg") for i in range(FEW + 1)], "x.jpg", (), ("3",), "x")
@example([((str(i), "a"), "x.jpg") for i in range(99)], "x.jpg", ("3", "a"), (), "x")
@example([(("a", str(i)), "x.jpg") for i in range(99)], "x.jpg", (), ("b", "3"), "x")
@example([((str(i), "a"), "x.jpg") for i in range(99)], "x.jpg", (), ("3", "b"), "x")
@example([((str(i), "a"), "x.jpg") for i in range(99)], "x.jpg", (), ("labels",), "x")
def test_all_rules_together_choose_as_a_loop_over_all_images_does(files, name, parents, near, stem):
    expected = expected_of(files, name, parents, near, stem)
    paths = {Path(ROOT, *folders, file): (folders, file) for folders, file in files}
    images = ImageIndex(ROOT, paths)
    for _ in range(2):  # what is asked twice is answered alike
        found = found_by(images.named, "/".join((*parents, name)), Path(ROOT, *near, stem))
        assert len(found) == min(len(expected), 2)
        assert {paths[file] for file in found} <= expected


@given(FILES, st.text(st.sampled_from("aAx.jpg/\\%20?#: ")), FOLDERS)
def test_nothing_but_what_is_indexed_is_ever_found(files, name, near):
    paths = [Path(ROOT, *folders, file) for folders, file in files]
    images = ImageIndex(ROOT, paths)
    for ask in (images.named, images.of_stem):
        assert found_by(ask, name, Path(ROOT, *near, "x.xml")) <= set(paths)


def test_many_images_of_one_name_are_not_compared_with_each_other(monkeypatch):
    """As in videos: a thousand folders, each with the same names."""
    count = 1000
    files = [Path(ROOT, "img", f"v{i}", "x.jpg") for i in range(count)]
    images, asked = ImageIndex(ROOT, files), 0
    words = namesakes._words

    def counting(folders):
        nonlocal asked
        asked += 1
        return words(folders)

    monkeypatch.setattr("ssd_lib.data.finding.namesakes._words", counting)
    for i, file in enumerate(files):
        assert images.named("x.jpg", Path(ROOT, "ann", f"v{i}", "x.xml")) == file
        assert images.named(f"v{i}/x.jpg", Path(ROOT, "labels.json")) == file
    assert asked < 10 * count
