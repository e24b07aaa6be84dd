"""File names that stand in label files and lists: they stay inside their folder."""

import os
from collections.abc import Iterator
from pathlib import Path


def inside(folder: Path, name: object, where: str) -> Path:
    r"""The file that a label file names, in a folder or in a folder of it.

    Label files come from others, so a name may not lead out of the folder; a link in
    the folder may, for whoever keeps the images has put it there. Backslashes
    separate, too, as Windows writes them. A name that the locale's encoding cannot
    say, or that is not there so, is looked for in UTF-8.

    Args:
        folder: that the name is relative to; an absolute one has to lie in it.
        name: as it was read.
        where: which entry of which file it is, for the error.

    Raises:
        ValueError: if it is no name, or leads out of the folder.
        FileNotFoundError: if there is no such file.
    """
    paths = list(_paths(folder, name)) if isinstance(name, str) else []
    if not paths or None in paths:
        raise ValueError(
            f"{where} must name a file inside {folder}, got {_shortened(repr(name))}"
        )
    for path in paths:
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(
        f"{where} names {folder / _shortened(name)}, which is not there"
    )


def _paths(folder: Path, name: str) -> Iterator[Path | None]:
    """Where the file may be, without ``..``; None is for a place outside."""
    root = Path(os.path.abspath(folder))
    for text in dict.fromkeys((name, name.replace("\\", "/"))):
        for spelling in (text, os.fsdecode(text.encode("utf-8", "surrogatepass"))):
            path = Path(os.path.abspath(root / spelling))
            is_inside = root in path.parents
            yield folder / path.relative_to(root) if is_inside else None


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."
