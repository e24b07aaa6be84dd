"""Photometric distortion: the same image in a different light."""

from functools import partial

import torch
from torch import Tensor, nn
from torchvision.transforms.v2 import functional as F

from ssd_lib.arguments import check_number, check_range
from ssd_lib.samples import Sample, Target, check_image


class PhotometricDistortion(nn.Module):
    """Randomly change brightness, contrast, saturation and hue, each with probability p.

    Contrast is changed before saturation and hue or after them, with equal probability.
    After each step, values are clamped to 0 to 255, or 0 to 1 if the image is
    floating-point.

    Args:
        brightness: the largest value added or subtracted, on a scale of 255 also for
            floating-point images.
        contrast: smallest and largest factor.
        saturation: smallest and largest factor.
        hue_degrees: the largest rotation of the hue. Caffe's 18 is in OpenCV's units of 2
            degrees; ports that read it as degrees rotate half as far.
        p: probability of each change.
        generator: for the random numbers; None is torch's own.

    Raises:
        ValueError: if a number is out of its range, or, when called, if
            :func:`ssd_lib.samples.check_image` rejects the image.
    """

    def __init__(
        self,
        brightness: float = 32.0,
        contrast: tuple[float, float] = (0.5, 1.5),
        saturation: tuple[float, float] = (0.5, 1.5),
        hue_degrees: float = 36.0,
        p: float = 0.5,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_number("brightness", brightness, maximum=255)
        check_number("hue_degrees", hue_degrees, maximum=180)
        check_number("p", p, maximum=1)
        check_range("contrast", contrast)
        check_range("saturation", saturation)
        self.brightness, self.contrast = brightness, contrast
        self.saturation, self.hue_degrees = saturation, hue_degrees
        self.p, self.generator = p, generator

    def forward(self, image: Tensor, target: Target) -> Sample:
        """The image in other colours, and the same target."""
        check_image(image)
        white = 1 if image.is_floating_point() else 255
        x = image.as_subclass(Tensor)
        x = x.to(torch.promote_types(x.dtype, torch.float32))
        steps = [self._contrast, self._saturation, partial(self._hue, white=white)]
        late = torch.rand((), generator=self.generator) < 0.5
        order = steps[1:] + steps[:1] if late else steps
        for step in (partial(self._brightness, white=white), *order):
            if torch.rand((), generator=self.generator) < self.p:
                x = step(x).clamp(0, white)
        x = x.round() if white == 255 else x
        return x.to(image.dtype).as_subclass(type(image)), target

    def _draw(self, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand((), generator=self.generator)

    def _brightness(self, x: Tensor, white: int) -> Tensor:
        return x + self._draw(-self.brightness, self.brightness) * (white / 255)

    def _contrast(self, x: Tensor) -> Tensor:
        return x * self._draw(*self.contrast)

    def _saturation(self, x: Tensor) -> Tensor:
        """Scale HSV's saturation, which scales distances from the largest channel."""
        value = x.amax(dim=-3, keepdim=True)
        spread = value - x.amin(dim=-3, keepdim=True)
        largest = value / spread.clamp(min=1e-6)  # makes the smallest channel 0
        return value - (value - x) * self._draw(*self.saturation).minimum(largest)

    def _hue(self, x: Tensor, white: int) -> Tensor:
        turn = self._draw(-self.hue_degrees, self.hue_degrees).item() / 360
        return F.adjust_hue(x / white, turn) * white
