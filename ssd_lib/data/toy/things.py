"""The things that stand in a scene, each a list of painted parts.

Every thing fills a unit square, so a scene can place it by its box; ``ASPECT``
is the width-to-height ratio at which it looks right.
"""

import numpy as np

from ssd_lib.data.toy.drawing import Part, blob, ellipse, stroke

ASPECT = {
    "dog": 0.82,
    "cat": 0.86,
    "ball": 1.0,
    "bird": 1.5,
    "car": 2.0,
    "kite": 0.7,
    "tree": 0.75,
    "boat": 1.1,
}


def dog(fur: str = "#c98a4b", dark: str = "#8a5526", pale: str = "#f3dcb6") -> list[Part]:
    """A dog that sits and looks to the right."""
    tail = stroke((0.22, 0.90), (0.08, 0.80), (0.04, 0.64), (0.10, 0.55), start=0.05, end=0.024)
    far_leg = stroke((0.66, 0.60), (0.71, 0.80), (0.71, 0.94), start=0.07, end=0.05)
    near_leg = stroke((0.55, 0.58), (0.58, 0.80), (0.57, 0.94), start=0.085, end=0.055)
    body = blob(
        (0.45, 0.30),
        (0.66, 0.38),
        (0.74, 0.56),
        (0.62, 0.78),
        (0.44, 0.95),
        (0.16, 0.95),
        (0.10, 0.80),
        (0.22, 0.56),
    )
    head = blob(
        (0.42, 0.16),
        (0.54, 0.04),
        (0.70, 0.06),
        (0.80, 0.17),
        (0.94, 0.22),
        (0.985, 0.29),
        (0.93, 0.36),
        (0.78, 0.39),
        (0.60, 0.41),
        (0.45, 0.32),
    )
    ear = blob(
        (0.44, 0.10),
        (0.55, 0.09),
        (0.57, 0.24),
        (0.51, 0.40),
        (0.41, 0.42),
        (0.35, 0.32),
        (0.37, 0.19),
    )
    return [
        *_each(tail, dark),
        *_each(far_leg, dark),
        Part(ellipse(0.76, 0.965, 0.085, 0.033), dark),
        Part(body, fur),
        Part(blob((0.60, 0.40), (0.70, 0.48), (0.70, 0.64), (0.62, 0.74), (0.55, 0.56)), pale),
        *_each(near_leg, fur),
        Part(ellipse(0.62, 0.962, 0.10, 0.037), pale),
        Part(ellipse(0.30, 0.80, 0.17, 0.165, -25), fur),
        Part(blob((0.20, 0.70), (0.31, 0.655), (0.43, 0.70), (0.33, 0.675)), dark),
        Part(ellipse(0.40, 0.957, 0.135, 0.042), pale),
        Part(
            blob(
                (0.44, 0.37), (0.56, 0.425), (0.68, 0.40), (0.69, 0.45), (0.56, 0.475), (0.43, 0.42)
            ),
            "#c5352f",
        ),
        Part(ellipse(0.625, 0.47, 0.028, 0.024), "#f5c542"),
        Part(head, fur),
        Part(blob((0.74, 0.25), (0.86, 0.215), (0.97, 0.27), (0.93, 0.355), (0.80, 0.37)), pale),
        Part(ellipse(0.945, 0.235, 0.045, 0.033), "#2b2320"),
        Part(blob((0.78, 0.335), (0.86, 0.325), (0.93, 0.30), (0.87, 0.345)), dark),
        Part(ellipse(0.705, 0.175, 0.028, 0.028), "#2b2320"),
        Part(ellipse(0.714, 0.167, 0.009, 0.008), "#ffffff"),
        Part(ear, dark),
    ]


