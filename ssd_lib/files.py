"""Writing a file so that nobody ever finds half of it."""

import contextlib
import os
from pathlib import Path


def write_whole(path: str | Path, content: bytes | memoryview) -> None:
    """Write a file; until it is complete on the disk, the old one stays.

    The bytes go to a file beside it, whose name ends in ``.part``, which is flushed to
    the disk and then renamed. A process killed on the way leaves the old file, and at
    most one ``.part``, which the next writing replaces. A file has one writer at a
    time. A link of either name is replaced, not followed.

    Args:
        path: of the file; its folder exists.
        content: all of it.

    Raises:
        OSError: if it cannot be written, the disk being full, say; the message names
            the file.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "numbers.txt"
        >>> write_whole(file, b"1 2 3")
        >>> file.read_bytes()
        b'1 2 3'
    """
    path = Path(path)
    scratch = path.with_name(path.name + ".part")
    try:
        scratch.unlink(missing_ok=True)  # a link there would be followed
        with scratch.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f"{path} cannot be written: {reason}; what was there is kept") from error
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Bring the renaming itself to the disk, where a folder can be opened for that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # not on every network drive; the file is there
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
