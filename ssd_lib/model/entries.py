"""What a weight file says of its network besides the numbers, written and checked."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from torch import nn

from ssd_lib.default_boxes import DefaultBoxLayout, FeatureMap, default_boxes
from ssd_lib.features import EXTRA_LAYERS, TinyFeatures, VGG16Features
from ssd_lib.model.ssd import SSD

FORMAT = "ssd_lib 1"
FEATURES = (
    {"name": "tiny"},
    *(
        {"name": "vgg16", "image_px": side, "batch_norm": batch_norm}
        for side in EXTRA_LAYERS
        for batch_norm in (False, True)
    ),
)
NUMBER = (int, float)
ROW = {
    "grid": int,
    "step_px": NUMBER,
    "min_size_px": NUMBER,
    "max_size_px": (*NUMBER, type(None)),
    "aspect_ratios": [NUMBER],
}
LAYOUT = {"image_px": int, "clamp_sizes": bool, "maps": [ROW]}
VARIANCES = (1e-6, 100.0)  # the smallest and largest that make sense
MOST_BOXES = 1_000_000  # SSD512 has 24,564
MAY_REPEAT = "N/A"  # COCO's name for the numbers between 1 and 90 that it left out


class Entries(NamedTuple):
    """What is needed to build a network, and to understand its answers."""

    features: dict[str, Any]
    layout: DefaultBoxLayout
    classes: tuple[str, ...]  # background first
    variances: tuple[float, float]


def write_entries(model: SSD, classes: Sequence[str], variances: Sequence[float]) -> dict[str, str]:
    """The entries as text, as :func:`read_entries` takes them.

    Raises:
        ValueError: if one of them could not be read again; it is named.
    """
    values = {
        "features": _described(model),
        "layout": dataclasses.asdict(model.layout),
        "classes": list(classes),
        "variances": list(variances),
    }
    texts = {name: json.dumps(value) for name, value in values.items()}
    read_entries(entries := {"format": FORMAT} | texts)
    return entries


def read_entries(entries: Mapping[str, str]) -> Entries:
    """The values of all entries.

    Raises:
        ValueError: if one is missing or none that a network can have; it is named.
    """
    if entries.get("format") != FORMAT:
        raise ValueError(f"format must be {FORMAT!r}, got {entries.get('format')!r}")
    features, table, classes, variances = (_entry(entries, name) for name in CHECKS)
    return Entries(features, layout_of(table), tuple(classes), tuple(variances))


def build_features(described: Mapping[str, Any]) -> nn.Module:
    """The features that an entry describes, with random weights."""
    if described["name"] == "tiny":
        return TinyFeatures()
    return VGG16Features(described["image_px"], described["batch_norm"])


def _described(model: SSD) -> dict[str, str | int | bool]:
    if isinstance(model.features, TinyFeatures):
        return {"name": "tiny"}
    if not isinstance(model.features, VGG16Features):
        raise ValueError(
            "model's features must be VGG16Features or TinyFeatures, got "
            f"{type(model.features).__name__}"
        )
    features = model.features
    return {
        "name": "vgg16",
        "image_px": features.image_px,
        "batch_norm": features.batch_norm,
    }


def _entry(entries: Mapping[str, str], name: str) -> Any:  # noqa: ANN401
    expected, is_right = CHECKS[name]
    text = entries.get(name, "nothing")
    try:
        value = json.loads(text)
        if is_right(value):
            return value
    except (ValueError, RecursionError):
        pass
    raise ValueError(f"{name} must be {expected}, got {_shortened(text)}")


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:77]}..."


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


def _are_classes(value: object) -> bool:
    if not _has_form(value, [str]) or len(value) < 2:
        return False
    names = [name for name in value if name != MAY_REPEAT]
    return all(map(str.strip, names)) and len(set(names)) == len(names)


def _are_variances(value: object) -> bool:
    low, high = VARIANCES
    right = _has_form(value, [NUMBER]) and len(value) == 2
    return right and all(low <= x <= high for x in value)


CHECKS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "features": (
        f"tiny, or vgg16 with batch_norm and an image_px of {[*EXTRA_LAYERS]}",
        lambda value: value in FEATURES,
    ),
    "layout": (
        "a table of feature maps, as DefaultBoxLayout has it",
        lambda value: _has_form(value, LAYOUT),
    ),
    "classes": ("two or more different names", _are_classes),
    "variances": ("two numbers from {:g} to {:g}".format(*VARIANCES), _are_variances),
}


def layout_of(table: dict[str, Any]) -> DefaultBoxLayout:
    """The layout whose ``dataclasses.asdict`` went to JSON and back.

    Raises:
        ValueError: if it is no such table, or not one of default boxes.
    """
    if not _has_form(table, LAYOUT):
        raise ValueError(f"layout must be {CHECKS['layout'][0]}, got others")
    try:
        rows = (row | {"aspect_ratios": (*row["aspect_ratios"],)} for row in table["maps"])
        maps = tuple(FeatureMap(**row) for row in rows)
        layout = DefaultBoxLayout(**table | {"maps": maps})
        if layout.num_boxes > MOST_BOXES:
            raise ValueError(f"it has {layout.num_boxes:,} boxes")
        boxes = default_boxes(layout)  # [P, 4], cxcywh
    except (ValueError, ArithmeticError) as error:
        raise ValueError(f"layout must be one of default boxes: {error}") from error
    if not boxes.isfinite().all() or not (boxes[:, 2:] > 0).all():
        raise ValueError("layout must give boxes that have a size, got others")
    return layout
