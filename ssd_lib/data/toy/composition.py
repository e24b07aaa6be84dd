"""A scene: things placed over a background, with a box around what is visible of each."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ssd_lib.boxes import scale_boxes
from ssd_lib.data.toy.drawing import Canvas, Part, bounds
from ssd_lib.data.toy.things import THINGS


class Scene(NamedTuple):
    """An image and what is in it."""

    image: Tensor  # [3, H, W], uint8
    boxes: Tensor  # [N, 4], xyxy in pixels, of what is visible of each object
    labels: tuple[str, ...]  # N names

    @property
    def fractions(self) -> Tensor:
        """The boxes as fractions of the image, ``[N, 4]`` in xyxy, each in 0 to 1."""
        height, width = self.image.shape[-2:]
        return scale_boxes(self.boxes, 1 / height, 1 / width)


class Placed(NamedTuple):
    """A thing and where it stands: its centre and height in fractions."""

    name: str
    cx: float
    cy: float
    height: float
    flip: bool = False


def draw_scene(background: Canvas, placed: Sequence[Placed]) -> Scene:
    """Paint things over a background, from back to front.

    Args:
        background: a canvas; it is painted on.
        placed: the things; the last one is in front.

    Returns:
        The scene. An object's box holds every pixel of which it visibly covers
        at least half; objects of which no such pixel is left are not listed.
    """
    layers = [_parts(thing, background) for thing in placed]
    boxes, labels = [], []
    for i, (thing, parts) in enumerate(zip(placed, layers, strict=True)):
        for points, colour in parts:
            background.paint(points, colour)
        mine = background.coverage(points for points, _ in parts)
        front = background.coverage(points for layer in layers[i + 1 :] for points, _ in layer)
        box = bounds(mine - np.minimum(mine, front) >= 0.5)
        if box is not None:
            boxes.append(box)
            labels.append(thing.name)
    pixels = torch.from_numpy(np.array(background.read())).permute(2, 0, 1)
    return Scene(pixels, torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4), tuple(labels))


def _parts(thing: Placed, canvas: Canvas) -> list[Part]:
    """The thing's parts in pixels of the canvas."""
    drawing = THINGS[thing.name]
    height = thing.height * canvas.height_px
    scale = np.array([height * drawing.aspect * (-1 if thing.flip else 1), height])
    centre = np.array([thing.cx * canvas.width_px, thing.cy * canvas.height_px])
    return [
        Part((points - 0.5) * scale + centre, colour) for points, colour in drawing.in_colours()
    ]
