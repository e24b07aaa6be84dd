"""Photometric distortion: the same picture in other light."""

from functools import partial

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from ssd_lib.arguments import check_number, check_range
from ssd_lib.augment.random import uniform
from ssd_lib.samples import check_image


class PhotometricDistortion(nn.Module):
    """Brightness, contrast, saturation and hue, each with its own coin.

    Contrast comes before saturation and hue or after them, as a coin falls. After each
    step values are cut at black and white: 0 and 255, or 0 and 1 in images of floats.

    Args:
        brightness: most that is added or taken off, of 255, also for images of floats.
        contrast: factors, from and to.
        saturation: factors, from and to.
        hue_degrees: most that the hue is turned. Caffe's 18 is in OpenCV's steps of 2
            degrees; ports that read it as degrees turn half as far.
        p: how often each.
        generator: for the random numbers; None is torch's own.

    Raises:
        ValueError: if a number is out of its range, or, when called, if the image is
            not as :func:`ssd_lib.samples.check_image` wants it.
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
        """Keep the settings."""
        super().__init__()
        check_number("brightness", brightness, maximum=255)
        check_number("hue_degrees", hue_degrees, maximum=180)
        check_number("p", p, maximum=1)
        check_range("contrast", contrast)
        check_range("saturation", saturation)
        self.brightness, self.contrast, self.saturation = (
            brightness,
            contrast,
            saturation,
        )
        self.hue_degrees, self.p, self.generator = hue_degrees, p, generator

    def forward(self, image: Tensor, target: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """The image in other colours; the target is the same."""
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
        return tv_tensors.wrap(x.to(image.dtype), like=image), target

    def _draw(self, low: float, high: float) -> Tensor:
        return uniform((), low, high, self.generator)

    def _brightness(self, x: Tensor, white: int) -> Tensor:
        return x + self._draw(-self.brightness, self.brightness) * (white / 255)

    def _contrast(self, x: Tensor) -> Tensor:
        return x * self._draw(*self.contrast)

    def _saturation(self, x: Tensor) -> Tensor:
        """HSV's saturation times a factor: distances from the largest channel grow."""
        value = x.amax(dim=-3, keepdim=True)
        spread = value - x.amin(dim=-3, keepdim=True)
        most = value / spread.clamp(min=1e-6)  # at which the smallest channel is 0
        return value - (value - x) * self._draw(*self.saturation).minimum(most)

    def _hue(self, x: Tensor, white: int) -> Tensor:
        turn = self._draw(-self.hue_degrees, self.hue_degrees).item() / 360
        return F.adjust_hue(x / white, turn) * white
