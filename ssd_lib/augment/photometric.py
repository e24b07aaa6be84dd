"""Photometric distortion: the same picture in other light."""

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from ssd_lib.augment.random import uniform


class PhotometricDistortion(nn.Module):
    """Brightness, contrast, saturation and hue, each with its own coin.

    Contrast comes before saturation and hue or after them, as a coin falls. After each
    step values are cut at 0 and 255.

    Args:
        brightness: most that is added or taken off, of 255.
        contrast: factors, from and to.
        saturation: factors, from and to.
        hue_degrees: most that the hue is turned. Caffe's 18 is in OpenCV's steps of 2
            degrees; ports that read it as degrees turn half as far.
        p: how often each.
        generator: for the random numbers; None is torch's own.
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
        self.brightness, self.contrast, self.saturation = (
            brightness,
            contrast,
            saturation,
        )
        self.hue_degrees, self.p, self.generator = hue_degrees, p, generator

    def forward(
        self, image: Tensor, target: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The image in other colours; the target is the same."""
        x = image.as_subclass(Tensor).float()
        steps = [self._contrast, self._saturation, self._hue]
        late = torch.rand((), generator=self.generator) < 0.5
        order = [self._brightness, *(steps[1:] + steps[:1] if late else steps)]
        for step in order:
            if torch.rand((), generator=self.generator) < self.p:
                x = step(x).clamp(0, 255)
        return tv_tensors.wrap(x.round().to(image.dtype), like=image), target

    def _draw(self, low: float, high: float) -> Tensor:
        return uniform((), low, high, self.generator)

    def _brightness(self, x: Tensor) -> Tensor:
        return x + self._draw(-self.brightness, self.brightness)

    def _contrast(self, x: Tensor) -> Tensor:
        return x * self._draw(*self.contrast)

    def _saturation(self, x: Tensor) -> Tensor:
        """HSV's saturation times a factor: distances from the largest channel grow."""
        value = x.amax(dim=-3, keepdim=True)
        spread = value - x.amin(dim=-3, keepdim=True)
        most = value / spread.clamp(min=1e-6)  # at which the smallest channel is 0
        return value - (value - x) * self._draw(*self.saturation).minimum(most)

    def _hue(self, x: Tensor) -> Tensor:
        turn = self._draw(-self.hue_degrees, self.hue_degrees).item() / 360
        return F.adjust_hue(x / 255, turn) * 255
