"""What all readers share: what label files say becomes records, or it is told why not."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ssd_lib.data.garbage import collector_paused
from ssd_lib.data.labelled import Labelled, records_of
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records


class Read(NamedTuple):
    """What label files say."""

    images: list[Labelled]
    order: list[str] | None = None  # names of classes as the form orders them; None sorts


class FromLabelFiles(Records):
    """Records of what a reader finds in label files.

    Args:
        read: reads the label files.
        problems: what ``read`` counts in, and so does this.
        classes: names, background first; None takes those that objects have.
        transforms: a function of image and target, or None.
        path: what the data set is called in messages.
        root: its folder.
        form: of its label files, such as ``"COCO"``.
        why_none: why there may be no image, where nothing was left out.

    Raises:
        ValueError: if no image is left; it says why.
    """

    def __init__(
        self,
        read: Callable[[], Read],
        problems: Problems,
        classes: Sequence[str] | None = None,
        transforms: Callable[..., Any] | None = None,
        *,
        path: Path,
        root: Path,
        form: str,
        why_none: str = "nothing in it is used",
    ) -> None:
        with collector_paused():
            images, order = read()
            records, names = records_of(images, problems, classes, order)
        if not records:
            reasons = "; ".join(problems.left_out()) or why_none
            place = f" in {root}" if root != path else ""
            raise ValueError(f"{path} must have images with labels, got none{place}: {reasons}")
        super().__init__(records, names, transforms, problems, root=root, form=form)
