"""Pascal VOC's download: its two archives of one year, once, and whole."""

import contextlib
import hashlib
import shutil
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from torchvision.datasets.voc import DATASET_YEAR_DICT

from ssd_lib import download
from ssd_lib.data import PascalVOC
from ssd_lib.data.voc import download as voc_download
from ssd_lib.data.voc.download import fetch, is_whole

LABEL = """<annotation><object><name>dog</name><bndbox><xmin>1</xmin><ymin>2</ymin>
<xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"""
KEYS = {"trainval": "2007", "test": "2007-test"}


def part_of(source, split):
    """One image of a split, as it lies in the devkit."""
    root = source / split / "VOCdevkit/VOC2007"
    for part in ("Annotations", "JPEGImages", "ImageSets/Main", "SegmentationClass"):
        (root / part).mkdir(parents=True)
    (root / f"Annotations/{split}_1.xml").write_text(LABEL)
    Image.new("RGB", (50, 60)).save(root / f"JPEGImages/{split}_1.jpg")
    (root / f"ImageSets/Main/{split}.txt").write_text(f"{split}_1\n")
    (root / "SegmentationClass/large.png").write_bytes(b"not wanted")
    return source / split / "VOCdevkit"


@pytest.fixture
def served(server, tmp_path, monkeypatch):
    """The server's folder, with both archives of 2007; what torchvision knows of them."""
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    for split, key in KEYS.items():
        archive = server[0] / f"{key}.tar"
        with tarfile.open(archive, "w:") as tar:
            tar.add(part_of(tmp_path / "source", split), "VOCdevkit")
        monkeypatch.setitem(
            DATASET_YEAR_DICT,
            key,
            {
                "url": f"{server[1]}/{archive.name}",
                "filename": archive.name,
                "md5": hashlib.md5(archive.read_bytes()).hexdigest(),
            },
        )
    return server[0]


def test_both_parts_of_a_year_come_into_one_folder(served, tmp_path):
    root = tmp_path / "new/root"
    for split, sets in (("trainval", "07"), ("test", "07-test")):
        [(image, target)] = PascalVOC(root, sets, download=True)
        assert image.shape == (3, 60, 50)
        assert target["labels"].tolist() == [12]
        assert is_whole(root / "VOCdevkit/VOC2007", split)
    shutil.rmtree(served)
    PascalVOC(root, "07", download=True)  # nothing is asked for a second time
    names = {file.name for file in (root / "VOCdevkit").iterdir()}
    assert names == {"VOC2007", ".VOC2007.lock"}
    assert not list(root.rglob("large.png"))


def test_an_archive_that_is_there_is_taken(served, tmp_path):
    (tmp_path / "root").mkdir()
    shutil.move(served / "2007.tar", tmp_path / "root")
    assert len(PascalVOC(tmp_path / "root", "07", download=True)) == 1


def test_an_archive_that_was_cut_short_is_named_and_left(served, tmp_path):
    (tmp_path / "root").mkdir()
    archive = tmp_path / "root/2007.tar"
    archive.write_bytes((served / "2007.tar").read_bytes()[:2000])
    with pytest.raises(ValueError, match=f"^{archive} must have md5 "):
        PascalVOC(tmp_path / "root", "07", download=True)
    assert archive.stat().st_size == 2000
    assert not (tmp_path / "root/VOCdevkit/VOC2007").exists()


def test_another_archive_is_refused_before_it_is_unpacked(served, tmp_path, monkeypatch):
    with (served / "2007.tar").open("ab") as file:
        file.write(b"more")
    monkeypatch.setattr(voc_download, "unpack", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(ValueError, match=r"2007\.tar must have md5 "):
        PascalVOC(tmp_path / "root", "07", download=True)


@pytest.mark.usefixtures("served")
def test_a_server_that_hangs_is_not_waited_for(tmp_path, monkeypatch, hanging):
    monkeypatch.setattr(download, "TIMEOUT_S", 0.1)
    monkeypatch.setitem(DATASET_YEAR_DICT["2007"], "url", hanging)
    with pytest.raises(OSError, match=f"^{hanging} cannot be downloaded: no answer"):
        PascalVOC(tmp_path / "root", "07", download=True)


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("missing", ["ImageSets/Main", "Annotations", "JPEGImages"])
def test_half_a_folder_is_made_whole(tmp_path, missing):
    folder = tmp_path / "root/VOCdevkit/VOC2007"
    shutil.copytree(tmp_path / "source/trainval/VOCdevkit/VOC2007", folder)
    mine = folder / "Annotations/mine.xml"
    mine.write_text("my own")
    shutil.rmtree(folder / missing)
    assert not is_whole(folder, "trainval")
    fetch(folder, "2007", "trainval")
    assert is_whole(folder, "trainval")
    assert missing == "Annotations" or mine.read_text() == "my own"


@pytest.mark.usefixtures("served")
def test_a_killed_process_leaves_nothing_that_looks_whole(tmp_path, monkeypatch):
    folder = tmp_path / "root/VOCdevkit/VOC2007"
    move, moved = shutil.move, []

    def moves_two(file, goal):
        if len(moved) == 2:
            raise KeyboardInterrupt
        moved.append(move(file, goal))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "move", moves_two)
        with pytest.raises(KeyboardInterrupt):
            fetch(folder, "2007", "trainval")
    assert {file.suffix for file in moved} == {".xml", ".jpg"}
    assert not is_whole(folder, "trainval")
    fetch(folder, "2007", "trainval")
    assert is_whole(folder, "trainval")


@pytest.mark.usefixtures("served")
def test_of_two_at_once_one_unpacks(tmp_path, monkeypatch):
    both, unpacked, unpack = threading.Barrier(2), [], voc_download.unpack

    def once_both_are_here(*arguments):
        unpacked.append(arguments)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.5)  # in vain: the other one waits for the lock
        unpack(*arguments)

    monkeypatch.setattr(voc_download, "unpack", once_both_are_here)
    folder = tmp_path / "root/VOCdevkit/VOC2007"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: fetch(folder, "2007", "trainval"), range(2)))
    assert len(unpacked) == 1
    assert is_whole(folder, "trainval")
