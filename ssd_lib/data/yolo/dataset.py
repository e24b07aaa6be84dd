"""Data sets in YOLO's form: one .txt file per image, boxes as fractions."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ssd_lib.data.opening.forms import FORMS, Files, look_into
from ssd_lib.data.opening.parts import Part, parts_of
from ssd_lib.data.opening.source import Source, note_repeated
from ssd_lib.data.problems import Problems
from ssd_lib.data.reading import FromLabelFiles
from ssd_lib.data.yolo.reading import read_part


class YoloFolder(FromLabelFiles):
    """A folder in YOLO's form, as Ultralytics, Roboflow, labelImg or darknet write it.

    Images lie in ``images`` and label files in ``labels``, with or without folders for
    splits in or above them; or both lie side by side. Names of classes come from
    ``data.yaml``, ``classes.txt``, ``obj.names`` and the like; without them classes
    are called by their numbers.

    Args:
        root: the folder, or one of a split in it (``fruit/train``).
        split: ``"train"``, ``"val"`` (or ``"valid"``), ``"test"``, as
            :func:`ssd_lib.data.opening.dataset.open_dataset` finds it: as ``data.yaml`` has it, else
            folders that name it, else a list ``SPLIT.txt``. None is all.
        classes: names, ``"background"`` first; objects of other classes are left out
            and counted. None takes those that objects have, in the order of numbers.
        transforms: a function of image and target, or None.
        strict: raise at the first thing that cannot be used instead of leaving it out,
            counting it in ``problems`` and warning once.

    Raises:
        FileNotFoundError: if there is no such folder, or no image in it.
        ValueError: if there is no such split or not one label file, or a file with
            names cannot be understood.
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
        files = _files_in(root)
        source = Source(root, "yolo", files, parts_of(files, "yolo"), None)
        part = Part(files, []) if split is None else source.parts_for(split)[0]
        note_repeated(files, problems)
        super().__init__(
            partial(read_part, source, part, problems),
            problems,
            classes,
            transforms,
            path=root,
            root=root,
            form=FORMS["yolo"],
        )
        problems.warn()


def _files_in(root: Path) -> Files:
    if not root.is_dir():
        raise FileNotFoundError(f"root must be a folder, got {root}")
    files = look_into(root)
    if not files.images:
        raise FileNotFoundError(f"root must have images in it, got {root}")
    return files
