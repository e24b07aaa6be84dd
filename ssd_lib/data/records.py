"""A data set of records: images read one by one, with their boxes in place."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors

from ssd_lib.boxes import box_area, clip_boxes, scale_boxes
from ssd_lib.data.labelled import FRACTIONS, Record
from ssd_lib.data.placing import Seen, drawn_on_stored, is_told, place, see
from ssd_lib.data.problems import Problems
from ssd_lib.images import read_image
from ssd_lib.samples import Batch, Sample, crowds


class Records(Dataset[Sample]):
    """A data set of records; a :class:`ssd_lib.samples.LabelledSet`.

    Args:
        records: one per image.
        classes: names, background first.
        transforms: a function of image and target, or None.
        problems: what was left out so far; none if None.
        placed: whether the boxes are in the pixels of the images as they are read.
        root: the folder of the data set, for messages.
        form: of its label files, such as ``"COCO"``.

    Raises:
        ValueError: if there is no record.
    """

    def __init__(
        self,
        records: Sequence[Record],
        classes: Sequence[str],
        transforms: Callable[..., Any] | None = None,
        problems: Problems | None = None,
        *,
        placed: bool = False,
        root: Path | None = None,
        form: str = "",
    ) -> None:
        if not records:
            raise ValueError("a data set must have at least one image, got none")
        self.records = list(records)
        self.classes = tuple(classes)
        self.transforms = transforms
        self.problems = problems or Problems()
        self.placed = placed
        self.root, self.form = root, form

    def __len__(self) -> int:
        """The number of images."""
        return len(self.records)

    def __getitem__(self, index: int) -> Sample:
        """An image ``[3, H, W]``, uint8, and its target, torchvision's way.

        The target has ``boxes`` (xyxy, pixels, clipped to the image), ``labels``,
        ``difficult`` and ``iscrowd``, and ``area`` where the label file has it. What
        has no area inside the image is left out, and counted each time it is read.

        Raises:
            ValueError, FileNotFoundError: if the image cannot be read, or is not the
                one that was labelled; with its path.
        """
        image = read_image(self.records[index].image)
        height, width = image.shape[1:]
        record = self._placed(index, height, width)
        boxes, has_area = inside(record.boxes, height, width)
        for number in (~has_area).nonzero().flatten().tolist():
            self.problems.add("object", "outside of its image", f"{record.image}, object {number}")
        target = {
            # pyright knows of Tensor's own arguments alone
            "boxes": tv_tensors.BoundingBoxes(  # pyright: ignore[reportCallIssue]
                boxes[has_area], format="XYXY", canvas_size=(height, width)
            ),
            "labels": torch.tensor(record.labels, dtype=torch.int64)[has_area],
            "difficult": torch.tensor(record.difficult, dtype=torch.bool)[has_area],
            "iscrowd": torch.tensor(record.crowd or [False] * len(boxes), dtype=torch.bool)[
                has_area
            ],
        }
        if record.area:
            target["area"] = torch.tensor(record.area, dtype=torch.float64)[has_area]
        image = tv_tensors.Image(image)
        return self.transforms(image, target) if self.transforms else (image, target)

    @cached_property
    def on_stored(self) -> bool | None:
        """Whether boxes are drawn on the images as they are stored; looks at all."""
        return drawn_on_stored(self._all_seen())

    def _all_seen(self) -> Iterator[tuple[Record, Seen]]:
        for record in self.records:
            if record.size_px != FRACTIONS:
                try:
                    yield record, see(record.image)
                except (OSError, ValueError):
                    continue  # it says so when it is asked for

    def _placed(self, index: int, height: int, width: int) -> Record:
        record = self.records[index]
        if self.placed:
            if record.size_px != (height, width):
                raise ValueError(f"{record.image} has changed since it was looked at")
            return record
        seen = see(record.image)
        rule = None if is_told(record, seen) else self.on_stored
        try:
            return place(record, seen, rule)
        except ValueError as error:
            raise ValueError(f"{record.image}: {error}") from error


def inside(boxes: Sequence[Sequence[float]], height: int, width: int) -> tuple[Tensor, Tensor]:
    """Boxes clipped to an image, and which of them have area there.

    Args:
        boxes: N of xyxy, in pixels.
        height: of the image.
        width: of the image.

    Returns:
        Boxes ``[N, 4]``, float32, and ``[N]``, bool.
    """
    clipped = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    clipped = clip_boxes(clipped, height, width)
    return clipped, box_area(clipped) > 0


def collate(samples: Sequence[Sample]) -> Batch:
    """Samples of one size as a batch; boxes in pixels become fractions.

    COCO's crowds (``iscrowd``) are left out: nothing is learnt from them.

    Args:
        samples: of transforms that end in one size of image.

    Raises:
        ValueError: if the images differ in shape; it says how to mend that.
    """
    shapes = {tuple(image.shape) for image, _ in samples}
    if len(shapes) != 1:
        raise ValueError(
            f"images of a batch must have one shape, got {sorted(shapes)}: resize "
            "them in the transforms"
        )
    boxes, labels = [], []
    for _, target in samples:
        height, width = target["boxes"].canvas_size
        learnt = ~crowds(target)
        in_pixels = target["boxes"].as_subclass(Tensor)[learnt]
        boxes.append(scale_boxes(in_pixels, 1 / height, 1 / width))
        labels.append(target["labels"][learnt])
    images = torch.stack([image.as_subclass(Tensor) for image, _ in samples])
    return Batch(images, boxes, labels)
