"""A COCO file as it is written: its three lists, its ids and its numbers."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ssd_lib.data.garbage import collector_paused
from ssd_lib.text import counted

PARTS = ("images", "annotations", "categories")
OTHER_FORMS = {  # told by what their annotations have
    "caption": "it holds captions, not boxes",
    "segments_info": "it is the panoptic file; give that of instances",
}

MOST_TRIED = 20  # JSON files, to find the one of COCO
OF_OTHERS = {  # forms of JSON that are not read, told by a name in them
    "shapes": "LabelMe",
    "_via_img_metadata": "VIA",
    "regions": "VIA",
    "objects": "Supervisely",
    "predictions": "Label Studio",
}

Id = int | float | str  # from as_id


class NotCoco(ValueError):
    """A file is JSON, but not COCO's file of objects."""


class CocoFile(NamedTuple):
    """What a COCO file ("instances") says, word for word."""

    path: Path
    images: list[Any]
    annotations: list[Any]
    categories: list[Any]


@collector_paused()
def parse_coco(file: Path) -> CocoFile:
    """The lists of a COCO file, in UTF-8, UTF-16 or UTF-32.

    What is in the lists is not looked at.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is not JSON.
        NotCoco: if it is JSON of another form; a ValueError, too.
    """
    try:
        content = _parse_json(file.read_bytes())
        problem = _other_form(content)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8, UTF-16 or UTF-32"
        raise ValueError(f"{file} cannot be read as COCO's: {reason}") from None
    except RecursionError:
        raise ValueError(f"{file} cannot be read as COCO's: too deep") from None
    except ValueError as error:
        reason = f"broken JSON: {error}"
        raise ValueError(f"{file} cannot be read as COCO's: {reason}") from None
    if problem:
        raise NotCoco(f"{file} cannot be read as COCO's: {problem}")
    return CocoFile(file, *(content[part] for part in PARTS))


def the_coco_file(files: Sequence[Path], path: Path) -> CocoFile:
    """The one COCO file among JSON files.

    Args:
        files: of which those with COCO's names are tried first, and the largest.
        path: of the data set, for messages.

    Raises:
        ValueError: if there is none, or there are several.
    """
    if len(files) == 1:
        return parse_coco(files[0])
    named = [f for f in files if "instances" in f.name or "coco" in f.name.casefold()]
    found, reason = _parsed(named)
    if not found:
        found, reason = _parsed([f for f in files if f not in named], reason)
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(str(one.path) for one in found[:2])
        raise ValueError(f"{path} has several COCO files, {names}: give one of them")
    count = counted(len(files), ".json file")
    raise ValueError(f"{path} must have a COCO file, got {count}: {reason}")


def _parsed(files: list[Path], reason: str = "there is none") -> tuple[list[CocoFile], str]:
    """COCO's among JSON files, of which the largest are tried; and why not another."""
    found = []
    for file in sorted(files, key=lambda file: -file.stat().st_size)[:MOST_TRIED]:
        try:
            found.append(parse_coco(file))
        except (OSError, ValueError) as error:
            reason = str(error)
    return found, reason


def as_id(value: object) -> Id | None:
    """An id so that 1, 1.0 and "1" are the same; None if it is none.

    Blanks around a text do not count. "01" is a text and not 1.

    Example:
        >>> [as_id(value) for value in (1.0, " 12 ", "01", "a", "", True)]
        [1, 12, '01', 'a', None, None]
    """
    if type(value) is int:
        return value
    if isinstance(value, str):
        text = value.strip()
        return int(text) if _is_spelt_number(text) else text or None
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if value.is_integer() else value
    return None


def as_number(value: object) -> float | None:
    """A finite number, which may be written as a text; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def is_set(value: object) -> bool:
    """Whether a mark such as ``iscrowd`` is set, as number, truth or text."""
    if isinstance(value, str):
        return value.strip().casefold() not in ("", "0", "0.0", "false", "no", "none")
    return bool(value)


def _parse_json(content: bytes) -> Any:  # noqa: ANN401
    text = content.decode(json.detect_encoding(content), "surrogatepass")
    # an outer name that stands twice is rare, and a hook for all objects is slow
    is_doubtful = any(text.count(f'"{part}"') > 1 for part in PARTS)
    return json.loads(text, object_pairs_hook=_without_double_lists if is_doubtful else None)


def _other_form(content: object) -> str | None:
    """What JSON is, if it is not COCO's file of objects."""
    if not isinstance(content, list | dict):
        return "it is neither list nor object of JSON"
    if tool := _tool(content):
        return f"it is of {tool}'s own form, which is not read; export COCO from there"
    if isinstance(content, list):
        return "it is a list (detections are such lists)"
    entries = content.get("annotations")
    first = entries[0] if isinstance(entries, list) and entries else None
    for key, what in OTHER_FORMS.items():
        if isinstance(first, dict) and key in first and "bbox" not in first:
            return what
    missing = [part for part in PARTS if not isinstance(content.get(part), list)]
    return f"it has no list of {missing[0]}" if missing else None


def _tool(content: list | dict) -> str | None:
    """The tool whose own form of JSON this is, if it is a known one."""
    inner = content if isinstance(content, list) else content.values()
    places = [content, next(iter(inner), None)]
    names = [name for place in places if isinstance(place, dict) for name in place]
    is_coco = any(part in names for part in ("images", "categories"))
    return None if is_coco else next((OF_OTHERS[n] for n in names if n in OF_OTHERS), None)


def _without_double_lists(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON in which no list of COCO's stands twice."""
    names = [name for name, _ in pairs if name in PARTS]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name!r} stands in it twice")
    return dict(pairs)


def _is_spelt_number(text: str) -> bool:
    """Whether a text is a whole number as Python would write it."""
    digits = text.removeprefix("-")
    is_digits = digits.isascii() and digits.isdecimal() and len(digits) < 20
    return is_digits and (text == "0" or digits[0] != "0")
