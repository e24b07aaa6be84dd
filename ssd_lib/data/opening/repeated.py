"""A folder that holds a data set a second time, as in some archives."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

Parts = tuple[str, ...]  # of a path, from some folder down


def repeated_folder(files: Sequence[Path], root: Path) -> Path | None:
    """The folder in which all files that lie beside it lie once more.

    Args:
        files: all in the root.
        root: where it is looked for: in the root itself, or if one folder holds
            everything, in that one, and so on.

    Returns:
        A folder whose files have the same paths and sizes as those beside it; None if
        there is none.
    """
    paths = [file.parts[len(root.parts) :] for file in files]
    while paths:
        counts = Counter(path[0] for path in paths)
        if len(counts) == 1 and all(len(path) > 1 for path in paths):
            root, paths = root / paths[0][0], [path[1:] for path in paths]
            continue
        halves = [name for name, count in counts.items() if 2 * count == len(paths)]
        return next((root / name for name in halves if _holds_the_rest(name, paths, root)), None)
    return None


def _holds_the_rest(name: str, paths: Sequence[Parts], root: Path) -> bool:
    within = {path[1:] for path in paths if path[0] == name}
    beside = {path for path in paths if path[0] != name}
    return within == beside and all(
        _size(root.joinpath(*path)) == _size(root.joinpath(name, *path)) for path in beside
    )


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:  # a link that leads nowhere
        return None
