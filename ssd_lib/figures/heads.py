"""The figures of the chapter on heads."""

from collections.abc import Sequence

from matplotlib.patches import Rectangle
from torch import Tensor

from ssd_lib.figures.blocks import Drawing, block, blocks, dotted, note, shade
from ssd_lib.figures.boxes import AROUND_THE_BIRD
from ssd_lib.figures.charts import LETTERS, axes
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.style import LineFigure, colours

OF_A_CELL = ("prediction", "forced", "mined", "positive")  # its boxes' colours, in order
OF_CELLS = ("prediction", "forced", "mined")  # of a map of three cells
AROUND = 2  # cells that a close-up shows on each side of one


def four_boxes(image: Tensor, boxes: Tensor, first: int) -> Picture:
    """The default boxes of the cell at the smaller bird, named by their rows.

    Args:
        image: the running picture, ``[3, H, W]``.
        boxes: ``[4, 4]``, xyxy in fractions.
        first: row of the first of them.
    """
    alt = (
        "The smaller bird close up, with four boxes around one centre: a square that is a little "
        "larger than the bird, a larger square, a wide box and a tall one."
    )
    part, places = close_up(image, AROUND_THE_BIRD, boxes)
    names = [f"row {first + box}" for box in range(len(boxes))]
    picture = Picture(part, places, names, OF_A_CELL, alt=alt, letters=23)
    picture.boxes = boxes.tolist()
    return picture


def window_to_rows(
    image: Tensor, cell: tuple[int, int], cell_share: float, classes: int, first: int
) -> Sheet:
    """From a cell's window to the channels of its heads, and to the rows of its four boxes.

    Args:
        image: the running picture, ``[3, H, W]``.
        cell: its row and column on the finest map.
        cell_share: side of a cell, as a share of the image's.
        classes: C, with background.
        first: row of the cell's first box.
    """
    return Sheet(
        [
            _window(image, cell, cell_share),
            _channels(classes),
            _rows(cell, classes, first),
        ],
        columns=3,
        least=15,
    )


def one_number(window: Tensor, kernel: Tensor, bias: Tensor) -> Sheet:
    """One output of a convolution: a window, a kernel, their products and the sum.

    Args:
        window: ``[2, 3, 3]``, whole numbers, as are the others.
        kernel: ``[2, 3, 3]``.
        bias: a single one.
    """
    products = window * kernel
    said = f"products + bias {bias:.0f} = {products.sum() + bias:.0f}"
    frames = (
        ("the window", window, "sunk"),
        ("× the kernel of channel 0", kernel, "default"),
        (said.replace("-", "−"), products, "prediction"),
    )
    return Sheet([_two_squares(*frame) for frame in frames], columns=3, least=13)


def same_window(
    image: Tensor,
    box: Tensor,
    default_boxes: Tensor,
    scores: Sequence[float],
    ious: Sequence[float],
    label: str,
) -> Sheet:
    """The default boxes of one cell, one a frame, with what each of them answers.

    Args:
        image: ``[3, H, W]``.
        box: of the object, ``[4]``, xyxy in fractions.
        default_boxes: ``[A, 4]``, likewise.
        scores: of the object's class, A of them.
        ious: with the object, A of them.
        label: the object's class.
    """
    frames = []
    for default, score, iou in zip(default_boxes, scores, ious, strict=True):
        both = default[None]
        alt = f"A default box on the {label}; it overlaps it by {iou:.2f} and scores {score:.2f}."
        token = "kept" if score >= 0.5 else "dropped"
        title = f"{label} {score:.2f} (IoU {iou:.2f})"
        frame = Picture(image, both, (), [token], alt=alt, title=title, weight=9)
        known = dotted(box.tolist(), "truth")
        frame.svg = frame.svg.replace('<g fill="none">', f'<g fill="none">{known}', 1)
        frames.append(frame)
    return Sheet(frames, columns=3, rem=46, least=9)


def ring_of_zeros(values: Sequence[Sequence[int]]) -> Sheet:
    """Where a 3 x 3 window can stand on a small map, without and with a ring of zeros.

    Args:
        values: of one channel of the map, row by row.
    """
    side, inner = len(values), len(values) - 2
    zeros = sum(not (0 <= r < side and 0 <= c < side) for r in (-1, 0, 1) for c in (-1, 0, 1))
    frames = (
        (f"no ring: {inner} × {inner} answer", False, (1, 1), "The window stands inside."),
        (f"a ring of zeros: all {side} × {side}", True, (1, 1), "A ring of zeros lies around."),
        (f"at the corner {zeros} of 9 are zeros", True, (0, 0), "The window stands at a corner."),
    )
    return Sheet(
        [
            _on_the_map(values, ring, cell, title, f"A map of {side} by {side} numbers. {said}")
            for title, ring, cell, said in frames
        ],
        columns=3,
        least=9,
    )


