"""Data sets in COCO's form: one JSON file for all images."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ssd_lib.data.coco.images import images_of
from ssd_lib.data.coco.json_file import parse_coco
from ssd_lib.data.coco.reading import read_coco
from ssd_lib.data.opening.forms import FORMS
from ssd_lib.data.problems import Problems
from ssd_lib.data.reading import FromLabelFiles


class CocoJson(FromLabelFiles):
    """Images and objects of a COCO file ("instances" form).

    Categories become classes 1 to C - 1 in the order of their ids, or by the names
    that are given; those of one name are one class, and one without objects is none.
    Crowds (``iscrowd``) are kept and marked. What cannot be used is left out, counted
    in ``problems`` and told in one warning.

    Args:
        labels: the JSON file.
        images: the folder of the images. None looks beside the file; if there is no
            image and the file lies in a folder for labels (``annotations/``), beside
            that. No file name leads out of the folder.
        transforms: a function of image and target, or None.
        strict: raise at the first thing that would be left out.
        classes: names, background first; objects of other categories are left out.
            None takes the file's.

    Raises:
        OSError: if the file or the folder cannot be read.
        ValueError: if the file is no COCO file, an id stands for two images or two
            categories, or nothing is left.
    """

    def __init__(
        self,
        labels: str | Path,
        images: str | Path | None = None,
        transforms: Callable[..., Any] | None = None,
        strict: bool = False,
        classes: Sequence[str] | None = None,
    ) -> None:
        problems, coco = Problems(strict), parse_coco(Path(labels))
        if not coco.images:
            raise ValueError(f"{coco.path} lists no image")
        index = images_of(coco.path, images)
        super().__init__(
            partial(read_coco, coco, index, problems),
            problems,
            classes,
            transforms,
            path=coco.path,
            root=index.root,
            form=FORMS["coco"],
        )
        if coco.annotations and not any(record.boxes for record in self.records):
            reasons = "; ".join(problems.left_out())
            raise ValueError(f"{coco.path} must have objects that can be used, got none: {reasons}")
        problems.warn()
