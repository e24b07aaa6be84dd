"""From the boxes of a label file to boxes in the image as it is read.

An image may have been resized since it was labelled, and its EXIF data may declare
it to be turned; some tools draw boxes on the turned image, others on the stored one.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import TiffImageFile

from ssd_lib.data.labelled import FRACTIONS, Record
from ssd_lib.images import opened, orientation

LIES = (5, 6, 7, 8)  # EXIF orientations that exchange width and height
REACH = 0.05  # of a side: a box that reaches farther outside is worth a note

Box = list[float]
Size = tuple[int, int]


class Seen(NamedTuple):
    """What an image file says of itself, before its EXIF data turns it."""

    size_px: Size  # (height, width), as it is stored
    orientation: int  # EXIF's, 1 to 8

    @property
    def turned_px(self) -> Size:
        """(height, width) as :func:`ssd_lib.images.read_image` gives it."""
        height, width = self.size_px
        return (width, height) if self.orientation in LIES else (height, width)


def see(file: Path) -> Seen:
    """The size and the orientation of an image file; most are not decoded for it.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it cannot be read as an image; it names the file.
    """
    with opened(file) as image:
        return seen_of(image)


def seen_of(image: Image.Image) -> Seen:
    """The same of an open image whose pixels were not asked for yet."""
    width, height = image.size
    if isinstance(image, TiffImageFile) and image.format == "TIFF":  # its size is turned
        width, height = (
            image.tag_v2[tag] for tag in (ExifTags.Base.ImageWidth, ExifTags.Base.ImageLength)
        )
    return Seen((height, width), orientation(image))


def drawn_on_stored(pairs: Iterable[tuple[Record, Seen]]) -> bool | None:
    """Whether a data set's boxes lie on the images as they are stored.

    One tool made all labels, so images that lie on their side tell it for all: the
    label file names the stored size or the turned one, or that of a smaller or larger
    copy of one of them; where it names none, boxes reach far outside of one of them.

    Returns:
        None if no image tells it, or one says this and one says that.
    """
    votes = {_vote(record, seen) for record, seen in pairs} - {None}
    return votes.pop() if len(votes) == 1 else None


def sides_exchanged(record: Record, seen: Seen) -> bool | None:
    """Whether the boxes of an image on its side contradict the size that is named.

    Some tools write the size of the stored image beside boxes that were drawn on the
    turned one.

    Returns:
        True if boxes reach far outside of that size and fit it with its sides
        exchanged, False if it is the other way round, None if neither can be told.
    """
    if record.size_px is None or record.size_px == FRACTIONS or _vote(record, seen) is None:
        return None
    height, width = record.size_px
    as_named = _holds((height, width), record.boxes)
    exchanged = _holds((width, height), record.boxes)
    return exchanged if as_named != exchanged else None


def exchange_sides(pairs: Sequence[tuple[Record, Seen]]) -> list[tuple[Record, Seen]]:
    """The records with sizes that their boxes fit, if these show a tool's habit.

    They do if boxes of some image contradict the size that is named, and of none
    confirm it: then all images that lie on their side are taken so.
    """
    told = {sides_exchanged(record, seen) for record, seen in pairs} - {None}
    if told != {True}:
        return list(pairs)
    return [
        (_exchanged(record) if _names_a_side(record, seen) else record, seen)
        for record, seen in pairs
    ]


def place(record: Record, seen: Seen, on_stored: bool | None = None) -> Record:
    """The record with its boxes in the pixels of the image as it is read.

    Boxes and areas are scaled if the label file is for a copy of another size: one
    whose sides are those of the image times a number, rounded to whole pixels. A size
    that is off by one pixel scales nothing. Boxes are neither clipped nor left out.

    Args:
        record: as the label file has it.
        seen: of its image.
        on_stored: what :func:`drawn_on_stored` says of the data set. None takes boxes
            to be drawn on the turned image, unless the record tells otherwise.

    Raises:
        ValueError: if the label file was made for an image of another shape.
    """
    if sides_exchanged(record, seen):
        record = _exchanged(record)
    own = _vote(record, seen)
    stored = own if own is not None else bool(on_stored)
    frame = seen.size_px if stored else seen.turned_px
    size_px = record.size_px
    if size_px is not None and size_px != FRACTIONS and not _fits(size_px, frame):
        raise ValueError(
            f"its label file is for {_text(size_px)} pixels, the image has {_text(seen.turned_px)}"
        )
    y, x = _scale(size_px, frame)
    boxes = [[x1 * x, y1 * y, x2 * x, y2 * y] for x1, y1, x2, y2 in record.boxes]
    if stored:
        boxes = [_turn(box, frame, seen.orientation) for box in boxes]
    areas = [area * x * y for area in record.area]
    return record._replace(boxes=boxes, area=areas, size_px=seen.turned_px)


def is_told(record: Record, seen: Seen) -> bool:
    """Whether it is known on which image the boxes are drawn, the turned or the stored."""
    return seen.orientation == 1 or _vote(record, seen) is not None


def was_resized(record: Record, seen: Seen) -> bool:
    """Whether a label file was made for an image of another size."""
    if record.size_px is None or record.size_px == FRACTIONS:
        return False
    return not any(_is_about(record.size_px, s) for s in (seen.size_px, seen.turned_px))


def reaches_outside(box: Sequence[float], size_px: Size) -> bool:
    """Whether a box reaches farther outside than rounding would explain."""
    height, width = size_px
    x, y = max(2, REACH * width), max(2, REACH * height)
    x1, y1, x2, y2 = box
    return x1 < -x or y1 < -y or x2 > width + x or y2 > height + y


def _vote(record: Record, seen: Seen) -> bool | None:
    """What one image tells: True for stored, False for turned, None for neither."""
    sizes = seen.size_px, seen.turned_px
    if record.size_px == FRACTIONS:
        return None
    if record.size_px is None:
        fits = [_holds(size, record.boxes) for size in sizes]
    elif record.size_px in sizes:
        fits = [record.size_px == size for size in sizes]
    else:
        fits = [_fits(record.size_px, size) for size in sizes]
    return fits[0] if fits[0] != fits[1] else None


def _names_a_side(record: Record, seen: Seen) -> bool:
    return record.size_px is not None and _vote(record, seen) is not None


def _exchanged(record: Record) -> Record:
    return record._replace(size_px=record.size_px and record.size_px[::-1])


def _holds(size_px: Size, boxes: list[Box]) -> bool:
    return not any(reaches_outside(box, size_px) for box in boxes)


def _fits(labelled: Size, image: Size) -> bool:
    return _is_about(labelled, image) or _is_resize(labelled, image)


def _is_about(one: Size, other: Size) -> bool:
    """Equal but for one pixel, as programs round differently."""
    return all(abs(a - b) <= 1 for a, b in zip(one, other, strict=True))


def _is_resize(one: Size, other: Size) -> bool:
    """Whether the smaller is the larger times a number, but for less than a pixel."""
    small, large = sorted((one, other))
    (low_y, high_y), (low_x, high_x) = (
        ((a - 1) / b, (a + 1) / b) for a, b in zip(small, large, strict=True)
    )
    return max(low_y, low_x) < min(high_y, high_x)


def _scale(size_px: Size | None, frame: Size) -> tuple[float, float]:
    """How much longer the frame is than what the label file is for, downwards, across."""
    if size_px is None or (size_px != FRACTIONS and _is_about(size_px, frame)):
        return 1.0, 1.0
    return frame[0] / size_px[0], frame[1] / size_px[1]


def _turn(box: Box, stored: Size, orientation: int) -> Box:
    """A box on the stored image, on the image as its EXIF data turns it."""
    height, width = stored
    x1, y1, x2, y2 = box
    if orientation in (2, 3, 7, 8):  # what was on the right is now left, or above
        x1, x2 = width - x2, width - x1
    if orientation in (3, 4, 6, 7):  # what was below is now above, or on the left
        y1, y2 = height - y2, height - y1
    return [y1, x1, y2, x2] if orientation in LIES else [x1, y1, x2, y2]


def _text(size_px: Size) -> str:
    return f"{size_px[1]} x {size_px[0]}"
