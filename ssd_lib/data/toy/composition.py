"""Scenes drawn by the book itself, with boxes exact to the pixel.

The running picture, which goes through all chapters, is one of them. It lies
in the project's ``data`` folder; ``tools/running_picture.py`` draws it.
"""

import json
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ssd_lib.assets import path
from ssd_lib.data.toy.drawing import Canvas, blob, ellipse
from ssd_lib.data.toy.things import ASPECT, THINGS


class Scene(NamedTuple):
    """A picture and what is in it."""

    image: Tensor  # [3, H, W], uint8
    boxes: Tensor  # [N, 4], xyxy in pixels, of what is visible of each object
    labels: tuple[str, ...]  # N names


class Placed(NamedTuple):
    """A thing and where it stands: its centre and height in fractions."""

    name: str
    cx: float
    cy: float
    height: float
    flip: bool = False


RUNNING = (  # from back to front
    Placed("kite", 0.145, 0.200, 0.270),
    Placed("bird", 0.780, 0.110, 0.085),
    Placed("bird", 0.885, 0.160, 0.062),
    Placed("car", 0.835, 0.425, 0.085, flip=True),
    Placed("cat", 0.725, 0.715, 0.440),
    Placed("dog", 0.360, 0.620, 0.690),
    Placed("ball", 0.590, 0.900, 0.125),
)


def running_picture() -> Scene:
    """The picture that goes through all chapters, 600 x 600 pixels, 7 objects.

    Example:
        >>> scene = running_picture()
        >>> scene.image.shape, scene.labels[5]
        (torch.Size([3, 600, 600]), 'dog')
    """
    with Image.open(path("running_picture.webp")) as image:
        pixels = np.array(image.convert("RGB"))
    objects = json.loads(path("running_picture.json").read_text(encoding="utf-8"))["objects"]
    return Scene(
        torch.from_numpy(pixels).permute(2, 0, 1),  # [H, W, 3] -> [3, H, W]
        torch.tensor([thing["box_px"] for thing in objects], dtype=torch.float32),
        tuple(thing["label"] for thing in objects),
    )


def draw_scene(background: Canvas, placed: tuple[Placed, ...]) -> Scene:
    """Paint things over a background, from back to front.

    Args:
        background: a canvas; it is painted on.
        placed: the things; the last one is in front.

    Returns:
        The scene. An object's box holds every pixel of which it visibly covers
        at least half; objects of which no such pixel is left are not listed.
    """
    layers = [_place(thing, background) for thing in placed]
    boxes, labels = [], []
    for i, (thing, parts) in enumerate(zip(placed, layers, strict=True)):
        for points, colour in parts:
            background.paint(points, colour)
        mine = background.coverage([points for points, _ in parts])
        front = [points for later in layers[i + 1 :] for points, _ in later]
        box = _bounds(mine - np.minimum(mine, background.coverage(front)) >= 0.5)
        if box is not None:
            boxes.append(box)
            labels.append(thing.name)
    pixels = torch.from_numpy(np.array(background.read())).permute(2, 0, 1)
    return Scene(pixels, torch.tensor(boxes).reshape(-1, 4), tuple(labels))


def meadow(height_px: int, width_px: int) -> Canvas:
    """The running picture's background: sky, hills, a road and grass."""
    sky = _gradient([(0.0, "#8cc4ec"), (0.45, "#e6f2f4")], height_px, width_px)
    canvas = Canvas(sky)
    size = (width_px, height_px)

    def paint(points: np.ndarray, colour: str) -> None:
        canvas.paint(points * size, colour)

    paint(ellipse(0.50, 0.115, 0.062, 0.062), "#fff3c4")
    paint(ellipse(0.50, 0.115, 0.048, 0.048), "#ffe27a")
    for x, y, s in ((0.345, 0.085, 0.8), (0.66, 0.235, 0.62)):
        for dx, dy, r in (
            (-0.08, 0.012, 0.036),
            (-0.03, -0.010, 0.050),
            (0.035, 0.0, 0.044),
            (0.085, 0.016, 0.030),
        ):
            paint(ellipse(x + s * dx, y + s * dy, s * r * 1.25, s * r), "#ffffff")
    paint(
        blob(
            (-0.2, 0.36),
            (0.1, 0.30),
            (0.36, 0.37),
            (0.62, 0.31),
            (0.92, 0.35),
            (1.3, 0.30),
            (1.3, 0.7),
            (-0.2, 0.7),
        ),
        "#a9cfa5",
    )
    paint(
        blob(
            (-0.2, 0.43),
            (0.16, 0.385),
            (0.5, 0.415),
            (0.9, 0.385),
            (1.3, 0.42),
            (1.3, 0.8),
            (-0.2, 0.8),
        ),
        "#8fc07f",
    )
    paint(np.array([(0, 0.447), (1, 0.447), (1, 0.492), (0, 0.492)]), "#b9b4ac")
    for x in np.arange(0.02, 1, 0.1):
        paint(
            np.array([(x, 0.467), (x + 0.05, 0.467), (x + 0.05, 0.472), (x, 0.472)]),
            "#f4f0e6",
        )
    grass = ("#7fb868", "#74ae5d", "#68a152", "#5d9549")
    for i, colour in enumerate(grass):
        y = 0.49 + 0.135 * i
        paint(
            blob(
                (-0.2, y + 0.02),
                (0.2, y - 0.005),
                (0.5, y + 0.012),
                (0.8, y - 0.005),
                (1.2, y + 0.02),
                (1.2, 1.3),
                (-0.2, 1.3),
            ),
            colour,
        )
    generator = np.random.default_rng(7)
    for x, y in generator.uniform((0, 0.54), (1, 0.99), size=(90, 2)):
        r = 0.010 + 0.022 * (y - 0.5)
        for lean in (-0.4, 0.0, 0.4):
            tip = (x + lean * r, y - r)
            paint(np.array([(x - r / 7, y), (x + r / 7, y), tip]), "#4f8740")
    return canvas


def _place(thing: Placed, canvas: Canvas) -> list[tuple[np.ndarray, str]]:
    """The thing's parts in pixels of the canvas."""
    height = thing.height * canvas.height_px
    scale = np.array([height * ASPECT[thing.name] * (-1 if thing.flip else 1), height])
    centre = np.array([thing.cx * canvas.width_px, thing.cy * canvas.height_px])
    parts = THINGS[thing.name]()
    return [((points - 0.5) * scale + centre, colour) for points, colour in parts]


def _bounds(mask: np.ndarray) -> list[float] | None:
    """Edges (xyxy, pixels) of the true part of a mask ``[H, W]``."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if columns.size == 0:
        return None
    edges = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return [float(edge) for edge in edges]


def _gradient(stops: list[tuple[float, str]], height_px: int, width_px: int) -> Image.Image:
    """Colours from top to bottom, each stop at its fraction of the height."""
    at = (np.arange(height_px) + 0.5) / height_px
    where = [y for y, _ in stops]
    colours = np.array([Image.new("RGB", (1, 1), c).getpixel((0, 0)) for _, c in stops])
    rows = np.stack([np.interp(at, where, channel) for channel in colours.T], axis=1)
    pixels = np.repeat(rows[:, None].round().astype(np.uint8), width_px, axis=1)
    return Image.fromarray(pixels)
