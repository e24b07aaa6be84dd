"""The file that describes a data set in YOLO's form: data.yaml, or darknet's obj.data.

Such files come from other machines: what they name is looked for below the folder
they lie in, and nowhere else.
"""

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from ssd_lib.data.yolo.label_files import descend
from ssd_lib.data.yolo.rows import text_of

ENDINGS = (".yaml", ".yml", ".data")
KNOWN = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml")
SPLITS = ("train", "val", "valid", "test")
SAYS_SOMETHING = re.compile(
    rf"^[\s{{\"']*(names|nc|kpt_shape|{'|'.join(SPLITS)})[\"']?\s*[:=]", re.MULTILINE
)
MOST_BYTES = 2**20
MOST_PARENTS = 32  # of a folder on another machine
MOST_ENTRIES = 64  # that are compared to find out which folder that was

Settings = dict[str, object]


def settings_files(folder: Path) -> list[Path]:
    """The files in a folder that may describe a data set, ``data.yaml`` first."""
    names = [name for name in os.listdir(folder) if name.lower().endswith(ENDINGS)]
    names.sort(key=lambda name: (name.lower() not in KNOWN, name))
    files = [folder / name for name in names if not name.startswith(".")]
    return [file for file in files if file.is_file()]


def read_settings(file: Path) -> Settings:
    """What a file says of a data set, by name; ``{}`` if it is about something else.

    Values are strings, lists and dicts. Numbers stay text, and so do ``yes`` and
    ``no``, which are classes here and there. Tags and merge keys mean nothing, and
    what an alias repeats is kept once, so a small file cannot become a large one.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is about a data set and broken; it names the file.
    """
    try:
        text = text_of(file, MOST_BYTES)
    except ValueError as error:
        if file.name.lower() in KNOWN:
            raise ValueError(f"{file} cannot be read: {error}") from error
        return {}
    if not SAYS_SOMETHING.search(text):
        return {}
    try:
        told = _parse_darknet(text) if file.suffix.lower() == ".data" else _parse_yaml(text)
    except ValueError as error:
        raise ValueError(f"{file} cannot be read: {error}") from error
    return told if isinstance(told, dict) else {}


def yaml_parts(file: Path, root: Path | None = None) -> dict[str, list[Path]]:
    """The folders of images, or lists of images, that each split of a data set has.

    Args:
        file: ``data.yaml``; its entries may begin with ``path``, with ``../`` where
            nothing of the kind is meant, or with folders of another machine. As many
            folders at their beginning are passed over as suits most of the entries.
        root: the data set's folder; None takes the file's. Nothing outside is looked at.

    Returns:
        For each split that is there, under the name it has in the file. A split of
        which nothing is there is left out.

    Raises:
        OSError, ValueError: as :func:`read_settings`.
    """
    told, folder = read_settings(file), file.parent
    start = told.get("path")
    start = start if isinstance(start, str) else ""
    splits = {name: _entries(told.get(name), start) for name in SPLITS}
    entries = [entry for split in splits.values() for entry in split][:MOST_ENTRIES]
    ways: list[Callable[[PurePosixPath], Path | None]] = [
        partial(_resolve_as_written, folder, root or folder),
        *(partial(_resolve_below, folder, skip) for skip in range(MOST_PARENTS)),
    ]
    best = max(ways, key=lambda way: sum(way(entry) is not None for entry in entries))
    found = {name: list(filter(None, map(best, split))) for name, split in splits.items()}
    return {name: paths for name, paths in found.items() if paths}


def top_folder(folder: Path) -> Path:
    """The data set's folder, where ``train`` or the like was given for it.

    Returns:
        The next of three folders above with a file that has a split in the folder; the
        folder itself if there is none.
    """
    place = Path(os.path.abspath(folder))
    for above in place.parents[:3]:
        for paths in _paths_of_splits(above):
            if any(place == path or place in path.parents for path in paths):
                return above
    return folder


def _paths_of_splits(folder: Path) -> Iterator[list[Path]]:
    try:
        for file in settings_files(folder):
            yield from yaml_parts(file).values()
    except (OSError, ValueError):  # it is none of a data set that can be used
        return


def has_key_points(folder: Path) -> bool:
    """Whether a file in a folder says that key points follow each box."""
    return any(read_settings(file).get("kpt_shape") for file in settings_files(folder))


def _entries(told: object, start: str) -> list[PurePosixPath]:
    texts = told if isinstance(told, list) else [told]
    texts = [text for text in texts if isinstance(text, str) and text]
    return [_posix(start) / _posix(text) for text in texts]


def _posix(text: str) -> PurePosixPath:
    return PurePosixPath(text.replace("\\", "/"))


def _resolve_as_written(folder: Path, root: Path, entry: PurePosixPath) -> Path | None:
    """The path as its author meant it, if it leads to something in the root."""
    top = os.path.abspath(root)
    path = Path(os.path.abspath(folder / entry))
    if path != Path(top) and Path(top) not in path.parents:
        return None
    return descend(root, path.relative_to(top).parts)


def _resolve_below(folder: Path, skip: int, entry: PurePosixPath) -> Path | None:
    """The path without its first parts, below a folder."""
    parts = [part for part in entry.parts if part not in ("/", "//", "..")][skip:]
    if not parts or any(":" in part for part in parts):
        return None
    return descend(folder, parts)


def _parse_yaml(text: str) -> object:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return yaml.load(text, Loader=loader)  # of strings, lists and dicts alone
    except (yaml.YAMLError, RecursionError) as error:
        what = getattr(error, "problem", None) or "nested too deep"
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise ValueError(f"its YAML cannot be understood{line}: {what}") from error


def _parse_darknet(text: str) -> Settings:
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}
