"""Every image file is opened and decoded once, by processes that share the work."""

import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from ssd_lib.arguments import check_count
from ssd_lib.data.looking.remembered import Remembered
from ssd_lib.data.placing import Seen, seen_of
from ssd_lib.images import read_image
from ssd_lib.workers import Loader

FEW = 100  # images, for which workers are not worth their start
AT_ONCE = 16  # images that a worker looks at before it answers
LONGEST = 150  # characters of a reason


def look_at(
    files: Sequence[Path],
    num_workers: int | None = None,
    progress: bool = True,
    keep: bool = True,
    root: Path | None = None,
) -> dict[Path, Seen | str]:
    """What each image file is, or in one line why it cannot be read.

    Each is opened and decoded, unless an earlier look found it readable and it has not
    changed. What was seen is kept even if this is interrupted.

    Args:
        files: images.
        num_workers: processes that look; None takes what suits the machine, and none
            for few images.
        progress: whether to show a bar where stderr is a terminal.
        keep: whether to use the cache of ``ssd_lib.data.looking.remembered``.
        root: the data folder, which has a cache of its own; None takes the deepest
            folder that holds all files.

    Raises:
        RuntimeError: if a process that looks dies.
    """
    if num_workers is not None:
        check_count("num_workers", num_workers, 0)
    remembered = Remembered(root or _common_folder(files)) if keep else None
    seen: dict[Path, Seen | str] = dict(remembered.recall(files) if remembered else {})
    new: dict[Path, Seen | str] = {}
    try:
        waiting = [file for file in dict.fromkeys(files) if file not in seen]
        _look_at_all(waiting, new, num_workers, progress)
    finally:
        if remembered:
            readable = {f: what for f, what in new.items() if isinstance(what, Seen)}
            remembered.keep(readable)
    found = seen | new
    return {file: found[file] for file in files}


def _common_folder(files: Sequence[Path]) -> str:
    folders = {os.path.dirname(os.path.abspath(file)) for file in files}
    try:
        return os.path.commonpath(folders)
    except ValueError:  # there is no file, or they lie on several drives
        return os.path.abspath(os.curdir)


def _look_at_all(
    files: list[Path],
    found: dict[Path, Seen | str],
    num_workers: int | None,
    progress: bool,
) -> None:
    """Put what each file is into ``found``, some files at a time."""
    if not files:
        return
    count = _default_workers(len(files)) if num_workers is None else num_workers
    looks = Loader(_Looks(files), list, count, batch_size=AT_ONCE)
    bar = tqdm(
        desc="looking at images",
        total=len(files),
        unit="image",
        disable=None if progress else True,
        leave=False,
    )
    with bar, contextlib.closing(iter(looks)) as answers:  # workers end in any case
        for start, some in zip(range(0, len(files), AT_ONCE), answers, strict=True):
            found.update(zip(files[start : start + AT_ONCE], some, strict=True))
            bar.update(len(some))


def _default_workers(count: int) -> int:
    """One a core; none for few images, nor where a worker starts by importing all."""
    if count < FEW or not sys.platform.startswith("linux"):
        return 0
    return min(len(os.sched_getaffinity(0)), 8)


class _Looks(Dataset):
    """What each of some files is; not its pixels."""

    def __init__(self, files: list[Path]) -> None:
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Seen | str:
        file = self.files[index]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what PIL says of files it can read
                return _decoded(file)
        except MemoryError:
            raise
        except Exception as error:  # decoders raise whatever a broken file leads to
            return f"cannot be read: {_reason(file, error)}"


def _decoded(file: Path) -> Seen:
    """What a file is, after its pixels were read as well."""
    with Image.open(file) as image:
        seen = seen_of(image)
        size_px = tuple(read_image(image).shape[1:])
    if size_px != seen.turned_px:
        raise ValueError("its pixels are not as many as its header says")
    return seen


def _reason(file: Path, error: Exception) -> str:
    """One short line, in the same words for all of a kind."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, UnidentifiedImageError):
        return "it is empty" if not file.stat().st_size else "no format that is known"
    text = " ".join(str(error).replace(str(file), file.name).split())
    if "truncated" in text.casefold():
        return "it is cut short"
    text = text or type(error).__name__
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
