"""The names of classes that lie beside label files in YOLO's form."""

import json
import os
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

from ssd_lib.data.class_names import clean
from ssd_lib.data.yolo.rows import is_label_file, text_of
from ssd_lib.data.yolo.settings import MOST_BYTES, read_settings, settings_files
from ssd_lib.image_files import is_hidden

LISTS = ("classes.txt", "class_names.txt", "class.txt", "names.txt")
MOST_CLASSES = 100_000


def read_names(place: Path, root: Path | None = None) -> list[str] | None:
    """The names of classes 0, 1, ... in a data set.

    They may stand in ``data.yaml`` (as a list, by number, or only how many there are),
    in ``classes.txt``, ``obj.names``, ``_darknet.labels`` or Label Studio's
    ``notes.json``.

    Args:
        place: such a file; or a folder with one in it or in folders of it, or else
            above it.
        root: the highest folder to look in; None is the place itself.

    Returns:
        None if nothing names them. A number without a name has ``""``.

    Raises:
        OSError: if a file cannot be read.
        ValueError: if a file cannot be understood, or two say different names.
    """
    if place.is_file():
        return _names_in(place)
    above = _folders_above(place, root) if root else []
    for files in (_files_below(place), *map(_files_in, above)):
        found = [(file, _names_in(file)) for file in files]
        found = [(file, names) for file, names in found if names]
        if found:
            return _agreed(found)
    return None


def _folders_above(place: Path, root: Path) -> list[Path]:
    top = Path(os.path.abspath(root))
    parents = Path(os.path.abspath(place)).parents
    return [parent for parent in parents if parent == top or top in parent.parents]


def _agreed(found: list[tuple[Path, list[str]]]) -> list[str]:
    """What all say; those that only say how many classes there are do not count."""
    real = [(f, n) for f, n in found if n != [str(i) for i in range(len(n))]] or found
    file, names = real[0]
    for other, others in real[1:]:
        for number, (one, two) in enumerate(zip_longest(names, others)):
            if one != two:
                raise ValueError(
                    f"{file} and {other} must name the same classes, got {one!r} "
                    f"and {two!r} for class {number}"
                )
    return names


def _files_below(folder: Path) -> list[Path]:
    """Of the folder all, of folders in it the lists of names that tools write."""
    found = _files_in(folder)
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        if Path(place) != folder:
            found += [Path(place, name) for name in sorted(names) if _is_list_of_names(name)]
    return found


def _files_in(folder: Path) -> list[Path]:
    lists = [folder / name for name in sorted(os.listdir(folder)) if _is_list_of_names(name)]
    return [*settings_files(folder), *lists]


def _is_list_of_names(name: str) -> bool:
    low = name.lower()
    known = low in (*LISTS, "_darknet.labels", "notes.json")
    return known or (low.endswith(".names") and not is_hidden(name))


def _names_in(file: Path) -> list[str] | None:
    suffix = file.suffix.lower()
    if suffix in (".yaml", ".yml", ".data"):
        return _from_settings(file)
    try:
        text = text_of(file, MOST_BYTES)
        if suffix == ".json":
            return _from_notes(json.loads(text), file)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from error
    if suffix == ".txt" and is_label_file(file):
        return None
    return [clean(line) for line in text.rstrip().splitlines()]


def _from_settings(file: Path) -> list[str] | None:
    told = read_settings(file)
    names = told.get("names")
    if isinstance(names, list) and names:
        return [clean(name) for name in names]
    if isinstance(names, dict) and names:
        return _by_number(names.items(), file)
    if names and file.suffix.lower() != ".data":
        raise ValueError(f"{file}: names must be a list, or one a number, got {str(names)[:40]!r}")
    number = _class_number(told.get("nc"))
    return None if number is None else [str(i) for i in range(number)]


def _from_notes(notes: object, file: Path) -> list[str] | None:
    categories = notes.get("categories") if isinstance(notes, dict) else None
    if not isinstance(categories, list):
        return None
    entries = [entry for entry in categories if isinstance(entry, dict)]
    pairs = [(entry.get("id"), entry.get("name")) for entry in entries]
    return _by_number(pairs, file) if pairs else None


def _by_number(pairs: Iterable[tuple[object, object]], file: Path) -> list[str]:
    named = {}
    for number, name in pairs:
        whole = _class_number(number)
        if whole is None:
            raise ValueError(
                f"{file}: a class's number must be whole and below {MOST_CLASSES}, "
                f"got {str(number)[:40]!r}"
            )
        named[whole] = clean(name)
    return [named.get(i, "") for i in range(max(named) + 1)]


def _class_number(number: object) -> int | None:
    try:
        whole = int(str(number))
    except ValueError:
        return None
    return whole if 0 <= whole < MOST_CLASSES else None
