"""The figures of the chapter on augmentation."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from ssd_lib.default_boxes import DefaultBoxLayout, default_boxes
from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.blocks import shade
from ssd_lib.figures.charts import LETTERS, Line, Panels, axes, draw, name, numbers, words
from ssd_lib.figures.pictures import SIDE, Picture, Sheet
from ssd_lib.figures.style import LineFigure, colours


def accepted_shares(shares: Mapping[str, float]) -> LineFigure:
    """Which share of the patches drawn meets each constraint.

    Args:
        shares: in 0 to 1, by the least IoU that is asked for.
    """
    rows = [Row(bound, [share], f"{100 * share:.2g} %", "kept") for bound, share in shares.items()]
    alt = "Patches that will do: most at a least IoU of 0.1, hardly any at 0.9."
    title = "patches that will do, by the IoU they must have"
    return bars(rows, alt, title=title, left=0.55, right=0.75)


def smallest_patches(image: Tensor, boxes: Tensor, names: Sequence[str]) -> Picture:
    """Outlines of patches on an image, the last one dashed.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy, in fractions.
        names: of the patches.
    """
    others = len(boxes) - 1
    return Picture(
        *(image, boxes, names, [*["accent"] * others, "mined"]),
        alt="Outlines of the smallest patches around the smaller bird, each larger than the bird.",
        dash=[*[""] * others, "10 7"],
        letters=22,
    )


def two_piles(image: Tensor, boxes: Tensor, ious: Tensor, accepted: Tensor) -> Sheet:
    """Patches that meet a constraint, and those that do not, on two copies of an image.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy, in fractions.
        ious: ``[N]``, each patch's best with an object.
        accepted: ``[N]``, bool.
    """
    pictures = []
    for title, which, token, dash in (
        ("accepted", accepted, "kept", ""),
        ("rejected", ~accepted, "mined", "12 7"),
    ):
        names = [f"{iou:.2f}" for iou in ious[which].tolist()]
        alt = f"The patches that were {title}, each with its best IoU."
        pictures.append(
            Picture(
                image, boxes[which], names, (token,), alt=alt, title=title, dash=dash, letters=22
            )
        )
    return Sheet(pictures, 2, least=18)


def cut_by_centre(
    image: Tensor, boxes: Tensor, labels: Sequence[str], patch: Tensor, kept: Tensor
) -> Sheet:
    """A patch on an image, and what training sees of it: who keeps a box, and who does not.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy, in fractions.
        labels: N names of classes.
        patch: ``[4]``, likewise in fractions.
        kept: ``[N]``, bool.
    """
    height, width = image.shape[1:]
    dashes = ["" if stays else "9 8" for stays in kept.tolist()]
    before = Picture(
        *(image, torch.cat([boxes, patch[None]]), ["", *[""] * (len(boxes) - 1), "the patch"]),
        [*labels, "accent"],
        alt="The image with its objects' boxes and centres, and the outline of a patch.",
        title="a patch, and the objects' centres",
        dash=[*dashes, ""],
        weight=[*[4.0] * len(boxes), 8],
        letters=26,
    )
    before.svg = before.svg.replace("</svg>", f"{_centres(boxes, labels)}</svg>")
    left, top, right, bottom = (patch * torch.tensor([width, height] * 2)).round().int().tolist()
    size = (patch[2:] - patch[:2]).repeat(2)
    seen = ((boxes - patch[:2].repeat(2)) / size).clamp(0, 1)  # [N, 4], in the patch
    shows: list[int] = (seen[:, 2:] > seen[:, :2]).all(dim=1).nonzero().flatten().tolist()
    after = Picture(
        resize(image.as_subclass(Tensor)[:, top:bottom, left:right], [SIDE, SIDE], antialias=True),
        seen[shows],
        [labels[i] if kept[i] else f"{labels[i]}: no box" for i in shows],
        [labels[i] if kept[i] else "dropped" for i in shows],
        alt="The patch enlarged. The cat's visible corner has a box, the dog's larger one has none.",
        title="what training sees",
        dash=[dashes[i] for i in shows],
        weight=8,
        letters=26,
    )
    return Sheet([before, after], 2, rem=46, least=14)


def _centres(boxes: Tensor, labels: Sequence[str]) -> str:
    """A dot in the middle of each box, over a halo."""
    middles = (SIDE * (boxes[:, :2] + boxes[:, 2:]) / 2).tolist()
    return "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{shade(label)}" '
        f'stroke="{shade("on-box")}" stroke-width="3"/>'
        for (x, y), label in zip(middles, labels, strict=True)
    )


class _Counted:
    """A picture whose text is counts by map."""

    def __init__(self, picture: Picture, layout: DefaultBoxLayout, counts: Sequence[int]) -> None:
        self.title, self.svg, self.alt = picture.title, picture.svg, picture.alt
        pairs = zip(layout.maps, counts, strict=True)
        self.lines = [f"{row.grid} × {row.grid}: {count}" for row, count in pairs]

    def __repr__(self) -> str:
        return "\n".join([self.title, *self.lines])


def where_it_learns(image: Tensor, layout: DefaultBoxLayout, lives: Mapping[str, Tensor]) -> Sheet:
    """The centres of the default boxes that have been positives, in their maps' colours.

    Args:
        image: ``[3, H, W]``.
        layout: the default boxes.
        lives: by name, which default boxes have been a positive, ``[P]``, bool.
    """
    centres = (SIDE * default_boxes(layout)[:, :2]).round()
    parts = [row.num_boxes for row in layout.maps]
    pictures = []
    for title, ever in lives.items():
        dots, counts = [], []
        pairs = zip(centres.split(parts), ever.split(parts), strict=True)
        for number, (at, of) in enumerate(pairs, start=1):
            counts.append(int(of.sum()))
            if not of.any():
                continue
            path = "".join(f"M{x:g} {y:g}h0" for x, y in at[of].unique(dim=0).tolist())
            looks = ((2.5 * number + 8, "on-box"), (2.5 * number + 4.5, f"map-{number}"))
            dots += [
                f'<path d="{path}" stroke="{shade(token)}" stroke-width="{wide}" '
                'fill="none" style="stroke-linecap: round"/>'
                for wide, token in looks
            ]
        alt = f"{sum(counts)} default boxes, a dot at the centre of each, over the image."
        said = f"{title}: {sum(counts)} default boxes"
        picture = Picture(image, alt=alt, title=said)
        picture.svg = picture.svg.replace("</svg>", f"{''.join(dots)}</svg>")
        pictures.append(_Counted(picture, layout, counts))
    return Sheet(pictures, 2, rem=46, least=14)


def sizes(groups: Mapping[str, Tensor]) -> LineFigure:
    """How large objects are, a hill for each group, over one logarithmic axis.

    Args:
        groups: by name, the objects' longer sides as shares of the image's, ``[N]``.

    Returns:
        The chart; its numbers are the medians and the shares below 0.1 and above 0.5.
    """
    found, width, height = colours(), 5.2, 0.95
    whole = Figure(figsize=(width, height * len(groups) + 0.55), facecolor=found["paper"])
    tall = whole.get_figheight()
    for place, (title, token) in enumerate(zip(groups, ("soft", "accent", "mined"), strict=True)):
        bottom = 1 - (place + 1) * height / tall
        ax = whole.add_axes((0.04, bottom, 0.92, 0.82 * height / tall), facecolor="none")
        _hill(ax, groups[title], title, token)
        ax.tick_params(axis="x", labelbottom=place == len(groups) - 1)
    ax.set_xlabel(
        "longer side of an object, as a share of the image side",
        color=found["soft"],
        fontsize=LETTERS - 0.5,
    )
    alt = (
        "Three hills of object sizes: patches move them to the large side, "
        "zooming out as well makes them wide."
    )
    return LineFigure(whole, alt, "\n".join(map(_shares, groups, groups.values())))


def _hill(ax: Axes, sides: Tensor, title: str, token: str) -> None:
    """One histogram on an axis from 1/64 to 1."""
    found = colours()
    counts = torch.histc(sides.double().log2(), 32, -6, 0)
    x = torch.linspace(-6, 0, 33)[:-1] + 6 / 64
    ax.fill_between(x, counts / counts.sum(), color=found[token], step="mid", linewidth=0)
    ax.set(xlim=(-6.1, 0.1), ylim=(0, 0.135), yticks=[])
    ax.spines[["top", "left", "right"]].set_visible(False)
    ax.spines["bottom"].set(color=found["edge"], linewidth=0.8)
    ax.tick_params(colors=found["soft"], labelsize=LETTERS - 1, length=0, pad=5)
    ax.set_xticks(range(-6, 1), ["1/64", "1/32", "1/16", "1/8", "1/4", "1/2", "1"])
    ax.text(-6.05, 0.09, title, color=found[token], fontsize=LETTERS, fontweight="bold")


def _shares(title: str, sides: Tensor) -> str:
    small, large = ((part).double().mean() for part in (sides < 0.1, sides > 0.5))
    return f"{title}: median {sides.median():.3f}, below 0.1 {small:.0%}, above 0.5 {large:.0%}"


def points_lost(lost: Mapping[str, float]) -> LineFigure:
    """What each part is worth: the points of mAP that go with it.

    Args:
        lost: by what is taken away.
    """
    rows = [
        Row(what, [points], f"{points:.1f}", "accent" if "augmentation" in what else "soft")
        for what, points in lost.items()
    ]
    alt = "Points of mAP lost: 0.1 to 2.7 for parts of the network, 8.8 for the augmentation."
    title = "points of mAP lost"
    return bars(rows, alt, title=title, most=max(lost.values()), left=2.2, right=0.55, width=5.6)


def learned(runs: Sequence[Mapping]) -> Panels:
    """What networks with and without augmentation know, of seen scenes and of others.

    Args:
        runs: of ``runs/augmentation.json``.
    """
    panels = []
    for where, title in (("seen", "scenes it learns from"), ("unseen", "scenes it has never seen")):
        figure, ax = axes(4.5, 3.0, (0.5, 0.38, 0.75, 0.5))
        lines = []
        for kind, colour, dash in (("without", "mined", "--"), ("with", "kept", "-")):
            own = [run["curve"] for run in runs if run["name"] == kind]
            steps = [row["step"] for row in own[0]]
            values = [[row[where] for row in curve] for curve in own]
            for one in values:
                ax.plot(steps, one, color=colours()[colour], linewidth=0.8, alpha=0.55)
            means = [sum(column) / len(own) for column in zip(*values, strict=True)]
            lines.append(Line(kind, steps, means, colour, dash))
        draw(ax, lines)
        ax.set(ylim=(0, 1), xlim=(0, steps[-1]))
        words(ax, "step", f"mAP on {title}")
        name(ax, lines)
        alt = f"mAP on {title}, with augmentation and without, over the steps of training."
        panels.append(LineFigure(figure, alt, f"on {title}\n{numbers(lines)}"))
    return Panels(*panels)
