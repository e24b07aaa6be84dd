"""The figures of the chapter on training: curves of recorded runs, and what they say."""

import statistics
from collections.abc import Mapping, Sequence

from ssd_lib.figures.bars import Row, ranges
from ssd_lib.figures.charts import Line, Panels, curves
from ssd_lib.figures.style import LineFigure

Record = Mapping  # a file of data/runs
SICK = (  # of each run its colour and dashes
    ("healthy", "kept", "-"),
    ("learning rate too high", "car", "--"),
    ("all negatives", "mined", "-."),
    ("no variances", "map-3", ":"),
    ("dogs taken for background", "dog", "--"),
)


def schedules(paper: Sequence[float], cycle: Sequence[float]) -> Panels:
    """Two learning-rate schedules side by side.

    Args:
        paper: the learning rate of each step.
        cycle: the same of the other.
    """
    return Panels(
        *(
            curves(
                [Line(name, range(1, len(rates) + 1), rates, "accent")],
                "step",
                "learning rate",
                f"The learning rate over the steps: {what}.",
                size=(4.4, 2.5),
                right=0.95,
                ylim=(0, 1.12 * max(rates)),
            )
            for name, rates, what in (
                ("the paper", paper, "flat, then a tenth of it, then a hundredth"),
                ("one cycle", cycle, "up for a quarter of the run, then down to nothing"),
            )
        )
    )


def learning(log: Sequence[Mapping[str, float]]) -> Panels:
    """Both parts of a run's loss over its steps, and beside them mAP.

    Args:
        log: rows with ``step`` and the losses, or ``step`` and ``map``; of both kinds
            there may be none yet.
    """
    parts = [
        _line(name, log, name, colour, dash)
        for name, colour, dash in (("confidence", "accent", "-"), ("localization", "forced", "--"))
    ]
    found = _line("mAP", log, "map", "kept", "-")._replace(mark="o")
    found = found._replace(name=f"{found.y[-1]:.3f}" if found.y else "")
    return Panels(
        curves(
            [part for part in parts if part.x],
            "step",
            "loss",
            "Both parts of the loss over the steps of a run.",
            size=(4.5, 2.8),
            right=1.1,
            ylim=(0, None),
        ),
        curves(
            [found] if found.x else [],
            "step",
            "mAP",
            "mAP over the steps of a run.",
            size=(4.1, 2.8),
            right=0.7,
            ylim=(0, 1),
        ),
    )


def _line(name: str, log: Sequence[Mapping[str, float]], key: str, colour: str, dash: str) -> Line:
    rows = [row for row in log if key in row]
    return Line(name, [row["step"] for row in rows], [row[key] for row in rows], colour, dash)


def early(looks: Sequence[Mapping]) -> Panels:
    """The first validations of a run, and all of them.

    Args:
        looks: of ``runs/story.json``.
    """
    panels = []
    for last, words in ((100, "the first hundred steps"), (looks[-1]["step"], "the whole run")):
        rows = [look for look in looks if look["step"] <= last]
        x, y = [row["step"] for row in rows], [row["map"] for row in rows]
        panels.append(
            curves(
                [Line(f"{y[-1]:.3f}", x, y, "kept", mark="o")],
                "step",
                f"mAP, {words}",
                f"mAP over the steps of {words}.",
                size=(4.3, 2.7),
                right=0.75,
                ylim=(0, None if last == 100 else 1),
                xlim=(0, None),
            )
        )
    return Panels(*panels)


def beside_torchvision(record: Record) -> LineFigure:
    """The mAP against seconds, with our targets and loss, and with torchvision's.

    Args:
        record: ``runs/learning.json``.
    """
    looks = {"ours": ("this book", "accent", "-"), "torchvision": ("torchvision", "soft", "--")}
    lines = []
    for side, (name, colour, dash) in looks.items():
        rows = [row for row in record["rows"] if row["side"] == side]
        x, y = [row["seconds"] for row in rows], [row["map"] for row in rows]
        lines.append(Line(f"{name} {y[-1]:.2f}", x, y, colour, dash, "o"))
    alt = "Two curves of mAP over seconds that lie almost on one another."
    return curves(
        lines, "seconds", "mAP", alt, size=(5.4, 2.9), right=1.35, ylim=(0, 1), xlim=(0, None)
    )


def sick_runs(record: Record) -> Panels:
    """Both losses of runs with one thing wrong each, on a logarithmic axis.

    Args:
        record: ``runs/sick.json``.
    """
    logs = {run["name"]: run.get("log", ()) for run in record["runs"]}
    panels = []
    for part in ("localization", "confidence"):
        lines = [_line(short(name), logs[name], part, *look) for name, *look in SICK]
        alt = f"The {part} loss of five runs over their steps."
        panels.append(
            curves(lines, "step", f"{part} loss", alt, size=(4.9, 3.2), right=1.5, yscale="log")
        )
    return Panels(*panels)


def short(name: str) -> str:
    """What the chapter calls a sick run where there is little room."""
    return {"learning rate too high": "rate too high", "dogs taken for background": "no dogs"}.get(
        name, name
    )


def ablation(runs: Sequence[Mapping]) -> LineFigure:
    """The mAP of networks that lack one part, a dot for each seed.

    Args:
        runs: of ``runs/ablations.json``.
    """
    rows = []
    for name in dict.fromkeys(run["name"] for run in runs):
        values = [run["result"]["map"] for run in runs if run["name"] == name]
        colour = "kept" if name == "all" else "prediction"
        rows.append(Row(name, values, "", colour))
    alt = "A row for each variant, a dot for each of three seeds; with augmentation far behind."
    return ranges(rows, alt, title="mAP, three seeds each", limits=(0, 0.35))


def page_runs(record: Record, names: Mapping[str, str]) -> LineFigure:
    """The mAP of the page's experiments over their steps, the mean of all seeds.

    Args:
        record: ``runs/playground.json``.
        names: what the figure calls each experiment that it shows; the first one is thick.
    """
    looks = [
        ("kept", "-"),
        ("prediction", "--"),
        ("forced", "-"),
        ("mined", "--"),
        ("soft", "-"),
        ("truth", ":"),
    ]
    lines = []
    for (key, called), look in zip(names.items(), looks, strict=False):
        curves_of_seeds = [dict(run["curve"]) for run in record["experiments"][key]["runs"]]
        steps = [step for step in curves_of_seeds[0] if all(step in one for one in curves_of_seeds)]
        means = [statistics.fmean(one[step] for one in curves_of_seeds) for step in steps]
        lines.append(Line(f"{called} {means[-1]:.2f}", steps, means, *look))
    alt = f"The curve of {lines[0].name} ends highest; the others stay below it."
    return curves(
        lines, "step", "mAP", alt, size=(6.4, 3.4), right=2.1, ylim=(0, 1), xlim=(0, None)
    )
