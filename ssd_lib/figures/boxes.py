"""The figures of the chapter on boxes."""

from collections.abc import Sequence

import torch
from matplotlib.patches import Rectangle
from torch import Tensor

from ssd_lib.boxes import box_area, box_iou, cxcywh_to_xyxy
from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.charts import LETTERS, Panels
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.style import LineFigure, canvas, colours
from ssd_lib.figures.table import Table

AROUND_THE_BIRD = (0.815, 0.065, 0.985, 0.235)  # of the running picture


def scene_boxes(image: Tensor, boxes: Tensor, labels: Sequence[str]) -> Picture:
    """The running picture with its objects, each in the colour of its class.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy in fractions.
        labels: N names of classes.
    """
    alt = "A meadow with seven labelled boxes: a kite, two birds, a car, a cat, a dog and a ball."
    return Picture(image, boxes, labels, labels, alt=alt)


def square_on_bird(image: Tensor, bird: Tensor, square: Tensor, name: str) -> Picture:
    """The smaller bird of the running picture close up, and a square that lies on it.

    Args:
        image: ``[3, H, W]``.
        bird: ``[4]``, xyxy in fractions of the image.
        square: ``[4]``, likewise.
        name: of the square.
    """
    alt = (
        "The smaller bird close up. A square lies on it that is a little wider than the bird and "
        "almost twice as high; only the tip of the beak sticks out."
    )
    both = torch.stack([bird, square])
    part, places = close_up(image, AROUND_THE_BIRD, both)
    return _of_image(
        Picture(part, places, ["bird", name], ["bird", "default"], alt=alt, letters=24), both
    )


def two_forms(box: Tensor) -> Panels:
    """One box, written by its corners and by its centre and size.

    Args:
        box: ``[4]``, xyxy in pixels.
    """
    x1, y1, x2, y2 = box.tolist()
    width, height = x2 - x1, y2 - y1
    centre = (x1 + x2) / 2, (y1 + y2) / 2
    spot = {"marker": "o", "markersize": 7}
    corners, ax, colour = _one_box(box, "xyxy: two corners")
    for x, y, words, side in (
        (x1, y1, f"$x_1, y_1$ = {x1:g}, {y1:g}", {"ha": "left", "va": "bottom"}),
        (x2, y2, f"$x_2, y_2$ = {x2:g}, {y2:g}", {"ha": "right", "va": "top"}),
    ):
        ax.plot(x, y, color=colour["bird"], **spot)
        shift = -2.2 if side["va"] == "bottom" else 2.2
        ax.text(x, y + shift, words, color=colour["ink"], fontsize=LETTERS + 1.5, **side)
    alt = "A box with a dot on its top left corner and one on its bottom right corner."
    first = LineFigure(corners, alt, f"xyxy {x1:g} {y1:g} {x2:g} {y2:g}")
    sizes, ax, colour = _one_box(box, "cxcywh: centre and size")
    ax.plot(*centre, color=colour["bird"], **spot)
    arrow = {"arrowstyle": "<->", "color": colour["accent"], "linewidth": 1.6}
    ax.annotate("", (x1, y2 + 3.5), (x2, y2 + 3.5), arrowprops=arrow)
    ax.annotate("", (x2 + 3.5, y1), (x2 + 3.5, y2), arrowprops=arrow)
    large = {"color": colour["ink"], "fontsize": LETTERS + 1.5}
    middle = {"ha": "center", "va": "top"}
    words = f"$c_x, c_y$ = {centre[0]:g}, {centre[1]:g}"
    ax.text(centre[0], centre[1] + 2.2, words, **middle, **large)
    ax.text(centre[0], y2 + 5.2, f"$w$ = {width:g}", **middle, **large)
    ax.text(x2 + 5.2, centre[1], f"$h$ = {height:g}", ha="left", va="center", **large)
    alt = "The same box with a dot in its middle and arrows along its width and height."
    numbers = f"cxcywh {centre[0]:g} {centre[1]:g} {width:g} {height:g}"
    return Panels(first, LineFigure(sizes, alt, numbers))


