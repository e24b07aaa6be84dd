"""Samples of a data set, as training sees them: images with their boxes, in sheets."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from ssd_lib.figures.pictures import Picture, Sheet

SHOWN_PX = 300  # longer side of an image in a sheet


class View(NamedTuple):
    """An image as training sees it."""

    title: str
    image: Tensor  # [3, H, W], uint8
    boxes: Tensor  # [N, 4], xyxy in fractions
    names: Sequence[str]  # of the boxes' classes, whose colours they have
    written: Sequence[str] = ()  # at the boxes


def sheet(samples: Sequence[View], columns: int = 4, rem: float = 62, least: float = 9) -> Sheet:
    """Images with their boxes, side by side.

    Args:
        samples: row by row.
        columns: of the sheet.
        rem: how wide the whole is at most.
        least: how wide each image is at least, in rem.
    """
    pictures = []
    for title, image, boxes, names, written in samples:
        said = f"a sample with {', '.join(names)}." if names else "the image, no boxes drawn."
        pictures.append(
            Picture(
                _smaller(image),
                *(boxes, written, names or ("ink",)),
                alt=f"{title}: {said}",
                title=title,
                weight=8,
                letters=30,
            )
        )
    return Sheet(pictures, columns, rem, least)


def _smaller(image: Tensor) -> Tensor:
    """The image as plain numbers, its longer side ``SHOWN_PX``."""
    plain = image.as_subclass(Tensor)
    scale = SHOWN_PX / max(plain.shape[1:])
    return resize(plain, [round(scale * side) for side in plain.shape[1:]], antialias=True)


def bare(title: str, image: Tensor) -> View:
    """An image without boxes."""
    return View(title, image, image.new_zeros(0, 4).float(), ())


def seen(title: str, image: Tensor, target: Mapping[str, Tensor], labels: Sequence[str]) -> View:
    """A sample with its boxes.

    Args:
        title: above it.
        image: ``[3, H, W]``.
        target: its boxes in pixels, and labels, which count from 1.
        labels: names of the classes.
    """
    names = [labels[int(label) - 1] for label in target["labels"]]
    return View(title, image, _fractions(image, target["boxes"]), names)


def life(image: Tensor, target: Mapping[str, Tensor], label: int, title: str = "") -> View:
    """A sample with the box of one object, its width in pixels of 300 above it.

    Args:
        image: ``[3, H, W]``.
        target: as for :func:`seen`.
        label: of the object.
        title: what the sample is, if it is more than that.
    """
    box = _fractions(image, target["boxes"])[target["labels"] == label]
    width = f"{300 * (box[0, 2] - box[0, 0]):.0f} px" if len(box) else "gone"
    return View(f"{title}: {width}" if title else width, image, box, ["bird"] * len(box))


def measured(
    title: str, image: Tensor, boxes: Tensor, labels: Sequence[str], which: Sequence[int]
) -> View:
    """An image with some of its boxes, each with its width in pixels of 300.

    Args:
        title: above it.
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy, in fractions.
        labels: N names of classes.
        which: the boxes that are shown.
    """
    shown = boxes[list(which)]
    names = [labels[i] for i in which]
    wide = (300 * (shown[:, 2] - shown[:, 0])).tolist()
    written = [f"{name} {width:.0f} px" for name, width in zip(names, wide, strict=True)]
    return View(title, image, shown, names, written)


def _fractions(image: Tensor, boxes: Tensor) -> Tensor:
    height, width = image.shape[1:]
    return boxes.as_subclass(Tensor) / torch.tensor([width, height] * 2)
