"""Files that come with the package: images, weights, records of runs."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_IN_WHEEL = _PACKAGE / "_data"
_IN_CLONE = _PACKAGE.parent / "data"


def path(name: str) -> Path:
    """Where a shipped file lies, in a clone as in an installed package.

    Args:
        name: relative to the project's ``data`` folder, such as
            ``"running_picture.webp"``.

    Raises:
        FileNotFoundError: if no such file is shipped; it names those that are.

    Example:
        >>> path("running_picture.webp").suffix
        '.webp'
    """
    folder = _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CLONE
    file = folder / name
    if not file.is_file():
        found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.*"))
        raise FileNotFoundError(f"name must be a file of {folder}, got {name!r}; there are {found}")
    return file
