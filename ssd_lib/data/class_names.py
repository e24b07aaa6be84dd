"""Names of classes: one rule for all label files."""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

BACKGROUND = ("background", "__background__", "_background_")
UNSEEN = re.compile(  # what is a blank to str.split is not among them
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)


def clean(name: object) -> str:
    r"""A class's name as it is compared: names that look alike become one.

    Blanks of any kind become single ones between its words and none around it.
    Characters that are not to be seen (control characters, soft hyphens, blanks of no
    width, marks of the writing direction) are left out, and letters with accents get
    one Unicode form, NFC. The joiners of Persian and Indic words and of emoji stay.
    Case counts.

    Args:
        name: as it was read. A number becomes its text (``1.0`` is ``"1.0"``).

    Returns:
        ``""``, which is no name, for a blank one, NaN, infinity, booleans and whatever
        else is neither text nor number.

    Example:
        >>> clean("  traffic\n light ")
        'traffic light'
    """
    if isinstance(name, bool) or not isinstance(name, str | int | float):
        return ""
    if isinstance(name, float) and not math.isfinite(name):
        return ""
    text = unicodedata.normalize("NFC", UNSEEN.sub("", str(name)))
    return " ".join(text.split())


def is_background(name: str) -> bool:
    """Whether a name is that of class 0, which no object has."""
    return name.casefold() in BACKGROUND


def classes_of(names: Iterable[str]) -> tuple[str, ...]:
    """Background, and each name once, in the order in which it first comes.

    Names that differ in case alone are two classes. Background's own names and
    ``""`` are none.

    Args:
        names: from :func:`clean`.
    """
    found = dict.fromkeys(name for name in names if name and not is_background(name))
    return ("background", *found)


def alike(classes: Sequence[str]) -> list[list[str]]:
    """Those names that differ in case alone, in groups."""
    groups = defaultdict(list)
    for name in classes:
        groups[name.casefold()].append(name)
    return [group for group in groups.values() if len(group) > 1]
