"""Boxes on an image, legible on any ground, at any size, to any eyes.

A box's line is coloured, dashed in its own way and lined with white, so that it
can be told from others without colour; its label is white on the box's colour.
"""

import math
import warnings
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from ssd_lib.boxes import scale_boxes
from ssd_lib.fonts import WEIGHT, families, quiet
from ssd_lib.text import visible

# Okabe and Ito's colours, darkened until white text on them has contrast 4.5.
STYLES = (
    ("#0072b2", "-"),
    ("#b34d00", "--"),
    ("#00664b", "-."),
    ("#8a3b72", (0, (1, 1))),
    ("#222222", "-"),
    ("#7a5c00", "--"),
    ("#175a8c", "-."),
)
LABEL_PAD = 2.5  # points of ground around the letters
DPI = 120
LARGEST_INCHES = 80.0  # side of a figure made here; 2**16 dots are too many
MOST_PIXELS = 2400 * 2400  # of what matplotlib gets; it takes about 50 bytes for each


def draw_boxes(
    image: Tensor,
    boxes: Tensor,
    labels: Sequence[str] | None = None,
    scores: Tensor | None = None,
    *,
    pixels: bool = False,
    ax: Axes | None = None,
    inches: float = 5.0,
) -> None:
    """Draw boxes over an image, in a figure of its own or in ``ax``.

    Boxes of one label share one colour; without labels each box has its own. Labels
    are written as :func:`drawable` has them, those that no font can write as ``#1``,
    ``#2`` and so on, and ``$`` is a dollar, not mathematics. Arabic and Hebrew run from
    right to left, and Arabic letters are joined, from matplotlib 3.11 on; before, the
    letters stand alone and from left to right.

    Args:
        image: ``[3, H, W]``, uint8 or floats in 0 to 1. A very large one is shrunk
            before it is drawn, the boxes with it.
        boxes: ``[N, 4]``, xyxy, in fractions of the image, or in its pixels if
            ``pixels`` is true. Boxes may reach outside; the image does not grow.
        labels: N names to write beside the boxes.
        scores: ``[N]`` in 0 to 1, written with two digits after the labels.
        pixels: whether boxes are in pixels.
        ax: where to draw; ``None`` makes a figure.
        inches: width of a figure made here; less if its height would be over
            80 inches.

    Raises:
        ValueError: if the image, the boxes, or the number of labels or scores
            is not as above.
    """
    _check(image, boxes, labels, scores)
    height, width = image.shape[1:]
    if ax is None:
        ax = _figure(inches, height, width)
    ax.imshow(_pixels(image), extent=(0, width, height, 0), interpolation="lanczos")
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    corners = boxes.detach().cpu().double()
    if not pixels:
        corners = scale_boxes(corners, height, width)
    kinds, names = _kinds(len(boxes), labels)
    texts = _texts(names, scores)
    fonts = families(texts)
    taken: list[Bbox] = []
    for i, box in enumerate(corners.tolist()):
        colour, dashes = STYLES[kinds[i] % len(STYLES)]
        _outline(ax, box, colour, dashes)
        if texts[i]:
            with quiet():
                _write(ax, box, texts[i], fonts[texts[i]], colour, taken)


def drawable(names: Sequence[str], first: int = 0) -> list[str]:
    """Names as they can be drawn on this machine.

    What would act on a reader or on a font in a name (control characters, lone
    surrogates) is written as an escape. A name with characters that no installed font
    has becomes its number, such as ``#3``, and one warning tells all of these.

    Args:
        names: such as one per class.
        first: number of the first one.
    """
    shown = [visible(name) for name in names]
    fonts = families(shown)
    numbers = {i: f"#{i + first}" for i, name in enumerate(shown) if not fonts[name]}
    if numbers:
        told = ", ".join(f"{number} {shown[i]}" for i, number in numbers.items())
        warnings.warn(
            f"no font here has all letters of these names, drawn as numbers: {told}",
            stacklevel=2,
        )
    return [numbers.get(i, name) for i, name in enumerate(shown)]


def _check(
    image: Tensor, boxes: Tensor, labels: Sequence[str] | None, scores: Tensor | None
) -> None:
    if image.ndim != 3 or image.shape[0] != 3:
        raise ValueError(f"image must be [3, H, W], got {list(image.shape)}")
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes must be [N, 4], got {list(boxes.shape)}")
    for name, values in (("labels", labels), ("scores", scores)):
        if values is not None and len(values) != len(boxes):
            raise ValueError(
                f"{name} must have one entry per box ({len(boxes)}), got {len(values)}"
            )


