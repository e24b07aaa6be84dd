"""Features: from an image to feature maps of several sizes.

The paper's backbone is VGG16 with its fully connected layers made convolutions,
followed by smaller and smaller maps. :class:`TinyFeatures` is the same idea at a size
that a CPU trains, and :class:`PageFeatures` one that a web page trains.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

# Channels of conv1_1 to conv4_3, with the pools between them.
VGG_BEFORE_POOL4: tuple[tuple[int, ...], ...] = (
    (64, 64),
    (128, 128),
    (256, 256, 256),
    (512, 512, 512),
)

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
        batch_norm: put batch normalisation after every convolution, for training
            from scratch; the paper has none, and its weights go without.

    Attributes:
        name: what a weight file calls them; with ``settings``, it is enough to make them.
        settings: the arguments by name.
        out_channels: channels of each map that :meth:`forward` returns.
        map_names: what the paper calls the maps.

    References:
        Liu et al. 2016, section 3 and Figure 2.
    """

    name = "vgg16"

    def __init__(self, image_px: int = 300, batch_norm: bool = False) -> None:
        super().__init__()
        if image_px not in EXTRA_LAYERS:
            raise ValueError(f"image_px must be 300 or 512, got {image_px}")
        if not isinstance(batch_norm, bool):
            raise ValueError(f"batch_norm must be True or False, got {batch_norm!r}")
        self.settings = {"image_px": image_px, "batch_norm": batch_norm}
        self.conv1_to_4 = nn.Sequential(*_vgg_before_pool4(batch_norm))
        self.norm = L2Norm(512)
        self.conv5_to_7 = nn.Sequential(
            nn.MaxPool2d(2, 2),
            *(layer for _ in range(3) for layer in _conv(512, 512, 3, batch_norm, padding=1)),
            nn.MaxPool2d(3, stride=1, padding=1),
            *_conv(512, 1024, 3, batch_norm, padding=6, dilation=6),
            *_conv(1024, 1024, 1, batch_norm),
        )
        extras = []
        channels = 1024
        for between, out, kernel, stride, padding in EXTRA_LAYERS[image_px]:
            shrink = _conv(channels, between, 1, batch_norm)
            step = _conv(between, out, kernel, batch_norm, stride=stride, padding=padding)
            extras.append(nn.Sequential(*shrink, *step))
            channels = out
        self.extras = nn.ModuleList(extras)
        self.out_channels = (512, 1024, *(row[1] for row in EXTRA_LAYERS[image_px]))
        deeper = (f"conv{8 + i}_2" for i in range(len(self.extras)))
        self.map_names = ("conv4_3", "conv7", *deeper)

    @property
    def stages(self) -> list[nn.Module]:
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
    """Five maps from a 128-pixel image: 32, 16, 8, 4 and 2 cells along a side.

    Always with batch normalisation, for it is trained from scratch. The attributes are
    those of :class:`VGG16Features`.
    """

    name = "tiny"
    out_channels = (48, 96, 128, 128, 128)
    map_names = ("conv4", "conv6", "conv8", "conv9", "conv10")

    def __init__(self) -> None:
        super().__init__()
        self.settings: dict[str, int] = {}
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
    def stages(self) -> list[nn.Module]:
        """The layers up to the first map, from there to the second, and so on."""
        return [self.stem, *self.steps]

    def forward(self, images: Tensor) -> list[Tensor]:
        """Maps ``[B, channels, G, G]``, finest first, of images ``[B, 3, 128, 128]``."""
        maps = [self.stem(images)]
        for step in self.steps:
            maps.append(step(maps[-1]))
        return maps


class PageFeatures(nn.Module):
    """Up to three maps, a quarter, an eighth and a sixteenth of the image along a side.

    Small enough to be trained in a web page. Always with batch normalisation. The
    attributes are those of :class:`VGG16Features`.

    Args:
        maps: which of the three are given out, finest first; there are no layers
            beyond the last of them.

    Raises:
        ValueError: if the maps are not some of 1, 2 and 3, rising.
    """

    name = "page"
    channels = (32, 48, 64)

    def __init__(self, maps: Sequence[int] = (1, 2, 3)) -> None:
        super().__init__()
        if not maps or any(type(k) is not int for k in maps) or not _rise_from_1_to_3(maps):
            raise ValueError(f"maps must be some of 1, 2 and 3, rising, got {maps!r}")
        self.settings = {"maps": list(maps)}
        self.out_channels = tuple(self.channels[k - 1] for k in maps)
        self.map_names = tuple(f"conv{k + 2}" for k in maps)
        self.stem = nn.Sequential(
            *_conv(3, 12, 3, batch_norm=True, stride=2, padding=1),  # 64 -> 32
            *_conv(12, 24, 3, batch_norm=True, stride=2, padding=1),  # 32 -> 16
            *_conv(24, 32, 3, batch_norm=True, padding=1),
        )
        self.steps = nn.ModuleList(
            nn.Sequential(*_halved(before, after, again=False))
            for before, after in itertools.pairwise(self.channels[: maps[-1]])
        )

    @property
    def stages(self) -> list[nn.Module]:
        """The layers up to the first map, from there to the second, and so on."""
        parts = [self.stem, *self.steps]
        bounds = itertools.pairwise([0, *self.settings["maps"]])
        layers = ([layer for part in parts[a:b] for layer in part.children()] for a, b in bounds)
        return [nn.Sequential(*own) for own in layers]

    def forward(self, images: Tensor) -> list[Tensor]:
        """Maps ``[B, channels, G, G]``, finest first, of images ``[B, 3, S, S]``.

        Args:
            images: of any size that 16 divides.
        """
        maps = [self.stem(images)]
        for step in self.steps:
            maps.append(step(maps[-1]))
        return [maps[k - 1] for k in self.settings["maps"]]


def _rise_from_1_to_3(maps: Sequence[int]) -> bool:
    return list(maps) == sorted(set(maps) & {1, 2, 3})


def _halved(before: int, after: int, again: bool) -> Iterable[nn.Module]:
    """A map of half the side, and another convolution on it if ``again``."""
    yield from _conv(before, after, 3, batch_norm=True, stride=2, padding=1)
    if again:
        yield from _conv(after, after, 3, batch_norm=True, padding=1)


FEATURES = {kind.name: kind for kind in (TinyFeatures, VGG16Features, PageFeatures)}


def _conv(
    channels: int,
    out: int,
    kernel: int,
    batch_norm: bool,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Iterable[nn.Module]:
    yield nn.Conv2d(channels, out, kernel, stride, padding, dilation, bias=not batch_norm)
    if batch_norm:
        yield nn.BatchNorm2d(out)
    yield nn.ReLU(inplace=True)


def _vgg_before_pool4(batch_norm: bool) -> Iterable[nn.Module]:
    channels = 3
    for block, convolutions in enumerate(VGG_BEFORE_POOL4):
        if block > 0:  # rounding up, as Caffe does: 75 becomes 38
            yield nn.MaxPool2d(2, 2, ceil_mode=True)
        for out in convolutions:
            yield from _conv(channels, out, 3, batch_norm, padding=1)
            channels = out
