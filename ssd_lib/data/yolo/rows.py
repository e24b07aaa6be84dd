"""The text of YOLO's label files: in each line a class, and a box or an outline."""

import math
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from ssd_lib.data.decoding import decode

MOST_BYTES = 16 * 2**20  # of a label file
BEYOND = 0.1  # how far outside its image a fraction may lie; farther is no fraction


def text_of(file: Path, most_bytes: int = MOST_BYTES) -> str:
    """The text of a file in UTF-8 or UTF-16, without its byte order mark.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is larger than that, or no such text.
    """
    with file.open("rb") as opened:
        content = opened.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"larger than {most_bytes / 2**20:g} MiB")
    try:
        return decode(content)
    except ValueError as error:
        raise ValueError("no text in UTF-8 or UTF-16") from error


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    r"""The lines that say something, with their numbers from 1; ``#`` is a comment.

    Example:
        >>> list(lines_of("# mine\n\n0 0.5 0.5 1 1\n"))
        [(3, '0 0.5 0.5 1 1')]
    """
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line and not line.startswith("#"):
            yield number, line


def parse_row(line: str, with_points: bool = False) -> tuple[int | str, list[float]]:
    """The class of a line, and its box.

    Four numbers after the class are cx, cy, w, h; a fifth is a score, and ignored.
    From six on they are the corners of an outline, x and y in turn, and the box is
    the smallest around them: segments have any number of corners, oriented boxes four.

    Args:
        line: as it is in the file; blanks, tabs and commas separate.
        with_points: whether key points follow each box, which look like corners.

    Returns:
        The class's number or name, and xyxy in fractions, unclipped.

    Raises:
        ValueError: if the line says something else; what it is, in a few words.

    Example:
        >>> parse_row("2 0.5 0.5 0.5 0.25")
        (2, [0.25, 0.375, 0.75, 0.625])
        >>> parse_row("cat 0.25 0.5 0.75 0.5 0.5 1")
        ('cat', [0.25, 0.5, 0.75, 1.0])
    """
    label, numbers = _label_and_numbers(line)
    if len(numbers) < 4:
        raise ValueError("fewer than four numbers after the class")
    if not with_points and len(numbers) > 5:
        if len(numbers) % 2:
            raise ValueError("as many numbers as neither a box nor an outline has")
        _check_fractions(numbers)
        xs, ys = numbers[::2], numbers[1::2]
        return label, [min(xs), min(ys), max(xs), max(ys)]
    cx, cy, w, h = numbers[:4]
    _check_fractions(numbers[:4])
    return label, [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]


def is_label_file(file: Path) -> bool:
    """Whether a file is empty, or a line of it is a class with numbers after it.

    It tells label files from lists, names of classes and other texts that lie among
    them. The beginning of the file is looked at, whatever its encoding.
    """
    with file.open("rb") as opened:
        content = opened.read(2**16)
    text = decode(content, errors="replace")
    return not text.strip() or any(_is_row(line) for _, line in lines_of(text))


def _is_row(line: str) -> bool:
    """Whether a line could be an object: of a number that is a class, or of a name."""
    try:
        label, numbers = _label_and_numbers(line)
    except ValueError:
        return False
    return len(numbers) >= (4 if isinstance(label, str) else 2)


def _label_and_numbers(line: str) -> tuple[int | str, list[float]]:
    words = line.replace(",", " ").split()
    name = list(takewhile(lambda word: _number(word) is None, words))
    values = [_number(word) for word in words[len(name) :]]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        raise ValueError("text where a number should be")
    if name:
        return " ".join(name), numbers
    if not numbers or not numbers[0].is_integer():
        raise ValueError("a class that is neither a whole number nor a name")
    return int(numbers[0]), numbers[1:]


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _check_fractions(numbers: Sequence[float]) -> None:
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a coordinate that is not finite")
    if max(numbers) > 1 + BEYOND:
        raise ValueError("coordinates that are not fractions: are these pixels?")
    if min(numbers) < -BEYOND:
        raise ValueError("a negative coordinate")
