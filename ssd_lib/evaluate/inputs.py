"""What evaluation takes: its two lists, checked before anything is counted."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_count


class GroundTruth(NamedTuple):
    """What is in one image."""

    boxes: Tensor  # [N, 4], xyxy, pixels
    labels: Tensor  # [N], from 1
    difficult: Tensor  # [N], bool: neither asked for nor held against
    area: Tensor | None = None  # [N], square pixels of the shape; None: of the box
    crowd: Tensor | None = None  # [N], bool: many objects in one box, difficult, too


def _is_bool(values: Tensor) -> bool:
    return values.dtype == torch.bool


def _is_whole(values: Tensor) -> bool:
    return not values.is_floating_point() and not _is_bool(values)


DTYPES = {  # what the numbers of a field are, and whether a tensor's are
    "labels": ("integers", _is_whole),
    "difficult": ("bool", _is_bool),
    "crowd": ("bool", _is_bool),
    "area": ("numbers", lambda values: not _is_bool(values)),
}


def check(
    detections: Sequence,
    ground_truth: Sequence[GroundTruth],
    num_classes: int | None = None,
) -> None:
    """Refuse lists that would give a number, but a wrong one.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` an image. Scores may be of
            any range, for only their order counts.
        ground_truth: one an image.
        num_classes: C, background included; None takes any label from 1 on.

    Raises:
        ValueError: if the lists or their shapes do not fit, a coordinate or a score is
            not finite, an area is negative, or a label is not in 1 to C - 1. It names
            the list, the index of the image, and what came.
    """
    if len(detections) != len(ground_truth):
        raise ValueError(
            f"ground_truth must be one an image, {len(detections)}, got {len(ground_truth)}"
        )
    if num_classes is not None:
        check_count("num_classes", num_classes, minimum=2)
    fields = ("boxes", "scores", "labels")
    _check_list("detections", detections, fields, (), num_classes)
    fields = ("boxes", "labels", "difficult")
    _check_list("ground_truth", ground_truth, fields, ("area", "crowd"), num_classes)


def _check_list(
    name: str,
    entries: Sequence,
    fields: Sequence[str],
    optional: Sequence[str],
    num_classes: int | None,
) -> None:
    for image, entry in enumerate(entries):
        given = [f for f in optional if getattr(entry, f, None) is not None]
        _check_shapes(f"{name}[{image}]", entry, (*fields, *given))
    for field in (*fields, *optional):
        values = {image: getattr(entry, field) for image, entry in enumerate(entries)}
        values = {image: value for image, value in values.items() if value is not None}
        if values:
            _check_values(name, field, values, num_classes or math.inf)


def _check_shapes(name: str, entry: NamedTuple, fields: Sequence[str]) -> None:
    """All of one image are tensors, of one length and of a dtype that makes sense."""
    if not all(isinstance(getattr(entry, field, None), Tensor) for field in fields):
        raise ValueError(
            f"{name} must have the tensors {', '.join(fields)}, got {type(entry).__name__}"
        )
    rows = entry.labels.shape[:1]
    for field in fields:
        value = getattr(entry, field)
        wanted = (*rows, 4) if field == "boxes" else rows
        if value.shape != wanted:
            raise ValueError(f"{name}.{field} must be {list(wanted)}, got {list(value.shape)}")
        if field in DTYPES and any(rows):
            kind, is_right = DTYPES[field]
            if not is_right(value):
                raise ValueError(f"{name}.{field} must be {kind}, got {value.dtype}")


def _check_values(name: str, field: str, given: dict[int, Tensor], num_classes: float) -> None:
    """The numbers of all images at once, for a data set has thousands of images."""
    values = torch.cat(list(given.values()))
    allowed, right = "finite", values.isfinite()
    if field == "labels":
        last = "at least 1" if num_classes == math.inf else f"1 to {num_classes - 1}"
        allowed = f"{last} (0 is background)"
        right = (values >= 1) & (values < num_classes)
    elif field == "boxes":
        right = right.all(dim=1)
    elif field == "area":
        allowed, right = "finite and not negative", right & (values >= 0)
    if not right.all():
        image, row = _place(int(right.logical_not().nonzero()[0]), given)
        came = given[image][row].tolist()
        raise ValueError(f"{name}[{image}].{field} must be {allowed}, got {came}")


def _place(row: int, given: dict[int, Tensor]) -> tuple[int, int]:
    """The image that a row of the joined images comes from, and its index there."""
    images = iter(given)
    image = next(images)
    while row >= len(given[image]):
        row -= len(given[image])
        image = next(images)
    return image, row
