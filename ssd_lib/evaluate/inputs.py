"""The inputs of evaluation, checked before anything is counted."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_count
from ssd_lib.predict import Detections


class GroundTruth(NamedTuple):
    """The annotated objects of one image."""

    boxes: Tensor  # [N, 4], xyxy, pixels
    labels: Tensor  # [N], from 1
    difficult: Tensor  # [N], bool: need not be found, and finding it is no error
    area: Tensor | None = None  # [N], of the shape, in square pixels; None: of the box
    crowd: Tensor | None = None  # [N], bool: many objects in one box, difficult too


def _is_bool(values: Tensor) -> bool:
    return values.dtype == torch.bool


def _is_integer(values: Tensor) -> bool:
    return not values.is_floating_point() and not _is_bool(values)


DTYPES: dict[str, tuple[str, Callable[[Tensor], bool]]] = {  # of fields that have a rule
    "labels": ("integers", _is_integer),
    "difficult": ("bool", _is_bool),
    "crowd": ("bool", _is_bool),
    "area": ("numbers", lambda values: not _is_bool(values)),
}


def check_inputs(
    detections: Sequence[Detections],
    ground_truth: Sequence[GroundTruth],
    num_classes: int | None = None,
) -> None:
    """Raise where detections or ground truth would give a number, but a wrong one.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` per image. Scores may have any
            range, because only their order counts.
        ground_truth: one per image.
        num_classes: C, background included; None allows any label from 1 on.

    Raises:
        ValueError: if the lengths or shapes do not fit, a coordinate or a score is not
            finite, an area is negative, or a label is not in 1 to C - 1. It names the
            argument, the index of the image, and what came.
    """
    if len(detections) != len(ground_truth):
        raise ValueError(
            f"ground_truth must have one entry per image ({len(detections)}), "
            f"got {len(ground_truth)}"
        )
    if num_classes is not None:
        check_count("num_classes", num_classes, minimum=2)
    fields = ("boxes", "scores", "labels")
    _check_images("detections", detections, fields, (), num_classes)
    fields = ("boxes", "labels", "difficult")
    _check_images("ground_truth", ground_truth, fields, ("area", "crowd"), num_classes)


def _check_images(
    name: str,
    images: Sequence[Detections] | Sequence[GroundTruth],
    fields: Sequence[str],
    optional: Sequence[str],
    num_classes: int | None,
) -> None:
    for index, image in enumerate(images):
        given = [field for field in optional if getattr(image, field, None) is not None]
        _check_shapes(f"{name}[{index}]", image, (*fields, *given))
    for field in (*fields, *optional):
        values = {index: getattr(image, field) for index, image in enumerate(images)}
        values = {index: value for index, value in values.items() if value is not None}
        if values:
            _check_values(name, field, values, num_classes or math.inf)


def _check_shapes(name: str, image: Detections | GroundTruth, fields: Sequence[str]) -> None:
    """All fields of an image are tensors of one length, and of a dtype that makes sense."""
    if not all(isinstance(getattr(image, field, None), Tensor) for field in fields):
        raise ValueError(
            f"{name} must have the tensors {', '.join(fields)}, got {type(image).__name__}"
        )
    rows = image.labels.shape[:1]
    for field in fields:
        value = getattr(image, field)
        expected = (*rows, 4) if field == "boxes" else rows
        if value.shape != expected:
            raise ValueError(f"{name}.{field} must be {list(expected)}, got {list(value.shape)}")
        if field in DTYPES and any(rows):
            kind, is_allowed = DTYPES[field]
            if not is_allowed(value):
                raise ValueError(f"{name}.{field} must be {kind}, got {value.dtype}")


def _check_values(name: str, field: str, given: dict[int, Tensor], num_classes: float) -> None:
    """Check the numbers of all images at once, because a data set has thousands of images."""
    values = torch.cat(list(given.values()))
    expected, valid = "finite", values.isfinite()
    if field == "labels":
        allowed = "at least 1" if num_classes == math.inf else f"1 to {num_classes - 1}"
        expected = f"{allowed} (0 is background)"
        valid = (values >= 1) & (values < num_classes)
    elif field == "boxes":
        valid = valid.all(dim=1)
    elif field == "area":
        expected, valid = "finite and not negative", valid & (values >= 0)
    if not valid.all():
        index, row = _locate(int(valid.logical_not().nonzero()[0]), given)
        got = given[index][row].tolist()
        raise ValueError(f"{name}[{index}].{field} must be {expected}, got {got}")


def _locate(row: int, given: dict[int, Tensor]) -> tuple[int, int]:
    """The image that a row of the concatenated images comes from, and the row in it."""
    images = iter(given)
    index = next(images)
    while row >= len(given[index]):
        row -= len(given[index])
        index = next(images)
    return index, row
