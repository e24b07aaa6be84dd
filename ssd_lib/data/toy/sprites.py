"""Sprites: each thing drawn once in many poses and colours, ready to be placed."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image

from ssd_lib.data.toy.drawing import Canvas
from ssd_lib.data.toy.things import THINGS

VARIANTS = 24  # poses and colours of each thing
LARGEST_PX = 160  # height of a sprite; smaller copies are kept beside it
LEVELS = 4  # how often it is halved at most


class Sprite(NamedTuple):
    """A thing cut out: colours and how much of each pixel it covers."""

    colour: np.ndarray  # [H, W, 3], uint8
    cover: np.ndarray  # [H, W], float32, 0 to 1


def sprite(name: str, variant: int, height_px: int, width_px: int, flip: bool) -> Sprite:
    """A thing at a size in pixels; the colours under its edge are its own alone.

    Args:
        name: a key of ``THINGS``.
        variant: which pose and colours, 0 to ``VARIANTS`` - 1.
        height_px: at least 1.
        width_px: at least 1.
        flip: whether it looks the other way.
    """
    level = 0
    while level < LEVELS and LARGEST_PX >> (level + 1) >= height_px:
        level += 1
    image = sprite_image(name, variant, level)
    if flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = np.asarray(image.resize((width_px, height_px), Image.Resampling.BILINEAR))
    return Sprite(pixels[..., :3], pixels[..., 3].astype(np.float32) / 255)


@cache
def sprite_image(name: str, variant: int, level: int) -> Image.Image:
    """A thing as an RGBA image, halved ``level`` times.

    Args:
        name: a key of ``THINGS``.
        variant: which pose and colours, 0 to ``VARIANTS`` - 1.
        level: 0 is ``LARGEST_PX`` high.
    """
    if level == 0:
        return _drawn(name, variant)
    larger = sprite_image(name, variant, level - 1)
    half = max(1, larger.width // 2), max(1, larger.height // 2)
    return larger.resize(half, Image.Resampling.BOX)


def _drawn(name: str, variant: int) -> Image.Image:
    """A thing in a variant's pose and colours, in the middle of nothing."""
    parts = THINGS[name].in_colours(variant)
    outlines = [part.points for part in parts]
    if variant:
        pose = _pose(np.random.default_rng([variant, *name.encode()]))
        outlines = [pose(points) for points in outlines]
    outlines, width_px = _to_pixels(outlines, THINGS[name].aspect)
    canvas = Canvas(Image.new("RGBA", (width_px, LARGEST_PX)))
    for points, part in zip(outlines, parts, strict=True):
        canvas.paint(points, part.colour)
    return canvas.read()


def _pose(generator: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """A small turn, lean and bend of a thing in its unit square."""
    turn = generator.uniform(-0.25, 0.25)
    lean, bend = generator.uniform(-0.2, 0.2), generator.uniform(-0.08, 0.08)
    stretch = generator.uniform(0.85, 1.18)

    def pose(points: np.ndarray) -> np.ndarray:
        x, y = points[:, 0] - 0.5, points[:, 1] - 0.5
        x = stretch * x + lean * y + bend * np.cos(np.pi * y)
        cos, sin = np.cos(turn), np.sin(turn)
        return np.stack([cos * x - sin * y, sin * x + cos * y], axis=1)

    return pose


def _to_pixels(outlines: Sequence[np.ndarray], aspect: float) -> tuple[list[np.ndarray], int]:
    """The outlines moved and scaled to fill an image of ``LARGEST_PX``, and its width."""
    everything = np.concatenate(outlines)
    low, size = everything.min(axis=0), np.ptp(everything, axis=0)
    width_px = max(1, round(LARGEST_PX * aspect * size[0] / size[1]))
    scale = np.array([width_px, LARGEST_PX]) / size
    return [(points - low) * scale for points in outlines], width_px
