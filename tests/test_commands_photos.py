"""What detect is given: files, folders and patterns become photos, each once."""

import os
import sys
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ssd_lib.commands.photos import photos_of


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Names are relative to a folder of the test."""
    monkeypatch.chdir(tmp_path)


def make(*names):
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def drawing(name):
    info = PngInfo()
    info.add_text("Software", "ssd_lib detect")
    Image.new("RGB", (9, 9)).save(name, pnginfo=info)


def names_of(*arguments):
    found = photos_of(arguments)
    assert [photo.error for photo in found if photo.error] == []
    return [photo.name.replace(os.sep, "/") for photo in found]


def test_a_folder_means_all_images_in_it():
    make("p/b.JPG", "p/a.png", "p/sub/c.jpeg", "p/.hidden.png", "p/__MACOSX/a.png")
    make("p/Thumbs.db", "p/labels.xml", "p/.git/x.png", "q/d.png")
    assert names_of("p") == ["p/a.png", "p/b.JPG", "p/sub/c.jpeg"]
    assert names_of("q", "p/sub") == ["q/d.png", "p/sub/c.jpeg"]
    assert names_of(".")[0] == "p/a.png"


def test_drawings_of_this_command_are_meant_by_name_alone():
    make("p/a.png", "p/a_boxes.png")  # the second is somebody's photo
    drawing("p/b_boxes.png")
    drawing("p/renamed.PNG")
    assert names_of("p") == names_of("p/*") == ["p/a.png", "p/a_boxes.png"]
    assert names_of("p/b_boxes.png") == ["p/b_boxes.png"]


def test_a_huge_image_is_asked_for_its_mark_without_a_warning(monkeypatch):
    Image.new("1", (30, 30)).save("a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    assert names_of(".") == ["a.png"]


PATTERNS = [
    ("p/*.png", ["p/a.png", "p/b.png"]),
    ("p/?.png", ["p/a.png", "p/b.png"]),
    ("p/[b-z].*", ["p/b.png", "p/c.jpg"]),
    ("*/*.jpg", ["p/c.jpg"]),
    ("p/**/*.png", ["p/a.png", "p/b.png", "p/sub/d.png", "p/sub/deep/e.png"]),
    ("**/e.png", ["p/sub/deep/e.png"]),
    ("p/*", ["p/a.png", "p/b.png", "p/c.jpg", "p/sub/d.png", "p/sub/deep/e.png"]),
    ("./p/s*", ["p/sub/d.png", "p/sub/deep/e.png"]),
    ("p/sub/../*.jpg", ["p/sub/../c.jpg"]),
]


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS)
def test_a_pattern_means_what_a_shell_would_give(pattern, expected, tmp_path):
    make("p/a.png", "p/b.png", "p/c.jpg", "p/.hidden.png", "p/notes.txt")
    make("p/sub/d.png", "p/sub/deep/e.png", "p/__MACOSX/a.png")
    assert names_of(pattern) == expected
    whole = str(tmp_path / pattern)
    assert [os.path.abspath(name) for name in names_of(whole)] == [
        os.path.abspath(name) for name in expected
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="no such file names there")
def test_what_is_there_is_meant_by_its_name_even_if_it_looks_like_a_pattern():
    make("a[1].png", "a1.png", "what?.png", "d[x]/a.png", "d[x]/b.jpg", "dx/c.png")
    assert names_of("a[1].png") == ["a[1].png"]
    assert names_of("what?.png") == ["what?.png"]
    assert names_of("d[x]") == ["d[x]/a.png", "d[x]/b.jpg"]
    assert names_of("d[x]/*.png") == ["d[x]/a.png"]
    assert names_of("d[x]/[a].png") == ["d[x]/a.png"]
    assert names_of("a[0-9].png") == ["a1.png"]
    assert "must hold image files" in str(photos_of(["a[1].png/"])[0].error)


def test_each_photo_is_taken_once_in_the_order_of_the_arguments():
    make("p/a.png", "p/b.png", "p/c.png")
    assert names_of("p/b.png", "p", "./p/c.png", "p/*.png", "p/b.png") == [
        "p/b.png",
        "p/a.png",
        "p/c.png",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty", "empty must"),
        ("texts", "texts must"),
        ("*.bmp", r"\*.bmp must"),
        ("none/*.png", "none"),
        ("texts/*", "texts"),
        ("drawn", "drawn must"),
        ("**x/[", "must"),
        ("p/.*", "must"),
        ("p/__*/*", "must"),
    ],
)
def test_where_nothing_is_meant_that_is_said_in_one_line(name, said):
    make("texts/a.txt", "p/a.png", "drawn/note.txt", "p/.b.png", "p/__MACOSX/c.png")
    os.mkdir("empty")
    drawing("drawn/a_boxes.png")
    with pytest.raises(ValueError, match=said) as caught:
        raise photos_of([name])[0].error
    assert "\n" not in str(caught.value)
    assert len(photos_of(["p", name, "p/a.png"])) == 2


def test_a_missing_file_is_left_for_reading_to_tell():
    assert names_of("none.png", "none") == ["none.png", "none"]


def test_a_folder_that_cannot_be_listed_is_told_and_the_others_are_done(monkeypatch):
    make("p/a/1.png", "p/b/2.png", "p/c/3.png")
    scandir = os.scandir

    def refusing(place):
        if os.path.basename(place) == "b":
            raise PermissionError(13, "Permission denied", place)
        return scandir(place)

    monkeypatch.setattr("os.scandir", refusing)
    *photos, (name, error) = photos_of(["p"])
    assert [Path(photo.name).name for photo in photos] == ["1.png", "3.png"]
    assert name == os.path.join("p", "b")
    assert isinstance(error, PermissionError)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_lead_to_each_photo_once_and_never_in_circles():
    make("p/a.png", "p/sub/b.png")
    os.symlink("..", "p/sub/up")
    os.symlink("p", "q")
    os.symlink("gone", "p/broken.png")
    for name in ("p", "p/**/*.png"):
        assert names_of(name) == ["p/a.png", "p/broken.png", "p/sub/b.png"]
    assert names_of("p", "q") == names_of("p")
