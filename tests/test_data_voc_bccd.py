"""BCCD's download, from a server of the test's own: checked, and without harm."""

import contextlib
import hashlib
import random
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from ssd_lib import download
from ssd_lib.data.voc import bccd
from ssd_lib.data.voc.bccd import BCCD, fetch, manifest, verify

LABEL = """<annotation><object><name>RBC</name><bndbox><xmin>1</xmin><ymin>1</ymin>
<xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>"""


@pytest.fixture
def small(tmp_path, server, monkeypatch):
    """A data set of one picture as an archive on the server, and its hashes."""
    source = tmp_path / "source"
    for part in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (source / part).mkdir(parents=True)
    (source / "Annotations/a.xml").write_text(LABEL)
    Image.new("RGB", (20, 20)).save(source / "JPEGImages/a.jpg")
    (source / "ImageSets/Main/train.txt").write_text("a\n")
    files = [file for file in source.rglob("*") if file.is_file()]
    hashes = {}
    with zipfile.ZipFile(server[0] / "master.zip", "w") as archive:
        archive.writestr("BCCD_Dataset-master/README.md", "not wanted")
        for file in files:
            name = file.relative_to(source).as_posix()
            archive.write(file, f"BCCD_Dataset-master/BCCD/{name}")
            hashes[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setattr(bccd, "manifest", lambda: hashes)
    return f"{server[1]}/master.zip", hashes


def visible(folder):
    """What lies in a folder besides the lock."""
    return [file.name for file in folder.iterdir() if file.name != ".bccd.lock"]


def test_the_manifest_has_every_file_of_the_four_splits():
    names = manifest()
    assert sum(name.startswith("Annotations/") for name in names) == 364
    assert sum(name.startswith("JPEGImages/") for name in names) == 364
    assert sum(name.startswith("ImageSets/Main/") for name in names) == 4
    assert all(len(digest) == 64 for digest in names.values())


def test_it_is_downloaded_checked_and_read(tmp_path, small):
    data = BCCD(tmp_path / "root", download=True, url=small[0])
    assert data[0][1]["labels"].tolist() == [data.classes.index("RBC")]
    assert not (tmp_path / "root/bccd/README.md").exists()
    assert visible(tmp_path / "root") == ["bccd"]
    BCCD(tmp_path / "root", url="http://127.0.0.1:9/not asked a second time")


def test_files_that_were_put_there_later_do_not_count(tmp_path, small):
    BCCD(tmp_path / "root", download=True, url=small[0])
    folder = tmp_path / "root/bccd"
    [known] = BCCD(tmp_path / "root").records
    for name in ("Annotations/a.png", "JPEGImages/a.png", "JPEGImages/b.jpg"):
        Image.new("RGB", (20, 20)).save(folder / name)
    (folder / "Annotations/b.xml").write_text(LABEL)
    (folder / "ImageSets/Main/mine.txt").write_text("b\n")
    assert BCCD(tmp_path / "root").records == [known]
    with pytest.raises(FileNotFoundError, match=r"\(train\), got 'mine'"):
        BCCD(tmp_path / "root", "mine")


def test_without_leave_nothing_is_downloaded(tmp_path, small):
    with pytest.raises(FileNotFoundError, match="pass download=True"):
        BCCD(tmp_path / "root", url=small[0])


def test_a_file_with_another_hash_is_an_error_and_nothing_is_put_in_place(tmp_path, small):
    url, hashes = small
    hashes["Annotations/a.xml"] = "0" * 64
    with pytest.raises(ValueError, match=r"a\.xml must have sha256 0000"):
        BCCD(tmp_path / "root", download=True, url=url)
    assert visible(tmp_path / "root") == []


def test_a_file_that_was_changed_later_is_named_and_left(tmp_path, small):
    BCCD(tmp_path / "root", download=True, url=small[0])
    file = tmp_path / "root/bccd/Annotations/a.xml"
    file.write_text("changed")
    with pytest.raises(ValueError, match=r"a\.xml must have sha256"):
        BCCD(tmp_path / "root", download=True, url=small[0])
    assert file.read_text() == "changed"


def test_an_archive_that_lacks_a_file_is_an_error(tmp_path, small):
    url, hashes = small
    with pytest.raises(ValueError, match=r"must have a file Annotations/b\.xml, got none"):
        fetch(url, tmp_path / "root/bccd", hashes | {"Annotations/b.xml": "11"})


NOISE = random.Random(0).randbytes(4000)


def zipped(path, method=zipfile.ZIP_DEFLATED, content=NOISE):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("BCCD/a.txt", content)
    return bytearray(path.read_bytes())


def page(path):
    path.write_text("<html>not found</html>")


def empty(path):
    path.write_bytes(b"")


def cut_short(path):
    path.write_bytes(zipped(path)[:-30])


def damaged(path):
    content = zipped(path)
    content[2000:2010] = bytes(10)
    path.write_bytes(content)


def encrypted(path):
    content = zipped(path)
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def compressed_as_bzip2(path):
    zipped(path, zipfile.ZIP_BZIP2)


def a_bomb(path):
    zipped(path, content=bytes(bccd.MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (page, "cannot be unpacked: File is not a zip file"),
        (empty, "cannot be unpacked: File is not a zip file"),
        (cut_short, "cannot be unpacked: File is not a zip file"),
        (damaged, "cannot be unpacked: (Bad CRC|Error -3)"),
        (encrypted, "cannot be unpacked: .* is encrypted, password required"),
        (compressed_as_bzip2, "cannot be unpacked: .* neither stored nor deflated"),
        (a_bomb, "must have 1000000 bytes at most, unpacked"),
    ],
)
def test_an_archive_that_cannot_be_unpacked_is_told_with_its_address(
    tmp_path, server, monkeypatch, make, reason
):
    monkeypatch.setattr(bccd, "MOST_BYTES", 1_000_000)
    make(server[0] / "file.zip")
    with pytest.raises(ValueError, match=f"^{server[1]}/file.zip {reason}"):
        fetch(f"{server[1]}/file.zip", tmp_path / "root/bccd", {"a.txt": "b"})
    assert visible(tmp_path / "root") == []


def test_a_download_that_does_not_end_is_told(tmp_path, server, monkeypatch):
    monkeypatch.setattr(bccd, "MOST_BYTES", 1000)
    (server[0] / "file.zip").write_bytes(bytes(1001))
    with pytest.raises(ValueError, match=r"file.zip must have 1000 bytes at most, got"):
        fetch(f"{server[1]}/file.zip", tmp_path / "root/bccd", {"a.txt": "b"})


def test_a_server_that_hangs_is_not_waited_for(tmp_path, monkeypatch, hanging):
    monkeypatch.setattr(download, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    with pytest.raises(OSError, match=f"^{hanging} cannot be downloaded: no answer"):
        BCCD(tmp_path / "root", download=True, url=hanging)
    assert visible(tmp_path / "root") == []


def test_what_a_killed_process_left_is_taken_for_nothing(tmp_path, small):
    left = tmp_path / "root/.bccd.part/bccd/Annotations"
    left.mkdir(parents=True)
    (left / "a.xml").write_text("half a")
    assert len(BCCD(tmp_path / "root", download=True, url=small[0])) == 1
    assert visible(tmp_path / "root") == ["bccd"]


def test_two_at_once_put_one_folder_in_place(tmp_path, small, monkeypatch):
    both, asked = threading.Barrier(2), []

    def once_both_are_here(*arguments, **options):
        asked.append(arguments)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.5)  # in vain: the other one must not ask
        download.download(*arguments, **options)

    monkeypatch.setattr(bccd, "download", once_both_are_here)
    url, hashes = small
    folder = tmp_path / "root/bccd"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: fetch(url, folder, hashes), range(2)))
    assert len(asked) == 1
    verify(folder, hashes)
    assert visible(tmp_path / "root") == ["bccd"]
    assert not (folder / "bccd").exists()


def test_after_an_interrupted_download_the_next_one_works(tmp_path, small, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(download, "_chunks", interrupted)
        with pytest.raises(KeyboardInterrupt):
            BCCD(tmp_path / "root", download=True, url=small[0])
    assert visible(tmp_path / "root") == []
    assert len(BCCD(tmp_path / "root", download=True, url=small[0])) == 1


def test_a_server_without_the_file_is_told(tmp_path, server):
    with pytest.raises(OSError, match="404"):
        fetch(f"{server[1]}/none.zip", tmp_path / "root/bccd", {})
    assert visible(tmp_path / "root") == []


def test_verify_says_which_file_is_missing(tmp_path):
    with pytest.raises(ValueError, match=r"must have a file a\.txt, got none"):
        verify(tmp_path, {"a.txt": "00"})
