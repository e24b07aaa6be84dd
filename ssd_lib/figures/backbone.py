"""The figures of the chapter on the backbone."""

from collections.abc import Collection, Mapping, Sequence

from torch import Tensor

from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.blocks import Drawing, block, note, shade
from ssd_lib.figures.charts import LETTERS, Panels
from ssd_lib.figures.pictures import SIDE, Sheet
from ssd_lib.figures.style import LineFigure, canvas, colours

KINDS = {"kept": "kept", "rebuilt": "prediction", "new": "forced", "gone": "dropped"}
HIGH, APART = 44, 58  # of a block, and from one to the next
Layer = tuple[str, int, int, str, int]  # name, cells, channels, kind, number of its map or 0


def cut(before: Sequence[Layer], after: Sequence[Layer], sides_px: tuple[int, int]) -> Sheet:
    """A classifier, and the backbone that is made of it, from top to bottom.

    Args:
        before: of each block of layers its name, the cells along a side, the channels,
            what becomes of it (``kept``, ``rebuilt`` or ``gone``), and 0.
        after: likewise; or ``new``; and which of the maps it is, or 0.
        sides_px: of the images of both.
    """
    most = max(len(before), len(after))
    frames = (
        (f"VGG16: one answer for {sides_px[0]} px", before, sides_px[0], "The classifier."),
        (f"SSD300: six maps of {sides_px[1]} px", after, sides_px[1], "The backbone."),
    )
    return Sheet([_stack(*frame, most) for frame in frames], columns=2, rem=52, least=15)


