"""What of a data set can be used, known before anything depends on it.

So a broken image is told before training begins, and not after hours of it.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from ssd_lib.data.labelled import Record
from ssd_lib.data.looking.seeing import look_at
from ssd_lib.data.placing import (
    Seen,
    Size,
    drawn_on_stored,
    exchange_sides,
    is_told,
    place,
    reaches_outside,
    was_resized,
)
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records, inside

RESIZED = "image resized since it was labelled; its boxes are scaled to fit"
REACHES_OUTSIDE = "box that reaches far outside of its image; it is clipped"
T = TypeVar("T")
NOT_TOLD = (
    "image turned by its EXIF data; nothing tells whether its boxes are drawn on it as "
    "it is shown (assumed) or as it is stored"
)


def look(
    dataset: Records,
    num_workers: int | None = None,
    progress: bool = True,
    keep: bool = True,
) -> Records:
    """The data set with what can be used of it, and boxes where the objects are.

    Images that cannot be read, label files for images of another shape, and objects
    outside of their image are left out and counted. Boxes are scaled and turned as
    ``ssd_lib.data.placing`` says, by one rule for the data set, and clipped.

    Args:
        dataset: is not changed; one whose boxes are in place is returned as it is.
        num_workers: as for :func:`ssd_lib.data.looking.seeing.look_at`, and so is what follows.
        progress: whether to show a bar.
        keep: whether to use the cache.

    Returns:
        A data set with ``placed`` true and problems of its own.

    Raises:
        ValueError: if no image or no object is left; it says what was left out. In
            strict mode at the first thing that is left out.
    """
    if dataset.placed:
        return dataset
    files = [record.image for record in dataset.records]
    seen = look_at(files, num_workers, progress, keep, dataset.root)
    problems = copy.deepcopy(dataset.problems)
    pairs = exchange_sides(_readable_pairs(dataset.records, seen, problems))
    rule = drawn_on_stored(pairs)
    placed = [_in_place(record, what, rule, problems) for record, what in pairs]
    records = [record for record in placed if record is not None]
    _check_something_is_left(dataset, records, problems)
    return Records(
        records,
        dataset.classes,
        dataset.transforms,
        problems,
        placed=True,
        root=dataset.root,
        form=dataset.form,
    )


def _readable_pairs(
    records: Sequence[Record], seen: dict[Path, Seen | str], problems: Problems
) -> list[tuple[Record, Seen]]:
    pairs = []
    for record in records:
        what = seen[record.image]
        if isinstance(what, str):
            problems.add("image", what, str(record.image))
        else:
            pairs.append((record, what))
    return pairs


def _in_place(record: Record, seen: Seen, rule: bool | None, problems: Problems) -> Record | None:
    """A record with its boxes in place and inside; None if it is of another image."""
    try:
        placed = place(record, seen, rule)
    except ValueError as error:
        why = "made for an image of another shape"
        problems.add("label file", why, f"{record.image}: {error}")
        return None
    if record.boxes:
        if was_resized(record, seen):
            problems.note(RESIZED, str(record.image))
        if rule is None and not is_told(record, seen):
            problems.note(NOT_TOLD, str(record.image))
    return _clipped(placed, seen.turned_px, problems)


def _clipped(record: Record, size_px: Size, problems: Problems) -> Record:
    if all(_lies_inside(box, *size_px) for box in record.boxes):
        return record  # as most are, and most of the time is saved
    boxes, has_area = inside(record.boxes, *size_px)
    kept = []
    for number, is_inside in enumerate(has_area.tolist()):
        where = f"{record.image}, object {number}"
        if not is_inside:
            problems.add("object", "outside of its image", where)
            continue
        kept.append(number)
        if reaches_outside(record.boxes[number], size_px):
            problems.note(REACHES_OUTSIDE, where)

    def selected(column: Sequence[T]) -> list[T]:
        return [column[number] for number in kept] if column else []

    return record._replace(
        boxes=selected(boxes.tolist()),
        labels=selected(record.labels),
        difficult=selected(record.difficult),
        crowd=selected(record.crowd),
        area=selected(record.area),
    )


def _lies_inside(box: Sequence[float], height: int, width: int) -> bool:
    """Whether a box needs no clipping, and has area in whichever way it is rounded."""
    x1, y1, x2, y2 = box
    return 0 <= x1 <= x2 - 1 and x2 <= width and 0 <= y1 <= y2 - 1 and y2 <= height


def _check_something_is_left(dataset: Records, records: list[Record], problems: Problems) -> None:
    if any(record.boxes and not all(record.crowd or [False]) for record in records):
        return
    name = dataset.root or dataset.records[0].image.parent
    what = "object that is no crowd" if any(r.boxes for r in records) else "object"
    what = what if records else "image that can be used"
    reasons = "; ".join(problems.left_out())
    raise ValueError(
        f"{name} must have at least one {what}, got none"
        + (f"; left out: {reasons}" if reasons else f" (images: {len(records)})")
    )
