"""The images of a folder are found wherever they lie in it, each once, in order."""

import os
import random

import pytest

from ssd_lib.image_files import (
    IMAGE_ENDINGS,
    all_files,
    image_files,
    is_hidden,
    is_image_file,
)


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names_in(folder, **options):
    return [path.relative_to(folder).as_posix() for path in image_files(folder, **options)]


def linked(link, target):
    """A link of a folder, or the test is skipped where there are none."""
    try:
        link.symlink_to(target, target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")


def test_images_of_all_folders_are_found_in_order(tmp_path):
    make(
        tmp_path,
        "b.png",
        "a/z.jpg",
        "a-b/c.png",
        "a/deep/er/x.webp",
        "a/2.gif",
        "10.bmp",
    )
    assert names_in(tmp_path) == [
        "10.bmp",
        "a/2.gif",
        "a/deep/er/x.webp",
        "a/z.jpg",
        "a-b/c.png",
        "b.png",
    ]


def test_the_order_is_not_that_of_the_folder(tmp_path, monkeypatch):
    make(tmp_path, *(f"{letter}/{k}.png" for letter in "abc" for k in range(9)))
    expected = names_in(tmp_path)
    scandir, draw = os.scandir, random.Random(0)

    class Shuffled(list):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    def shuffled(place):
        with scandir(place) as entries:
            everything = list(entries)
        return Shuffled(draw.sample(everything, len(everything)))

    monkeypatch.setattr("os.scandir", shuffled)
    assert names_in(tmp_path) == expected == sorted(expected)
    assert len(expected) == 27


@pytest.mark.parametrize("ending", sorted(IMAGE_ENDINGS))
def test_endings_count_in_letters_of_any_case(ending):
    assert is_image_file(f"a.b{ending}")
    assert is_image_file(f"a{ending.upper()}")
    assert is_image_file(os.path.join("x.y", f"a{ending.title()}"))


@pytest.mark.parametrize(
    "name", ["a.txt", "a.xml", "png", "a.png.part", "a.jpg.json", "a.", "", "a.png.zip"]
)
def test_other_files_are_no_images(name, tmp_path):
    assert not is_image_file(name)
    make(tmp_path, "a.png", *([name] if name else []))
    assert names_in(tmp_path) == ["a.png"]


HIDDEN = [
    "._a.png",
    ".a.png",
    ".git/a.png",
    "__MACOSX/a.png",
    "x/__MACOSX/x/b.png",
    "Thumbs.db",
    "x/@eaDir/a.jpg",
    ".ipynb_checkpoints/a.png",
    "$RECYCLE.BIN/a.png",
]


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_hidden_is_left_out(name, tmp_path):
    make(tmp_path, name, "a.png", "x/_a.png")
    assert names_in(tmp_path) == ["a.png", "x/_a.png"]
    assert any(is_hidden(part) for part in name.split("/"))


def test_a_folder_that_is_hidden_itself_is_looked_into(tmp_path, monkeypatch):
    make(tmp_path, ".cache/a.png")
    assert names_in(tmp_path / ".cache") == ["a.png"]
    monkeypatch.chdir(tmp_path / ".cache")
    assert [str(path) for path in image_files(".")] == ["a.png"]
    assert [str(path) for path in image_files("../.cache")] == [
        os.path.join("..", ".cache", "a.png")
    ]


def test_a_folder_may_be_named_like_an_image(tmp_path):
    make(tmp_path, "photos.png/a.jpg")
    assert names_in(tmp_path) == ["photos.png/a.jpg"]


def test_links_are_followed_and_not_in_circles(tmp_path):
    make(tmp_path, "in/a.png", "in/deep/b.png", "elsewhere/c.png")
    linked(tmp_path / "in" / "deep" / "up", tmp_path / "in")
    linked(tmp_path / "in" / "itself", "itself")
    linked(tmp_path / "in" / "other", tmp_path / "elsewhere")
    linked(tmp_path / "elsewhere" / "back", tmp_path / "in")
    assert names_in(tmp_path / "in") == ["a.png", "deep/b.png", "other/c.png"]


def test_a_folder_of_several_ways_is_gone_through_once_and_by_itself(tmp_path):
    make(tmp_path, "z/images/a.png")
    linked(tmp_path / "b", tmp_path / "z")
    linked(tmp_path / "z" / "again", tmp_path / "z" / "images")
    assert names_in(tmp_path) == ["z/images/a.png"]


def test_a_link_of_a_file_is_one_even_if_it_leads_nowhere(tmp_path):
    make(tmp_path, "there.png")
    linked(tmp_path / "gone.png", tmp_path / "nowhere")
    linked(tmp_path / "gone.txt", tmp_path / "nowhere")
    linked(tmp_path / "loop.png", "loop.png")
    (tmp_path / "one.png").symlink_to("there.png")
    assert names_in(tmp_path) == ["gone.png", "loop.png", "one.png", "there.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_which_nobody_writes_to_is_no_image(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    assert names_in(tmp_path) == []


def refuse(monkeypatch, name):
    scandir = os.scandir

    def refusing(place):
        if os.path.basename(place) == name:
            raise PermissionError(13, "Permission denied", place)
        return scandir(place)

    monkeypatch.setattr("os.scandir", refusing)


def test_a_folder_that_cannot_be_listed_is_named_and_the_others_are_done(tmp_path, monkeypatch):
    make(tmp_path, "a/1.png", "b/2.png", "c/3.png")
    refuse(monkeypatch, "b")
    with pytest.raises(PermissionError) as caught:
        image_files(tmp_path)
    assert caught.value.filename == str(tmp_path / "b")
    errors = []
    assert names_in(tmp_path, on_error=errors.append) == ["a/1.png", "c/3.png"]
    assert [error.filename for error in errors] == [str(tmp_path / "b")]


def test_what_is_no_folder_is_an_error(tmp_path):
    make(tmp_path, "a.png")
    with pytest.raises(NotADirectoryError):
        image_files(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError):
        image_files(tmp_path / "none")


def all_names_in(folder, **options):
    return [file.relative_to(folder).as_posix() for file in all_files(folder, **options)]


def test_files_of_all_endings_are_found_in_order(tmp_path):
    names = [
        "10",
        "LICENSE",
        "a/1.XML",
        "a/b/c/notes.txt",
        "a/x.jpg",
        "a-b/labels.json",
        "b.yaml",
        "b.yaml~",
        "\uc0ac\uc9c4.txt",
    ]
    make(tmp_path, *names[::-1])
    assert all_names_in(tmp_path) == names
    assert names_in(tmp_path) == ["a/x.jpg"]


def test_hidden_files_of_all_endings_are_left_out(tmp_path):
    make(
        tmp_path,
        "a.xml",
        "._a.xml",
        ".git/config",
        "__MACOSX/._a.xml",
        "x/.DS_Store",
        "x/Thumbs.db",
        "x/desktop.ini",
        "x/labels/b.txt",
    )
    assert all_names_in(tmp_path) == ["a.xml", "x/labels/b.txt"]


def test_links_among_files_of_all_endings_are_followed_once(tmp_path):
    make(tmp_path, "in/a.xml", "elsewhere/c.txt")
    linked(tmp_path / "in" / "itself", tmp_path / "in")
    linked(tmp_path / "in" / "other", tmp_path / "elsewhere")
    linked(tmp_path / "in" / "gone.txt", tmp_path / "nowhere")
    assert all_names_in(tmp_path / "in") == ["a.xml", "gone.txt", "other/c.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    make(tmp_path, "b.txt")
    assert all_names_in(tmp_path) == ["b.txt"]


def test_of_folders_that_cannot_be_listed_the_other_files_are_found(tmp_path, monkeypatch):
    make(tmp_path, "a/1.xml", "b/2.xml", "b/c/3.xml", "d/4.txt")
    refuse(monkeypatch, "b")
    errors = []
    assert all_names_in(tmp_path, on_error=errors.append) == ["a/1.xml", "d/4.txt"]
    assert [error.filename for error in errors] == [str(tmp_path / "b")]
    with pytest.raises(PermissionError):
        all_files(tmp_path)


def test_a_folder_without_files_has_none(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert all_files(tmp_path) == []
    assert all_files(str(tmp_path)) == []
