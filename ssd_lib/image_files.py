"""The files of a folder and of all folders in it, and which of them are images."""

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path

IMAGE_ENDINGS = frozenset(
    [
        ".apng",
        ".avif",
        ".bmp",
        ".dib",
        ".gif",
        ".heic",
        ".heif",
        ".hif",
        ".j2k",
        ".jfif",
        ".jp2",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".mpo",
        ".pbm",
        ".pgm",
        ".png",
        ".pnm",
        ".ppm",
        ".tga",
        ".tif",
        ".tiff",
        ".webp",
    ]
)
OF_THE_SYSTEM = frozenset(("__macosx", "@eadir", "$recycle.bin", "desktop.ini", "thumbs.db"))


def is_image_file(name: str) -> bool:
    """Whether a file is an image by the ending of its name, in letters of any case.

    Example:
        >>> is_image_file("DSC_0001.JPG"), is_image_file("notes.txt")
        (True, False)
    """
    return os.path.splitext(name)[1].lower() in IMAGE_ENDINGS


def is_hidden(name: str) -> bool:
    """Whether a name is not meant to be seen, as ``.name`` and ``__MACOSX``.

    Example:
        >>> [is_hidden(name) for name in ("._a.jpg", "__MACOSX", "Thumbs.db", "a.jpg")]
        [True, True, True, False]
    """
    return name.startswith(".") or name.lower() in OF_THE_SYSTEM


def image_files(
    folder: str | Path, on_error: Callable[[OSError], object] | None = None
) -> list[Path]:
    """The image files in a folder and in all folders of it; as :func:`all_files`.

    A link of an image's name that leads nowhere is among them: to open it tells what
    is wrong.
    """
    return [file for file in all_files(folder, on_error) if is_image_file(file.name)]


def all_files(
    folder: str | Path, on_error: Callable[[OSError], object] | None = None
) -> list[Path]:
    """The files in a folder and in all folders of it.

    Args:
        folder: where to look; that it may be hidden itself does not matter.
        on_error: takes the error of a folder that cannot be listed, and the others are
            gone through; without it the error is raised.

    Returns:
        Paths that begin with ``folder``, sorted name by name from there. What is
        hidden is left out, and so is what is neither a file nor a link. Links of
        folders are followed; a folder that can be reached in several ways is gone
        through once, not by a link if there is another way.

    Raises:
        OSError: if a folder cannot be listed and there is no ``on_error``.
    """
    found: list[str] = []
    seen: set[str] = set()
    waiting = deque([os.fspath(folder)])
    while waiting:
        place = waiting.popleft()
        real = os.path.realpath(place)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(place) as entries:
                _sort_out([e for e in entries if not is_hidden(e.name)], found, waiting)
        except OSError as error:
            if on_error is None:
                raise
            on_error(error)
    return [Path(path) for path in sorted(found, key=lambda path: path.split(os.sep))]


def _sort_out(entries: list[os.DirEntry], found: list[str], waiting: deque[str]) -> None:
    """Files to the found, folders to the waiting, links of folders at the end."""
    for entry in entries:
        if _is_folder(entry):
            (waiting.append if entry.is_symlink() else waiting.appendleft)(entry.path)
        elif entry.is_symlink() or entry.is_file():
            found.append(entry.path)


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # of a link to itself, say
        return False
