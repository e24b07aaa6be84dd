"""The metadata of a weight file: what it says of its network, written and checked."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from ssd_lib.default_boxes import DefaultBoxLayout, FeatureMap, default_boxes
from ssd_lib.features import FEATURES, PageFeatures, TinyFeatures, VGG16Features
from ssd_lib.model.ssd import SSD
from ssd_lib.offsets import check_variances
from ssd_lib.text import short

VERSION = 2  # in 1 the variances were an entry of their own, and not in the layout
NUMBER = (int, float)
ROW = {
    "grid": int,
    "step_px": NUMBER,
    "min_size_px": NUMBER,
    "max_size_px": (*NUMBER, type(None)),
    "aspect_ratios": [NUMBER],
}
LAYOUT = {"image_px": int, "maps": [ROW], "clamp_sizes": bool, "variances": [NUMBER]}
MOST_BOXES = 1_000_000  # SSD512 has 24,564
MAY_REPEAT = "N/A"  # COCO's name for the numbers between 1 and 90 that it left out


class Entries(NamedTuple):
    """What is needed to build a network, and to understand its answers."""

    features: VGG16Features | TinyFeatures | PageFeatures  # on the meta device
    layout: DefaultBoxLayout
    classes: tuple[str, ...]  # background first


def write_entries(model: SSD, classes: Sequence[str]) -> dict[str, str]:
    """The entries as text, as :func:`read_entries` takes them.

    Raises:
        ValueError: if one of them could not be read again; it is named.
    """
    values = {
        "features": _described(model),
        "layout": dataclasses.asdict(model.layout),
        "classes": list(classes),
    }
    entries = {"format": f"ssd_lib {VERSION}"}
    entries |= {name: json.dumps(value) for name, value in values.items()}
    read_entries(entries)
    return entries


def read_entries(entries: Mapping[str, str]) -> Entries:
    """The values of all entries, of a file of this or an earlier version.

    Raises:
        ValueError: if one is missing or cannot be that of a network; it is named.
    """
    version = _version(entries)
    features, table, classes = (_json(entries, name) for name in ("features", "layout", "classes"))
    if version == 1 and isinstance(table, dict):
        check_variances(variances := _json(entries, "variances"))
        table = table | {"variances": variances}
    if not _are_classes(classes):
        raise ValueError(f"classes must be two or more different names, got {short(classes)}")
    return Entries(_built(features), layout_of(table), tuple(classes))


def _version(entries: Mapping[str, str]) -> int:
    found = entries.get("format", "nothing")
    known = [f"ssd_lib {version}" for version in range(1, VERSION + 1)]
    if found in known:
        return known.index(found) + 1
    is_newer = re.fullmatch("ssd_lib [0-9]+", found)
    raise ValueError(
        f"format must be {' or '.join(known)}, got {short(found)}"
        + (", of a newer version of ssd_lib" if is_newer else "")
    )


def _json(entries: Mapping[str, str], name: str) -> Any:  # noqa: ANN401
    if name not in entries:
        raise ValueError(f"{name} must be in the file, got nothing")
    try:
        return json.loads(entries[name])
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} must be JSON, got {short(entries[name])}") from error


def _described(model: SSD) -> dict[str, object]:
    features = model.features
    if not isinstance(features, tuple(FEATURES.values())):
        names = " or ".join(kind.__name__ for kind in FEATURES.values())
        raise ValueError(f"model's features must be {names}, got {type(features).__name__}")
    return {"name": features.name, **features.settings}


def _built(described: Any) -> VGG16Features | TinyFeatures | PageFeatures:  # noqa: ANN401
    """The features that an entry describes, of shapes alone."""
    try:
        settings = dict(described)
        kind = FEATURES[settings.pop("name")]
        with torch.device("meta"):
            features = kind(**settings)
        if features.settings == settings:
            return features
    except (TypeError, ValueError, KeyError):
        pass
    names = ", ".join(FEATURES)
    raise ValueError(f"features must be {names} and their settings, got {short(described)}")


def _has_form(value: object, form: object) -> bool:
    """Whether a value is built as a form says: of types, in dicts, lists and choices."""
    if isinstance(form, dict):
        return (
            isinstance(value, dict)
            and value.keys() == form.keys()
            and all(_has_form(value[key], inner) for key, inner in form.items())
        )
    if isinstance(form, list):
        return isinstance(value, list) and all(_has_form(x, form[0]) for x in value)
    return type(value) in (form if isinstance(form, tuple) else (form,))


def _are_classes(value: Any) -> bool:  # noqa: ANN401
    if not _has_form(value, [str]) or len(value) < 2:
        return False
    names = [name for name in value if name != MAY_REPEAT]
    return all(map(str.strip, names)) and len(set(names)) == len(names)


def layout_of(table: Any) -> DefaultBoxLayout:  # noqa: ANN401
    """The layout whose ``dataclasses.asdict`` went to JSON and back.

    Raises:
        ValueError: if it is anything else, or no network can have such boxes.
    """
    if not _has_form(table, LAYOUT):
        raise ValueError(f"layout must be a table of feature maps, got {short(table)}")
    try:
        rows = (row | {"aspect_ratios": (*row["aspect_ratios"],)} for row in table["maps"])
        maps = tuple(FeatureMap(**row) for row in rows)
        check_variances(table["variances"])
        variances = table["variances"][0], table["variances"][1]
        layout = DefaultBoxLayout(table["image_px"], maps, table["clamp_sizes"], variances)
        if layout.num_boxes > MOST_BOXES:
            raise ValueError(f"there are more than {MOST_BOXES:,} of them")
        boxes = default_boxes(layout)  # [P, 4], cxcywh
    except (ValueError, ArithmeticError) as error:
        raise ValueError(f"layout must be one of default boxes: {error}") from error
    if not boxes.isfinite().all() or not (boxes[:, 2:] > 0).all():
        raise ValueError("layout must give finite boxes with an area, got others")
    return layout
