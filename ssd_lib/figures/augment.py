"""The figures of the chapter on augmentation."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.charts import LETTERS
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.style import LineFigure, colours

Sample = tuple[Tensor, Tensor, Sequence[str]]


def in_other_light(image: Tensor, others: Sequence[Tensor]) -> Sheet:
    """An image as it is, and beside it in other light.

    Args:
        image: ``[3, H, W]``.
        others: the same, with other colours.
    """
    pictures = [Picture(image, alt="The image as it is.")]
    pictures += [Picture(other, alt="The same in other colours.") for other in others]
    return Sheet(pictures, 5)


def accepted_shares(shares: Mapping[str, float]) -> LineFigure:
    """Which share of the patches drawn meets each constraint.

    Args:
        shares: in 0 to 1, by the least IoU that is asked for.
    """
    rows = [Row(bound, [share], f"{share:.1%}", "kept") for bound, share in shares.items()]
    alt = "Patches that will do: most at a least IoU of 0.1, hardly any at 0.9."
    title = "patches that will do, by the IoU they must have"
    return bars(rows, alt, title=title, left=0.55, right=0.75)


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


def views(samples: Sequence[Sample]) -> Sheet:
    """What training sees of one image: a sheet of samples with their boxes.

    Args:
        samples: of each the image ``[3, H, W]``, floats in 0 to 1, the boxes in
            fractions, and their classes, whose colours the boxes have.
    """
    pictures = [
        Picture(
            image,
            boxes,
            tokens=names or ("ink",),
            alt=f"A sample with {', '.join(names) or 'no object'}.",
            weight=8,
        )
        for image, boxes, names in samples
    ]
    return Sheet(pictures, 4)


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
    lines = []
    for place, (name, token) in enumerate(zip(groups, ("soft", "accent", "mined"), strict=True)):
        values = groups[name].double()
        counts = torch.histc(values.log2(), 32, -6, 0)
        bottom = 1 - (place + 1) * height / tall
        ax = whole.add_axes((0.04, bottom, 0.92, 0.82 * height / tall), facecolor="none")
        x = torch.linspace(-6, 0, 33)[:-1] + 6 / 64
        ax.fill_between(x, counts / counts.sum(), color=found[token], step="mid", linewidth=0)
        ax.set(xlim=(-6.1, 0.1), ylim=(0, 0.135), yticks=[])
        ax.spines[["top", "left", "right"]].set_visible(False)
        ax.spines["bottom"].set(color=found["edge"], linewidth=0.8)
        ax.tick_params(colors=found["soft"], labelsize=LETTERS - 1, length=0, pad=5)
        last = place == len(groups) - 1
        ax.set_xticks(range(-6, 1), ["1/64", "1/32", "1/16", "1/8", "1/4", "1/2", "1"])
        ax.tick_params(axis="x", labelbottom=last)
        ax.text(-6.05, 0.09, name, color=found[token], fontsize=LETTERS, fontweight="bold")
        small, large = (values < 0.1).double().mean(), (values > 0.5).double().mean()
        lines.append(
            f"{name}: median {values.median():.3f}, below 0.1 {small:.0%}, above 0.5 {large:.0%}"
        )
    ax.set_xlabel(
        "longer side of an object, as a share of the image side",
        color=found["soft"],
        fontsize=LETTERS - 0.5,
    )
    alt = (
        "Three hills of object sizes: patches move them to the large side, "
        "zooming out as well makes them wide."
    )
    return LineFigure(whole, alt, "\n".join(lines))
