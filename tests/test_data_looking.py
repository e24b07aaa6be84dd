"""Looking at every image before anything depends on it: each case is told, none raises."""

import itertools
import json
import multiprocessing
import os
import sys
import threading
from pathlib import Path

import numpy as np
import PIL
import pytest
import torch
from filelock import FileLock
from PIL import Image
from tqdm import tqdm

from ssd_lib.data.labelled import Record
from ssd_lib.data.looking import remembered, seeing
from ssd_lib.data.looking.dataset import NOT_TOLD, REACHES_OUTSIDE, RESIZED, look
from ssd_lib.data.looking.remembered import Remembered, cache_folder
from ssd_lib.data.looking.seeing import look_at
from ssd_lib.data.placing import Seen, see
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records
from ssd_lib.images import read_image

BOX = [10.0, 20.0, 40.0, 60.0]
SIZE = (80, 100)  # height and width of an image that is not said to be another

with_workers = pytest.mark.parametrize(
    "num_workers",
    [
        0,
        pytest.param(
            2,
            marks=pytest.mark.skipif(
                not sys.platform.startswith("linux"), reason="slow to start elsewhere"
            ),
        ),
    ],
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """A cache of each test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SSD_LIB_CACHE", str(folder))
    return folder


@pytest.fixture
def looked_at(monkeypatch):
    """The files that are decoded, in order; in this process."""
    files, decoded = [], seeing._decoded

    def noted(file):
        files.append(file)
        return decoded(file)

    monkeypatch.setattr(seeing, "_decoded", noted)
    return files


@pytest.fixture
def image(tmp_path):
    """A way to make an image file."""

    def make(name="a.png", size=SIZE, orientation=None, cut=None, **options):
        file = tmp_path / "images" / name
        file.parent.mkdir(exist_ok=True)
        if orientation is not None:
            options["exif"] = Image.Exif()
            options["exif"][0x0112] = orientation
        noise = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
        Image.fromarray(noise).save(file, **options)
        if cut:
            file.write_bytes(file.read_bytes()[:cut])
        return file

    return make


def record(file, boxes=(BOX,), size_px=SIZE, **options):
    boxes = [list(box) for box in boxes]
    count = len(boxes)
    columns = {"labels": [1] * count, "difficult": [False] * count} | options
    return Record(file, boxes, size_px=size_px, **columns)


def data(*records, strict=False, **options):
    return Records(records, ("background", "cat"), None, Problems(strict), **options)


def boxes_of(dataset):
    return [record.boxes for record in dataset.records]


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "bmp", "gif", "tiff"])
def test_what_is_seen_is_what_will_be_read(image, ending):
    file = image(f"a.{ending}")
    assert look_at([file]) == {file: Seen(SIZE, 1)}


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_seen_as_it_is_stored_whatever_its_format(image, ending, orientation):
    file = image(f"a.{ending}", orientation=orientation)
    assert look_at([file], keep=False) == {file: Seen(SIZE, orientation)}
    assert see(file) == Seen(SIZE, orientation)
    assert read_image(file).shape[1:] == see(file).turned_px


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_exif_does_not_know_is_none(image, orientation):
    file = image(orientation=orientation)
    assert look_at([file]) == {file: Seen(SIZE, 1)}


def write(file, content):
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.fixture
def broken(image, tmp_path):
    """Files that cannot be read, and why."""
    folder = tmp_path / "images"
    (folder / "folder.png").mkdir(parents=True)
    return {
        image("cut.jpg", cut=1500): "it is cut short",
        image("cut.png", cut=1500): "it is cut short",
        write(folder / "empty.jpg", b""): "it is empty",
        write(folder / "text.jpg", b"no image\n" * 9): "no format that is known",
        image("cut_early.png", cut=20): "it is cut short",
        folder / "absent.png": "No such file or directory",
        folder / "folder.png": "Is a directory",
    }


@with_workers
def test_a_broken_image_becomes_its_reason_in_one_line(image, broken, num_workers):
    good = image("good.png")
    found = look_at([*broken, good], num_workers)
    assert list(found) == [*broken, good]
    assert found[good] == Seen(SIZE, 1)
    if sys.platform != "win32":  # which has other words for the last two
        assert {f: found[f] for f in broken} == {
            file: f"cannot be read: {why}" for file, why in broken.items()
        }


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (RuntimeError("two\nlines\x0b of it"), "two lines of it"),
        (KeyError(), "KeyError"),
        (ValueError("x" * 300), "x" * 147 + "..."),
        (Image.DecompressionBombError("too large"), "too large"),
        (SyntaxError("broken PNG file"), "broken PNG file"),
    ],
)
def test_whatever_a_decoder_raises_is_a_reason(image, monkeypatch, error, why):
    def broken(_):
        raise error

    monkeypatch.setattr(seeing, "read_image", broken)
    file = image()
    assert look_at([file]) == {file: f"cannot be read: {why}"}


def test_what_pil_remarks_on_an_image_that_it_can_read_is_no_reason(image, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000)  # a warning, for 8000
    file = image()
    assert look_at([file]) == {file: Seen(SIZE, 1)}


def test_too_little_memory_is_no_fault_of_the_image(image, monkeypatch):
    def broken(_):
        raise MemoryError

    monkeypatch.setattr(seeing, "read_image", broken)
    with pytest.raises(MemoryError):
        look_at([image()])


def test_a_negative_number_of_workers_is_refused(image):
    with pytest.raises(ValueError, match="num_workers must be a whole number"):
        look_at([image()], num_workers=-1)


@pytest.mark.parametrize(
    ("count", "platform", "workers"),
    [(99, "linux", 0), (100, "linux", 3), (100, "darwin", 0), (100, "win32", 0)],
)
def test_workers_are_started_where_they_are_worth_it(monkeypatch, count, platform, workers):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 5}, raising=False)
    assert seeing._default_workers(count) == workers


def test_no_bar_is_shown_where_nobody_looks(image, capsys):
    look_at([image()], progress=True)
    assert capsys.readouterr() == ("", "")


def test_a_bar_is_shown_on_a_terminal(image, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    file = image()
    look_at([file], progress=False, keep=False)
    assert capsys.readouterr().err == ""
    look_at([file])
    assert "looking at images" in capsys.readouterr().err


def test_a_file_is_looked_at_once(image, looked_at):
    a, b = image("a.png"), image("b.png")
    assert look_at([a, b, a]) == {a: Seen(SIZE, 1), b: Seen(SIZE, 1)}
    assert looked_at == [a, b]
    assert look_at([b, a]) == {a: Seen(SIZE, 1), b: Seen(SIZE, 1)}
    assert looked_at == [a, b]


def test_a_new_file_and_one_that_changed_are_looked_at(image, looked_at):
    a, b = image("a.png", (30, 40)), image("b.png")
    look_at([a, b])
    looked_at.clear()
    status = a.stat()
    image("a.png", (50, 60))
    c = image("c.png")
    assert look_at([a, b, c])[a] == Seen((50, 60), 1)
    assert looked_at == [a, c]
    looked_at.clear()
    os.utime(a, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    look_at([a, b, c])
    assert looked_at == [a]


def test_a_part_of_a_data_set_leaves_the_rest_in_the_cache(image, looked_at):
    a, b = image("a.png"), image("b.png")
    for some in ([a], [b], [a, b]):
        look_at(some)
    assert looked_at == [a, b]


def test_a_broken_image_is_looked_at_again(image, looked_at):
    file = image("cut.png", cut=1500)
    assert look_at([file]) == look_at([file])
    assert looked_at == [file, file]


def test_nothing_is_kept_if_so_asked(image, looked_at, own_cache):
    file = image()
    look_at([file], keep=False)
    assert not own_cache.exists()
    look_at([file])
    look_at([file], keep=False)
    assert looked_at == [file, file, file]


def test_one_data_folder_has_one_cache_by_whichever_path_it_is_reached(
    image, looked_at, own_cache, tmp_path, monkeypatch
):
    look_at([image()], root=tmp_path)
    monkeypatch.chdir(tmp_path)
    look_at([Path("images/a.png")], root=Path())
    look_at([Path("images/../images/a.png")], root=Path("images/.."))
    assert len(looked_at) == 1
    assert len(list(own_cache.glob("*.json"))) == 1


def damages(text):
    """What may have become of a cache file."""
    return {
        "empty": b"",
        "half": text[: len(text) // 2],
        "no UTF-8": b"\xff\xfe" + text,
        "nested": b"[" * 100_000,
        "a list": b"[]",
        "another format": text.replace(b"Pillow", b"Billow"),
        "no entries": json.dumps({"format": remembered.FORMAT}).encode(),
        "a list of entries": text[: text.index(b":{")] + b":[]}",
        "short entries": text.replace(b",1]", b"]"),
        "words in entries": text.replace(b",1]", b',"1"]'),
        "truths in entries": text.replace(b",1]", b",true]"),
    }


@pytest.mark.parametrize("damage", damages(b":{"))
def test_a_damaged_cache_is_ignored_and_replaced(image, looked_at, damage, own_cache):
    file = image()
    look_at([file])
    [kept] = own_cache.glob("*.json")
    whole = kept.read_bytes()
    damaged = damages(whole)[damage]
    assert damaged != whole
    kept.write_bytes(damaged)
    assert look_at([file]) == {file: Seen(SIZE, 1)}
    assert looked_at == [file, file]
    assert json.loads(kept.read_bytes()) == json.loads(whole)


def test_another_pillow_may_read_other_images(image, looked_at, monkeypatch):
    assert PIL.__version__ in remembered.FORMAT
    file = image()
    look_at([file])
    monkeypatch.setattr(remembered, "FORMAT", "1, Pillow 0.0")
    look_at([file])
    assert looked_at == [file, file]


def test_a_cache_that_cannot_be_written_is_no_error(image, looked_at, own_cache):
    own_cache.write_text("a file where a folder should be")
    file = image()
    for _ in range(2):
        assert look_at([file]) == {file: Seen(SIZE, 1)}
    assert looked_at == [file, file]


def test_without_a_home_there_is_no_cache(image, looked_at, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    for name in ("SSD_LIB_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    file = image()
    for _ in range(2):
        assert look_at([file]) == {file: Seen(SIZE, 1)}
    assert looked_at == [file, file]


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {}, "HOME/.cache/ssd_lib"),
        ("linux", {"XDG_CACHE_HOME": "ABSOLUTE"}, "ABSOLUTE/ssd_lib"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "HOME/.cache/ssd_lib"),
        ("linux", {"XDG_CACHE_HOME": ""}, "HOME/.cache/ssd_lib"),
        ("darwin", {"XDG_CACHE_HOME": "ABSOLUTE"}, "HOME/Library/Caches/ssd_lib"),
        ("win32", {"LOCALAPPDATA": "ABSOLUTE"}, "ABSOLUTE/ssd_lib"),
        ("win32", {}, "HOME/AppData/Local/ssd_lib"),
        ("linux", {"SSD_LIB_CACHE": "ABSOLUTE"}, "ABSOLUTE"),
        ("darwin", {"SSD_LIB_CACHE": "ABSOLUTE"}, "ABSOLUTE"),
    ],
)
def test_the_cache_lies_where_each_system_has_caches(
    tmp_path, monkeypatch, platform, variables, folder
):
    places = {"HOME": tmp_path / "home", "ABSOLUTE": tmp_path / "absolute"}
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: places["HOME"])
    for name in ("SSD_LIB_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, str(places.get(value, value)))
    start, *rest = folder.split("/")
    assert cache_folder() == places[start].joinpath(*rest)


class Interrupted(tqdm):
    """A bar at which somebody loses patience after some images."""

    def update(self, n=1):  # noqa: ARG002
        raise KeyboardInterrupt


@with_workers
def test_what_was_seen_before_an_interruption_is_kept(image, monkeypatch, looked_at, num_workers):
    files = [image(f"{number:02}.png", (8, 9)) for number in range(80)]
    with monkeypatch.context() as patch:
        patch.setattr(seeing, "AT_ONCE", 32)
        patch.setattr(seeing, "tqdm", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            look_at(files, num_workers)
    assert multiprocessing.active_children() == []
    looked_at.clear()
    look_at(files, num_workers=0)
    assert looked_at == files[32:]


def test_two_that_look_at_once_do_no_harm(image, monkeypatch):
    monkeypatch.setattr(remembered, "PATIENCE_S", 120)
    files = [image(f"{number}.png", (8, 9)) for number in range(12)]
    start = threading.Barrier(4)

    def keep(number):
        one = Remembered(files[0].parent)
        some = files[number::4]
        one.recall(some)
        start.wait()
        one.keep({file: Seen((8, 9), 1) for file in some})

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Remembered(files[0].parent).recall(files) == dict.fromkeys(files, Seen((8, 9), 1))


def test_a_cache_that_another_process_holds_is_left_alone(image, monkeypatch):
    monkeypatch.setattr(remembered, "PATIENCE_S", 0.01)
    file = image()
    kept = Remembered(file.parent).file
    kept.parent.mkdir()
    with FileLock(f"{kept}.lock"):
        assert look_at([file]) == {file: Seen(SIZE, 1)}
    assert not kept.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="names are Unicode there")
def test_a_name_that_is_no_text_is_kept(image, looked_at):
    file = image("a.png")
    strange = file.with_name(os.fsdecode(b"\xff.png"))
    try:
        file.rename(strange)
    except OSError:
        pytest.skip("names are Unicode here")
    for _ in range(2):
        assert look_at([strange]) == {strange: Seen(SIZE, 1)}
    assert looked_at == [strange]


@with_workers
def test_a_data_set_is_as_good_with_and_without_cache_and_workers(image, broken, num_workers):
    options = {"labels": [1, 1], "difficult": [False, True]}
    records = [
        record(image("a.png"), [BOX, [200, 10, 300, 20]], **options),
        record(image("half.jpg", (40, 50))),
        record(image("turned.jpg", orientation=6), [BOX], (100, 80)),
        record(image("fractions.png"), [[0.1, 0.25, 0.4, 0.75]], (1, 1)),
        record(image("other.png", (10, 90))),
        record(image("empty.png"), []),
        *(record(file) for file in broken),
    ]
    known = [look(data(*records), num_workers, keep=keep) for keep in (0, 1, 1)]
    for one in known:
        assert one.placed
        assert one.classes == ("background", "cat")
        assert boxes_of(one) == [[BOX], [[5, 10, 20, 30]], [BOX], [BOX], []]
        assert one.records == known[0].records
        assert one.problems.counts == known[0].problems.counts
        assert one.problems.first == known[0].problems.first
        assert one.problems.notes == known[0].problems.notes
    for index, one in enumerate(known[0].records):
        target = known[0][index][1]
        assert target["boxes"].tolist() == one.boxes
        assert target["boxes"].canvas_size == one.size_px
    assert known[0].problems.counts["object", "outside of its image"] == 1


def test_a_data_set_in_place_is_returned_as_it_is(image):
    known = look(data(record(image())))
    assert look(known) is known


def test_what_was_given_is_not_changed(image, tmp_path):
    given = Records(
        [record(image()), record(image("cut.png", cut=1500))],
        ("background", "cat"),
        str,
        Problems(),
        root=tmp_path,
        form="COCO",
    )
    given.problems.add("object", "no name", "a.xml, object 3")
    known = look(given)
    assert len(given) == 2
    assert not given.placed
    assert sum(given.problems.counts.values()) == 1
    assert sum(known.problems.counts.values()) == 2
    assert (known.transforms, known.root, known.form) == (str, tmp_path, "COCO")


def test_broken_images_are_left_out_and_counted(image, broken):
    known = look(data(record(image()), *map(record, broken)))
    assert len(known) == 1
    cut = next(file for file in broken if file.name == "cut.jpg")
    assert f"3 images: cannot be read: it is cut short (first: {cut})" in known.problems.left_out()
    assert sum(known.problems.counts.values()) == len(broken)


def test_in_strict_mode_the_first_broken_image_is_an_error(image):
    file = image("cut.png", cut=1500)
    with pytest.raises(ValueError, match="cannot be read: it is cut short") as told:
        look(data(record(image()), record(file), strict=True))
    assert str(told.value).startswith(f"{file}: ")


def test_a_label_file_of_another_image_is_left_out(image):
    good, file = image("good.png"), image("other.png", (10, 90))
    known = look(data(record(good), record(file)))
    assert [one.image for one in known.records] == [good]
    assert known.problems.left_out() == [
        "1 label file: made for an image of another shape (first: "
        f"{file}: its label file is for 100 x 80 pixels, the image has 90 x 10)"
    ]
    with pytest.raises(ValueError, match=r"other\.png: its label file is for"):
        look(data(record(good), record(file), strict=True))


def test_objects_outside_are_left_out_with_all_that_is_said_of_them(image):
    file = image()
    boxes = [[200, 10, 300, 20], BOX, [-5, -9, 50, 300], [30, -9, 60, 0]]
    one = record(
        file,
        boxes,
        labels=[4, 3, 2, 1],
        difficult=[True, False, True, False],
        crowd=[False, False, True, True],
        area=[1.0, 2.0, 3.0, 4.0],
    )
    known = look(data(one))
    assert known.records == [
        Record(
            file,
            [BOX, [0, 0, 50, 80]],
            [3, 2],
            [False, True],
            SIZE,
            [False, True],
            [2.0, 3.0],
        )
    ]
    assert known.problems.left_out() == [
        f"2 objects: outside of its image (first: {file}, object 0)"
    ]
    assert known.problems.notes == {REACHES_OUTSIDE: (1, f"{file}, object 2")}


def test_a_box_that_has_area_only_before_it_is_rounded_is_left_out_once(image):
    narrow = [99.999999999, 10, 120, 20]  # 100 as float32, which is the edge
    known = look(data(record(image(), [BOX, narrow])))
    assert boxes_of(known) == [[BOX]]
    assert sum(known.problems.counts.values()) == 1
    assert known[0][1]["boxes"].tolist() == [BOX]
    assert sum(known.problems.counts.values()) == 1


def test_no_box_at_an_edge_is_read_otherwise_after_a_look(image):
    ends = [-1, -1e-9, 0, 1e-9, 0.5, 99, 99.5, 100 - 1e-9, 100, 100 + 1e-9, 101]
    boxes = [[a, 0, b, 80] for a, b in itertools.combinations(ends, 2)]
    one = record(image(), boxes, labels=list(range(len(boxes))))
    plain, known = data(one), look(data(one))
    wanted, target = plain[0][1], known[0][1]
    assert torch.equal(wanted["boxes"], target["boxes"])
    assert torch.equal(wanted["labels"], target["labels"])
    assert len(target["labels"]) == len(known.records[0].labels) < len(boxes)
    assert plain.problems.counts == known.problems.counts


def test_rounding_is_worth_no_note(image):
    known = look(data(record(image(), [[-1.0, 0, 101, 81]])))
    assert boxes_of(known) == [[[0, 0, 100, 80]]]
    assert known.problems.notes == {}


def test_resized_images_are_counted_and_the_first_is_named(image):
    small = [image(f"{k}.png", (8, 10)) for k in range(2)]
    known = look(data(record(image()), *map(record, small), record(image("e.png"), [])))
    assert boxes_of(known)[1] == [[1, 2, 4, 6]]
    assert known.problems.notes == {RESIZED: (2, str(small[0]))}
    assert known.problems.counts == {}


@pytest.mark.parametrize("stored", [True, False])
def test_one_image_that_tells_it_decides_for_all(image, stored):
    """Of a tool that ignores EXIF, or of one that does not."""
    lies, upside_down = image("a.jpg", orientation=6), image("b.jpg", orientation=3)
    size_px = SIZE if stored else (100, 80)
    known = look(data(record(lies, size_px=size_px), record(upside_down)))
    assert boxes_of(known)[1] == [[60, 20, 90, 60] if stored else BOX]
    assert known.problems.notes == {}


def test_where_nothing_tells_on_which_image_boxes_are_drawn_it_is_noted(image):
    turned = [image(f"{k}.jpg", orientation=k) for k in (3, 2)]
    blank = image("blank.jpg", orientation=4)
    known = look(data(record(image()), *map(record, turned), record(blank, [])))
    assert boxes_of(known) == [[BOX], [BOX], [BOX], []]
    assert known.problems.notes == {NOT_TOLD: (2, str(turned[0]))}


def test_what_is_read_after_a_look_equals_what_is_read_without(image):
    records = [
        record(image("a.jpg", orientation=6), [BOX, [300, 0, 400, 9]], None),
        record(image("b.jpg", orientation=3)),
        record(image("c.tiff", orientation=8), [[0.1, 0.1, 0.9, 0.3]], (1, 1)),
        record(image("d.png", (40, 50)), [BOX]),
    ]
    plain, known = data(*records), look(data(*records))
    for index in range(len(records)):
        (before, wanted), (after, target) = plain[index], known[index]
        assert torch.equal(before, after)
        assert wanted.keys() == target.keys()
        assert all(torch.equal(wanted[key], target[key]) for key in wanted)
    assert plain.problems.counts == known.problems.counts


def test_a_file_that_changed_after_the_look_is_an_error(image):
    known = look(data(record(image())))
    file = image(size=(80, 101))
    with pytest.raises(ValueError, match="has changed since it was looked at") as told:
        known[0]
    assert str(file) in str(told.value)


def test_where_no_image_is_left_it_is_said_why(image, tmp_path):
    records = [record(image(f"{k}.png", cut=1500)) for k in range(2)]
    with pytest.raises(ValueError, match="at least one image that can be used") as told:
        look(data(*records, root=tmp_path))
    assert str(told.value) == (
        f"{tmp_path} must have at least one image that can be used, got none; left out: "
        f"2 images: cannot be read: it is cut short (first: {records[0].image})"
    )


def test_where_no_object_is_left_it_is_said_why(image):
    one = record(image(), [[200, 10, 300, 20]])
    with pytest.raises(ValueError, match="at least one object") as told:
        look(data(one))
    assert str(told.value) == (
        f"{one.image.parent} must have at least one object, got none; left out: "
        f"1 object: outside of its image (first: {one.image}, object 0)"
    )
    with pytest.raises(ValueError, match=r"object, got none \(images: 1\)$"):
        look(data(record(one.image, [])))
