"""Write the toy world's things and its meadow as paths that a page can draw.

python tools/toy_things.py

A path is text in SVG's form, in thousandths of a square: a thing's tight box, or the image.
A page draws it at any size and turn without loss, in less than the bytes of a picture, and
a canvas stays readable, which one with a picture on it does not when opened from a file.
"""

import json
from pathlib import Path

import numpy as np

from ssd_lib.data.toy import backdrop
from ssd_lib.data.toy.drawing import Drawing, Part, blob
from ssd_lib.data.toy.things import THINGS

OUT = Path(__file__).parents[1] / "ssd_lib/widgets/toy_things.js"
UNIT = 1000
PER_CORNER, ROUND = 12, 64  # points of a blob's corner, and of an ellipse
HEAD = """\
// Written by tools/toy_things.py from ssd_lib.data.toy: the toy world as paths, in
// thousandths of a thing's box or of the image. A part is [colour, path]; a colour that is
// a number counts in the palette.
/* eslint-disable stylistic/max-len */

/** @typedef {[colour: string | number, path: string]} Part */
/** @typedef {{ aspect: number, palettes: string[][], hull: number[][], parts: Part[] }} Thing */

"""


def numbers(*values):
    return " ".join(str(round(float(value))) for value in values)


def lines(points):
    """Straight edges from point to point."""
    return "M" + "L".join(numbers(*point) for point in points) + "Z"


def curves(corners):
    """The closed spline through the corners, as Bezier curves."""
    before, after, far = (np.roll(corners, shift, axis=0) for shift in (1, -1, -2))
    first, second = corners + (after - before) / 6, after - (far - corners) / 6
    rows = np.hstack([first, second, after])
    return f"M{numbers(*corners[0])}" + "".join(f"C{numbers(*row)}" for row in rows) + "Z"


def ellipse(points):
    """Two arcs."""
    start, end = points[0], points[ROUND // 2]
    centre = points.mean(axis=0)
    across, down = points[0] - centre, points[ROUND // 4] - centre
    radii, turn = (np.hypot(*across), np.hypot(*down)), np.degrees(np.arctan2(*across[::-1]))
    # In a box that is not square, the image of a turned ellipse has other axes than these.
    if abs(across @ down) > 0.02 * radii[0] * radii[1]:
        return curves(points[:: ROUND // 16])
    arc = f"A{numbers(*radii, turn)} 0 1 "
    return f"M{numbers(*start)}{arc}{numbers(*end)}{arc}{numbers(*start)}Z"


def tapered(discs):
    """The outline of discs in a row: along one side, around the end, and back."""
    centres = np.array([disc.mean(axis=0) for disc in discs])
    spans = np.array([np.ptp(disc, axis=0) / 2 for disc in discs])
    ways = np.gradient(centres / spans, axis=0)  # where the discs are circles of radius 1
    normals = np.stack([-ways[:, 1], ways[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    step = slice(None, None, 4)
    left, right = (centres + normals * spans)[step], (centres - normals * spans)[step][::-1]
    ends = [
        f"A{numbers(*spans[k])} 0 0 0 {numbers(*to)}" for k, to in ((-1, right[0]), (0, left[0]))
    ]
    there, back = ("L".join(numbers(*point) for point in side) for side in (left, right))
    return f"M{there}{ends[0]}L{back}{ends[1]}Z"


def is_disc(part):
    across, down = np.ptp(part.points, axis=0)
    return len(part.points) == ROUND and bool(np.isclose(across, down))


def in_groups(parts):
    """The parts, with the discs of one line together."""
    groups = []
    for part in parts:
        last = groups[-1][-1] if groups else None
        near = last is not None and is_disc(part) and is_disc(last) and part.colour == last.colour
        if near and np.hypot(*(part.points[0] - last.points[0])) < 0.03:
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def path(group, place):
    """The path of a part, or of a line's discs, where ``place`` moves its points."""
    points = [place(part.points) for part in group]
    first = points[0]
    if len(points) > 1:
        return tapered(points)
    if len(first) == ROUND:
        return ellipse(first)
    if len(first) % PER_CORNER == 0 and np.allclose(first, blob(first[::PER_CORNER]), atol=1e-6):
        return curves(first[::PER_CORNER])
    return lines(first)


def hull(points):
    """The corners of the convex hull, clockwise on the screen."""
    ordered = sorted({(round(float(x)), round(float(y))) for x, y in points})

    def half(points):
        chain = []
        for x, y in points:
            while len(chain) > 1:
                (x1, y1), (x2, y2) = chain[-2:]
                if (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        return chain[:-1]

    return [list(point) for point in half(ordered) + half(ordered[::-1])]


def sparse(corners, least=25):
    """Corners without those that lie close to the one before."""
    kept = corners[:1]
    for corner in corners[1:]:
        if np.hypot(*np.subtract(corner, kept[-1])) >= least or 0 in corner or UNIT in corner:
            kept.append(corner)
    return kept


def thing(drawing: Drawing):
    """A thing as the page's module holds it."""
    everything = np.concatenate([part.points for part in drawing.parts])
    low, size = everything.min(axis=0), np.ptp(everything, axis=0)

    def place(points):
        return (points - low) / size * UNIT

    names = {name: index for index, name in enumerate(drawing.colours)}
    return {
        "aspect": round(float(drawing.aspect * size[0] / size[1]), 4),
        "palettes": drawing.palettes,
        "hull": sparse(hull(place(everything))),
        "parts": [
            [names.get(group[0].colour, group[0].colour), path(group, place)]
            for group in in_groups(drawing.parts)
        ],
    }


def layers(*parts: Part):
    """Parts of the meadow; the page gives them their colours."""
    return [path([part], lambda points: points * UNIT) for part in parts]


def module():
    """The text of the page's module."""
    dashes = list(backdrop._road())
    meadow = {
        "hills": layers(*backdrop.HILLS),
        "road": layers(dashes[0]),
        "dashes": layers(*dashes[1:]),
        "grass": layers(*backdrop._grass()),
    }
    things = ",\n".join(f"  {name}: {dumped(thing(one))}" for name, one in THINGS.items())
    places = ",\n".join(f"  {name}: {dumped(some)}" for name, some in meadow.items())
    return (
        f"{HEAD}/** @type {{Record<string, Thing>}} */\nexport const THINGS = {{\n{things},\n}};\n\n"
        f"/** @type {{Record<string, string[]>}} */\nexport const MEADOW = {{\n{places},\n}};\n"
    )


def dumped(value):
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    OUT.write_text(module(), encoding="utf-8")
    print(f"{OUT}: {OUT.stat().st_size} bytes")
