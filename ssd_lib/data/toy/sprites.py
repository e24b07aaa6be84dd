"""Sprites: each thing drawn once in many poses and colours, ready to be placed."""

from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from ssd_lib.data.toy.drawing import SUPERSAMPLE
from ssd_lib.data.toy.things import ASPECT, THINGS

VARIANTS = 24  # poses and colours of each thing
LARGEST_PX = 160  # height of a sprite; smaller copies are kept beside it
PALETTES = {  # colours of each thing, in the order of its arguments
    "dog": [
        ("#c98a4b", "#8a5526", "#f3dcb6"),
        ("#5a4636", "#33271e", "#c9ad8c"),
        ("#e9e2d4", "#b5a58b", "#ffffff"),
        ("#3b3f47", "#1f2227", "#8d939c"),
    ],
    "cat": [
        ("#6f7a88", "#4b5563", "#e8ebef"),
        ("#d9903f", "#a8631f", "#f7e4c4"),
        ("#33363c", "#17191c", "#9aa0a8"),
        ("#e6ddd0", "#b09f88", "#fbf8f2"),
    ],
    "ball": [
        ("#e4572e", "#2e86ab", "#f2b632"),
        ("#7b2d8b", "#3fa34d", "#f07fb0"),
        ("#d62839", "#d62839", "#d62839"),
        ("#1d3557", "#e63946", "#457b9d"),
    ],
    "bird": [
        ("#3d5a9e", "#29406f"),
        ("#b23a48", "#7d2431"),
        ("#4a4e55", "#2b2d31"),
        ("#d9a441", "#a1742a"),
    ],
    "car": [("#c8443c",), ("#2f6fb0",), ("#e0b93a",), ("#3e8e5a",), ("#e8e8e8",), ("#44474f",)],
    "kite": [
        ("#8e5bb5", "#6a3d91"),
        ("#e4572e", "#b03c17"),
        ("#2a9d8f", "#1d6f65"),
        ("#f2c14e", "#c9941e"),
    ],
    "tree": [
        ("#3f8f4f", "#2f6f3d"),
        ("#7fa63b", "#5d7d27"),
        ("#c9772c", "#9b5618"),
        ("#2f7d6b", "#205a4d"),
    ],
    "boat": [
        ("#8c4a2f", "#f5efe0", "#d6453d"),
        ("#2b4c7e", "#ffffff", "#f2b632"),
        ("#3d3d45", "#f0c8a8", "#2a9d8f"),
        ("#a83232", "#dfeaf2", "#1d3557"),
    ],
}


class Sprite(NamedTuple):
    """A thing cut out: colours and how much of each pixel it covers."""

    colour: np.ndarray  # [H, W, 3], uint8
    cover: np.ndarray  # [H, W], float32, 0 to 1


@cache
def sprite_image(name: str, variant: int, level: int) -> Image.Image:
    """A thing's picture (RGBA), halved ``level`` times.

    Args:
        name: a key of ``THINGS``.
        variant: 0 to ``VARIANTS`` - 1: which pose and colours.
        level: 0 is ``LARGEST_PX`` high.
    """
    if level > 0:
        larger = sprite_image(name, variant, level - 1)
        return larger.resize(
            (max(1, larger.width // 2), max(1, larger.height // 2)),
            Image.Resampling.BOX,
        )
    generator = np.random.default_rng([variant, *name.encode()])
    colours = PALETTES[name][variant % len(PALETTES[name])]
    parts = THINGS[name](*colours)
    pose = _pose(generator) if variant else (lambda points: points)
    points = [pose(part.points) for part in parts]
    points, width, height = _to_pixels(points, ASPECT[name])
    large = Image.new("RGBA", (width * SUPERSAMPLE, height * SUPERSAMPLE))
    draw = ImageDraw.Draw(large)
    for outline, part in zip(points, parts, strict=True):
        draw.polygon(
            (outline * SUPERSAMPLE).ravel().tolist(),
            fill=ImageColor.getrgb(part.colour),
        )
    return large.reduce(SUPERSAMPLE)


def sprite(name: str, variant: int, height_px: int, width_px: int, flip: bool) -> Sprite:
    """A thing at a size in pixels; its colours are free of the empty ground.

    Args:
        name: a key of ``THINGS``.
        variant: which pose and colours.
        height_px: at least 1.
        width_px: at least 1.
        flip: looking the other way.
    """
    level = 0
    while level < 4 and LARGEST_PX >> (level + 1) >= height_px:
        level += 1
    image = sprite_image(name, variant, level)
    if flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = np.asarray(image.resize((width_px, height_px), Image.Resampling.BILINEAR))
    return Sprite(pixels[..., :3], pixels[..., 3].astype(np.float32) / 255)


def _pose(generator: np.random.Generator):  # noqa: ANN202 - a function of points
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


def _to_pixels(points: list[np.ndarray], aspect: float) -> tuple[list[np.ndarray], int, int]:
    """The parts moved and scaled to fill a picture of their own."""
    everything = np.concatenate(points)
    low, size = everything.min(axis=0), np.ptp(everything, axis=0)
    width = max(1, round(LARGEST_PX * aspect * size[0] / size[1]))
    scale = np.array([width, LARGEST_PX]) / size
    return [(outline - low) * scale for outline in points], width, LARGEST_PX
