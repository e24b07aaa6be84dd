"""Default boxes that reach the objects of a data set."""

import argparse
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.data import Dataset

from ssd_lib.boxes import scale_boxes
from ssd_lib.coverage import coverage, fit_layout
from ssd_lib.data.records import Records
from ssd_lib.default_boxes import DefaultBoxLayout
from ssd_lib.samples import crowds

ENOUGH = 0.95  # of the objects should meet a default box
LOOKED_AT = 300  # images, where they have to be read for it
MOST = 5000  # objects, where they are known


def fitting_layout(
    args: argparse.Namespace,
    dataset: Dataset,
    default: DefaultBoxLayout,
    say: Callable[..., None],
) -> DefaultBoxLayout:
    """The network's default boxes, or others of the same number that reach more objects.

    Args:
        args: with ``layout``.
        dataset: of training images as they are.
        default: of the network.
        say: is told what was found.
    """
    boxes = gt_boxes_of(dataset)
    share, text = reached(boxes, default)
    say(f"coverage: {text}")
    if share >= ENOUGH or args.layout == "default" or len(boxes) == 0:
        return default
    fitted = fit_layout(boxes, default)
    better, text = reached(boxes, fitted)
    if better <= share:
        return default
    sizes = ", ".join(f"{row.min_size_px:.0f}" for row in fitted.maps)
    say(f"with default boxes of {sizes} pixels: {text}; these are taken")
    return fitted


def gt_boxes_of(dataset: Dataset) -> Tensor:
    """Objects of a data set, evenly chosen, as fractions, ``[N, 4]``; no crowds.

    Args:
        dataset: as it is. Its images are opened only if their sizes are not known.
    """
    if isinstance(dataset, Records) and dataset.placed:
        return _known_boxes(dataset)
    found = [torch.zeros(0, 4)]
    count = min(LOOKED_AT, len(dataset))
    for k in range(count):
        _, target = dataset[k * len(dataset) // count]
        height, width = target["boxes"].canvas_size
        boxes = target["boxes"].as_subclass(Tensor)[~crowds(target)]
        found.append(scale_boxes(boxes, 1 / height, 1 / width))
    return torch.cat(found)


def _known_boxes(dataset: Records) -> Tensor:
    rows = []
    for record in dataset.records:
        height, width = record.size_px
        crowd = record.crowd or [False] * len(record.boxes)
        rows += [
            (x1 / width, y1 / height, x2 / width, y2 / height)
            for (x1, y1, x2, y2), is_crowd in zip(record.boxes, crowd, strict=True)
            if not is_crowd
        ]
    step = max(1, -(-len(rows) // MOST))
    return torch.tensor(rows[::step], dtype=torch.float32).reshape(-1, 4)


def reached(boxes: Tensor, layout: DefaultBoxLayout) -> tuple[float, str]:
    """The share of objects, ``[N, 4]``, that a layout reaches, and that in words."""
    best = coverage(boxes, layout).best_iou
    if len(best) == 0:
        return 0.0, "no object in the images that were looked at"
    share = (best >= 0.5).float().mean().item()
    return share, (
        f"{share:.1%} of {len(best)} objects meet a default box at IoU 0.5; "
        f"the median best IoU is {best.median():.2f}"
    )
