"""Zooming out, and warping to the network's size."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from ssd_lib.arguments import check_count, check_number
from ssd_lib.augment.random import uniform
from ssd_lib.boxes import clip_boxes
from ssd_lib.samples import Sample, check_sample, one_a_box

FILL = (123, 117, 104)  # Caffe's mean colour, RGB


class ZoomOut(nn.Module):
    """Lay the picture on a larger canvas of the mean colour; small objects come of it.

    Args:
        most: the canvas is up to so many times as high and wide: 4 is an area of 16.
        p: how often.
        fill: RGB, 0 to 255, also for images of floats.
        generator: for the random numbers; None is torch's own.

    Raises:
        ValueError: if a number is out of its range, or, when called, if the sample is
            not as :func:`ssd_lib.samples.check_sample` wants it.
    """

    def __init__(
        self,
        most: float = 4.0,
        p: float = 0.5,
        fill: tuple[int, int, int] = FILL,
        generator: torch.Generator | None = None,
    ) -> None:
        """Keep the settings."""
        super().__init__()
        check_number("most", most, minimum=1)
        check_number("p", p, maximum=1)
        if len(fill) != 3:
            raise ValueError(f"fill must be three numbers, got {fill!r}")
        for value in fill:
            check_number("fill", value, maximum=255)
        self.most, self.p, self.fill, self.generator = most, p, fill, generator

    def forward(self, image: Tensor, target: dict[str, Tensor]) -> Sample:
        """The canvas with the image somewhere on it, and the boxes moved along."""
        check_sample(image, target)
        if torch.rand((), generator=self.generator) >= self.p:
            return image, target
        height, width = image.shape[-2:]
        ratio = uniform((), 1.0, self.most, self.generator).item()
        right, down = int(width * ratio) - width, int(height * ratio) - height
        left = int(uniform((), 0, right + 1, self.generator).clamp(max=right))
        top = int(uniform((), 0, down + 1, self.generator).clamp(max=down))
        padding = [left, top, right - left, down - top]
        padded = F.pad(image, padding, fill=self._fill(image))
        return padded, target | {"boxes": F.pad(target["boxes"], padding)}

    def _fill(self, image: Tensor) -> list[float]:
        white = 1 if image.is_floating_point() else 255
        return [value * white / 255 for value in self.fill]


class Resize(nn.Module):
    """Warp to a square, by an interpolation drawn each time.

    Caffe draws among five; Lanczos is missing here, and its area interpolation is
    bilinear with antialiasing.

    Args:
        size_px: side of the square.
        generator: for the random numbers; None is torch's own.
        kinds: what is drawn from, each an interpolation and whether with antialiasing;
            of a single one nothing is drawn.

    Raises:
        ValueError: if the side is no whole number from 1 on, or, when called, if the
            sample is not as :func:`ssd_lib.samples.check_sample` wants it.
    """

    KINDS = (
        (v2.InterpolationMode.BILINEAR, False),
        (v2.InterpolationMode.BILINEAR, True),
        (v2.InterpolationMode.BICUBIC, True),
        (v2.InterpolationMode.NEAREST, False),
    )

    def __init__(
        self,
        size_px: int,
        generator: torch.Generator | None = None,
        kinds: Sequence[tuple[v2.InterpolationMode, bool]] = KINDS,
    ) -> None:
        """Keep the settings."""
        super().__init__()
        check_count("size_px", size_px)
        self.size_px, self.kinds, self.generator = size_px, tuple(kinds), generator

    def forward(self, image: Tensor, target: dict[str, Tensor]) -> Sample:
        """The image ``[3, size_px, size_px]``, and boxes and areas in its pixels."""
        check_sample(image, target)
        mode, antialias = self._draw()
        size = [self.size_px, self.size_px]
        resized = F.resize(image, size, interpolation=mode, antialias=antialias)
        boxes = _clipped(F.resize(target["boxes"], size))
        return resized, target | self._areas(image, target) | {"boxes": boxes}

    def _areas(self, image: Tensor, target: dict[str, Tensor]) -> dict[str, Tensor]:
        if "area" not in target:
            return {}
        height, width = image.shape[-2:]
        return {"area": one_a_box(target, "area") * (self.size_px**2 / height / width)}

    def _draw(self) -> tuple[v2.InterpolationMode, bool]:
        if len(self.kinds) == 1:
            return self.kinds[0]
        return self.kinds[int(torch.randint(len(self.kinds), (), generator=self.generator))]


def _clipped(boxes: tv_tensors.BoundingBoxes) -> tv_tensors.BoundingBoxes:
    """Boxes on their canvas again, from which a rounded factor may have moved them."""
    inside = clip_boxes(boxes.as_subclass(Tensor), *boxes.canvas_size)
    return tv_tensors.wrap(inside, like=boxes)
