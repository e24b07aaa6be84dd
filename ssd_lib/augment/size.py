"""Zooming out, and warping to the network's size."""

import torch
from torch import Tensor, nn
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from ssd_lib.augment.random import uniform

FILL = (123, 117, 104)  # Caffe's mean colour, RGB

Sample = tuple[Tensor, dict[str, Tensor]]


class ZoomOut(nn.Module):
    """Lay the picture on a larger canvas of the mean colour; small objects come of it.

    Args:
        most: the canvas is up to so many times as high and wide: 4 is an area of 16.
        p: how often.
        fill: RGB, 0 to 255.
        generator: for the random numbers; None is torch's own.
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
        self.most, self.p, self.fill, self.generator = most, p, fill, generator

    def forward(self, image: Tensor, target: dict[str, Tensor]) -> Sample:
        """The canvas with the image somewhere on it, and the boxes moved along."""
        if torch.rand((), generator=self.generator) >= self.p:
            return image, target
        height, width = image.shape[-2:]
        ratio = uniform((), 1.0, self.most, self.generator).item()
        right, down = int(width * ratio) - width, int(height * ratio) - height
        left = int(uniform((), 0, right + 1, self.generator).clamp(max=right))
        top = int(uniform((), 0, down + 1, self.generator).clamp(max=down))
        padding = [left, top, right - left, down - top]
        padded = F.pad(image, padding, fill=list(self.fill))
        return padded, target | {"boxes": F.pad(target["boxes"], padding)}


class Resize(nn.Module):
    """Warp to a square, by an interpolation drawn each time.

    Caffe draws among five; Lanczos is missing here, and its area interpolation is
    bilinear with antialiasing.

    Args:
        size_px: side of the square.
        generator: for the random numbers; None is torch's own.
    """

    KINDS = (
        (v2.InterpolationMode.BILINEAR, False),
        (v2.InterpolationMode.BILINEAR, True),
        (v2.InterpolationMode.BICUBIC, True),
        (v2.InterpolationMode.NEAREST, False),
    )

    def __init__(self, size_px: int, generator: torch.Generator | None = None) -> None:
        """Keep the settings."""
        super().__init__()
        self.size_px, self.generator = size_px, generator

    def forward(self, image: Tensor, target: dict[str, Tensor]) -> Sample:
        """The image ``[3, size_px, size_px]``, and the boxes in its pixels."""
        kind = int(torch.randint(len(self.KINDS), (), generator=self.generator))
        mode, antialias = self.KINDS[kind]
        size = [self.size_px, self.size_px]
        resized = F.resize(image, size, interpolation=mode, antialias=antialias)
        return resized, target | {"boxes": F.resize(target["boxes"], size)}
