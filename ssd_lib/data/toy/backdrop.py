"""The running picture's background."""

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageColor

from ssd_lib.data.toy.drawing import Canvas, Part, oval, polygon, smooth

SKY = ((0.0, "#8cc4ec"), (0.45, "#e6f2f4"))
SUN = (oval("#fff3c4", 0.5, 0.115, 0.062, 0.062), oval("#ffe27a", 0.5, 0.115, 0.048, 0.048))
CLOUDS = ((0.345, 0.085, 0.8), (0.66, 0.235, 0.62))  # centre and size
PUFFS = (  # of a cloud: centre and radius
    (-0.08, 0.012, 0.036),
    (-0.03, -0.010, 0.050),
    (0.035, 0.0, 0.044),
    (0.085, 0.016, 0.030),
)
HILLS = (
    smooth("#a9cfa5", "-.2,.36 .1,.3 .36,.37 .62,.31 .92,.35 1.3,.3 1.3,.7 -.2,.7"),
    smooth("#8fc07f", "-.2,.43 .16,.385 .5,.415 .9,.385 1.3,.42 1.3,.8 -.2,.8"),
)
GRASS = ("#7fb868", "#74ae5d", "#68a152", "#5d9549")  # from far to near


def meadow(height_px: int, width_px: int) -> Canvas:
    """Sky, hills, a road and grass."""
    canvas = Canvas(_gradient(SKY, height_px, width_px))
    for part in (*SUN, *_clouds(), *HILLS, *_road(), *_grass(), *_tufts()):
        canvas.paint(part.points * (width_px, height_px), part.colour)
    return canvas


def _clouds() -> Iterator[Part]:
    for x, y, s in CLOUDS:
        for dx, dy, r in PUFFS:
            yield oval("#ffffff", x + s * dx, y + s * dy, s * r * 1.25, s * r)


def _road() -> Iterator[Part]:
    yield polygon("#b9b4ac", "0,.447 1,.447 1,.492 0,.492")
    for x in np.arange(0.02, 1, 0.1):
        dash = [(x, 0.467), (x + 0.05, 0.467), (x + 0.05, 0.472), (x, 0.472)]
        yield polygon("#f4f0e6", dash)


def _grass() -> Iterator[Part]:
    for i, colour in enumerate(GRASS):
        y = 0.49 + 0.135 * i
        rises = [(-0.2, 0.02), (0.2, -0.005), (0.5, 0.012), (0.8, -0.005), (1.2, 0.02)]
        yield smooth(colour, [*((x, y + rise) for x, rise in rises), (1.2, 1.3), (-0.2, 1.3)])


def _tufts() -> Iterator[Part]:
    generator = np.random.default_rng(7)
    for x, y in generator.uniform((0, 0.54), (1, 0.99), size=(90, 2)):
        r = 0.010 + 0.022 * (y - 0.5)
        for lean in (-0.4, 0.0, 0.4):
            yield polygon("#4f8740", [(x - r / 7, y), (x + r / 7, y), (x + lean * r, y - r)])


def _gradient(stops: tuple[tuple[float, str], ...], height_px: int, width_px: int) -> Image.Image:
    """Colours from top to bottom, each stop at its fraction of the height."""
    at = (np.arange(height_px) + 0.5) / height_px
    where = [y for y, _ in stops]
    colours = np.array([ImageColor.getrgb(colour) for _, colour in stops])
    rows = np.stack([np.interp(at, where, channel) for channel in colours.T], axis=1)
    pixels = np.repeat(rows[:, None].round().astype(np.uint8), width_px, axis=1)
    return Image.fromarray(pixels)