def warped_squares(wide: Tensor, square: Tensor, boxes: Tensor, names: Sequence[str]) -> Sheet:
    """Two boxes, in fractions, on an image and on the square that it is warped to.

    Args:
        wide: ``[3, H, W]``.
        square: ``[3, S, S]``.
        boxes: ``[2, 4]``, xyxy in fractions.
        names: of the two.
    """
    shown = (
        (wide, "as it was taken", "On the wide image the box of equal fractions is a wide one."),
        (square, "as the network sees it", "Squeezed, it is a square, and the other is narrow."),
    )
    tokens = ("prediction", "forced")
    return Sheet(
        [
            Picture(image, boxes, names, tokens, alt=alt, title=title, letters=24, weight=5)
            for image, title, alt in shown
        ],
        columns=2,
        rem=48,
        least=14,
    )


def areas(shares: Tensor, labels: Sequence[str]) -> LineFigure:
    """How much of the image each box takes up, the largest first.

    Args:
        shares: ``[N]``, of the image.
        labels: N names of classes.
    """
    order = [int(i) for i in shares.argsort(descending=True)]
    rows = [Row(labels[i], [shares[i].item()], f"{shares[i]:.1%}", labels[i]) for i in order]
    alt = f"Bars: {', '.join(f'{row.name} {row.text}' for row in rows)}."
    return bars(rows, alt, most=rows[0].values[0], left=0.6)


def shared_and_covered(image: Tensor, bird: Tensor, square: Tensor, side_px: int) -> Sheet:
    """Two boxes, what they share and what they cover, in four frames.

    Args:
        image: ``[3, H, W]``.
        bird: ``[4]``, xyxy in fractions of the image.
        square: ``[4]``, likewise.
        side_px: in whose pixels areas are given.
    """
    both = torch.stack([bird, square])
    shared = torch.cat([both[:, :2].amax(dim=0), both[:, 2:].amin(dim=0)])
    first, second, common = (side_px**2 * box_area(torch.stack([*both, shared]))).tolist()
    part, places = close_up(image, AROUND_THE_BIRD, torch.stack([*both, shared]))
    frames = (
        (f"bird: {first:.0f} px²", places[:1], "bird"),
        (f"square: {second:.0f} px²", places[1:2], "default"),
        (f"in both: {common:.0f} px²", places[2:], "positive"),
        (f"in either: {first + second - common:.0f} px²", places[:2], "prediction"),
    )
    tokens, pictures = ("bird", "default"), []
    for title, filled, token in frames:
        alt = f"Bird and square; filled is what is meant by {title}."
        frame = Picture(part, places[:2], (), tokens, alt=alt, title=title, weight=6)
        pictures.append(_washed(_of_image(frame, both), filled, token))
    return Sheet(pictures, columns=4, least=9)


def iou_matrix(ious: Tensor, labels: Sequence[str]) -> LineFigure:
    """How much the boxes of one image overlap: a square for each pair.

    Args:
        ious: ``[N, N]``.
        labels: N names of classes.
    """
    colour, count = colours(), len(labels)
    figure, ax = canvas(4.9, 4.6)
    ax.set(xlim=(-1.15, count), ylim=(count, -0.7))
    middle = {"ha": "center", "va": "center", "fontsize": LETTERS}
    for row, (label, values) in enumerate(zip(labels, ious.tolist(), strict=True)):
        for place in ((-0.6, row + 0.5), (row + 0.5, -0.35)):
            ax.text(*place, label, color=colour[label], fontweight="bold", **middle)
        for column, iou in enumerate(values):
            place = (column + 0.04, row + 0.04)
            ax.add_patch(Rectangle(place, 0.92, 0.92, color=colour["sunk"]))
            if iou > 0:  # the root, so that small ones are seen
                shade = {"facecolor": colour["positive"], "alpha": iou**0.5}
                ax.add_patch(Rectangle(place, 0.92, 0.92, **shade))
            ink = "on-box" if iou > 0.5 else "soft" if iou == 0 else "ink"
            words = "0" if iou == 0 else f"{iou:.2f}" if iou >= 0.005 else "< 0.01"
            ax.text(column + 0.5, row + 0.5, words, color=colour[ink], **middle)
    rows = [[label, *values] for label, values in zip(labels, ious.tolist(), strict=True)]
    alt = (
        "A square for every object against every other. Each has 1 with itself. The cat, the dog "
        "and the ball overlap by 0.04, the kite and the dog by 0.01, the two birds by less, and "
        "no others do."
    )
    return LineFigure(figure, alt, repr(Table(rows, ["", *labels], ["", *[".2f"] * count])))


