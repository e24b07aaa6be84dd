"""Data sets in Pascal VOC's form: one XML file per image."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ssd_lib.data.finding.lists import first_few, in_order, lists_among
from ssd_lib.data.opening.forms import FORMS, Files, look_into
from ssd_lib.data.opening.parts import Part
from ssd_lib.data.opening.source import Source, note_repeated
from ssd_lib.data.problems import Problems
from ssd_lib.data.reading import FromLabelFiles
from ssd_lib.data.voc.reading import read_part


class VOCFolder(FromLabelFiles):
    """Any folder with label files in Pascal VOC's form and the images they are for.

    Folders may be named as VOC names them (``Annotations``, ``JPEGImages``) or
    otherwise, and lie in each other, or images and label files side by side. What
    cannot be used is left out, counted in ``problems`` and told in one warning, which
    also counts the images that have no label file.

    Args:
        root: the folder.
        split: a file of ``ImageSets/Main`` without its ``.txt``; None is all images.
            See :func:`ssd_lib.data.finding.lists.listed_labels` for what its lines mean.
        classes: names, ``"background"`` first. None takes those that occur, sorted.
        transforms: a function of image and target, or None.
        strict: raise at the first thing that would be left out.

    Raises:
        FileNotFoundError: if there is no such folder or split, or it has no label file.
        ValueError: if nothing in it can be used, or the split's list cannot be read.
    """

    def __init__(
        self,
        root: str | Path,
        split: str | None = None,
        classes: Sequence[str] | None = None,
        transforms: Callable[..., Any] | None = None,
        strict: bool = False,
    ) -> None:
        root, problems = Path(root), Problems(strict)
        files = self._files(root)
        part = Part(files, [] if split is None else _lists_of(split, files))
        note_repeated(files, problems)
        super().__init__(
            partial(read_part, Source(root, "voc", files, {}, None), part, problems),
            problems,
            classes,
            transforms,
            path=root,
            root=root,
            form=FORMS["voc"],
            why_none=f"split {split!r} lists none",
        )
        problems.warn()

    def _files(self, root: Path) -> Files:
        if not root.is_dir():
            raise FileNotFoundError(f"root must be a folder, got {root}")
        files = look_into(root)
        if not files.xml:
            raise FileNotFoundError(f"root must have label files (.xml) in it, got {root}")
        return files


def _lists_of(split: str, files: Files) -> list[Path]:
    """The lists of ``ImageSets/Main`` that make a split: one, or one per year."""
    lists = lists_among(files.txt, files.root)
    if split not in lists:
        known = first_few(in_order(lists)) or "there is no list in ImageSets/Main"
        raise FileNotFoundError(
            f"split must be one of those in {files.root} ({known}), got {split!r}"
        )
    return lists[split]
