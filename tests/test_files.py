"""Writing files whole: the old one or the new one, and never a part."""

import errno
import os
import stat

import pytest

from ssd_lib.files import write_whole


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "file.txt"
    path.write_bytes(b"the old one")
    return path


def only(path):
    """The folder holds this file and no other."""
    return [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"", b"new", memoryview(b"new"), b"x" * 10**6])
def test_a_file_is_replaced(old, content):
    write_whole(str(old), content)
    assert old.read_bytes() == content
    assert only(old)


def test_a_part_that_a_killed_process_left_is_replaced(old):
    old.with_name("file.txt.part").write_bytes(b"half of a much longer file")
    write_whole(old, b"new")
    assert old.read_bytes() == b"new"
    assert only(old)


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege elsewhere")
@pytest.mark.parametrize("name", ["file.txt", "file.txt.part"])
def test_nothing_is_written_through_a_link(tmp_path, old, name):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "folder" / name
    link.symlink_to(old)
    write_whole(tmp_path / "folder/file.txt", b"new")
    assert old.read_bytes() == b"the old one"
    assert (tmp_path / "folder/file.txt").read_bytes() == b"new"
    assert not (tmp_path / "folder/file.txt").is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_the_file_has_the_mode_that_new_files_have(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "new", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == mode


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failure_keeps_the_old_file_and_names_it(old, monkeypatch, step, code):
    def fails(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, step, fails)
    with pytest.raises(OSError, match=f"{old} cannot be written: {os.strerror(code)}"):
        write_whole(old, b"new")
    assert old.read_bytes() == b"the old one"
    assert only(old)


def test_an_interrupt_leaves_no_part(old, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(old, b"new")
    assert old.read_bytes() == b"the old one"
    assert only(old)


@pytest.mark.parametrize("name", ["no/such/folder/x", "file.txt/x", "."])
def test_a_place_that_cannot_be_written_is_named(old, name):
    path = old.parent / name
    with pytest.raises(OSError, match=f"{path} cannot be written: "):
        write_whole(path, b"new")


def test_a_drive_that_cannot_flush_a_folder_is_no_failure(old, monkeypatch):
    flush = os.fsync

    def only_files(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not here")
        flush(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    write_whole(old, b"new")
    assert old.read_bytes() == b"new"
