"""The figures of the GPU records: steps, memory, and runs against the clock."""

from collections.abc import Mapping, Sequence

from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.charts import Line, Panels, curves
from ssd_lib.figures.style import LineFigure
from ssd_lib.figures.table import Table

Record = Mapping  # a file of data/runs
VOC_IMAGES = 120_000 * 32  # what Caffe's script sees of VOC 2007 and 2012
SWITCHES = (
    ("fp32", "fp32"),
    ("channels_last", "fp32, channels last"),
    ("compiled", "fp32, compiled"),
    ("tf32", "TF32"),
    ("bf16", "bf16"),
    ("tf32 + bf16 + channels_last", "all three"),
    ("tf32 + bf16 + channels_last + compiled", "all, compiled"),
)


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


def memory(rows: Sequence[Mapping]) -> Table:
    """The most memory that a training step held on a GPU, ours alone.

    Args:
        rows: of ``runs/gpu_steps.json``.
    """
    names, found = dict(SWITCHES), []
    gib = {row["name"]: row["peak_mib"] / 1024 for row in rows}
    for switches in ("fp32", "tf32", "bf16", "tf32 + bf16 + channels_last + compiled"):
        values = [
            gib.get(f"ours {network}, batch {batch}, {switches}", "·")
            for network in ("ssd300", "ssd512")
            for batch in (8, 32)
        ]
        found.append([names[switches], *values])
    heads = ["GiB", "SSD300, 8 images", "32 images", "SSD512, 8 images", "32 images"]
    return Table(found, heads, ["", *[".1f"] * 4], "<>>>>")


def your_steps(rows: Mapping[str, Mapping[str, float]]) -> Table:
    """A reader's own measurements of a training step.

    Args:
        rows: of each way what :func:`ssd_lib.train.speed.time_step` found; an empty one
            did not fit into memory.
    """
    table = []
    for way, found in rows.items():
        if not found:
            table.append([way, *["out of memory"] * 4])
            continue
        gib = f"{found['peak_mib'] / 1024:.1f}" if "peak_mib" in found else "·"
        table.append([way, found["ms"], found["images_per_s"], gib, found["voc_hours"]])
    heads = ["switched on", "ms a step", "images a second", "GiB", "VOC, hours"]
    return Table(table, heads, ["", ",.0f", ".1f", "", ",.1f"], "<>>>>")


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


def stages(records: Mapping[str, Record]) -> Table:
    """What the stages of the chapter on training took, on a CPU and on a GPU.

    Args:
        records: of ``runs``, by the files' names.
    """
    rows = [
        ["The small network, 128 × 128 pixels"],
        *_small_stages(records),
        ["SSD300, 300 × 300 pixels"],
        *_large_stages(records),
        ["SSD300 on VOC: multiplied, not run"],
        *_on_voc(records),
    ]
    return Table(rows, ["stage", "on", "time", "GiB"], align="<<>>")


def _small_stages(records: Mapping[str, Record]) -> list[list[str]]:
    *rows, _ = records["stages_cpu"]["rows"]
    replay, cells = records["replay"], records["bccd_tiny"]
    name = f"{replay['steps']} steps of {replay['batch_size']}"
    return [
        *([row["name"], "CPU", _time(row["seconds"]), _gib(row)] for row in rows),
        [name, "CPU", _time(replay["seconds"]), _gib(records["story"])],
        ["blood cells, 1,000 steps of 16", "CPU", _time(cells["seconds"]), "·"],
    ]


def _large_stages(records: Mapping[str, Record]) -> list[list[str]]:
    *_, large = records["stages_cpu"]["rows"]
    plain, eager, last = _steps_of_32(records)
    [toy], [folder] = records["gpu_toy"]["rows"], records["gpu_folder"]["rows"]
    runs = ((f"{toy['steps']:,} steps of 32", toy), ("blood cells", folder))
    return [
        ["a step of 4", "CPU", _time(records["step_cpu"]["ours_s"]), _gib(large)],
        ["a step of 32, single precision", "H100", _time(plain["ms"] / 1e3), _gib(plain)],
        ["a step of 32, all switches", "H100", _time(last["ms"] / 1e3), _gib(last)],
        *([name, "H100", _time(run["seconds"]), _gib(eager)] for name, run in runs),
    ]


def _on_voc(records: Mapping[str, Record]) -> list[list[str]]:
    step, (plain, _, last) = records["step_cpu"], _steps_of_32(records)
    slow, fast = (_time(VOC_IMAGES / 32 * row["ms"] / 1e3) for row in (plain, last))
    on_cpu = _time(VOC_IMAGES * step["ours_s"] / step["batch"])
    return [
        ["120,000 steps of 32", "CPU", on_cpu, "·"],
        ["120,000 steps of 32", "H100", f"{fast} to {slow}", "·"],
    ]


def _steps_of_32(records: Mapping[str, Record]) -> list[Mapping[str, float]]:
    """SSD300's step on the GPU: plain, with all switches but compiling, with all."""
    steps = {row["name"]: row for row in records["gpu_steps"]["rows"]}
    every = "tf32 + bf16 + channels_last"
    return [
        steps[f"ours ssd300, batch 32, {way}"] for way in ("fp32", every, f"{every} + compiled")
    ]


def _gib(row: Mapping[str, float]) -> str:
    return f"{row['peak_mib'] / 1024:.1f}"


def _time(seconds: float) -> str:
    """A span of time in the unit in which one would say it."""
    if seconds < 1:
        return f"{seconds:.3f} s"
    for most, unit, name in ((100, 1, "s"), (6000, 60, "min"), (86_400, 3600, "h")):
        if seconds < most:
            value = seconds / unit
            return f"{value:.1f} {name}" if value < 10 else f"{value:.0f} {name}"
    return f"{seconds / 86_400:.0f} days"
