"""What a data set holds, for its owner to read before it is trained on."""

import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from ssd_lib.data.records import Records
from ssd_lib.text import counted, visible

MOST = 20  # classes that are listed one by one; of more the largest
LARGEST = 10
WIDEST = 40  # columns of a class's name


class Count(NamedTuple):
    """Objects of one class."""

    objects: int  # all of them
    difficult: int  # of these, without crowds
    crowds: int  # of these


class Report(NamedTuple):
    """What a data set holds."""

    path: str  # of the data set
    form: str  # of its label files, such as "COCO"; may be ""
    images: int
    without_objects: int  # images
    classes: dict[str, Count]  # in the order of their labels, without background
    left_out: list[str]  # a line for each kind
    notes: list[str]

    @property
    def objects(self) -> int:
        """Those of all classes."""
        return sum(count.objects for count in self.classes.values())


def report_of(dataset: Records, path: str | Path | None = None) -> Report:
    """Count what a data set holds; images are not opened.

    Args:
        dataset: best from :func:`ssd_lib.data.looking.dataset.look`, which leaves out what
            cannot be used.
        path: what the data set is called; None takes its root.
    """
    all_of, difficult, crowds = Counter(), Counter(), Counter()
    for record in dataset.records:
        crowd = record.crowd or [False] * len(record.labels)
        all_of.update(record.labels)
        crowds.update(k for k, c in zip(record.labels, crowd, strict=True) if c)
        difficult.update(
            k for k, d, c in zip(record.labels, record.difficult, crowd, strict=True) if d and not c
        )
    return Report(
        path=str(path or dataset.root or "the data set"),
        form=dataset.form,
        images=len(dataset.records),
        without_objects=sum(not record.labels for record in dataset.records),
        classes={
            name: Count(all_of[k], difficult[k], crowds[k])
            for k, name in enumerate(dataset.classes)
            if k > 0
        },
        left_out=dataset.problems.left_out(),
        notes=dataset.problems.remarks(),
    )


def as_text(report: Report) -> str:
    """A report in lines, the classes with most objects first."""
    kind = f"{report.form}, " if report.form else ""
    empty = f" ({report.without_objects} without objects)"
    lines = [
        f"{report.path}: {kind}{counted(report.images, 'image')}"
        f"{empty if report.without_objects else ''}, "
        f"{counted(report.objects, 'object')}",
        *_table(report.classes),
        *(f"left out: {line}" for line in report.left_out),
        *(f"note: {line}" for line in report.notes),
    ]
    return "\n".join(visible(line) for line in lines)


def as_json(report: Report) -> dict:
    """A report as ``json.dump`` takes it."""
    classes = {name: count._asdict() for name, count in report.classes.items()}
    return report._asdict() | {"objects": report.objects, "classes": classes}


def _table(classes: dict[str, Count]) -> list[str]:
    """A line for each class that has objects, and one for those that have none."""
    ranked = sorted(classes.items(), key=lambda item: -item[1].objects)
    present = [(_shortened(name), count) for name, count in ranked if count.objects]
    shown = present if len(present) <= MOST else present[:LARGEST]
    width = max((_columns(name) for name, _ in shown), default=0)
    digits = max((len(str(count.objects)) for _, count in shown), default=0)
    lines = [
        f"  {name}{' ' * (width - _columns(name))}  {count.objects:{digits}}{_set_apart(count)}"
        for name, count in shown
    ]
    if rest := present[len(shown) :]:
        lines.append(f"  and {len(rest)} more classes, of {_range(rest)} objects each")
    if absent := [_shortened(name) for name, count in ranked if not count.objects]:
        names = ", ".join(absent[:LARGEST])
        more = f" and {len(absent) - LARGEST} more" if len(absent) > LARGEST else ""
        lines.append(f"  without objects: {names}{more}")
    return lines


def _range(rows: list[tuple[str, Count]]) -> str:
    most, least = rows[0][1].objects, rows[-1][1].objects
    return f"{least} to {most}" if least < most else str(most)


def _set_apart(count: Count) -> str:
    """Those objects that training and measuring take for something else."""
    parts = [f"{count.difficult} difficult"] if count.difficult else []
    parts += [counted(count.crowds, "crowd")] if count.crowds else []
    return f"  ({', '.join(parts)})" if parts else ""


def _shortened(name: str) -> str:
    """A name of one line that leaves room for its number."""
    name = visible(name)
    while _columns(name) > WIDEST:
        name = name[: -2 if name.endswith("…") else -1] + "…"
    return name


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0
        if unicodedata.combining(character)
        else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
