"""Features: from a picture to feature maps of several sizes.

The paper's backbone is VGG16 with its fully connected layers made convolutions, and
smaller and smaller maps behind it. :class:`TinyFeatures` is the same idea at a size
that a CPU trains.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

VGG_BEFORE_POOL4 = (
    64,
    64,
    "pool",
    128,
    128,
    "pool",
    256,
    256,
    256,
    "pool",
    512,
    512,
    512,
)

CONVS_TO_4_3 = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)  # their places among the layers

CAFFE_MEAN = (0.48235, 0.45882, 0.40784)  # what our pictures are normalised with
IMAGENET_MEAN = (0.485, 0.456, 0.406)  # and what IMAGENET1K_V1 expects
IMAGENET_STD = (0.229, 0.224, 0.225)

# conv8 to conv11 (conv12 at 512): channels between and out, kernel, stride, padding.
EXTRA_LAYERS = {
    300: ((256, 512, 3, 2, 1), (128, 256, 3, 2, 1), (128, 256, 3, 1, 0), (128, 256, 3, 1, 0)),
    512: (
        (256, 512, 3, 2, 1),
        (128, 256, 3, 2, 1),
        (128, 256, 3, 2, 1),
        (128, 256, 3, 2, 1),
        (128, 256, 4, 1, 1),
    ),
}


class Features(Protocol):
    """A module that makes feature maps of images; those below are, and so may yours be."""

    @property
    def out_channels(self) -> Sequence[int]:
        """Channels of each map, finest first."""
        ...

    def __call__(self, images: Tensor) -> Sequence[Tensor]:
        """Maps ``[B, channels, H, W]``, finest first, of images ``[B, 3, S, S]``."""
        ...


class L2Norm(nn.Module):
    r"""Each position's channels scaled to a learnt length.

    .. math:: y_c = scale_c \frac{x_c}{\sqrt{\sum_c x_c^2 + \epsilon}}

    conv4_3's values are much larger than the later maps'; with a length of 20 they
    train together. The small number stands inside the root: so a position that is
    zero in all channels gives 0, with a finite gradient. Computed in float32 whatever
    comes in.

    References:
        Liu et al. 2016, section 3.1; Caffe's ``normalize_layer.cpp``.
    """

    def __init__(self, channels: int, scale: float = 20.0, eps: float = 1e-10) -> None:
        """Start all channels at one scale."""
        super().__init__()
        self.scale = nn.Parameter(torch.full((channels,), scale))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """``[B, C, H, W]`` in and out, same dtype."""
        wide = x.float()
        length = (wide.square().sum(dim=1, keepdim=True) + self.eps).sqrt()
        return (self.scale.float()[:, None, None] * wide / length).to(x.dtype)


class VGG16Features(nn.Module):
    """VGG16's convolutions, fc6 and fc7 as convolutions, and SSD's extra layers.

    Args:
        image_px: 300 or 512.
        batch_norm: put batch normalisation behind every convolution, for training
            from scratch; the paper has none, and its weights go without.

    Attributes:
        out_channels: channels of each map that :meth:`forward` returns.
        map_names: what the paper calls the maps.

    References:
        Liu et al. 2016, section 3 and Figure 2.
    """

    def __init__(self, image_px: int = 300, batch_norm: bool = False) -> None:
        """Build the layers; their weights are torch's own until some are loaded."""
        super().__init__()
        if image_px not in EXTRA_LAYERS:
            raise ValueError(f"image_px must be 300 or 512, got {image_px}")
        self.conv1_to_4 = nn.Sequential(*_vgg_before_pool4(batch_norm))
        self.norm = L2Norm(512)
        self.conv5_to_7 = nn.Sequential(
            nn.MaxPool2d(2, 2),
            *(layer for _ in range(3) for layer in _conv(512, 512, 3, batch_norm, padding=1)),
            nn.MaxPool2d(3, stride=1, padding=1),
            *_conv(512, 1024, 3, batch_norm, padding=6, dilation=6),
            *_conv(1024, 1024, 1, batch_norm),
        )
        self.extras = nn.ModuleList()
        channels = 1024
        for between, out, kernel, stride, padding in EXTRA_LAYERS[image_px]:
            shrink = _conv(channels, between, 1, batch_norm)
            step = _conv(between, out, kernel, batch_norm, stride=stride, padding=padding)
            self.extras.append(nn.Sequential(*shrink, *step))
            channels = out
        self.out_channels = (512, 1024, *(row[1] for row in EXTRA_LAYERS[image_px]))
        deeper = (f"conv{8 + i}_2" for i in range(len(self.extras)))
        self.map_names = ("conv4_3", "conv7", *deeper)

    @property
    def stages(self) -> list[nn.Sequential]:
        """The layers up to the first map, from there to the second, and so on."""
        return [self.conv1_to_4, self.conv5_to_7, *self.extras]

    def forward(self, images: Tensor) -> list[Tensor]:
        """Maps ``[B, channels, G, G]``, finest first.

        Args:
            images: ``[B, 3, S, S]``, normalised. At 300: G is 38, 19, 10, 5, 3, 1.
        """
        x = self.conv1_to_4(images)
        maps = [self.norm(x)]
        x = self.conv5_to_7(x)
        maps.append(x)
        for extra in self.extras:
            x = extra(x)
            maps.append(x)
        return maps


