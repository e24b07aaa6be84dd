"""The figures of the chapter on matching."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.data.toy import RUNNING, Placed, Scene, draw_scene, meadow
from ssd_lib.default_boxes import DefaultBoxLayout, default_boxes
from ssd_lib.figures.charts import LETTERS, Panels
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.style import LineFigure, canvas, colours
from ssd_lib.figures.table import Table

BEHIND = Placed("bird", 0.9043, 0.164, 0.055, flip=True)
FLOCK = ("larger bird", "bird behind", "smaller bird")
WINDOW = (0.81, 0.07, 0.97, 0.23)  # of the running picture, around the smaller bird
SIDE_PX = 600
SHARP_PX = 1800  # a side of the scene from which the window is cut
SHAPES = ("square", "large square", "wide", "tall")  # of a cell with four boxes


class Pair(NamedTuple):
    """A step of the first matching step: this object gets this default box."""

    gt: int
    box: int


def flock() -> Scene:
    """The running picture with one bird more, which flies behind the smaller one.

    Returns:
        The three birds, from back to front. The box of the bird behind holds all of it,
        what is hidden as well.
    """
    birds = [RUNNING[1], BEHIND, RUNNING[2]]
    alone = [draw_scene(meadow(SIDE_PX, SIDE_PX), [bird]).boxes for bird in birds]
    return Scene(_painted(SIDE_PX), torch.cat(alone), FLOCK)


def _painted(size_px: int) -> Tensor:
    """The flock's image, ``[3, H, W]``."""
    things = [*RUNNING[:2], BEHIND, *RUNNING[2:]]
    return draw_scene(meadow(size_px, size_px), things).image


def two_want_one(scene: Scene, default: Tensor, name: str) -> Sheet:
    """Where the two birds are, and the default box that both overlap best.

    Args:
        scene: of :func:`flock`.
        default: ``[4]``, xyxy in fractions.
        name: of the default box.
    """
    window = torch.tensor([WINDOW])
    where = Picture(
        *(scene.image, window, (), ("ink",)),
        alt="The running picture; a small window in the sky holds the smaller bird.",
        title="Look up here",
        weight=5,
    )
    shift, side = window[0, :2].repeat(2), window[0, 2] - window[0, 0]
    boxes = (torch.cat([scene.fractions[1:], default[None]]) - shift) / side
    return Sheet([where, _both_birds(boxes, scene.labels[1:], name)], columns=2, rem=46, least=14)


def _both_birds(boxes: Tensor, labels: Sequence[str], name: str) -> Picture:
    """The window, enlarged, with both birds' boxes and the default box, ``[3, 4]``."""
    left, top, right, bottom = (round(edge * SHARP_PX) for edge in WINDOW)
    ious = [box_iou(box[None], boxes[2:]).item() for box in boxes[:2]]
    names = [f"{label}: {iou:.2f}" for label, iou in zip(labels, ious, strict=True)]
    return Picture(
        *(_painted(SHARP_PX)[:, top:bottom, left:right], boxes),
        *([*names, name], ("bird", "truth", "default")),
        alt=(
            "The window enlarged: two birds fly one behind the other, and a square "
            "default box holds nearly all of both."
        ),
        title="IoU with the dashed default box",
        dash=("", "", "12 8"),
        letters=22,
        weight=5,
    )


class Shown(NamedTuple):
    """The default boxes of the paper's picture: of all cells where one is matched."""

    rows: list[int]
    maps: list[int]
    names: list[str]  # by cell and shape
    shapes: list[str]


def boxes_around(layout: DefaultBoxLayout, matched: Tensor) -> Shown:
    """All default boxes of those cells in which some box is matched.

    Args:
        layout: with four boxes a cell.
        matched: ``[P]``, as :func:`ssd_lib.matching.match` gives it.
    """
    found, first = Shown([], [], [], []), 0
    for place, row in enumerate(layout.maps):
        here = matched[first : first + row.num_boxes].reshape(-1, len(SHAPES))  # [cells, 4]
        for cell in (here >= 0).any(dim=1).nonzero().flatten().tolist():
            down, across = divmod(cell, row.grid)
            for box, shape in enumerate(SHAPES):
                found.rows.append(first + cell * len(SHAPES) + box)
                found.maps.append(place)
                found.names.append(f"{row.grid} × {row.grid}, ({down}, {across}), {shape}")
                found.shapes.append(shape)
        first += row.num_boxes
    return found


