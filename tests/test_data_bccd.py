"""BCCD's download, from a server of the test's own: checked, and without harm."""

import hashlib
import zipfile

import pytest
from PIL import Image

from ssd_lib.data import bccd
from ssd_lib.data.bccd import BCCD, fetch, manifest, verify

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
    assert [file.name for file in (tmp_path / "root").iterdir()] == ["bccd"]
    BCCD(tmp_path / "root", url="http://127.0.0.1:9/not asked a second time")


def test_without_leave_nothing_is_downloaded(tmp_path, small):
    with pytest.raises(FileNotFoundError, match="pass download=True"):
        BCCD(tmp_path / "root", url=small[0])


def test_a_file_with_another_hash_is_an_error_and_nothing_is_put_in_place(
    tmp_path, small
):
    url, hashes = small
    hashes["Annotations/a.xml"] = "0" * 64
    with pytest.raises(ValueError, match=r"a\.xml must have SHA-256 0000"):
        BCCD(tmp_path / "root", download=True, url=url)
    assert list((tmp_path / "root").iterdir()) == []


def test_a_file_that_was_changed_later_is_named_and_left(tmp_path, small):
    BCCD(tmp_path / "root", download=True, url=small[0])
    file = tmp_path / "root/bccd/Annotations/a.xml"
    file.write_text("changed")
    with pytest.raises(ValueError, match=r"a\.xml must have SHA-256"):
        BCCD(tmp_path / "root", download=True, url=small[0])
    assert file.read_text() == "changed"


def test_an_archive_that_lacks_a_file_is_an_error(tmp_path, small):
    url, hashes = small
    with pytest.raises(ValueError, match=r"b\.xml must have SHA-256 11, got None"):
        fetch(url, tmp_path / "root/bccd", hashes | {"Annotations/b.xml": "11"})


def test_what_is_no_archive_is_told(tmp_path, server):
    (server[0] / "page.zip").write_text("<html>not found</html>")
    with pytest.raises(ValueError, match="must be a zip archive"):
        fetch(f"{server[1]}/page.zip", tmp_path / "root/bccd", {"a": "b"})


def test_after_an_interrupted_download_the_next_one_works(tmp_path, small, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("torch.hub.download_url_to_file", interrupted)
        with pytest.raises(KeyboardInterrupt):
            BCCD(tmp_path / "root", download=True, url=small[0])
    assert list((tmp_path / "root").iterdir()) == []
    assert len(BCCD(tmp_path / "root", download=True, url=small[0])) == 1


def test_a_server_without_the_file_is_told(tmp_path, server):
    with pytest.raises(OSError, match="404"):
        fetch(f"{server[1]}/none.zip", tmp_path / "root/bccd", {})
    assert list((tmp_path / "root").iterdir()) == []


def test_verify_says_which_file_is_missing(tmp_path):
    with pytest.raises(ValueError, match=r"a\.txt must have SHA-256 00, got None"):
        verify(tmp_path, {"a.txt": "00"})