def _figure(inches: float, height: int, width: int) -> Axes:
    """A figure that the image fills, at least a dot wide and high."""
    inches = min(inches, LARGEST_INCHES * width / height)
    sides = (max(side, 1 / DPI) for side in (inches, inches * height / width))
    return plt.figure(figsize=tuple(sides), dpi=DPI).add_axes((0, 0, 1, 1))


def _shrunk(image: Tensor) -> Tensor:
    """The image in at most ``MOST_PIXELS``; a huge one without a huge copy of it."""
    height, width = image.shape[1:]
    if height * width <= MOST_PIXELS:
        return image
    scale = math.sqrt(MOST_PIXELS / (height * width))
    size = [max(1, int(side * scale)) for side in (height, width)]
    step = math.ceil(1 / (4 * scale))  # four times as fine as needed is enough
    return resize(image[:, ::step, ::step], size, antialias=True)


def _pixels(image: Tensor) -> np.ndarray:
    """The image as matplotlib wants it, ``[H, W, 3]``."""
    image = _shrunk(image)
    pixels = image.detach().cpu().permute(1, 2, 0).numpy()  # [3, H, W] -> [H, W, 3]
    return pixels if pixels.dtype == np.uint8 else pixels.clip(0, 1)


def _kinds(count: int, labels: Sequence[str] | None) -> tuple[list[int], list[str]]:
    """Of each box, which style it has, and its name as it can be drawn."""
    if labels is None:
        return list(range(count)), [""] * count
    unlike = list(dict.fromkeys(labels))
    names = drawable(unlike, first=1)
    kinds = [unlike.index(label) for label in labels]
    return kinds, [names[kind] for kind in kinds]


def _texts(names: list[str], scores: Tensor | None) -> list[str]:
    if scores is None:
        return names
    pairs = zip(names, scores.tolist(), strict=True)
    return [f"{name} {score:.2f}".strip() for name, score in pairs]


def _outline(ax: Axes, box: list[float], colour: str, dashes: str | tuple) -> None:
    """The rectangle, with a solid white line under its coloured one."""
    x1, y1, x2, y2 = box
    for line, width, style in (("white", 4.2, "-"), (colour, 2.4, dashes)):
        ax.add_patch(
            Rectangle(
                (x1, y1),
                x2 - x1,
                y2 - y1,
                fill=False,
                linewidth=width,
                edgecolor=line,
                linestyle=style,
                joinstyle="miter",
            )
        )


def _write(
    ax: Axes,
    box: list[float],
    text: str,
    fonts: list[str] | None,
    colour: str,
    taken: list[Bbox],
) -> None:
    """Put the label at the first place around the box that is free and visible."""
    x1, y1, x2, y2 = box
    places = (
        (x1, y1, "left", "bottom"),
        (x1, y2, "left", "top"),
        (x2, y1, "right", "bottom"),
        (x2, y2, "right", "top"),
        (x1, y1, "left", "top"),
        (x2, y2, "right", "bottom"),
    )
    label = _label(ax, text, fonts, colour)
    frame = ax.get_window_extent()
    for x, y, horizontal, vertical in places:
        label.set(x=x, y=y, ha=horizontal, va=vertical)
        extent = _extent(label)
        inside = frame.x0 <= extent.x0 and extent.x1 <= frame.x1
        inside &= frame.y0 <= extent.y0 and extent.y1 <= frame.y1
        if inside and not any(extent.overlaps(other) for other in taken):
            break
    else:  # no place is free: stay inside the image, over another label
        label.set(x=max(x1, 2), y=max(y1, 2), ha="left", va="top")
    taken.append(_extent(label))


def _label(ax: Axes, text: str, fonts: list[str] | None, colour: str) -> Text:
    """White letters on a ground of a colour, at no place yet."""
    return ax.text(
        0,
        0,
        text,
        color="white",
        fontsize=9,
        fontweight=WEIGHT,
        fontfamily=fonts,
        clip_on=True,
        parse_math=False,
        bbox={"facecolor": colour, "edgecolor": "white", "pad": LABEL_PAD, "linewidth": 1},
        path_effects=[withStroke(linewidth=1.5, foreground=colour)],
    )


def _extent(label: Text) -> Bbox:
    """Where the label stands, its coloured ground included."""
    return label.get_window_extent().padded(label.figure.dpi / 72 * LABEL_PAD)
