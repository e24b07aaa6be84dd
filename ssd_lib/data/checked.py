"""A data set of one's own, opened, looked at, and with a report of what it holds."""

from collections.abc import Sequence
from typing import NamedTuple

from ssd_lib.data.looking.dataset import look
from ssd_lib.data.looking.report import Report, report_of
from ssd_lib.data.opening.dataset import open_dataset
from ssd_lib.data.opening.source import Source
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records


class Checked(NamedTuple):
    """A data set that can be used, and what it holds."""

    dataset: Records
    report: Report


def open_checked(
    source: Source,
    split: str | None = None,
    classes: Sequence[str] | None = None,
    *,
    num_workers: int | None = None,
    progress: bool = True,
    look_at_images: bool = True,
) -> Checked:
    """Open a data set and look at all of its images; nothing is printed.

    Args:
        source: what :func:`ssd_lib.data.opening.source.recognise` found.
        split: a part of the data set.
        classes: names, background first; None takes those that objects have.
        num_workers: as for :func:`ssd_lib.data.looking.seeing.look_at`.
        progress: whether to show a bar.
        look_at_images: whether to; without it, what is wrong with them is told when
            they are read.

    Raises:
        ValueError, OSError: if there is no such part, or nothing of it is left.
    """
    opened = open_dataset(source, split=split, classes=classes, problems=Problems())
    dataset = look(opened, num_workers, progress) if look_at_images else opened
    name = f"{source.path}, {split}" if split else source.path
    return Checked(dataset, report_of(dataset, name))


def gaps(report: Report) -> str:
    """All that was left out of a data set, as an error of ``--strict``."""
    return f"{report.path} must be read whole; left out: {'; '.join(report.left_out)}"
