"""What commands say: to a terminal of any language, and into a pipe that may end."""

import contextlib
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO, TypeVar

from tqdm import tqdm

from ssd_lib.text import visible

USER_ERRORS = (ValueError, OSError, RuntimeError, ImportError, MemoryError)
MANY = 10  # items, from which on progress is shown
NOBODY_READS = 128 + 13  # as a shell says that SIGPIPE ended a program

Item = TypeVar("Item")


@contextlib.contextmanager
def output() -> Iterator[None]:
    """Let everything be printed, and what cannot be printed end without a complaint.

    Characters that stdout or stderr cannot encode are written as escapes.
    """
    streams = [s for s in (sys.stdout, sys.stderr) if isinstance(s, io.TextIOWrapper)]
    for stream in streams:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream in streams:
            _settle(stream)


def progress(items: Sequence[Item], unit: str) -> Iterable[Item]:
    """The items; if there are many, a terminal on stderr shows how far they are."""
    off = None if len(items) >= MANY else True  # None: where there is no terminal
    return tqdm(items, unit=unit, disable=off, leave=False, dynamic_ncols=True)


def say(line: str) -> None:
    """A line on stdout; a line of progress stays below it."""
    with tqdm.external_write_mode(sys.stdout):
        print(line)


def nobody_reads(error: Exception) -> bool:
    """Whether an error came up because the reader of stdout, such as head, has left."""
    if not isinstance(error, BrokenPipeError):
        return False
    try:
        print(flush=True)
    except BrokenPipeError:
        return True
    return False


def say_error(error: Exception) -> None:
    """One line on stderr, after what was printed so far."""
    _say(f"error: {explain(error)}")


def say_warning(message: Warning | str, *_: object) -> None:
    """One line on stderr; for ``warnings.showwarning``."""
    _say(f"warning: {_one_line(message)}")


def explain(error: Exception) -> str:
    """An error in one line."""
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return visible(f"{error.filename}: {error.strerror}")
    return _one_line(error) or type(error).__name__


def _one_line(message: object) -> str:
    return visible(" ".join(str(message).split()))


def _say(line: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        _settle(sys.stdout)
    with contextlib.suppress(BrokenPipeError), tqdm.external_write_mode(sys.stderr):
        print(line, file=sys.stderr, flush=True)


def _settle(stream: TextIO) -> None:
    """Write what waits in a stream; if that cannot be, drop it, and what will follow.

    Python would try once more when it ends, and complain.
    """
    try:
        stream.flush()
    except OSError:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())
