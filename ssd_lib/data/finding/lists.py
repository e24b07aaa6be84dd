"""Lists of images, such as those of ImageSets/Main: which files their lines mean."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ssd_lib.data.decoding import decode
from ssd_lib.data.finding.image_index import Ambiguous, ImageIndex
from ssd_lib.data.problems import Problems
from ssd_lib.image_files import is_image_file
from ssd_lib.text import short

MOST_SHOWN = 12  # of the names of lists: VOC 2012 has 63


class Entry(NamedTuple):
    """A line of a list that is not blank."""

    text: str  # without blanks around it
    where: str  # the list and the line, for messages


def lists_among(files: Iterable[Path], root: Path) -> dict[str, list[Path]]:
    """The lists among some files, by the names of their splits.

    Args:
        files: of which those that end in ``.txt`` and lie in ``ImageSets/Main`` are
            lists, or in ``ImageSets`` itself if there is none of the name in ``Main``.
        root: the folder that they are found in.

    Returns:
        Of each name the list nearest to the root; several if they are equally near, as
        those of VOC 2007 and 2012 in ``VOCdevkit``, which make one split.
    """
    ranked: dict[str, dict[tuple, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        parents = [part.lower() for part in file.parts[len(root.parts) : -1]]
        in_main = parents[-1:] == ["main"]
        above = parents[:-1] if in_main else parents
        if file.suffix.lower() == ".txt" and above[-1:] == ["imagesets"]:
            ranked[file.stem][len(above), not in_main].append(file)
    return {name: ranks[min(ranks)] for name, ranks in ranked.items()}


def in_order(names: Iterable[str]) -> list[str]:
    """Names of lists as they are told: those of classes, as ``cat_train``, come last."""
    return sorted(names, key=lambda name: ("_" in name, name))


def first_few(names: Sequence[str]) -> str:
    """The first names and how many more there are, in words; nothing for none."""
    more = len(names) - MOST_SHOWN
    shown = ", ".join(names[:MOST_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def read_list(file: Path) -> list[Entry]:
    """The lines of a list in UTF-8 or UTF-16.

    Raises:
        ValueError: if it is in another encoding, or all its lines are blank.
        OSError: if it cannot be opened.
    """
    try:
        lines = decode(file.read_bytes()).splitlines()
    except ValueError as error:
        raise ValueError(f"{file} must be text in UTF-8 or UTF-16: {error}") from error
    entries = [
        Entry(line.strip(), f"{file}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not entries:
        raise ValueError(f"{file} lists no image")
    return entries


def listed_labels(list_file: Path, files: Sequence[Path], problems: Problems) -> list[Path]:
    """Those label files that a list means, in its order, each once.

    A line is an image's name, with or without ending and folders. It may go on after
    the name: what follows is not read but for the ``-1`` of a class's list, by which
    Pascal VOC says that an image has no object of the class; such a line is left out.
    Where blanks could be part of the name, they are if there is such a file. Lines
    that begin with ``#`` may be remarks.

    A line only chooses among ``files``: it opens none.

    Args:
        list_file: in ``ImageSets/Main`` beside ``Annotations``.
        files: all label files.
        problems: counts lines that mean none.

    Raises:
        FileNotFoundError: if no line means a label file; it names the first.
        ValueError: if the list cannot be read, or in strict mode at the first line
            that means no label file.
    """
    base = _data_folder(list_file)
    own = [file for file in files if _is_label_file_of(file, base)]
    indices, near = [ImageIndex(base, some) for some in (own, files)], base / "any.xml"
    found, missing = {}, []
    for text, where in read_list(list_file):
        try:
            file, rest = _find_label_file(text, indices, near)
        except Ambiguous as error:
            where = f"{where}: {' and '.join(map(str, error.files))}"
            problems.add("label file", "listed by a name that fits two", where)
            continue
        if file is None and not text.startswith("#"):
            missing.append(f"{where}: {short(text, 120)}")
        elif file is not None and rest != "-1":
            found[file] = None
    if missing and not found:
        raise FileNotFoundError(
            f"{list_file} must list images with label files, got {len(missing)} "
            f"without (first: {missing[0]})"
        )
    for where in missing:
        problems.add("label file", "listed and not there", where)
    return list(found)


def _is_label_file_of(label_file: Path, base: Path) -> bool:
    """Whether a label file lies where those of a list do, in ``Annotations``."""
    folders = label_file.parts[len(base.parts) : -1]
    return label_file.is_relative_to(base) and [f.lower() for f in folders[:1]] == ["annotations"]


def _find_label_file(
    text: str, indices: Sequence[ImageIndex], near: Path
) -> tuple[Path | None, str]:
    """The label file that a line means, and what follows its name there.

    Args:
        text: the line.
        indices: of label files; those that come first are asked first.
        near: where the list is at home.
    """
    for index in indices:
        for name, rest in _readings(text):
            for spelling in _label_file_names(name):
                if file := index.named(spelling, near):
                    return file, rest
    return None, ""


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """How a line may be parted into a name and what follows it, the best first."""
    yield text, ""
    for words in (text.rsplit(maxsplit=1), text.split(maxsplit=1)):
        if len(words) == 2:
            yield words[0], words[1]


def _label_file_names(name: str) -> Iterator[str]:
    yield f"{name}.xml"
    stem, ending = os.path.splitext(name)
    if ending.lower() == ".xml" or is_image_file(name):
        yield f"{stem}.xml"


def _data_folder(list_file: Path) -> Path:
    """The folder that a list's ``ImageSets`` lies in."""
    for parent in list_file.parents:
        if parent.name.lower() == "imagesets":
            return parent.parent
    return list_file.parent
