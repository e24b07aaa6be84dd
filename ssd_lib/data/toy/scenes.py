"""Toy scenes: a data set of any length, drawn as it is read, with exact boxes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors

from ssd_lib.data.toy.drawing import bounds
from ssd_lib.data.toy.sprites import VARIANTS, Sprite, sprite
from ssd_lib.data.toy.things import THINGS
from ssd_lib.samples import Sample

CLASSES = ("background", *THINGS)
SMALLEST, LARGEST = 0.06, 0.8  # of the image, the longer side of a thing
MOST_OBJECTS = 8
LEAST_VISIBLE = 0.4  # of an object's area, else what hides it is not placed
TRIES = 4  # places that are tried for each object


class ToyScenes(Dataset):
    """Scenes with 1 to 8 things of eight classes.

    Sample i of a seed is the same on every machine, in every process and in whatever
    order it is asked for.

    Args:
        length: how many scenes.
        size_px: side of the square image.
        seed: another seed, other scenes.
        transforms: a function of image and target, such as torchvision's v2
            transforms; None leaves both as they are.

    Raises:
        ValueError: if length or size_px is not positive.

    Example:
        >>> image, target = ToyScenes(10, size_px=64)[3]
        >>> image.shape, target["boxes"].format.name
        (torch.Size([3, 64, 64]), 'XYXY')
    """

    classes = CLASSES

    def __init__(
        self,
        length: int,
        size_px: int = 128,
        seed: int = 0,
        transforms: Callable[..., Any] | None = None,
    ) -> None:
        if length < 1 or size_px < 8:
            raise ValueError(
                f"length must be at least 1 and size_px at least 8, got {length} and {size_px}"
            )
        self.length, self.size_px, self.seed = length, size_px, seed
        self.transforms = transforms

    def __len__(self) -> int:
        """The number of scenes."""
        return self.length

    def __getitem__(self, index: int) -> Sample:
        """An image ``[3, S, S]``, uint8, and ``{"boxes", "labels"}``, in pixels.

        Raises:
            IndexError: if there is no such scene.
        """
        if not 0 <= index < self.length:
            raise IndexError(f"index must be 0 to {self.length - 1}, got {index}")
        pixels, boxes, labels = paint_scene(np.random.default_rng([self.seed, index]), self.size_px)
        image = tv_tensors.Image(torch.from_numpy(pixels).permute(2, 0, 1))
        target = {
            # torch's stubs have no __init__ with the keywords of this class.
            "boxes": tv_tensors.BoundingBoxes(  # pyright: ignore[reportCallIssue]
                torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
                format="XYXY",
                canvas_size=(self.size_px, self.size_px),
            ),
            "labels": torch.tensor(labels, dtype=torch.int64),
        }
        return self.transforms(image, target) if self.transforms else (image, target)


def paint_scene(
    generator: np.random.Generator, size_px: int
) -> tuple[np.ndarray, list[tuple[int, int, int, int]], list[int]]:
    """Pixels ``[S, S, 3]``, boxes (xyxy, pixels) and labels of a random scene.

    A box holds the pixels of which its object visibly covers at least half.
    """
    canvas = _background(generator, size_px)
    layers: list[_Layer] = []
    for _ in range(generator.integers(1, MOST_OBJECTS + 1)):
        label = int(generator.integers(1, len(CLASSES)))
        for _ in range(TRIES):
            thing, top, left = _placed(generator, CLASSES[label], size_px)
            window, part = _overlap(thing, top, left, size_px)
            cover = thing.cover[part]
            if (cover >= 0.5).any() and not _hides(cover, window, layers):
                canvas[window] += (thing.colour[part] - canvas[window]) * cover[..., None]
                _put(layers, label, cover, window, size_px)
                break
    found = [(bounds(layer.shown >= 0.5), layer.label) for layer in layers]
    boxes = [box for box, _ in found if box is not None]
    labels = [label for box, label in found if box is not None]
    return canvas.round().astype(np.uint8), boxes, labels


class _Layer(NamedTuple):
    """An object of a scene."""

    label: int
    area: float  # in pixels, before anything hid it
    shown: np.ndarray  # [S, S], how much of each pixel shows it


def _placed(generator: np.random.Generator, name: str, size_px: int) -> tuple[Sprite, int, int]:
    """A thing of random pose, size and shape, and its corner; it may stand out."""
    longer = np.exp(generator.uniform(np.log(SMALLEST), np.log(LARGEST))) * size_px
    aspect = THINGS[name].aspect * np.exp(generator.uniform(-0.25, 0.25))
    height = max(2, round(longer / max(1.0, aspect)))
    width = max(2, round(longer * min(1.0, aspect)))
    variant, flip = int(generator.integers(VARIANTS)), bool(generator.integers(2))
    centre = generator.uniform(0, 1, size=2) * size_px
    if generator.random() < 0.7:  # most stand inside
        half = np.array([height, width]) / 2
        centre = half + generator.uniform(0, 1, size=2) * np.maximum(size_px - 2 * half, 0)
    top, left = (centre - np.array([height, width]) / 2).round().astype(int)
    return sprite(name, variant, height, width, flip), int(top), int(left)


def _overlap(
    thing: Sprite, top: int, left: int, size_px: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The window of the canvas that a thing falls on, and the part of it that does."""
    height, width = thing.cover.shape
    y1, x1 = max(top, 0), max(left, 0)
    y2, x2 = max(y1, min(top + height, size_px)), max(x1, min(left + width, size_px))
    window = slice(y1, y2), slice(x1, x2)
    return window, (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))


def _hides(cover: np.ndarray, window: tuple[slice, slice], layers: list[_Layer]) -> bool:
    """Whether this would leave too little of something that stands behind."""
    return any(
        layer.shown.sum() - (layer.shown[window] * cover).sum() < LEAST_VISIBLE * layer.area
        for layer in layers
    )


def _put(
    layers: list[_Layer], label: int, cover: np.ndarray, window: tuple[slice, slice], size_px: int
) -> None:
    """Add an object in front of the others."""
    for layer in layers:
        layer.shown[window] *= 1 - cover
    shown = np.zeros((size_px, size_px), np.float32)
    shown[window] = cover
    layers.append(_Layer(label, cover.sum(), shown))


def _background(generator: np.random.Generator, size_px: int) -> np.ndarray:
    """Sky and ground with a horizon, or one ground; graded, with soft spots and noise."""
    top, bottom, ground = generator.uniform(60, 235, size=(3, 3))
    fall = np.linspace(0, 1, size_px)[:, None]
    rows = top * (1 - fall) + bottom * fall  # [S, 3]
    if generator.random() < 0.6:
        horizon = int(generator.uniform(0.3, 0.8) * size_px)
        rows[horizon:] = ground * (1.1 - 0.3 * fall[horizon:])
    canvas = np.repeat(rows[:, None], size_px, axis=1)  # [S, S, 3]
    coarse = generator.normal(0, generator.uniform(2, 14), size=(9, 9, 1))
    index = np.arange(size_px) * 8 / size_px
    low, share = index.astype(int), (index % 1)[:, None]
    across = coarse[:, low] * (1 - share) + coarse[:, low + 1] * share  # [9, S, 1]
    share = share[:, None]
    canvas += across[low] * (1 - share) + across[low + 1] * share
    canvas += generator.normal(0, generator.uniform(0, 8), size=(size_px, size_px, 1))
    return canvas.clip(0, 255).astype(np.float32)
