"""Flat shapes: a few ways to make a polygon, and one way to paint it.

A shape is an array ``[K, 2]`` of points (x, y), y pointing down. A drawing is made of
shapes in a unit square, 0 to 1 each way, and placed in a scene afterwards.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageColor, ImageDraw

SUPERSAMPLE = 4  # every pixel is the mean of 4 x 4 painted ones


class Part(NamedTuple):
    """One polygon of one colour."""

    points: np.ndarray  # [K, 2]
    colour: str


class Drawing(NamedTuple):
    """A thing in parts that fill a unit square, and the colours it comes in.

    Attributes:
        aspect: the width-to-height ratio at which it looks right.
        colours: names of its colours.
        palettes: colours in the order of their names; the first palette is the default.
        parts: from back to front; a part's colour is one of the names, or a fixed one.
    """

    aspect: float
    colours: tuple[str, ...]
    palettes: tuple[tuple[str, ...], ...]
    parts: tuple[Part, ...]

    def in_colours(self, palette: int = 0) -> list[Part]:
        """The parts in a palette's colours; palettes repeat."""
        hexes = self.palettes[palette % len(self.palettes)]
        named = dict(zip(self.colours, hexes, strict=True))
        return [Part(points, named.get(colour, colour)) for points, colour in self.parts]


def ellipse(cx: float, cy: float, rx: float, ry: float, turn: float = 0) -> np.ndarray:
    """Points of an ellipse around (cx, cy), turned clockwise by ``turn`` degrees."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    points = np.stack([rx * np.cos(angle), ry * np.sin(angle)], axis=1)
    a = np.deg2rad(turn)
    rotation = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    return points @ rotation + (cx, cy)


def blob(corners: ArrayLike, per_corner: int = 12) -> np.ndarray:
    """A smooth closed outline through the corners (a Catmull-Rom spline)."""
    p1 = np.asarray(corners)
    p0, p2, p3 = (np.roll(p1, shift, axis=0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, per_corner, endpoint=False)[:, None, None]
    curve = (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    ) / 2  # [per_corner, corners, 2]
    return curve.transpose(1, 0, 2).reshape(-1, 2)


def stroke(points: ArrayLike, start: float, end: float) -> list[np.ndarray]:
    """A smooth line through the points as overlapping discs, radius start to end."""
    inner = np.asarray(points)
    before, after = 2 * inner[0] - inner[1], 2 * inner[-1] - inner[-2]
    closed = blob(np.vstack([before, inner, after]), per_corner=16)
    path = closed[16 : 16 * len(inner) + 1]  # from the first point to the last
    radii = np.linspace(start, end, len(path))
    return [ellipse(x, y, radius, radius) for (x, y), radius in zip(path, radii, strict=True)]


def svg_points(text: str) -> np.ndarray:
    """Points ``[K, 2]`` from text, as SVG writes them.

    Example:
        >>> svg_points("0,.25 1,.5").tolist()
        [[0.0, 0.25], [1.0, 0.5]]
    """
    return np.array([pair.split(",") for pair in text.split()], dtype=float)


def polygon(colour: str, corners: str | ArrayLike) -> Part:
    """A part with straight edges; corners are an array or text for :func:`svg_points`."""
    return Part(_array(corners), colour)


def smooth(colour: str, corners: str | ArrayLike) -> Part:
    """A part whose outline is a :func:`blob` through the corners."""
    return Part(blob(_array(corners)), colour)


def oval(colour: str, cx: float, cy: float, rx: float, ry: float, turn: float = 0) -> Part:
    """A part that is an :func:`ellipse`."""
    return Part(ellipse(cx, cy, rx, ry, turn), colour)


def line(colour: str, through: str, start: float, end: float) -> list[Part]:
    """The parts of a :func:`stroke`."""
    return [Part(disc, colour) for disc in stroke(svg_points(through), start, end)]


class Canvas:
    """An image painted at four times its size, and shrunk when it is read.

    Args:
        background: an image of the finished size.
    """

    def __init__(self, background: Image.Image) -> None:
        self.width_px, self.height_px = background.size
        self._large = background.resize((self.width_px * SUPERSAMPLE, self.height_px * SUPERSAMPLE))
        self._draw = ImageDraw.Draw(self._large)

    def paint(self, points: np.ndarray, colour: str) -> None:
        """Fill a polygon whose points are in pixels of the finished image."""
        self._draw.polygon(_flat(points), fill=ImageColor.getrgb(colour))

    def read(self) -> Image.Image:
        """The finished image."""
        return self._large.reduce(SUPERSAMPLE)

    def coverage(self, shapes: Iterable[np.ndarray]) -> np.ndarray:
        """Share of each pixel under any of the polygons, ``[H, W]``, 0 to 1."""
        mask = Image.new("L", self._large.size)
        draw = ImageDraw.Draw(mask)
        for points in shapes:
            draw.polygon(_flat(points), fill=255)
        return np.asarray(mask.reduce(SUPERSAMPLE)) / 255


def bounds(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    """The box (xyxy, pixels) around the true part of a mask ``[H, W]``; None if all is false."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if columns.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _array(corners: str | ArrayLike) -> np.ndarray:
    return svg_points(corners) if isinstance(corners, str) else np.asarray(corners)


def _flat(points: np.ndarray) -> list[float]:
    return (points * SUPERSAMPLE).ravel().tolist()