def four_steps(cells: int, window: int, step: int, dilation: int, channels: int) -> Sheet:
    """From a fully connected layer to a small kernel with holes, in four frames.

    Args:
        cells: along a side of the map that the kernel is moved over.
        window: cells along a side of the map that the layer was made for.
        step: how many weights apart those are that are kept.
        dilation: how many cells apart they stand on the map.
        channels: of the map.
    """
    kept, middle, wide = range(0, window, step), cells // 2, (window - 1) // 2
    taps = [middle + dilation * k for k in range(-(len(kept) // 2), len(kept) // 2 + 1)]
    every = f"{window * window * channels:,} weights an output"
    few = f"{len(kept) ** 2 * channels:,} weights an output"
    same = f"the same, at {cells * cells} places"
    frames = (
        ("1. fully connected", window, range(window), every),
        ("2. the same as a kernel", cells, range(middle - wide, middle + wide + 1), same),
        ("3. every third weight", window, kept, few),
        (f"4. with holes, {dilation} apart", cells, taps, same),
    )
    return Sheet([_cells(*frame) for frame in frames], columns=4, least=10)


def before_and_after(counts: Mapping[str, tuple[int, int]]) -> LineFigure:
    """How many weights parts of a network have, in the classifier and in the backbone.

    Args:
        counts: by part, before and after.
    """
    rows = []
    for name, pair in counts.items():
        for where, count, token in zip(("VGG16", "SSD300"), pair, ("dropped", "kept"), strict=True):
            text = f"{count / 1e6:.1f} M" if count else "none"
            rows.append(Row(f"{name}, {where}", [count / 1e6], text, token))
    alt = f"Pairs of bars: {', '.join(f'{row.name} {row.text}' for row in rows)}."
    most = max(row.values[0] for row in rows)
    return bars(rows, alt, title="weights, in millions", most=most, left=1.9, width=4.7)


def shares(parts: Mapping[str, float], title: str, tokens: Sequence[str]) -> LineFigure:
    """Parts of a whole as bars.

    Args:
        parts: by name.
        title: what they are, above the bars.
        tokens: a colour for each.
    """
    total = sum(parts.values())
    rows = [
        Row(name, [part], f"{part:.1f} ({part / total:.0%})", token)
        for (name, part), token in zip(parts.items(), tokens, strict=True)
    ]
    alt = f"Bars: {', '.join(f'{row.name} {row.text}' for row in rows)}."
    return bars(rows, alt, title=title, most=max(parts.values()), left=1.4, right=1.0, width=4.7)


def loudness(lengths: Mapping[str, Mapping[str, float]]) -> Panels:
    """How long the list of channels is on each map of some networks.

    Args:
        lengths: by network, and by map.
    """
    charts = []
    for network, by_map in lengths.items():
        rows = [
            Row(name, [length], f"{length:.1f}", f"map-{number}")
            for number, (name, length) in enumerate(by_map.items(), start=1)
        ]
        alt = f"{network}. Bars: {', '.join(f'{row.name} {row.text}' for row in rows)}."
        most = max(by_map.values())
        charts.append(bars(rows, alt, title=network, most=most, left=0.75, right=0.5, width=2.95))
    return Panels(*charts, least=14)


def arrows(cells: Tensor, normed: Tensor, length: float) -> Panels:
    """Cells of two channels as arrows, before L2Norm and after it.

    Args:
        cells: ``[N, 2]``.
        normed: ``[N, 2]``.
        length: that all have afterwards.
    """
    most = 1.12 * max(float(cells.max()), length)
    frames = (("before", cells), ("after", normed))
    return Panels(*(_arrows(title, points, most) for title, points in frames), least=14)


def _arrows(title: str, points: Tensor, most: float) -> LineFigure:
    """Arrows from where two axes meet, each with its length."""
    colour, (figure, ax) = colours(), canvas(3.2, 3.2)
    ax.set(xlim=(-0.1 * most, most), ylim=(-0.1 * most, most))
    rim = {"arrowstyle": "->", "color": colour["edge"], "linewidth": 1.2}
    soft = {"color": colour["soft"], "fontsize": LETTERS, "ha": "right", "va": "top"}
    for (x, y), name, turn in (((most, 0), "channel 0", 0), ((0, most), "channel 1", 90)):
        ax.annotate("", (x, y), (0, 0), arrowprops=rim)
        ax.text(x or -0.03 * most, y or -0.03 * most, name, rotation=turn, **soft)
    strong = {"color": colour["ink"], "fontsize": LETTERS + 1.5, "fontweight": "bold"}
    ax.text(most, most, title, ha="right", va="top", **strong)
    look = {"arrowstyle": "-|>", "color": colour["map-1"], "linewidth": 2}
    said, high = [], {"va": "bottom", "color": colour["ink"], "fontsize": LETTERS}
    for x, y in points.tolist():
        ax.annotate("", (x, y), (0, 0), arrowprops=look)
        long = (x * x + y * y) ** 0.5
        ax.text(x, y + 0.02 * most, f"{long:.0f}", ha="center", **high)
        said.append(f"{title}: {x:.1f} {y:.1f}, length {long:.1f}")
    return LineFigure(figure, f"Arrows from one point, {title} L2Norm.", "\n".join(said))


def _stack(title: str, layers: Sequence[Layer], side_px: int, alt: str, most: int) -> Drawing:
    """Blocks as wide as the roots of their grids, with their shapes beside them."""
    parts, said = [], []
    for place, (name, cells, channels, kind, number) in enumerate(layers):
        top, wide = place * APART, 36 + 130 * (cells / side_px) ** 0.5
        token = KINDS[kind]
        parts.append(block((170 - wide / 2, top, wide, HIGH), token))
        if kind == "gone":
            x1, x2 = 170 - wide / 2 - 12, 170 + wide / 2 + 12
            line = f"M{x1:g} {top + HIGH}L{x2:g} {top}M{x1:g} {top}L{x2:g} {top + HIGH}"
            parts.append(f'<path d="{line}" stroke="{shade("mined")}" stroke-width="5"/>')
        parts.append(note(name, 0, top + 32, letters=25))
        shape = f"{cells} × {cells} × {channels}" if cells > 1 or number else f"{channels} numbers"
        parts.append(note(shape, 286, top + 32, token if kind != "gone" else "soft", letters=25))
        if number:
            parts.append(
                note(f"map {number}", 600, top + 32, f"map-{number}", letters=25, side="end")
            )
        said.append(f"{name}: {shape}, {kind}" + (f", map {number}" if number else ""))
    return Drawing(
        parts, most * APART, alt=f"{alt} {'; '.join(said)}.", title=title, numbers="\n".join(said)
    )


def _cells(title: str, side: int, filled: Collection[int], words: str) -> Drawing:
    """A map, filled where some of its rows cross the same columns, and a line below it."""
    size = SIDE / side
    gap = 5 if side < 10 else 2
    parts = [
        block(
            (c * size, r * size, size - gap, size - gap),
            "prediction" if r in filled and c in filled else "hair",
        )
        for r in range(side)
        for c in range(side)
    ]
    parts.append(note(words, 0, SIDE + 42, letters=36))
    count = len(filled) ** 2
    alt = f"A grid of {side} by {side} cells with {count} filled: {title}."
    return Drawing(parts, SIDE + 56, alt=alt, title=title, numbers=f"{count} cells. {words}")