class TinyFeatures(nn.Module):
    """Five maps from a 128-pixel picture: 32, 16, 8, 4 and 2 cells along a side."""

    out_channels = (48, 96, 128, 128, 128)
    map_names = ("conv4", "conv6", "conv8", "conv9", "conv10")

    def __init__(self) -> None:
        """Build the layers, with batch normalisation."""
        super().__init__()
        self.stem = nn.Sequential(
            *_conv(3, 16, 3, batch_norm=True, stride=2, padding=1),  # 128 -> 64
            *_conv(16, 32, 3, batch_norm=True, stride=2, padding=1),  # 64 -> 32
            *_conv(32, 48, 3, batch_norm=True, padding=1),
            *_conv(48, 48, 3, batch_norm=True, padding=1),
        )
        self.steps = nn.ModuleList(
            nn.Sequential(*_halved(before, after, again=index < 2))
            for index, (before, after) in enumerate(itertools.pairwise(self.out_channels))
        )

    @property
    def stages(self) -> list[nn.Sequential]:
        """The layers up to the first map, from there to the second, and so on."""
        return [self.stem, *self.steps]

    def forward(self, images: Tensor) -> list[Tensor]:
        """Maps ``[B, channels, G, G]``, finest first, of ``[B, 3, 128, 128]``."""
        maps = [self.stem(images)]
        for step in self.steps:
            maps.append(step(maps[-1]))
        return maps


def _halved(before: int, after: int, again: bool) -> Iterable[nn.Module]:
    """A map of half the side; and a convolution more on it."""
    yield from _conv(before, after, 3, batch_norm=True, stride=2, padding=1)
    if again:
        yield from _conv(after, after, 3, batch_norm=True, padding=1)


def load_torchvision_vgg16(features: VGG16Features, state_dict: Mapping[str, Tensor]) -> bool:
    r"""Copy the weights of torchvision's ``vgg16`` into the layers up to conv7.

    torchvision has two sets. ``IMAGENET1K_FEATURES`` is Caffe's: it takes the pictures
    that our network takes, but its classifier is NaN, so fc6 and fc7 are left as they
    are. ``IMAGENET1K_V1`` has a classifier; it expects other pictures, so the
    difference is folded into conv1_1: with :math:`x' = (x / 255 + m - \mu) / \sigma`,

    .. math:: W' = \frac{W}{255\, \sigma} \qquad b' = b + \sum W\, \frac{m - \mu}{\sigma}

    (exact but for the outermost pixels, where padding stands for another colour).
    fc6 and fc7 keep every fourth channel and, of 7x7 positions, every third.

    Args:
        features: without batch normalisation.
        state_dict: of ``torchvision.models.vgg16``.

    Returns:
        Whether fc6 and fc7 were loaded, too.

    Raises:
        ValueError: if ``features`` has batch normalisation.
    """
    if any(isinstance(module, nn.BatchNorm2d) for module in features.modules()):
        raise ValueError("features must be without batch_norm, got some with it")
    vgg = dict(state_dict)
    has_classifier = bool(vgg["classifier.0.weight"].isfinite().all())
    if has_classifier:
        _fold_normalization(vgg)
    found = {f"conv1_to_4.{i}": f"features.{i}" for i in CONVS_TO_4_3}
    found |= {f"conv5_to_7.{i}": f"features.{i + 23}" for i in (1, 3, 5)}
    ours = {
        f"{our}.{kind}": vgg[f"{their}.{kind}"]
        for our, their in found.items()
        for kind in ("weight", "bias")
    }
    if has_classifier:
        fc6 = vgg["classifier.0.weight"].reshape(4096, 512, 7, 7)
        fc7 = vgg["classifier.3.weight"].reshape(4096, 4096, 1, 1)
        ours["conv5_to_7.8.weight"] = fc6[::4, :, ::3, ::3]  # [1024, 512, 3, 3]
        ours["conv5_to_7.8.bias"] = vgg["classifier.0.bias"][::4]
        ours["conv5_to_7.10.weight"] = fc7[::4, ::4]  # [1024, 1024, 1, 1]
        ours["conv5_to_7.10.bias"] = vgg["classifier.3.bias"][::4]
    features.load_state_dict(ours, strict=False)
    return has_classifier


def _fold_normalization(vgg: dict[str, Tensor]) -> None:
    """Let conv1_1 take Caffe's pictures where it was trained with torchvision's."""
    weight = vgg["features.0.weight"]  # [64, 3, 3, 3]
    caffe, mean, std = (
        weight.new_tensor(values)[:, None, None]
        for values in (CAFFE_MEAN, IMAGENET_MEAN, IMAGENET_STD)
    )
    vgg["features.0.weight"] = weight / (255 * std)
    shift = (weight * ((caffe - mean) / std)).sum(dim=(1, 2, 3))  # [64]
    vgg["features.0.bias"] = vgg["features.0.bias"] + shift


def _conv(
    channels: int, out: int, kernel: int, batch_norm: bool, **kwargs: int
) -> Iterable[nn.Module]:
    yield nn.Conv2d(channels, out, kernel, bias=not batch_norm, **kwargs)
    if batch_norm:
        yield nn.BatchNorm2d(out)
    yield nn.ReLU(inplace=True)


def _vgg_before_pool4(batch_norm: bool) -> Iterable[nn.Module]:
    channels = 3
    for out in VGG_BEFORE_POOL4:
        if out == "pool":  # rounding up, as Caffe does: 75 becomes 38
            yield nn.MaxPool2d(2, 2, ceil_mode=True)
        else:
            yield from _conv(channels, out, 3, batch_norm, padding=1)
            channels = out
