"""What is known of image files from an earlier look, in the user's cache folder.

One JSON file for each data folder holds what was seen, by path, size in bytes and time
of change. ``SSD_LIB_CACHE`` names another folder for these files.
"""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeGuard

import PIL
from filelock import FileLock

from ssd_lib.data.placing import Seen
from ssd_lib.files import write_whole

FORMAT = f"1, Pillow {PIL.__version__}"  # another one where other files are readable
PATIENCE_S = 5.0  # for another process that writes the same file

Entry = list[int]  # bytes, time of change in ns, height, width, orientation


class Remembered:
    """What was seen in one data folder.

    Nothing here is an error: what cannot be read or written is looked at again.

    Args:
        root: the data folder.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = os.path.abspath(root)
        self._states: dict[Path, Entry] = {}  # bytes and time, before the look

    @property
    def file(self) -> Path:
        """Where it is kept.

        Raises:
            RuntimeError: if there is no home folder.
        """
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()
        return cache_folder() / f"images-{digest[:24]}.json"

    def recall(self, files: Iterable[Path]) -> dict[Path, Seen]:
        """Those files that have not changed since they were seen."""
        self._states = {f: state for f in files if (state := _state(f)) is not None}
        entries = self._entries()
        found = {}
        for file, state in self._states.items():
            entry = entries.get(os.path.abspath(file))
            if _is_entry(entry) and entry[:2] == state:
                found[file] = Seen((entry[2], entry[3]), entry[4])
        return found

    def keep(self, seen: Mapping[Path, Seen]) -> None:
        """Add what was seen of files that :meth:`recall` was asked for."""
        new = {
            os.path.abspath(f): [*self._states[f], *what.size_px, what.orientation]
            for f, what in seen.items()
            if f in self._states
        }
        if not new:
            return
        with contextlib.suppress(OSError, RuntimeError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.file}.lock", PATIENCE_S):
                content = {"format": FORMAT, "seen": self._entries() | new}
                text = json.dumps(content, separators=(",", ":"))
                write_whole(self.file, text.encode())

    def _entries(self) -> dict[str, Entry]:
        """All of the file, by absolute path; none if it is damaged or of another format."""
        try:
            content = json.loads(self.file.read_bytes())
        except (OSError, RuntimeError, ValueError):  # RecursionError is a RuntimeError
            return {}
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            return {}
        entries = content.get("seen")
        return entries if isinstance(entries, dict) else {}


def cache_folder() -> Path:
    """The folder for what this package keeps; it need not exist.

    Raises:
        RuntimeError: if there is no home folder.
    """
    if own := os.environ.get("SSD_LIB_CACHE"):
        return Path(own)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ssd_lib"
    name, inside_home = (
        ("LOCALAPPDATA", "AppData/Local")
        if sys.platform == "win32"
        else ("XDG_CACHE_HOME", ".cache")
    )
    given = Path(os.environ.get(name, ""))
    return (given if given.is_absolute() else Path.home() / inside_home) / "ssd_lib"


def _state(file: Path) -> Entry | None:
    """Bytes and time of change; None if there is no such file."""
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns]


def _is_entry(entry: object) -> TypeGuard[Entry]:
    return isinstance(entry, list) and [type(part) for part in entry] == [int] * 5
