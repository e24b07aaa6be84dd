"""Pictures with annotated objects, read one by one; whatever is wrong is counted."""

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import ExifTags, Image
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import tv_tensors

from ssd_lib.boxes import box_area, clip_boxes
from ssd_lib.images import read_image

Sample = tuple[tv_tensors.Image, dict[str, Tensor]]


class Record(NamedTuple):
    """What a label file says of one picture."""

    image: Path
    boxes: list[list[float]]  # N of xyxy, pixels
    labels: list[int]  # N, from 1
    difficult: list[bool]  # N
    size_px: tuple[int, int] | None  # (height, width), if the file names one


class Batch(NamedTuple):
    """What training takes: boxes are fractions."""

    images: Tensor  # [B, 3, S, S]
    gt_boxes: list[Tensor]  # B of [N, 4], xyxy, fractions
    gt_labels: list[Tensor]  # B of [N]


class Problems:
    """What was wrong in label files: counted, or raised at once.

    Args:
        strict: raise a ValueError instead of counting.
    """

    def __init__(self, strict: bool = False) -> None:
        """None so far."""
        self.strict = strict
        self.counts: Counter[str] = Counter()
        self.first: dict[str, str] = {}

    def add(self, kind: str, where: str) -> None:
        """Note one; the first of each kind is kept with its place."""
        if self.strict:
            raise ValueError(f"{where}: {kind}")
        self.counts[kind] += 1
        self.first.setdefault(kind, where)

    def warn(self) -> None:
        """One warning with all counts, if there are any."""
        if self.counts:
            lines = (
                f"{n} x {kind} (first: {self.first[kind]})"
                for kind, n in self.counts.items()
            )
            warnings.warn("objects left out: " + "; ".join(lines), stacklevel=3)


class Records(Dataset):
    """A data set of records.

    Args:
        records: one a picture.
        classes: names, background first.
        transforms: a function of image and target, or None.
        problems: where to count; a new one if None.

    Raises:
        ValueError: if there is no record.
    """

    def __init__(
        self,
        records: Sequence[Record],
        classes: Sequence[str],
        transforms: Callable[..., Any] | None = None,
        problems: Problems | None = None,
    ) -> None:
        """Keep the records; pictures are read when they are asked for."""
        if not records:
            raise ValueError("a data set must have at least one picture, got none")
        self.records = list(records)
        self.classes = tuple(classes)
        self.transforms = transforms
        self.problems = problems or Problems()

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.records)

    def __getitem__(self, index: int) -> Sample:
        """An image ``[3, H, W]``, uint8, and its target, torchvision's way.

        The target has ``boxes`` (xyxy, pixels, clipped to the picture), ``labels`` and
        ``difficult``. What has no area inside the picture is left out and counted.

        Raises:
            ValueError, FileNotFoundError: if the picture cannot be read; with its path.
        """
        record = self.records[index]
        image = read_image(record.image)
        height, width = image.shape[1:]
        boxes = torch.tensor(record.boxes, dtype=torch.float32).reshape(-1, 4)
        boxes = clip_boxes(_turned(boxes, record), height, width)
        has_area = box_area(boxes) > 0
        for number in (~has_area).nonzero().flatten().tolist():
            self.problems.add(
                "outside of its picture", f"{record.image}, object {number}"
            )
        target = {
            "boxes": tv_tensors.BoundingBoxes(
                boxes[has_area], format="XYXY", canvas_size=(height, width)
            ),
            "labels": torch.tensor(record.labels, dtype=torch.int64)[has_area],
            "difficult": torch.tensor(record.difficult, dtype=torch.bool)[has_area],
        }
        picture = tv_tensors.Image(image)
        return (
            self.transforms(picture, target) if self.transforms else (picture, target)
        )


def collate(samples: Sequence[Sample]) -> Batch:
    """Samples of one size as a batch; boxes in pixels become fractions.

    Args:
        samples: of transforms that end in one size of picture.

    Raises:
        ValueError: if the pictures differ in shape; it says how to mend that.
    """
    shapes = {tuple(image.shape) for image, _ in samples}
    if len(shapes) != 1:
        raise ValueError(
            f"pictures of a batch must have one shape, got {sorted(shapes)}: resize "
            "them in the transforms"
        )
    boxes = []
    for _, target in samples:
        height, width = target["boxes"].canvas_size
        scale = torch.tensor([width, height, width, height], dtype=torch.float32)
        boxes.append(target["boxes"].as_subclass(Tensor) / scale)
    images = torch.stack([image.as_subclass(Tensor) for image, _ in samples])
    return Batch(images, boxes, [target["labels"] for _, target in samples])


def _turned(boxes: Tensor, record: Record) -> Tensor:
    """The boxes in the pixels of the picture as :func:`read_image` gives it.

    A picture that its EXIF data declares to be turned is turned. Its boxes are taken to
    be drawn on the turned picture, unless the label file names the size that the
    picture has *before*: then they are turned along.
    """
    with Image.open(record.image) as image:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        width, height = image.size
    lies = orientation in (5, 6, 7, 8)  # on its side; any other number turns nothing
    if not lies or record.size_px != (height, width) or height == width:
        return boxes
    x1, y1, x2, y2 = boxes.unbind(1)
    if orientation in (6, 7):  # what was below is now on the left
        y1, y2 = height - y2, height - y1
    if orientation in (7, 8):  # what was on the right is now above
        x1, x2 = width - x2, width - x1
    return torch.stack([y1, x1, y2, x2], dim=1)
