"""What comes out of an archive: the wanted files, in their places, or one error."""

import contextlib
import io
import random
import tarfile
import zipfile

import pytest

from ssd_lib.data.voc.archives import unpack

FILES = {"top/a.txt": b"a" * 3000, "top/b.txt": b"b" * 10, "README": b"not wanted"}


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def tarred(path, files):
    with tarfile.open(path, "w:") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


@pytest.fixture(params=["zip", "tar"])
def make(request, tmp_path):
    def made(files):
        path = tmp_path / f"archive.{request.param}"
        {"zip": zipped, "tar": tarred}[request.param](path, files)
        return path

    return made


def below_top(name):
    return name.removeprefix("top/") if name.startswith("top/") else None


def written(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_wanted_files_come_out(make, tmp_path):
    unpack(make(FILES), tmp_path / "out", below_top, "it")
    assert written(tmp_path / "out") == {"a.txt": b"a" * 3000, "b.txt": b"b" * 10}


def test_a_name_that_climbs_out_writes_nothing_there(make, tmp_path):
    names = ["../evil", "/evil", "top/../../evil", "..\\evil"]
    places = {"top/../../evil": "deep/inside"}
    unpack(make(dict.fromkeys(names, b"x")), tmp_path / "out", places.get, "it")
    assert written(tmp_path / "out") == {"deep/inside": b"x"}
    assert not list(tmp_path.glob("*evil*"))


@pytest.mark.parametrize(("what", "just"), [("bytes", 3010), ("members", 3)])
def test_bytes_and_members_are_counted_while_they_are_unpacked(make, tmp_path, what, just):
    archive = make(FILES)
    unpack(archive, tmp_path / "in", below_top, "it", **{f"most_{what}": just})
    with pytest.raises(ValueError, match=rf"^it must have {just - 1} {what} at most"):
        unpack(archive, tmp_path / "out", below_top, "it", **{f"most_{what}": just - 1})


def test_a_member_that_lies_about_its_size_is_still_counted(tmp_path):
    path = tmp_path / "archive.zip"
    zipped(path, {"top/a.txt": bytes(10**6)})
    content = bytearray(path.read_bytes())
    for place in (content.index(b"PK\x03\x04") + 22, content.index(b"PK\x01\x02") + 24):
        content[place : place + 4] = (10**5).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^it (must have|cannot be unpacked)"):
        unpack(path, tmp_path / "out", below_top, "it", most_bytes=1000)


def test_links_and_devices_are_left_out(tmp_path):
    path = tmp_path / "archive.tar"
    with tarfile.open(path, "w:") as archive:
        for name, kind in (
            ("top/link", tarfile.SYMTYPE),
            ("top/pipe", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    unpack(path, tmp_path / "out", below_top, "it")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.3, 0.4])
def test_an_archive_that_was_cut_short_is_one_error(make, tmp_path, share):
    archive = make(FILES)
    content = archive.read_bytes()
    archive.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"^it cannot be unpacked: .+$"):
        unpack(archive, tmp_path / "out", below_top, "it")


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_archive_is_no_other_error(make, tmp_path, seed):
    archive, chance = make(FILES), random.Random(seed)
    content = bytearray(archive.read_bytes())
    for _ in range(3):
        content[chance.randrange(len(content))] = chance.randrange(256)
    archive.write_bytes(content)
    with contextlib.suppress(ValueError):
        unpack(archive, tmp_path / "out", below_top, "it")


def test_a_full_disk_is_told_with_the_file(make, tmp_path):
    resource = pytest.importorskip("resource", reason="limits are POSIX's")
    archive = make({"top/a.txt": bytes(2 << 20)})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with pytest.raises(OSError, match=f"{tmp_path}/out/a.txt cannot be written: File"):
            unpack(archive, tmp_path / "out", below_top, "it")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
