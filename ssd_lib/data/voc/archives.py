"""Chosen files out of an archive that may be damaged, or made to do harm."""

import contextlib
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from ssd_lib.download import writing

MOST_MEMBERS = 100_000
MOST_BYTES = 4_000_000_000
CHUNK = 1 << 20


def unpack(
    archive: Path,
    folder: Path,
    place: Callable[[str], str | None],
    source: str,
    most_bytes: int = MOST_BYTES,
    most_members: int = MOST_MEMBERS,
) -> None:
    """Write some files of an archive into a folder.

    Args:
        archive: a ``.zip``, stored or deflated, or a ``.tar`` that is not compressed.
        folder: is made.
        place: tells where in the folder a member goes, by its name; None leaves it out.
            No member is written anywhere else.
        source: what messages call the archive.
        most_bytes: of all that is written, counted while it is unpacked.
        most_members: of the archive.

    Raises:
        ValueError: if it is no such archive, is damaged or encrypted, or has more bytes
            or members.
        OSError: if a file cannot be written.
    """
    left = most_bytes
    for number, (name, content) in enumerate(_members(archive, source)):
        if number == most_members:
            raise ValueError(f"{source} must have {most_members} members at most")
        where = place(name)
        if where is None:
            continue
        (folder / where).parent.mkdir(parents=True, exist_ok=True)
        with writing(folder / where) as file:
            for chunk in content():
                left -= len(chunk)
                if left < 0:
                    raise ValueError(f"{source} must have {most_bytes} bytes at most, unpacked")
                file.write(chunk)


def _members(archive: Path, source: str) -> Iterator[tuple[str, Callable[[], Iterator[bytes]]]]:
    """Names and contents of all files."""
    with _one_error(source):
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as files:
                for info in files.infolist():
                    opened = partial(_open_unpackable, files, info)
                    yield info.filename, partial(_chunks, opened, source)
        else:
            with tarfile.open(archive, "r:") as files:
                for info in filter(tarfile.TarInfo.isreg, files):
                    opened = partial(_open_regular, files, info)
                    yield info.name, partial(_chunks, opened, source)


def _chunks(opened: Callable[[], IO[bytes]], source: str) -> Iterator[bytes]:
    with _one_error(source), opened() as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _open_regular(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(info)
    if stream is None:  # as of folders and devices, which are not among the regular files
        raise ValueError(f"{info.name} is no file")
    return stream


def _open_unpackable(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """A member's content; what zipfile would unpack without a limit is refused."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename} is neither stored nor deflated")
    return archive.open(info)


@contextlib.contextmanager
def _one_error(source: str) -> Iterator[None]:
    """One error for the many that damage leads to."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        reason = str(error) or type(error).__name__
        raise ValueError(f"{source} cannot be unpacked: {reason}") from error
