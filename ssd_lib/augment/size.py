"""Zooming out, and resizing to the network's size."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from ssd_lib.arguments import check_count, check_number
from ssd_lib.boxes import clip_boxes
from ssd_lib.samples import Sample, Target, boxes_like, check_sample, per_box

FILL = (123, 117, 104)  # Caffe's mean colour, RGB


class ZoomOut(nn.Module):
    """Place the image on a larger canvas of the mean colour, which makes objects small.

    Args:
        max_scale: the largest factor for the canvas's height and width: 4 gives an area
            16 times as large.
        p: probability of zooming out.
        fill: RGB, 0 to 255 also for floating-point images.
        generator: for the random numbers; None is torch's own.

    Raises:
        ValueError: if a number is out of its range, or, when called, if
            :func:`ssd_lib.samples.check_sample` rejects the sample.
    """

    def __init__(
        self,
        max_scale: float = 4.0,
        p: float = 0.5,
        fill: tuple[int, int, int] = FILL,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_number("max_scale", max_scale, minimum=1)
        check_number("p", p, maximum=1)
        if len(fill) != 3:
            raise ValueError(f"fill must be three numbers, got {fill!r}")
        for value in fill:
            check_number("fill", value, maximum=255)
        self.max_scale, self.p, self.fill, self.generator = max_scale, p, fill, generator

    def forward(self, image: Tensor, target: Target) -> Sample:
        """The canvas with the image somewhere on it, and the boxes moved with it."""
        check_sample(image, target)
        if self._rand() >= self.p:
            return image, target
        height, width = image.shape[-2:]
        scale = (1 + (self.max_scale - 1) * self._rand()).item()
        wider, higher = int(width * scale) - width, int(height * scale) - height
        left = int(((wider + 1) * self._rand()).clamp(max=wider))
        top = int(((higher + 1) * self._rand()).clamp(max=higher))
        padding = [left, top, wider - left, higher - top]
        padded = F.pad(image, padding, fill=self._fill(image))
        return padded, target | {"boxes": F.pad(target["boxes"], padding)}

    def _rand(self) -> Tensor:
        return torch.rand((), generator=self.generator)

    def _fill(self, image: Tensor) -> list[float]:
        white = 1 if image.is_floating_point() else 255
        return [value * white / 255 for value in self.fill]


class Resize(nn.Module):
    """Resize to a square, with an interpolation drawn for each image.

    Caffe draws from five; here Lanczos is missing, and bilinear interpolation with
    antialiasing stands in for Caffe's area interpolation.

    Args:
        size_px: side of the square.
        generator: for the random numbers; None is torch's own.
        kinds: interpolations to draw from, each with whether to use antialiasing. If
            there is only one, no random number is drawn.

    Raises:
        ValueError: if the side is not a whole number of at least 1, or, when called, if
            :func:`ssd_lib.samples.check_sample` rejects the sample.
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
        super().__init__()
        check_count("size_px", size_px)
        self.size_px, self.kinds, self.generator = size_px, tuple(kinds), generator

    def forward(self, image: Tensor, target: Target) -> Sample:
        """The image ``[3, size_px, size_px]``, and boxes and areas in its pixels."""
        check_sample(image, target)
        mode, antialias = self._draw()
        size = [self.size_px, self.size_px]
        resized = F.resize(image, size, interpolation=mode, antialias=antialias)
        return resized, target | self._areas(image, target) | {"boxes": self._boxes(target)}

    def _boxes(self, target: Target) -> tv_tensors.BoundingBoxes:
        """Resized boxes, clipped, because rounding may move them off the canvas."""
        size = (self.size_px, self.size_px)
        boxes = F.resize(target["boxes"], list(size)).as_subclass(Tensor)
        return boxes_like(clip_boxes(boxes, *size), target["boxes"], size)

    def _areas(self, image: Tensor, target: Target) -> Target:
        if "area" not in target:
            return {}
        height, width = image.shape[-2:]
        return {"area": per_box(target, "area") * (self.size_px**2 / height / width)}

    def _draw(self) -> tuple[v2.InterpolationMode, bool]:
        if len(self.kinds) == 1:
            return self.kinds[0]
        return self.kinds[int(torch.randint(len(self.kinds), (), generator=self.generator))]
