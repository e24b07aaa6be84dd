"""Which photos ``detect`` is to look at: files, all of a folder, all of a pattern."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ssd_lib.commands.drawings import is_drawing
from ssd_lib.image_files import image_files, is_hidden, is_image_file


class Photo(NamedTuple):
    """A file to look at, or what was asked for and why there is none."""

    name: str
    error: Exception | None = None


def photos_of(names: Iterable[str]) -> list[Photo]:
    """The photos that the arguments name: each once, in the order of the arguments.

    Args:
        names: of files; of folders, for all image files in them; or patterns such as
            ``photos/*.jpg`` and ``**/*.png``, for shells that do not expand them. What
            is there under a name is meant by it, even if it looks like a pattern.
            Hidden files and drawings of ``detect`` are not meant by a folder or a
            pattern.
    """
    found: dict[str, Photo] = {}
    for name in names:
        for photo in _meant_by(name):
            folder, file = os.path.split(os.path.abspath(photo.name))
            place = os.path.join(os.path.realpath(folder), file)
            found.setdefault(place, photo)
    return list(found.values())


def _meant_by(name: str) -> Iterator[Photo]:
    if os.path.isdir(name):
        yield from _all_of(name, [Path(name)])
    elif os.path.lexists(name) or not _is_pattern(name):
        yield Photo(name)  # where there is no such file, reading it will tell
    else:
        yield from _all_of(name, _matching(name))


def _all_of(name: str, places: Iterable[Path]) -> Iterator[Photo]:
    """The image files at some places, and the folders that cannot be listed."""
    errors: list[OSError] = []
    count = 0
    for place in places:
        files = image_files(place, errors.append) if place.is_dir() else [place]
        for file in files:
            if not is_drawing(file):
                count += 1
                yield Photo(str(file))
    for error in errors:
        yield Photo(str(error.filename), error)
    if not count and not errors:
        yield Photo(
            name,
            ValueError(f"{name} must hold image files, got none but what is hidden"),
        )


def _matching(pattern: str) -> list[Path]:
    """Folders and image files, name by name in order; none that is hidden."""
    parts = Path(pattern).parts
    fixed = Path()
    while parts and (not _is_pattern(parts[0]) or os.path.lexists(fixed / parts[0])):
        fixed, parts = fixed / parts[0], parts[1:]
    try:
        paths = set(fixed.glob("/".join(parts)))
    except (ValueError, OSError):  # no pattern after all
        return []
    return sorted(
        (
            path
            for path in paths
            if not any(map(is_hidden, path.parts[len(fixed.parts) :]))
            and (path.is_dir() or is_image_file(path.name))
        ),
        key=lambda path: path.parts,
    )


def _is_pattern(name: str) -> bool:
    return any(character in name for character in "*?[")
