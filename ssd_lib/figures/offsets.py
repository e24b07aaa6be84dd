"""The figures of the chapter on offsets."""

import html
from collections.abc import Sequence

import torch
from torch import Tensor

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy, xyxy_to_cxcywh
from ssd_lib.figures.boxes import AROUND_THE_BIRD
from ssd_lib.figures.charts import LETTERS, Line, Panels, axes, curves, words
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.pictures import SIDE, Picture, Sheet
from ssd_lib.figures.style import FACE, LineFigure, colours
from ssd_lib.figures.table import Table
from ssd_lib.offsets import decode, encode

PARTS = ("x", "y", "width", "height")


def four_arrows(image: Tensor, box: Tensor, default_box: Tensor, name: str) -> Picture:
    """The offsets from a default box to the smaller bird, each as an arrow with its number.

    Args:
        image: the running picture, ``[3, H, W]``.
        box: the bird's, ``[4]``, cxcywh in fractions.
        default_box: ``[4]``, likewise.
        name: of the default box.
    """
    answers = encode(box, default_box).tolist()
    alt = (
        "The smaller bird close up, with its box and the square of the default box. From the "
        "square's middle an arrow leads left and another down to the bird's middle; two short "
        "ones push the sides inwards a little, two long ones top and bottom a lot."
    )
    corners = cxcywh_to_xyxy(torch.stack([box, default_box]))
    moved = torch.cat([box[:2], default_box[2:]])
    every = torch.cat([corners, cxcywh_to_xyxy(moved)[None]])
    part, places = close_up(image, AROUND_THE_BIRD, every)
    picture = Picture(part, places[:2], ["bird", name], ["bird", "default"], alt=alt, letters=24)
    goal, start, between = (SIDE * xyxy_to_cxcywh(places)).tolist()
    edges = [(SIDE * places[i]).tolist() for i in (2, 0)]  # before and after the stretch
    drawn = _four_lines(start, goal, between, *edges)
    pairs = zip(PARTS, answers, strict=True)
    signs = [f"{part} {value:+.2f}".replace("-", "−") for part, value in pairs]
    spots = (
        (min(start[0], goal[0]) - 8, start[1] - 10, "end"),
        (goal[0] - 12, goal[1] + 22, "end"),
        (edges[0][2] + 10, goal[1] + 8, "start"),
        (goal[0] + 12, edges[0][3] - 4, "start"),
    )
    picture.svg = picture.svg.replace("</svg>", f"<g>{drawn}</g>{_signs(signs, spots)}</svg>")
    picture.names = ["bird", f"{name}: {', '.join(signs)}"]
    picture.boxes = corners.tolist()
    return picture


def steps_onto(image: Tensor, box: Tensor, default_box: Tensor) -> Sheet:
    """A default box that takes its four offsets one after the other, in frames.

    Args:
        image: the running picture, ``[3, H, W]``.
        box: the bird's, ``[4]``, cxcywh in fractions.
        default_box: ``[4]``, likewise.
    """
    target, frames = encode(box, default_box), []
    titles = ("as it is", "moved in x", "and y", "narrower", "flatter")
    for count, title in enumerate(titles):
        taken = torch.where(torch.arange(4) < count, target, torch.zeros(4))
        both = cxcywh_to_xyxy(torch.stack([box, decode(taken, default_box)]))
        iou = box_iou(both[:1], both[1:]).item()
        part, places = close_up(image, AROUND_THE_BIRD, both)
        alt = f"The bird's box and the default box, {title}."
        tokens = ("bird", "prediction" if count else "default")
        said = f"{title}: {iou:.2f}"
        frame = Picture(part, places, (), tokens, alt=alt, title=said, weight=7)
        frame.boxes = both.tolist()
        frames.append(frame)
    return Sheet(frames, columns=5, least=8)


def equal_errors(image: Tensor, sides_px: Sequence[float], share: float) -> Sheet:
    """Two squares, each with one that is off by a share of its width, equally large.

    Args:
        image: the running picture, ``[3, H, W]``, which the network sees with 300 px.
        sides_px: of the squares, of 300; the last is the largest.
        share: of their width that they are off by.
    """
    frames, largest = [], sides_px[-1]
    for side in sides_px:
        window_px = 300 * side / largest
        left, top = (252, 36) if side < largest else (0, 0)  # on the bird, or the whole image
        window = [v / 300 for v in (left, top, left + window_px, top + window_px)]
        x, y = left + 0.02 * window_px, top + 0.06 * window_px
        square = torch.tensor([x, y, x + side, y + side]) / 300
        moved = square + torch.tensor([share * side / 300, 0, share * side / 300, 0])
        both = torch.stack([square, moved])
        iou = box_iou(both[:1], both[1:]).item()
        title = f"{side:g} px, {share * side:.3g} px off: IoU {iou:.2f}"
        part, places = close_up(image, window, both)
        alt = f"A square of {side:g} pixels and one that lies a tenth of its width to the right."
        tokens = ("truth", "prediction")
        frames.append(Picture(part, places, (), tokens, alt=alt, title=title, weight=6))
    return Sheet(frames, columns=2, rem=40, least=9)