def slipped(image: Tensor, box: Tensor, shares: Sequence[float]) -> Sheet:
    """A true box and boxes of its size that slipped to the right and down, in frames.

    Args:
        image: ``[3, H, W]``.
        box: ``[4]``, cxcywh in fractions.
        shares: of its width and its height that each slipped by.
    """
    frames, true = [], cxcywh_to_xyxy(box)
    for share in shares:
        moved = cxcywh_to_xyxy(torch.cat([box[:2] + share * box[2:], box[2:]]))
        iou = box_iou(true[None], moved[None]).item()
        title = f"{share:.0%} off: IoU {iou:.2f}"
        alt = f"The dog's true box and one that lies {share:.0%} of its size right and down."
        both = torch.stack([true, moved])
        tokens = ("truth", "kept" if iou >= 0.5 else "mined")
        frames.append(Picture(image, both, (), tokens, alt=alt, title=title, weight=7))
    return Sheet(frames, columns=4, least=9)


def _one_box(box: Tensor, title: str) -> tuple:
    """A box in the corner of an image whose axes lead right and down."""
    colour, (x1, y1, x2, y2) = colours(), box.tolist()
    figure, ax = canvas(4.2, 3.1)
    ax.set(xlim=(x1 - 13, x2 + 22), ylim=(y2 + 13, y1 - 17))
    rim = {"arrowstyle": "->", "color": colour["edge"], "linewidth": 1.4}
    ax.annotate("", (x2 + 20, y1 - 9), (x1 - 9, y1 - 9), arrowprops=rim)
    ax.annotate("", (x1 - 9, y2 + 11), (x1 - 9, y1 - 9), arrowprops=rim)
    soft = {"color": colour["soft"], "fontsize": LETTERS}
    ax.text(x2 + 20, y1 - 10, "$x$", ha="right", va="bottom", **soft)
    ax.text(x1 - 10.5, y2 + 10, "$y$", ha="right", va="bottom", **soft)
    bold = {"fontsize": LETTERS + 1.5, "fontweight": "bold", "color": colour["ink"]}
    ax.text(x1 - 9, y1 - 12, title, ha="left", va="bottom", **bold)
    look = {"facecolor": colour["wash"], "edgecolor": colour["bird"], "linewidth": 2.2}
    ax.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, **look))
    return figure, ax, colour


def _of_image(picture: Picture, boxes: Tensor) -> Picture:
    """A close-up whose text gives its boxes in fractions of the whole image."""
    picture.boxes = boxes.tolist()
    return picture


def _washed(picture: Picture, boxes: Tensor, token: str) -> Picture:
    """A picture on which some boxes, taken together, are filled."""
    colour = f"var(--ssd-{token}, {colours()[token]})"
    rects = "".join(
        f'<rect x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}"/>'
        for x1, y1, x2, y2 in (600 * boxes).tolist()
    )
    wash = f'<g fill="{colour}" opacity="0.62">{rects}</g>'
    picture.svg = picture.svg.replace('<g fill="none">', f'{wash}<g fill="none">', 1)
    return picture
