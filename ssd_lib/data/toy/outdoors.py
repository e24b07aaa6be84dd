"""What else is found outdoors: a ball, a kite and a tree."""

import numpy as np

from ssd_lib.data.toy.drawing import Drawing, Part, line, oval, polygon, smooth


def _sectors(*colours: str) -> list[Part]:
    """A ball's sectors, clockwise, which meet beside its centre."""
    start = np.deg2rad(15)
    sectors = []
    for i, colour in enumerate(colours):
        angle = start + np.linspace(i, i + 1, 16) * np.pi / 3
        rim = 0.5 + 0.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        sectors.append(polygon(colour, np.vstack([(0.42, 0.40), rim])))
    return sectors


BALL = Drawing(  # a beach ball
    aspect=1.0,
    colours=("first", "second", "third"),
    palettes=(
        ("#e4572e", "#2e86ab", "#f2b632"),
        ("#7b2d8b", "#3fa34d", "#f07fb0"),
        ("#d62839", "#d62839", "#d62839"),
        ("#1d3557", "#e63946", "#457b9d"),
    ),
    parts=(
        *_sectors("first", "#fdf6e3", "second", "#fdf6e3", "third", "#fdf6e3"),
        oval("#fdf6e3", 0.42, 0.4, 0.1, 0.1),
    ),
)


def _bow(x: float, y: float) -> tuple[Part, Part]:
    return (
        polygon("deep", [(x, y), (x - 0.1, y - 0.035), (x - 0.1, y + 0.035)]),
        polygon("light", [(x, y), (x + 0.1, y - 0.035), (x + 0.1, y + 0.035)]),
    )


KITE = Drawing(
    aspect=0.7,
    colours=("light", "deep"),
    palettes=(
        ("#8e5bb5", "#6a3d91"),
        ("#e4572e", "#b03c17"),
        ("#2a9d8f", "#1d6f65"),
        ("#f2c14e", "#c9941e"),
    ),
    parts=(
        *line("deep", ".5,.62 .54,.74 .46,.85 .56,.96", start=0.008, end=0.008),  # tail
        *_bow(0.54, 0.74),
        *_bow(0.46, 0.85),
        *_bow(0.56, 0.96),
        polygon("light", ".5,0 0,.25 .5,.25"),
        polygon("deep", ".5,0 1,.25 .5,.25"),
        polygon("deep", "0,.25 .5,.25 .5,.64"),
        polygon("light", "1,.25 .5,.25 .5,.64"),
    ),
)

TREE = Drawing(
    aspect=0.75,
    colours=("leaf", "shade"),
    palettes=(
        ("#3f8f4f", "#2f6f3d"),
        ("#7fa63b", "#5d7d27"),
        ("#c9772c", "#9b5618"),
        ("#2f7d6b", "#205a4d"),
    ),
    parts=(
        polygon("#7a5534", ".43,.55 .57,.55 .6,1 .4,1"),  # trunk
        smooth("leaf", ".2,.22 .5,.01 .8,.2 .985,.42 .8,.64 .5,.7 .2,.64 .015,.42"),  # crown
        smooth("shade", ".12,.52 .4,.58 .74,.52 .9,.5 .78,.63 .5,.69 .22,.62"),
        oval("shade", 0.36, 0.24, 0.1, 0.06, -25),
        oval("shade", 0.66, 0.36, 0.1, 0.06, 20),
    ),
)