def cat(fur: str = "#6f7a88", dark: str = "#4b5563", pale: str = "#e8ebef") -> list[Part]:
    """A cat that sits and faces us, its tail to the right."""
    tail = stroke((0.68, 0.90), (0.90, 0.90), (0.94, 0.72), (0.86, 0.60), start=0.055, end=0.04)
    body = blob(
        (0.38, 0.42),
        (0.60, 0.42),
        (0.74, 0.66),
        (0.76, 0.90),
        (0.62, 0.985),
        (0.34, 0.985),
        (0.18, 0.90),
        (0.22, 0.66),
    )
    head = blob(
        (0.20, 0.16),
        (0.34, 0.14),
        (0.50, 0.125),
        (0.64, 0.14),
        (0.78, 0.16),
        (0.83, 0.32),
        (0.72, 0.46),
        (0.49, 0.51),
        (0.26, 0.46),
        (0.15, 0.32),
    )
    stripes = [
        Part(blob((x - 0.025, 0.14), (x + 0.025, 0.14), (x, 0.235)), dark)
        for x in (0.42, 0.49, 0.56)
    ]
    sides = [
        Part(blob((x, y), (x + s * 0.13, y + 0.02), (x, y + 0.045)), dark)
        for x, s in ((0.225, 1), (0.735, -1))
        for y in (0.64, 0.72, 0.80)
    ]
    eyes = [
        part
        for x in (0.355, 0.625)
        for part in (
            Part(ellipse(x, 0.29, 0.062, 0.056), "#d9e86a"),
            Part(ellipse(x, 0.29, 0.019, 0.050), "#1f2328"),
            Part(ellipse(x + 0.014, 0.272, 0.011, 0.011), "#ffffff"),
        )
    ]
    whiskers = [
        Part(np.array([(x, 0.385), (x + s * 0.19, 0.385 + rise), (x, 0.395)]), pale)
        for x, s in ((0.37, -1), (0.61, 1))
        for rise in (-0.03, 0.0, 0.03)
    ]
    return [
        *_each(tail, dark),
        Part(body, fur),
        *sides,
        Part(blob((0.40, 0.50), (0.58, 0.50), (0.60, 0.70), (0.49, 0.80), (0.38, 0.70)), pale),
        Part(ellipse(0.375, 0.945, 0.10, 0.045), pale),
        Part(ellipse(0.605, 0.945, 0.10, 0.045), pale),
        Part(np.array([(0.16, 0.26), (0.17, 0.0), (0.40, 0.15)]), fur),
        Part(np.array([(0.82, 0.26), (0.81, 0.0), (0.58, 0.15)]), fur),
        Part(np.array([(0.205, 0.20), (0.21, 0.065), (0.33, 0.145)]), "#e3a6a1"),
        Part(np.array([(0.775, 0.20), (0.77, 0.065), (0.65, 0.145)]), "#e3a6a1"),
        Part(head, fur),
        *stripes,
        Part(
            blob(
                (0.37, 0.40),
                (0.49, 0.345),
                (0.61, 0.40),
                (0.58, 0.465),
                (0.49, 0.485),
                (0.40, 0.465),
            ),
            pale,
        ),
        *eyes,
        *whiskers,
        Part(blob((0.455, 0.368), (0.49, 0.36), (0.525, 0.368), (0.49, 0.403)), "#d9757a"),
        Part(ellipse(0.49, 0.42, 0.005, 0.020), dark),
    ]


def ball(first: str = "#e4572e", second: str = "#2e86ab", third: str = "#f2b632") -> list[Part]:
    """A beach ball."""
    colours = [first, "#fdf6e3", second, "#fdf6e3", third, "#fdf6e3"]
    start = np.deg2rad(15)
    parts = []
    for i, colour in enumerate(colours):
        angle = start + np.linspace(i, i + 1, 16) * np.pi / 3
        rim = 0.5 + 0.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        parts.append(Part(np.vstack([(0.42, 0.40), rim]), colour))
    return [*parts, Part(ellipse(0.42, 0.40, 0.10, 0.10), "#fdf6e3")]


def bird(feather: str = "#3d5a9e", wing: str = "#29406f") -> list[Part]:
    """A bird in flight, to the left."""
    return [
        Part(blob((0.50, 0.50), (0.60, 0.20), (0.80, 0.02), (0.86, 0.10), (0.74, 0.48)), wing),
        Part(np.array([(0.72, 0.58), (1.0, 0.56), (0.97, 0.74), (0.70, 0.76)]), wing),
        Part(
            blob(
                (0.10, 0.56),
                (0.22, 0.44),
                (0.48, 0.50),
                (0.80, 0.62),
                (0.70, 0.84),
                (0.40, 0.92),
                (0.18, 0.80),
            ),
            feather,
        ),
        Part(blob((0.20, 0.76), (0.42, 0.74), (0.62, 0.80), (0.40, 0.915)), "#eef2f8"),
        Part(
            blob(
                (0.34, 0.56), (0.30, 0.22), (0.42, 0.01), (0.52, 0.12), (0.64, 0.60), (0.50, 0.68)
            ),
            wing,
        ),
        Part(np.array([(0.115, 0.56), (0.0, 0.65), (0.12, 0.68)]), "#f2a03d"),
        Part(ellipse(0.20, 0.58, 0.026, 0.038), "#1f2328"),
    ]