def papers_figure(
    scene: Scene, objects: Sequence[int], layout: DefaultBoxLayout, matched: Tensor
) -> Sheet:
    """Figure 1 of the paper on the running picture: what is there, and two maps' boxes.

    Args:
        scene: an image and its boxes.
        objects: which of its objects are matched, in the order of ``matched``.
        layout: two maps with four boxes a cell.
        matched: ``[P]``: an index into ``objects``, or -1.
    """
    labels = [scene.labels[i] for i in objects]
    corners, shown = cxcywh_to_xyxy(default_boxes(layout)), boxes_around(layout, matched)
    alts = (
        "The cat and the dog with their ground-truth boxes.",
        "A grid of 8 by 8 cells. Of the eight boxes of two cells on the cat, two are solid.",
        "A grid of 4 by 4 cells. Of the four boxes of one cell on the dog, three are solid.",
    )
    pictures = [
        Picture(
            *(scene.image, scene.fractions[list(objects)], labels, labels),
            alt=alts[0],
            title="(a) ground truth",
            letters=34,
            weight=6,
        )
    ]
    for place, row in enumerate(layout.maps):
        here = [k for k, of in enumerate(shown.maps) if of == place]
        here.sort(key=lambda k: int(matched[shown.rows[k]]) >= 0)  # matched ones on top
        owners = [int(matched[shown.rows[k]]) for k in here]
        names = [_short(shown.names[k]) for k in here]
        boxes = corners[[shown.rows[k] for k in here]]
        owned = [labels[owner] if owner >= 0 else "" for owner in owners]
        title = f"({'bc'[place]}) {row.grid} × {row.grid} map"
        look = alts[1 + place], title, row.grid
        pictures.append(_papers_map(scene.image, boxes, names, owned, look))
    return Sheet(pictures, columns=3, rem=66, least=17)


def _papers_map(
    image: Tensor,
    boxes: Tensor,
    names: Sequence[str],
    owners: Sequence[str],
    look: tuple[str, str, int],
) -> Picture:
    """A map's boxes: those with an owner solid and named, the others dashed."""
    alt, title, grid = look
    return Picture(
        image,
        boxes,
        [name if owner else "" for name, owner in zip(names, owners, strict=True)],
        [owner or "truth" for owner in owners],
        dash=["" if owner else "9 8" for owner in owners],
        weight=[7 if owner else 3 for owner in owners],
        letters=24,
        alt=alt,
        title=title,
        grid=grid,
    )


def _short(name: str) -> str:
    return name.split(", ", 1)[1]


def papers_table(ious: Tensor, labels: Sequence[str], shown: Shown, matched: Tensor) -> Table:
    """Each default box of the paper's picture, how much it overlaps, and whose it is.

    Args:
        ious: ``[N, P]``.
        labels: of the N objects.
        shown: which default boxes.
        matched: ``[P]``.
    """
    rows, marks = [], []
    for row, name in zip(shown.rows, shown.names, strict=True):
        owner = int(matched[row])
        label = labels[owner] if owner >= 0 else ""
        rows.append([name, *ious[:, row].tolist(), label or "nothing"])
        marks.append(label or "default")
    heads = ["default box", *(f"IoU {label}" for label in labels), "is to find"]
    return Table(rows, heads, ["", *[".2f"] * len(labels), ""], marks=marks)


def struck_out(
    ious: Tensor, objects: Sequence[str], boxes: Sequence[str], pairs: Sequence[Pair]
) -> Panels:
    """The first step of matching, frame by frame: the largest number left, struck out.

    Args:
        ious: ``[N, M]``.
        objects: N names.
        boxes: M names of default boxes.
        pairs: who gets which, in the order in which it is decided.
    """
    frames = [_frame(ious, objects, boxes, (), "The table")]
    for k, pair in enumerate(pairs, start=1):
        title = f"{k}. {objects[pair.gt]}, {boxes[pair.box]}"
        frames.append(_frame(ious, objects, boxes, pairs[:k], title))
    return Panels(*frames, least=21)


