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
            not finite, or a label is not in 1 to C - 1. It names the list, the index of
            the image, and what came.
    """
    if len(detections) != len(ground_truth):
        raise ValueError(
            f"ground_truth must be one an image, {len(detections)}, "
            f"got {len(ground_truth)}"
        )
    if num_classes is not None:
        check_count("num_classes", num_classes, least=2)
    lists = {
        "detections": (detections, ("boxes", "scores", "labels")),
        "ground_truth": (ground_truth, ("boxes", "labels", "difficult")),
    }
    for name, (entries, fields) in lists.items():
        for image, entry in enumerate(entries):
            _check_shapes(f"{name}[{image}]", entry, fields)
        if entries:
            _check_values(name, entries, fields, num_classes or math.inf)


def _check_shapes(name: str, entry: NamedTuple, fields: Sequence[str]) -> None:
    """All of one image are tensors, of one length and of a dtype that makes sense."""
    if not all(isinstance(getattr(entry, field, None), Tensor) for field in fields):
        raise ValueError(
            f"{name} must have the tensors {', '.join(fields)}, "
            f"got {type(entry).__name__}"
        )
    rows = list(entry.labels.shape[:1])
    for field in fields:
        value = getattr(entry, field)
        wanted = [*rows, 4] if field == "boxes" else rows
        if list(value.shape) != wanted:
            raise ValueError(
                f"{name}.{field} must be {wanted}, got {list(value.shape)}"
            )
    if any(rows) and (entry.labels.is_floating_point() or _is_bool(entry.labels)):
        raise ValueError(f"{name}.labels must be integers, got {entry.labels.dtype}")
    if any(rows) and "difficult" in fields and not _is_bool(entry.difficult):
        raise ValueError(f"{name}.difficult must be bool, got {entry.difficult.dtype}")


def _is_bool(values: Tensor) -> bool:
    return values.dtype == torch.bool


def _check_values(
    name: str, entries: Sequence, fields: Sequence[str], num_classes: float
) -> None:
    """The numbers of all images at once, for a data set has thousands of images."""
    last = "at least 1" if num_classes == math.inf else f"1 to {num_classes - 1}"
    for field in fields:
        values = torch.cat([getattr(entry, field) for entry in entries])
        if field == "labels":
            allowed = f"{last} (0 is background)"
            right = (values >= 1) & (values < num_classes)
        else:
            allowed, right = "finite", values.isfinite()
            right = right.all(dim=1) if field == "boxes" else right
        if not right.all():
            image, row = _place(int(right.logical_not().nonzero()[0]), entries)
            came = getattr(entries[image], field)[row].tolist()
            raise ValueError(f"{name}[{image}].{field} must be {allowed}, got {came}")


def _place(row: int, entries: Sequence) -> tuple[int, int]:
    """The image that a row of the joined images comes from, and its index there."""
    image = 0
    while row >= len(entries[image].labels):
        row -= len(entries[image].labels)
        image += 1
    return image, row
