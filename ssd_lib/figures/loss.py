"""The figures of the chapter on the loss."""

import base64
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.charts import Line, Panels, curves
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.style import LineFigure
from ssd_lib.figures.table import Table
from ssd_lib.loss import hard_negatives

LOOKS = (("L2", "mined", ":"), ("L1", "soft", "--"), ("smooth L1", "accent", "-"))
GROUPS = {
    "with an object": "positive",
    "hardest background": "mined",
    "other background": "dropped",
}


class Answers:
    """What each answer of the small network cost, for the running picture, at some steps.

    Args:
        record: of ``tools/answers.py``.

    Attributes:
        labels: ``[P]``, int64: what each default box should have said.
        losses: of each step, ``[P]``: the cross-entropy of what it did say.
    """

    def __init__(self, record: Mapping) -> None:
        self.labels = torch.zeros(record["default_boxes"], dtype=torch.int64)
        rows, found = torch.tensor(record["labels"]).T
        self.labels[rows] = found
        self.losses = {
            one["at"]: _unpacked(one["float16"]) for one in record["loss_of_the_running_picture"]
        }

    def groups(self, step: int) -> dict[str, Tensor]:
        """Which default boxes are positives, which are mined at a step, and the others."""
        positive = self.labels > 0
        mined = hard_negatives(self.losses[step][None], positive[None])[0]
        return dict(zip(GROUPS, (positive, mined, ~positive & ~mined), strict=True))

    def bill(self, step: int) -> list[tuple[str, int, float]]:
        """Of each group its name, how many default boxes it has and the sum of their losses."""
        loss = self.losses[step]
        return [
            (name, int(group.sum()), loss[group].sum().item())
            for name, group in self.groups(step).items()
        ]


def _unpacked(text: str) -> Tensor:
    """Numbers that were kept as two bytes each, in base 64."""
    values = np.frombuffer(base64.b64decode(text), dtype="<f2").astype("f4")
    return torch.from_numpy(values.copy())


def bill(
    rows: Sequence[tuple[str, int, float]], title: str, most: float | None = None
) -> LineFigure:
    """What groups of default boxes cost together, as bars.

    Args:
        rows: of each group its name in ``GROUPS``, how many it has, and the sum.
        title: above the bars.
        most: the sum that fills the width; the largest, if none.
    """
    drawn = [
        Row(name, [total], f"{total:.0f} ({count} × {_short(total / count)})", GROUPS[name])
        for name, count, total in rows
    ]
    said = ", ".join(f"{row.name} {row.text}" for row in drawn)
    most = most or max(row.values[0] for row in drawn)
    return bars(drawn, f"{title}: {said}.", title=title, most=most, left=1.5, right=1.45, width=5.0)


def _short(value: float) -> str:
    """Two digits behind the point; two digits at all, if that leaves too few."""
    return f"{value:.2f}" if value >= 0.095 else f"{value:.2g}"


def bills(answers: Answers, steps: Sequence[int]) -> Panels:
    """The bill of the running picture at some steps, below each other, each on its scale."""
    return Panels(*(bill(answers.bill(step), f"step {step}") for step in steps), least=40)


def over_the_run(moments: Sequence[Mapping]) -> LineFigure:
    """What three groups of default boxes cost along a run, on a logarithmic axis.

    Args:
        moments: of the record of ``tools/answers.py``.
    """
    steps = [moment["step"] for moment in moments]
    lines = [
        Line(name, steps, [moment[key]["loss"] for moment in moments], token)
        for (name, token), key in zip(GROUPS.items(), ("positives", "mined", "others"), strict=True)
    ]
    alt = (
        "Three curves that fall over 900 steps. The other background starts far above and ends "
        "still above the positives; the hardest background falls below the positives soon."
    )
    return curves(
        lines, "step", "summed loss of 64 scenes", alt, size=(5.1, 3.0), right=1.55, yscale="log"
    )


def hardest(
    image: Tensor, answers: Answers, corners: Tensor, steps: Sequence[int], count: int
) -> Sheet:
    """The background boxes that cost most, at some steps, on the running picture.

    Args:
        image: ``[3, H, W]``.
        answers: of the small network.
        corners: ``[P, 4]``, its default boxes, xyxy in fractions.
        steps: one frame each.
        count: how many boxes a frame has.
    """
    frames = []
    for step in steps:
        loss = answers.losses[step].masked_fill(answers.labels > 0, -torch.inf)
        worst = loss.topk(count).indices
        alt = f"The {count} most expensive background boxes of step {step}, thin and red."
        frames.append(
            Picture(
                image,
                corners[worst],
                tokens=("mined",),
                alt=alt,
                title=f"step {step}",
                weight=4,
            )
        )
    return Sheet(frames, columns=3, least=11)


def three_losses(
    differences: Sequence[float], pairs: Mapping[str, tuple[Sequence[float], Sequence[float]]]
) -> Panels:
    """L2, L1 and smooth L1 over the difference, and beside them their slopes.

    Args:
        differences: from left to right.
        pairs: the losses and the slopes at them, by name.
    """
    panels = []
    for place, (what, limits) in enumerate((("loss", (-0.2, 3.2)), ("slope", (-3.2, 3.2)))):
        lines = []
        for name, colour, dash in LOOKS:
            values = pairs[name][place]
            shown = [
                (float(x), float(y))
                for x, y in zip(differences, values, strict=True)
                if limits[0] <= y <= limits[1]
            ]
            xs, ys = zip(*shown, strict=True)
            lines.append(Line(name, xs, ys, colour, dash))
        alt = f"The {what} of L2, L1 and smooth L1 over the difference."
        panels.append(
            curves(lines, "difference", what, alt, size=(4.4, 2.8), right=1.0, ylim=limits)
        )
    return Panels(*panels)


def of_the_score(scores: Sequence[float], losses: Mapping[str, Sequence[float]]) -> LineFigure:
    """Losses over the score of the right class.

    Args:
        scores: from left to right, above 0.
        losses: the curves by their names, at most three.
    """
    looks = (("prediction", "-"), ("forced", "--"), ("positive", ":"))
    lines = [
        Line(name, scores, values, token, dash)
        for (name, values), (token, dash) in zip(losses.items(), looks, strict=False)
    ]
    alt = (
        f"{' and '.join(losses)} over the score of the right class: far above 1 near a score of "
        "0, and 0 at a score of 1."
    )
    return curves(
        lines,
        "score of the right class",
        "loss",
        alt,
        size=(5.2, 3.0),
        right=1.35,
        xlim=(0, 1),
        ylim=(0, 4.2),
    )


def twelve(labels: Sequence[int], names: Sequence[str], scores: Sequence[float]) -> Table:
    """The confidence loss of a few default boxes, line by line.

    Args:
        labels: what each should say; 0 is background.
        names: of the classes.
        scores: of the class that each should say.
    """
    positive = torch.tensor(labels) > 0
    loss = -torch.tensor(scores).log()
    mined = hard_negatives(loss[None], positive[None])[0]
    rows, marks = [], []
    for i, (label, score) in enumerate(zip(labels, scores, strict=True)):
        counts = "object" if positive[i] else "hard" if mined[i] else "dropped"
        marks.append("positive" if positive[i] else "mined" if mined[i] else "dropped")
        rows.append([f"{i}", names[label], score, loss[i].item(), counts])
    heads = ["i", "should say", "ĉ of that", "−log ĉ", "counts as"]
    total = loss[positive | mined].sum().item()
    foot = ["sum", "", "", total, "of what counts"]
    return Table(rows, heads, ["", "", ".2f", ".3f", ""], marks=marks, foot=foot, align="<<>><")