def _frame(
    ious: Tensor, objects: Sequence[str], boxes: Sequence[str], done: Sequence[Pair], title: str
) -> LineFigure:
    """The table with the pairs that are decided, the last one in full colour."""
    colour, (count, width) = colours(), ious.shape
    figure, ax = canvas(3.6, 0.62 * count + 0.95)
    ax.set(xlim=(-1.75, width + 0.1), ylim=(count + 0.08, -1.15))
    write = {"va": "center", "fontsize": LETTERS}
    ax.text(-1.7, -0.85, title, color=colour["ink"], fontweight="bold", **write)
    gone = {pair.gt for pair in done}, {pair.box for pair in done}
    for j, name in enumerate(boxes):
        _word(ax, name, (j + 0.5, -0.3), "center", faded=j in gone[1])
    for i, name in enumerate(objects):
        _word(ax, name, (-0.12, i + 0.5), "right", faded=i in gone[0])
        for j, iou in enumerate(ious[i].tolist()):
            _cell(ax, (j, i), iou, taken=Pair(i, j) in done, struck=i in gone[0] or j in gone[1])
    strike = {"color": colour["dropped"], "linewidth": 1.6, "solid_capstyle": "round"}
    for pair in done:
        spans = _without(width, pair.box), _without(count, pair.gt)
        for start, end in spans[0]:
            ax.plot([start, end], [pair.gt + 0.5] * 2, **strike)
        for start, end in spans[1]:
            ax.plot([pair.box + 0.5] * 2, [start, end], **strike)
    if done:
        place = (done[-1].box + 0.05, done[-1].gt + 0.05)
        ax.add_patch(Rectangle(place, 0.9, 0.9, fill=False, edgecolor=colour["ink"], linewidth=2.4))
    said = f"{objects[done[-1].gt]} gets {boxes[done[-1].box]}" if done else "nothing is decided"
    alt = f"The table of IoUs of {count} objects and {width} default boxes: {said}."
    rows = [[name, *values] for name, values in zip(objects, ious.tolist(), strict=True)]
    table = Table(rows, ["", *boxes], ["", *[".2f"] * width])
    return LineFigure(figure, alt, f"{title}\n{table!r}")


def _word(ax: Axes, text: str, place: tuple[float, float], side: str, *, faded: bool) -> None:
    ink = colours()["dropped" if faded else "ink"]
    ax.text(*place, text, color=ink, ha=side, va="center", fontsize=LETTERS - 0.5)


def _cell(ax: Axes, place: tuple[int, int], iou: float, *, taken: bool, struck: bool) -> None:
    """One number of the table on its square."""
    colour, (j, i) = colours(), place
    corner = (j + 0.05, i + 0.05)
    ax.add_patch(Rectangle(corner, 0.9, 0.9, facecolor=colour["sunk"]))
    if taken or not struck:
        shade = {"facecolor": colour["positive"], "alpha": 1 if taken else 0.65 * iou}
        ax.add_patch(Rectangle(corner, 0.9, 0.9, **shade))
    ink = "on-box" if taken else "dropped" if struck else "ink"
    how = {"ha": "center", "va": "center", "fontsize": LETTERS}
    ax.text(j + 0.5, i + 0.5, f"{iou:.2f}", color=colour[ink], **how)


def _without(count: int, hole: int) -> list[tuple[float, float]]:
    """A line's two parts beside the square that it leaves out."""
    parts = ((0.08, hole - 0.02), (hole + 1.02, count - 0.08))
    return [(start, end) for start, end in parts if end > start]


def all_matched(scene: Scene, corners: Tensor, matched: Tensor) -> Picture:
    """Every default box that is matched, in the colour of its object's class.

    Args:
        scene: an image and its objects.
        corners: ``[P, 4]``, xyxy in fractions.
        matched: ``[P]``.
    """
    rows = (matched >= 0).nonzero().flatten()
    tokens = [scene.labels[i] for i in matched[rows].tolist()]
    alt = (
        "The running picture under a web of thin boxes: each object has a few of about its own "
        "size and place around it, many for the kite and the ball, two for the smaller bird."
    )
    return Picture(scene.image, corners[rows], (), tokens, alt=alt, weight=2)
