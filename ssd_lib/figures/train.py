"""The figures of the chapter on training: curves of recorded runs, and what they say."""

from collections.abc import Mapping, Sequence

from ssd_lib.figures.bars import Row, bars, ranges
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
SWITCHES = (
    ("fp32", "fp32"),
    ("channels_last", "fp32, channels last"),
    ("compiled", "fp32, compiled"),
    ("tf32", "TF32"),
    ("bf16", "bf16"),
    ("tf32 + bf16 + channels_last", "all three"),
    ("tf32 + bf16 + channels_last + compiled", "all, compiled"),
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
        log: rows with ``step`` and the losses, or ``step`` and ``map``.
    """
    parts = [
        _line(name, log, name, colour, dash)
        for name, colour, dash in (("confidence", "accent", "-"), ("localization", "forced", "--"))
    ]
    found = _line("mAP", log, "map", "kept", "-")._replace(mark="o")
    found = found._replace(name=f"{found.y[-1]:.3f}")
    return Panels(
        curves(
            parts,
            "step",
            "loss",
            "Both parts of the loss fall steeply at first, and slowly later.",
            size=(4.5, 2.8),
            right=1.1,
            ylim=(0, None),
        ),
        curves(
            [found],
            "step",
            "mAP",
            "mAP rises steeply at first, and slowly later.",
            size=(4.1, 2.8),
            right=0.7,
            ylim=(0, 1),
        ),
    )


def _line(name: str, log: Sequence[Mapping[str, float]], key: str, colour: str, dash: str) -> Line:
    rows = [row for row in log if key in row]
    return Line(name, [row["step"] for row in rows], [row[key] for row in rows], colour, dash)


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
        lines = [_line(_short(name), logs[name], part, *look) for name, *look in SICK]
        alt = f"The {part} loss of five runs over their steps."
        panels.append(
            curves(lines, "step", f"{part} loss", alt, size=(4.9, 3.2), right=1.5, yscale="log")
        )
    return Panels(*panels)


def _short(name: str) -> str:
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


def step_times(rows: Sequence[Mapping], network: str, batch: int = 32) -> LineFigure:
    """Milliseconds of a training step by the switches that were on.

    Args:
        rows: of ``runs/gpu_steps.json``.
        network: ``"ssd300"`` or ``"ssd512"``.
        batch: images in a step.

    Returns:
        A bar for each way that was measured, ours and torchvision's.
    """
    found = []
    for side, words, colour in (("ours", "", "accent"), ("torchvision", "torchvision, ", "soft")):
        for switches, name in SWITCHES:
            for row in rows:
                if row["name"] == f"{side} {network}, batch {batch}, {switches}":
                    text = f"{row['ms']:.0f} ({row['images_per_s']:.0f})"
                    found.append(Row(words + name, [row["ms"]], text, colour))
    title = network.upper()
    alt = f"Milliseconds of a training step of {title}, a bar for each way to run it."
    return bars(
        found,
        alt,
        title=f"{title}: milliseconds a step of {batch} (images a second)",
        most=max(row.values[0] for row in found),
        left=1.9,
        right=1.25,
        width=5.2,
    )


def gpu_steps(records: Mapping[str, Record]) -> Panels | None:
    """Both networks' :func:`step_times`, or nothing if there is no record of them.

    Args:
        records: of ``runs/gpu_*.json``, by what stands for the star.
    """
    if "steps" not in records:
        return None
    rows = records["steps"]["rows"]
    return Panels(step_times(rows, "ssd300"), step_times(rows, "ssd512"))


def gpu_learning(records: Mapping[str, Record]) -> LineFigure | None:
    """The mAP of SSD300 against seconds on a GPU, from new weights on.

    Args:
        records: of ``runs/gpu_*.json``, by what stands for the star.

    Returns:
        A curve each for toy scenes and for a folder, as far as there are records.
    """
    runs = {
        name: records[part]["rows"][0]
        for part, name in (("toy", "toy scenes"), ("folder", "BCCD"))
        if part in records
    }
    if not runs:
        return None
    lines = []
    for (name, run), colour in zip(runs.items(), ("accent", "mined"), strict=False):
        x = [look["seconds"] for look in run["looks"]]
        y = [look["map"] for look in run["looks"]]
        lines.append(Line(f"{name} {y[-1]:.2f}", x, y, colour, mark="o"))
    alt = "mAP over seconds: both curves pass 0.8 within a minute."
    return curves(
        lines,
        "seconds of training, from new weights on",
        "mAP",
        alt,
        size=(5.4, 3.2),
        right=1.45,
        level=0.8,
        ylim=(0, 1),
        xlim=(0, None),
    )
