"""Files from the network: once, whole or not at all, and never waited for without end.

torch.hub, torchvision.datasets and pooch each lack most of a time limit, a largest
size, going on where a download broke off, and a thought for other processes that want
the same file; ``urllib`` and a file lock are enough for all four.
"""

import contextlib
import hashlib
import http.client
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock
from tqdm.auto import tqdm

TIMEOUT_S = 30.0  # to connect, between two parts, and for SLOWEST bytes
SLOWEST = 10_000
TRIES, PAUSE_S = 3, 1.0
LARGEST = 4_000_000_000  # bytes
CHUNK = 1 << 18


def download(url: str, path: str | Path, digest: str = "", largest: int = LARGEST) -> None:
    """Fetch a file, unless it is there.

    Of several processes of a machine that ask for it, one fetches it and the others
    wait. It is called ``<path>.part`` until it is complete and compared with its
    digest. With a digest, what was interrupted is continued, even by another process.

    Args:
        url: of the file.
        path: where it is to be; folders are made.
        digest: ``"sha256:"`` or ``"md5:"`` and the digest or its first digits; empty if
            it is not known.
        largest: bytes; more are refused.

    Raises:
        OSError: if it cannot be downloaded, or not be written; the message has the URL
            or the path.
        ValueError: if it is too long, or has another digest; it is not kept.
    """
    path = Path(path)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        if not path.exists():
            part = path.with_name(path.name + ".part")
            if not digest:
                part.unlink(missing_ok=True)
            _fetch_checked(url, part, digest, largest)
            part.replace(path)


def check_digest(path: Path, digest: str, name: str = "") -> None:
    """Compare a file with its digest.

    Raises:
        ValueError: if it is another file; the message calls it by ``name``.
    """
    kind, _, wanted = digest.partition(":")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, kind).hexdigest()
    if not found.startswith(wanted):
        raise ValueError(f"{name or path} must have {kind} {wanted}, got {found}")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process of this machine makes this file or folder.

    The empty ``.<name>.lock`` beside it stays: to remove it would let two processes
    hold two locks of one name.
    """
    with FileLock(path.with_name(f".{path.name}.lock")):
        yield


@contextlib.contextmanager
def scratch_beside(path: Path) -> Iterator[Path]:
    """An empty folder on the same disk, for whoever holds the lock; it is removed."""
    scratch = path.with_name(f".{path.name}.part")
    shutil.rmtree(scratch, ignore_errors=True)  # of a process that was killed
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def writing(path: Path, append: bool = False) -> Iterator[BinaryIO]:
    """A file to write; the message of an OSError has its path."""
    try:
        with path.open("ab" if append else "wb") as file:
            yield file
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror or error}") from error


class _Interrupted(Exception):
    """A download that may be tried again."""


def _fetch_checked(url: str, part: Path, digest: str, largest: int) -> None:
    while True:
        continued = part.exists()
        try:
            _fetch(url, part, largest)
            if digest:
                check_digest(part, digest, url)
            return
        except ValueError:
            part.unlink(missing_ok=True)
            if not continued:  # else the beginning may have been another file's
                raise


def _fetch(url: str, part: Path, largest: int) -> None:
    """Try a few times, each time from where it broke off."""
    for left in reversed(range(TRIES)):
        try:
            return _fetch_the_rest(url, part, largest)
        except _Interrupted as error:
            if not left:
                raise OSError(f"{url} cannot be downloaded: {error}") from error
            time.sleep(PAUSE_S)
    return None


def _fetch_the_rest(url: str, part: Path, largest: int) -> None:
    """Append what is missing, or write all of it if the server does not continue."""
    have = part.stat().st_size if part.exists() else 0
    with _request(url, have) as answer:
        have = have if answer.status == 206 else 0
        length = answer.headers["Content-Length"]
        total = have + int(length) if length else None
        with (
            writing(part, append=bool(have)) as file,
            _progress_bar(part.stem, have, total) as bar,
        ):
            for chunk in _chunks(answer):
                have += file.write(chunk)
                bar.update(len(chunk))
                if have > largest:
                    raise ValueError(f"{url} must have {largest} bytes at most, got more")
    if total is not None and have < total:
        raise _Interrupted(f"it ended after {have} of {total} bytes")


def _request(url: str, have: int) -> http.client.HTTPResponse:
    """The answer to a request for all but the bytes that are there."""
    headers = {"User-Agent": "ssd_lib"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        with _network():
            return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416 and have:  # nothing is missing, or too much is there
                return _request(url, 0)
            if error.code >= 500:
                raise _Interrupted(str(error)) from error
            raise OSError(f"{url} cannot be downloaded: {error}") from error


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """What comes, as it comes, unless that is next to nothing."""
    start, received = time.monotonic(), 0
    while True:
        with _network():
            chunk = answer.read1(CHUNK)
        if not chunk:
            return
        yield chunk
        received += len(chunk)
        seconds = time.monotonic() - start
        if seconds > TIMEOUT_S:
            if received < SLOWEST:
                raise _Interrupted(f"only {received} bytes came in {seconds:.3g} s")
            start, received = time.monotonic(), 0


@contextlib.contextmanager
def _network() -> Iterator[None]:
    """Make what may go wrong on the way an :class:`_Interrupted`."""
    try:
        yield
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)  # urllib wraps what went wrong
        if isinstance(reason, TimeoutError):
            reason = f"no answer for {TIMEOUT_S:g} s"
        raise _Interrupted(reason) from error


def _progress_bar(name: str, have: int, total: int | None) -> tqdm:
    """Of bytes; nothing is shown where nobody looks."""
    return tqdm(desc=name, initial=have, total=total, unit="B", unit_scale=True, disable=None)
