"""The two parts of a data set, and default boxes that reach its objects."""

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset, Subset

from ssd_lib.commands.common import SPLITS, open_data
from ssd_lib.coverage import coverage, fit_layout
from ssd_lib.default_boxes import DefaultBoxLayout

HELD_OUT = 0.1  # of a folder of one's own, for validation
ENOUGH = 0.95  # of the objects should meet a default box
LOOKED_AT = 300  # pictures


class Parts(NamedTuple):
    """A data set as training needs it."""

    training: Dataset  # with transforms
    plain: Dataset  # the same pictures as they are
    validation: Dataset  # others, as they are
    classes: tuple[str, ...]


def open_both(
    chosen: argparse.Namespace, size_px: int, transforms: Callable[..., Any]
) -> Parts:
    """Pictures to train on, and others to validate on.

    Of a folder or file of one's own a tenth is held out, always the same.

    Raises:
        ValueError, OSError: if there is no such data set, or it is broken.
    """
    dataset = open_data(chosen, "train", size_px, transforms=transforms)
    classes = tuple(dataset.classes)
    if len(classes) < 2:
        raise ValueError(f"{chosen.data} must have objects, got none")
    plain = open_data(chosen, "train", size_px)
    if chosen.data in SPLITS or chosen.data == "toy":
        usual = argparse.Namespace(**vars(chosen) | {"split": None, "scenes": None})
        return Parts(dataset, plain, open_data(usual, "validate", size_px), classes)
    if len(plain) < 2:
        raise ValueError(
            f"{chosen.data} must have at least 2 pictures, got {len(plain)}"
        )
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(plain), generator=generator).tolist()
    count = max(1, round(HELD_OUT * len(plain)))
    held_out, kept = order[:count], order[count:]
    return Parts(
        Subset(dataset, kept), Subset(plain, kept), Subset(plain, held_out), classes
    )


def fitting_layout(
    chosen: argparse.Namespace,
    dataset: Dataset,
    usual: DefaultBoxLayout,
    say: Callable[..., None],
) -> DefaultBoxLayout:
    """The usual default boxes, or others of the same number that reach more objects.

    Args:
        chosen: with ``layout``.
        dataset: of training pictures as they are.
        usual: of the network.
        say: is told what was found.
    """
    boxes = gt_boxes_of(dataset)
    share, text = _reached(boxes, usual)
    say(f"coverage: {text}")
    if share >= ENOUGH or chosen.layout == "usual" or len(boxes) == 0:
        return usual
    fitted = fit_layout(boxes, usual)
    better, text = _reached(boxes, fitted)
    if better <= share:
        return usual
    sizes = ", ".join(f"{row.min_size_px:.0f}" for row in fitted.maps)
    say(f"with default boxes of {sizes} pixels: {text}; these are taken")
    return fitted


def gt_boxes_of(dataset: Dataset, most: int = LOOKED_AT) -> Tensor:
    """Objects of some pictures, evenly chosen, as fractions, ``[N, 4]``."""
    found = [torch.zeros(0, 4)]
    count = min(most, len(dataset))
    for k in range(count):
        _, target = dataset[k * len(dataset) // count]
        height, width = target["boxes"].canvas_size
        boxes = target["boxes"].as_subclass(Tensor)
        found.append(boxes / boxes.new_tensor([width, height, width, height]))
    return torch.cat(found)


def _reached(boxes: Tensor, layout: DefaultBoxLayout) -> tuple[float, str]:
    best = coverage(boxes, layout).best_iou
    if len(best) == 0:
        return 0.0, "no object in the pictures that were looked at"
    share = (best >= 0.5).float().mean().item()
    return share, (
        f"{share:.1%} of {len(best)} objects meet a default box at IoU 0.5, "
        f"the median best IoU is {best.median():.2f}"
    )
