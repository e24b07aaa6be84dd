"""A data set of one's own, opened, looked at, and with a report of what it holds."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ssd_lib.data.looking import look
from ssd_lib.data.opening import open_dataset
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records
from ssd_lib.data.report import Report, report_of


class Checked(NamedTuple):
    """A data set that can be used, and what it holds."""

    dataset: Records
    report: Report


def open_checked(
    path: str | Path,
    images: str | Path | None = None,
    split: str | None = None,
    classes: Sequence[str] | None = None,
    transforms: Callable[..., Any] | None = None,
    strict: bool = False,
    num_workers: int | None = None,
    progress: bool = True,
    look_at_images: bool = True,
) -> Checked:
    """Open a data set and look at all of its images; nothing is printed.

    Args:
        path: and what follows up to transforms, as for
            :func:`ssd_lib.data.opening.open_dataset`.
        images: the folder of the images, if it is elsewhere.
        split: a part of the data set.
        classes: names, background first; None takes those that objects have.
        transforms: of image and target.
        strict: refuse a data set of which anything must be left out.
        num_workers: as for :func:`ssd_lib.data.looking.look_at`.
        progress: whether to show a bar.
        look_at_images: whether to; without it, what is wrong with them is told when
            they are read.

    Raises:
        ValueError, OSError: if there is no such data set, or nothing of it is left; in
            strict mode if anything was left out. It says all of it.
    """
    opened = open_dataset(path, images, split, classes, transforms, problems=Problems())
    dataset = look(opened, num_workers, progress) if look_at_images else opened
    name = f"{path}, {split}" if split else path
    report = report_of(dataset, name)
    if strict and report.left_out:
        raise ValueError(gaps(report))
    return Checked(dataset, report)


def gaps(report: Report) -> str:
    """All that was left out of a data set, as an error of ``--strict``."""
    return f"{report.path} must be read whole; left out: {'; '.join(report.left_out)}"