def permuted(channels_first: Tensor, rows: Tensor, wrong: Tensor) -> Sheet:
    """A head's output and the rows cut from it, in blocks that keep their cell's colour.

    Args:
        channels_first: ``[channels, cells]``, numbers with hundreds for their cell.
        rows: ``[boxes, width]``, cut after the permute.
        wrong: ``[boxes, width]``, cut without it.
    """
    frames = (
        ("the block: a cell is a column", channels_first, "Eight rows of three numbers."),
        ("channels last, then cut", rows, "Six rows, each in one colour."),
        ("cut without the permute", wrong, "Six rows, each in several colours."),
    )
    return Sheet([_in_blocks(*frame) for frame in frames], columns=3, least=13)


def whose_rows(
    counts: Sequence[int], names: Sequence[str], row: int, changed: tuple[int, int]
) -> LineFigure:
    """All rows as one bar in the colours of their maps, and those that changed.

    Args:
        counts: rows of each map, finest first.
        names: of the maps.
        row: one that is marked.
        changed: the first and the last of those that did.
    """
    colour, total = colours(), sum(counts)
    figure, ax = axes(5.0, 1.75, (0.05, 0.35, 0.05, 0.05))
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set(xlim=(-20, total + 20), ylim=(2.6, -0.75), xticks=[], yticks=[])
    large = {"fontsize": LETTERS + 0.5, "fontweight": "bold", "va": "center"}
    start, lines = 0, []
    for number, (count, name) in enumerate(zip(counts, names, strict=True), start=1):
        token = colour[f"map-{number}"]
        ax.add_patch(Rectangle((start, 0), count, 1, facecolor=token, linewidth=0))
        if count > total / 20:
            wide = count > total / 5  # enough for its name
            ink, y = (colour["on-box"], 0.5) if wide else (token, -0.3)
            ax.text(start + count / 2, y, name, color=ink, ha="center", **large)
        lines.append(f"{name}: rows {start} to {start + count - 1}")
        start += count
    ax.plot([row, row], [-0.22, 1], color=colour["ink"], linewidth=2)
    ax.text(row, -0.5, f"row {row}", color=colour["ink"], ha="center", fontsize=LETTERS + 0.5)
    first, last = changed
    ax.add_patch(Rectangle((0, 1.25), total, 0.5, facecolor=colour["hair"], linewidth=0))
    ax.add_patch(Rectangle((first, 1.25), last + 1 - first, 0.5, facecolor=colour["accent"]))
    said = f"changed: rows {first} to {last}"
    ax.text(last + 1, 2.2, said, color=colour["accent"], ha="right", **large)
    alt = (
        "All rows as one bar. The finest map has two thirds of it, the next a quarter, the third "
        "less than a tenth; the others hardly show. The rows that changed are the third map's."
    )
    return LineFigure(figure, alt, "\n".join([*lines, said]))


def _window(image: Tensor, cell: tuple[int, int], share: float) -> Picture:
    """A cell and its neighbours on the image that lies beneath."""
    (row, column), shown = cell, 2 * AROUND + 1
    left, top = (column - AROUND) * share, (row - AROUND) * share
    window = (left, top, left + shown * share, top + shown * share)
    part, _ = close_up(image, window, image.new_zeros(0, 4).float())
    alt = (
        "The image around the smaller bird under a grid of cells. A thick frame holds three by "
        "three of them, and the middle one is filled."
    )
    picture = Picture(part, alt=alt, title=f"the window of cell ({row}, {column})")
    size = 600 / shown
    grid = "".join(f"M{i * size:g} 0V600M0 {i * size:g}H600" for i in range(1, shown))
    drawn = (
        f'<path d="{grid}" stroke="{shade("on-box")}" stroke-width="2" opacity="0.7"/>'
        f'<rect x="{2 * size:g}" y="{2 * size:g}" width="{size:g}" height="{size:g}" '
        f'fill="{shade("accent")}" opacity="0.45"/>'
    )
    frame = block((size, size, 3 * size, 3 * size), "on-box", hollow=True).replace('"6"', '"13"')
    frame += block((size, size, 3 * size, 3 * size), "accent", hollow=True)
    picture.svg = picture.svg.replace("</svg>", f"<g>{drawn}{frame}</g></svg>")
    return picture


