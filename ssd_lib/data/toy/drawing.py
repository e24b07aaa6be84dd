"""Flat shapes: a few ways to make a polygon, and one way to paint it.

A shape is an array ``[K, 2]`` of points (x, y), y pointing down. A thing is
drawn in a unit square, 0 to 1 each way, and placed in a scene afterwards.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageColor, ImageDraw

SUPERSAMPLE = 4  # every pixel is the mean of 4 x 4 painted ones


class Part(NamedTuple):
    """One polygon of one colour."""

    points: np.ndarray  # [K, 2]
    colour: str


def ellipse(cx: float, cy: float, rx: float, ry: float, turn: float = 0) -> np.ndarray:
    """Points of an ellipse around (cx, cy), turned clockwise by ``turn`` degrees."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    points = np.stack([rx * np.cos(angle), ry * np.sin(angle)], axis=1)
    a = np.deg2rad(turn)
    rotation = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    return points @ rotation + (cx, cy)


def blob(*corners: tuple[float, float], per_corner: int = 12) -> np.ndarray:
    """A smooth closed outline through the corners (a Catmull-Rom spline)."""
    p1 = np.array(corners)
    p0, p2, p3 = (np.roll(p1, shift, axis=0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, per_corner, endpoint=False)[:, None, None]
    curve = (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    ) / 2  # [per_corner, corners, 2]
    return curve.transpose(1, 0, 2).reshape(-1, 2)


def stroke(*points: tuple[float, float], start: float, end: float) -> list[np.ndarray]:
    """A smooth line through the points as overlapping discs, radius start to end."""
    before = 2 * np.array(points[0]) - points[1]
    after = 2 * np.array(points[-1]) - points[-2]
    closed = blob(tuple(before), *points, tuple(after), per_corner=16)
    line = closed[16 : 16 * len(points) + 1]  # from the first point to the last
    radii = np.linspace(start, end, len(line))
    return [_disc(centre, radius) for centre, radius in zip(line, radii, strict=True)]


def _disc(centre: np.ndarray, radius: float) -> np.ndarray:
    return ellipse(centre[0], centre[1], radius, radius)


class Canvas:
    """An image painted at four times its size, and shrunk when it is read."""

    def __init__(self, background: Image.Image) -> None:
        """Start from a background of the finished size."""
        self.width_px, self.height_px = background.size
        self._large = background.resize((self.width_px * SUPERSAMPLE, self.height_px * SUPERSAMPLE))
        self._draw = ImageDraw.Draw(self._large)

    def paint(self, points: np.ndarray, colour: str) -> None:
        """Fill a polygon whose points are in pixels of the finished image."""
        self._draw.polygon(_flat(points), fill=ImageColor.getrgb(colour))

    def read(self) -> Image.Image:
        """The finished image."""
        return self._large.reduce(SUPERSAMPLE)

    def coverage(self, shapes: list[np.ndarray]) -> np.ndarray:
        """Share of each pixel under any of the polygons, ``[height, width]``, 0 to 1."""
        mask = Image.new("L", self._large.size)
        draw = ImageDraw.Draw(mask)
        for points in shapes:
            draw.polygon(_flat(points), fill=255)
        return np.asarray(mask.reduce(SUPERSAMPLE)) / 255


def _flat(points: np.ndarray) -> list[float]:
    return (points * SUPERSAMPLE).ravel().tolist()
