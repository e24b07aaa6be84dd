"""A sample, image and target as torchvision has them: what it must be, checked."""

import contextlib
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torchvision import tv_tensors

Target = dict[str, Any]  # "boxes", "labels" and what else a data set knows of each box
Sample = tuple[Tensor, Target]

FLOATS = (torch.float32, torch.float64)
MAY_BE_LISTS = ("iscrowd", "area")  # as torchvision's data sets give them
PER_BOX = ("labels", "difficult", *MAY_BE_LISTS)


class Batch(NamedTuple):
    """What training takes: boxes are fractions."""

    images: Tensor  # [B, 3, S, S]
    gt_boxes: list[Tensor]  # B of [N, 4], xyxy, fractions
    gt_labels: list[Tensor]  # B of [N]


class SampleSet(Protocol):
    """A data set that can be counted: of samples, or of what its transforms make of them."""

    def __len__(self) -> int:
        """The number of samples."""
        ...

    def __getitem__(self, index: int, /) -> Sample:
        """One sample."""
        ...


class LabelledSet(SampleSet, Protocol):
    """A data set that names its classes; what ``ssd_lib.data`` opens is one."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names, background first."""
        ...


def check_image(image: Tensor) -> None:
    """Raise unless this is an RGB image as a tensor.

    Args:
        image: ``[..., 3, H, W]``, uint8 or floats in 0 to 1.

    Raises:
        ValueError: if it is anything else; it says what came.
    """
    if not isinstance(image, Tensor):
        raise ValueError(f"image must be a tensor [..., 3, H, W], got {type(image).__name__}")
    if image.ndim < 3 or image.shape[-3] != 3 or image.numel() == 0:
        raise ValueError(f"image must be [..., 3, H, W], got {list(image.shape)}")
    if not image.is_floating_point() and image.dtype != torch.uint8:
        raise ValueError(f"image must be uint8 or float, got {image.dtype}")
    if image.is_floating_point():
        low, high = (value.item() for value in image.aminmax())
        if not (low >= 0 and high <= 1):
            raise ValueError(f"image must be in 0 to 1 if it is of floats, got {low:g} to {high:g}")


def check_sample(image: Tensor, target: Mapping[str, Any]) -> None:
    """Raise unless the transforms of ``ssd_lib.augment`` can treat this sample.

    Args:
        image: as for :func:`check_image`.
        target: as for :func:`check_boxes`, with boxes of float32 or float64 (integers
            and half precision would round them to pixels), and without masks or key
            points, which these transforms would not move.

    Raises:
        ValueError: if it is anything else; it says what came.
    """
    check_image(image)
    check_boxes(image, target)
    if target["boxes"].dtype not in FLOATS:
        found = target["boxes"].dtype
        raise ValueError(f"boxes must be float32 or float64, got {found}")
    for name, value in target.items():
        if name != "boxes" and isinstance(value, tv_tensors.TVTensor):
            raise ValueError(
                "target must hold nothing but boxes that moves with the image, got "
                f"{name}, {type(value).__name__}"
            )


def check_boxes(image: Tensor, target: Mapping[str, Any]) -> None:
    """Raise unless the boxes of a target are those of its image, as corners in pixels.

    Args:
        image: ``[..., H, W]``.
        target: with ``boxes``, :class:`torchvision.tv_tensors.BoundingBoxes` in the
            format XYXY whose ``canvas_size`` is (H, W); and with tensors of as many
            ``labels``, ``difficult``, ``iscrowd`` and ``area``, if it has them. The
            last two may be lists, as torchvision's data sets give them.

    Raises:
        ValueError: if it is anything else; it says what came.
    """
    if not isinstance(target, Mapping) or "boxes" not in target:
        found = list(target) if isinstance(target, Mapping) else type(target).__name__
        raise ValueError(f"target must have 'boxes', got {found}")
    boxes = target["boxes"]
    if not isinstance(boxes, tv_tensors.BoundingBoxes):
        raise ValueError(f"boxes must be tv_tensors.BoundingBoxes, got {type(boxes).__name__}")
    if boxes.format != tv_tensors.BoundingBoxFormat.XYXY:
        raise ValueError(f"boxes must be in the format XYXY, got {boxes.format.value}")
    height, width = image.shape[-2:]
    if tuple(boxes.canvas_size) != (height, width):
        raise ValueError(
            f"boxes' canvas_size must be the image's, {(height, width)}, "
            f"got {tuple(boxes.canvas_size)}"
        )
    for name in PER_BOX:
        if name in target:
            per_box(target, name)


def crowds(target: Mapping[str, Any]) -> Tensor:
    """Which boxes are COCO's crowds, many objects in one: evaluated, but not learnt.

    Returns:
        ``[N]``, bool; none is one where the target has no ``iscrowd``.

    Raises:
        ValueError: if ``iscrowd`` has not one entry per box.
    """
    if "iscrowd" not in target:
        return torch.zeros(len(target["boxes"]), dtype=torch.bool)
    return per_box(target, "iscrowd").bool()


def per_box(target: Mapping[str, Any], name: str) -> Tensor:
    """What a target says of each box, ``[N]``.

    Raises:
        ValueError: if it is not a tensor (or, for ``iscrowd`` and ``area``, a list) with
            one entry per box.
    """
    values, count = target[name], len(target["boxes"])
    if name in MAY_BE_LISTS and isinstance(values, list):
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            values = torch.tensor(values, dtype=torch.float64)
    is_tensor = isinstance(values, Tensor)
    if not is_tensor or list(values.shape) != [count]:
        found = list(values.shape) if is_tensor else type(values).__name__
        raise ValueError(f"{name} must be a tensor with one entry per box ({count}), got {found}")
    return values


def boxes_like(
    boxes: Tensor, like: tv_tensors.BoundingBoxes, canvas_size: tuple[int, int]
) -> tv_tensors.BoundingBoxes:
    """Boxes on another canvas, with all else that torchvision knows of the former ones."""
    # torch.compiler.disable hides the parameters of wrap.
    return tv_tensors.wrap(boxes, like=like, canvas_size=canvas_size)  # pyright: ignore[reportCallIssue]