def iou_by_error(sides_px: Sequence[float]) -> Panels:
    """IoU of squares that are off sideways, over pixels and over shares of their width.

    Args:
        sides_px: of the squares.
    """
    shares = torch.linspace(0, 0.5, 11)
    looks = (("forced", "-"), ("prediction", ":"))
    in_pixels, in_shares = [], []
    for side, (colour, dash) in zip(sides_px, looks, strict=True):
        name = f"{side:g} px"
        errors = torch.linspace(0, 15, 11)
        for lines, across in ((in_pixels, errors), (in_shares, shares * side)):
            x = across if lines is in_pixels else across / side
            lines.append(Line(name, x.tolist(), _iou_of(across, side), colour, dash))
    alts = (
        "Over the error in pixels the small square's IoU falls steeply, the large one's hardly.",
        "Over the error in shares of the width both squares have the same curve.",
    )
    limits = {"ylim": (0, 1.02), "size": (4.2, 2.7), "right": 0.75}
    return Panels(
        curves(in_pixels, "off by, in pixels", "IoU", alts[0], xlim=(0, 15), **limits),
        curves(in_shares, "off by, in widths of the box", "IoU", alts[1], xlim=(0, 0.5), **limits),
    )


def spreads(raw: Tensor, scaled: Tensor) -> Panels:
    """How offsets in place and in size spread, without and with the variances.

    Args:
        raw: ``[pairs, 4]``, without variances.
        scaled: ``[pairs, 4]``, divided by them.
    """
    alts = (
        "Without variances both are narrow, and x is about half as wide as the width.",
        "Divided by the variances both are about equally wide, between minus 4 and 4.",
    )
    shown = zip((raw, scaled), ("without variances", "with 0.1 and 0.2"), alts, strict=True)
    return Panels(*(_spread(offsets, label, alt) for offsets, label, alt in shown))


def _spread(offsets: Tensor, label: str, alt: str) -> LineFigure:
    """Two outlines over one axis, of the offsets in x and in width."""
    colour, rows = colours(), []
    figure, ax = axes(4.2, 2.5, (0.5, 0.42, 0.15, 0.48))
    words(ax, f"offset, {label}", "share")
    edges = torch.linspace(-4.5, 4.5, 61)
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    for name, column, token, height in (("x", 0, "prediction", 0.9), ("width", 2, "forced", 0.78)):
        values = offsets[:, column].float().cpu()
        shares = (torch.histogram(values, bins=edges).hist / len(values)).tolist()
        ax.plot(middles, shares, color=colour[token], linewidth=2)
        ax.fill_between(middles, shares, color=colour[token], alpha=0.12)
        place = {"transform": ax.transAxes, "fontweight": "bold", "fontsize": LETTERS}
        ax.text(0.66, height, name, color=colour[token], **place)
        rows.append((f"{label}: {name}", values.std().item()))
    ax.set(xlim=(-4.5, 4.5), ylim=(0, None))
    return LineFigure(figure, alt, repr(Table(rows, ["offset", "spread"], ["", ".2f"])))


def _iou_of(errors: Tensor, side: float) -> list[float]:
    """IoU of a square with itself, some pixels to the right."""
    square = torch.tensor([[0.0, 0.0, side, side]])
    moved = square + errors[:, None] * torch.tensor([1.0, 0, 1, 0])
    return box_iou(square, moved)[0].tolist()


def _four_lines(
    start: Sequence[float],
    goal: Sequence[float],
    between: Sequence[float],
    before: Sequence[float],
    after: Sequence[float],
) -> str:
    """Arrows from middle to middle, and from the moved box's sides to the object's."""
    moved = (
        f'<rect x="{before[0]:.1f}" y="{before[1]:.1f}" width="{between[2]:.1f}" '
        f'height="{between[3]:.1f}" fill="none" stroke="{_var("default")}" stroke-width="2.5" '
        'stroke-dasharray="4 6"/>'
    )
    lines = [((start[0], start[1]), (goal[0], start[1])), ((goal[0], start[1]), (goal[0], goal[1]))]
    for side in (0, 2):
        lines.append(((before[side], goal[1]), (after[side], goal[1])))
    for side in (1, 3):
        lines.append(((goal[0], before[side]), (goal[0], after[side])))
    return moved + "".join(_arrow(*line) for line in lines)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """An arrow along an axis, over a halo."""
    (x1, y1), (x2, y2) = start, end
    length = max(abs(x2 - x1), abs(y2 - y1), 1e-6)
    ahead, size = ((x2 - x1) / length, (y2 - y1) / length), min(14, 0.9 * length)
    back = x2 - size * ahead[0], y2 - size * ahead[1]
    wings = [
        f"{back[0] + out * size * ahead[1]:.1f} {back[1] + out * size * ahead[0]:.1f}"
        for out in (-0.6, 0.6)
    ]
    tip = f"{x2:.1f} {y2:.1f}"
    path = f"M{x1:.1f} {y1:.1f}L{tip}M{wings[0]}L{tip}L{wings[1]}"
    return "".join(
        f'<path d="{path}" fill="none" stroke="{_var(token)}" stroke-width="{width}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
        for token, width in (("on-box", 8), ("accent", 4.5))
    )


def _signs(texts: Sequence[str], spots: Sequence[tuple[float, float, str]]) -> str:
    """The arrows' numbers, each over a halo."""
    parts = "".join(
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'
        for text, (x, y, anchor) in zip(texts, spots, strict=True)
    )
    halo = f'stroke="{_var("on-box")}" stroke-width="6" paint-order="stroke"'
    return f'<g fill="{_var("accent")}" {halo} style="font: 650 24px {FACE}">{parts}</g>'


def _var(token: str) -> str:
    return f"var(--ssd-{token}, {colours()[token]})"