def _channels(classes: int) -> Drawing:
    """The output channels of a cell's two heads, in the colours of its boxes."""
    boxes, said = len(OF_A_CELL), []
    parts = [note("offset head", 0, 34, letters=32)]
    wide = 600 / (4 * boxes)
    for box, token in enumerate(OF_A_CELL):
        first, last = 4 * box, 4 * box + 3
        parts += [block((i * wide, 52, wide - 3, 46), token) for i in range(first, last + 1)]
        place = (first + 2) * wide
        parts.append(note(f"{first} to {last}", place, 134, token, letters=30, side="middle"))
        said.append(f"offset channels {first} to {last}, ")
    parts.append(note("logit head", 0, 216, letters=32))
    wide = 462 / classes
    for box, token in enumerate(OF_A_CELL):
        first, top = classes * box, 234 + 66 * box
        parts += [block((i * wide, top, wide - 3, 46), token) for i in range(classes)]
        words = f"{first} to {first + classes - 1}"
        parts.append(note(words, 600, top + 34, token, letters=29, side="end"))
        said[box] += f"logit channels {first} to {first + classes - 1}"
    total = boxes * (4 + classes)
    alt = f"Blocks in four colours: {4 * boxes} offset channels and {classes * boxes} logits."
    title = f"what comes out: {total} channels"
    return Drawing(parts, 490, alt=alt, title=title, numbers="\n".join(said))


def _rows(cell: tuple[int, int], classes: int, first: int) -> Drawing:
    """The rows of a cell's boxes, 4 offsets and then the logits."""
    parts, said, wide = [], [], 500 / (4 + classes)
    for box, token in enumerate(OF_A_CELL):
        top = 52 + 110 * box
        for i in range(4 + classes):
            left = 84 + i * wide + (14 if i >= 4 else 0)
            parts.append(block((left, top, wide - 3, 46), token))
        parts.append(note(f"{first + box}", 0, top + 34, token, letters=34))
        said.append(f"row {first + box}: 4 offsets, {classes} logits")
    parts.append(note("4", 84 + 2 * wide, 34, letters=30, side="middle"))
    parts.append(
        note(f"{classes} logits", 98 + (4 + classes / 2) * wide, 34, letters=30, side="middle")
    )
    row, column = cell
    alt = f"Four rows, each in one colour: the boxes of cell {row}, {column}."
    title = f"the same in rows, {first} to {first + len(OF_A_CELL) - 1}"
    return Drawing(parts, 490, alt=alt, title=title, numbers="\n".join(said))


def _two_squares(title: str, numbers: Tensor, token: str) -> Drawing:
    """Both channels of something that is three by three, side by side."""
    parts, size = [], 94
    for channel, rows in enumerate(numbers.int().tolist()):
        left = channel * (600 - 3 * size + 6)
        parts.append(note(f"channel {channel}", left, 34, "soft", letters=30))
        signs = [[f"{value}".replace("-", "−") for value in row] for row in rows]
        parts += blocks(signs, (left, 52), (size, size), lambda _: token, letters=38)
    said = "\n".join(" ".join(map(str, rows)) for rows in numbers.int().flatten(1).tolist())
    alt = f"Two tables of three by three numbers: {title}."
    return Drawing(parts, 52 + 3 * size, alt=alt, title=title, numbers=said)


def _on_the_map(
    values: Sequence[Sequence[int]], ring: bool, cell: tuple[int, int], title: str, alt: str
) -> Drawing:
    """A map's numbers, filled where a window can stand, and one window."""
    side, size = len(values), 98
    parts = []
    for r in range(-1, side + 1):
        for c in range(-1, side + 1):
            place = (6 + (c + 1) * size, 6 + (r + 1) * size, size - 6, size - 6)
            if 0 <= r < side and 0 <= c < side:
                stands = ring or (0 < r < side - 1 and 0 < c < side - 1)
                token = "positive" if stands else "sunk"
                parts.append(block(place, token, str(values[r][c]), letters=38))
            elif ring:
                parts.append(block(place, "hair", "0", letters=38))
    left, top = 3 + cell[1] * size, 3 + cell[0] * size
    parts.append(block((left, top, 3 * size, 3 * size), "accent", hollow=True))
    numbers = "\n".join(" ".join(map(str, row)) for row in values)
    return Drawing(parts, 600, alt=alt, title=title, numbers=numbers)


def _in_blocks(title: str, numbers: Tensor, alt: str) -> Drawing:
    """A table of numbers in blocks, each in the colour of the cell that its hundreds name."""
    rows = [[f"{value:03d}" for value in row] for row in numbers.int().tolist()]
    size = 600 / len(rows[0]), 62
    parts = blocks(rows, (0, 0), size, lambda text: OF_CELLS[int(text[0])])
    said = "\n".join(map(" ".join, rows))
    return Drawing(parts, len(rows) * size[1], alt=alt, title=title, numbers=said)