def car(paint: str = "#c8443c") -> list[Part]:
    """A small car, seen from its side."""
    wheels = [
        part
        for x in (0.23, 0.77)
        for part in (
            Part(ellipse(x, 0.80, 0.095, 0.19), "#2b2d33"),
            Part(ellipse(x, 0.80, 0.045, 0.09), "#c9ced6"),
        )
    ]
    return [
        Part(blob((0.20, 0.45), (0.30, 0.06), (0.48, 0.0), (0.62, 0.06), (0.78, 0.45)), paint),
        Part(
            blob(
                (0.02, 0.52),
                (0.18, 0.40),
                (0.76, 0.38),
                (0.97, 0.52),
                (0.99, 0.76),
                (0.90, 0.86),
                (0.10, 0.86),
                (0.01, 0.76),
            ),
            paint,
        ),
        Part(np.array([(0.275, 0.42), (0.335, 0.14), (0.455, 0.10), (0.455, 0.42)]), "#cfe6f2"),
        Part(np.array([(0.50, 0.42), (0.50, 0.10), (0.60, 0.15), (0.70, 0.42)]), "#cfe6f2"),
        Part(ellipse(0.955, 0.585, 0.026, 0.075), "#fbe28a"),
        *wheels,
    ]


def kite(light: str = "#8e5bb5", deep: str = "#6a3d91") -> list[Part]:
    """A kite with a tail of bows."""
    bows = [
        part
        for x, y in ((0.54, 0.74), (0.46, 0.85), (0.56, 0.96))
        for part in (
            Part(np.array([(x, y), (x - 0.10, y - 0.035), (x - 0.10, y + 0.035)]), deep),
            Part(np.array([(x, y), (x + 0.10, y - 0.035), (x + 0.10, y + 0.035)]), light),
        )
    ]
    line = stroke((0.5, 0.62), (0.54, 0.74), (0.46, 0.85), (0.56, 0.96), start=0.008, end=0.008)
    return [
        *_each(line, deep),
        *bows,
        Part(np.array([(0.5, 0.0), (0.0, 0.25), (0.5, 0.25)]), light),
        Part(np.array([(0.5, 0.0), (1.0, 0.25), (0.5, 0.25)]), deep),
        Part(np.array([(0.0, 0.25), (0.5, 0.25), (0.5, 0.64)]), deep),
        Part(np.array([(1.0, 0.25), (0.5, 0.25), (0.5, 0.64)]), light),
    ]


def tree(leaf: str = "#3f8f4f", shade: str = "#2f6f3d") -> list[Part]:
    """A round tree."""
    trunk = np.array([(0.43, 0.55), (0.57, 0.55), (0.60, 1.0), (0.40, 1.0)])
    crown = blob(
        (0.20, 0.22),
        (0.50, 0.01),
        (0.80, 0.20),
        (0.985, 0.42),
        (0.80, 0.64),
        (0.50, 0.70),
        (0.20, 0.64),
        (0.015, 0.42),
    )
    return [
        Part(trunk, "#7a5534"),
        Part(crown, leaf),
        Part(
            blob(
                (0.12, 0.52),
                (0.40, 0.58),
                (0.74, 0.52),
                (0.90, 0.50),
                (0.78, 0.63),
                (0.50, 0.69),
                (0.22, 0.62),
            ),
            shade,
        ),
        Part(ellipse(0.36, 0.24, 0.10, 0.06, -25), shade),
        Part(ellipse(0.66, 0.36, 0.10, 0.06, 20), shade),
    ]


def boat(hull: str = "#8c4a2f", sail: str = "#f5efe0", flag: str = "#d6453d") -> list[Part]:
    """A sailing boat, going to the right."""
    return [
        Part(np.array([(0.45, 0.03), (0.48, 0.03), (0.48, 0.80), (0.45, 0.80)]), "#5a4632"),
        Part(np.array([(0.51, 0.08), (0.95, 0.66), (0.51, 0.70)]), sail),
        Part(np.array([(0.42, 0.16), (0.42, 0.70), (0.10, 0.66)]), sail),
        Part(np.array([(0.465, 0.0), (0.465, 0.10), (0.26, 0.05)]), flag),
        Part(
            blob(
                (0.0, 0.74),
                (0.30, 0.77),
                (0.75, 0.77),
                (1.0, 0.73),
                (0.86, 0.97),
                (0.50, 0.99),
                (0.14, 0.97),
            ),
            hull,
        ),
        Part(np.array([(0.06, 0.83), (0.94, 0.83), (0.93, 0.86), (0.07, 0.86)]), sail),
    ]


THINGS = {
    "dog": dog,
    "cat": cat,
    "ball": ball,
    "bird": bird,
    "car": car,
    "kite": kite,
    "tree": tree,
    "boat": boat,
}


def _each(shapes: list[np.ndarray], colour: str) -> list[Part]:
    return [Part(points, colour) for points in shapes]
