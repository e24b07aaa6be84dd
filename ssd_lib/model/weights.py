"""Weights to a file and back, with what is needed to use them."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ssd_lib.default_boxes import DefaultBoxLayout, FeatureMap
from ssd_lib.features import TinyFeatures, VGG16Features
from ssd_lib.model.ssd import SSD

FORMAT = "ssd_lib 1"  # of weight files


class Loaded(NamedTuple):
    """A network as a file describes it."""

    model: SSD
    classes: tuple[str, ...]  # background first
    variances: tuple[float, float]


def save_weights(
    model: SSD,
    path: str | Path,
    classes: Sequence[str],
    variances: tuple[float, float] = (0.1, 0.2),
    dtype: torch.dtype | None = None,
) -> None:
    """Write a model's weights, its default boxes' layout and its classes' names.

    The file is written under another name and then renamed, so that a file that was
    there is whole until the new one is.

    Args:
        model: of our features.
        path: of the file, usually ``.safetensors``.
        classes: names, background first; as many as the model has classes.
        variances: those it was trained with.
        dtype: to store floats in, such as ``torch.float16``; None leaves them.

    Raises:
        ValueError: if the names are not as many as the classes, or the features are
            none of ours.
    """
    if len(classes) != model.heads.num_classes:
        raise ValueError(
            f"classes must be {model.heads.num_classes} names, got {len(classes)}"
        )
    metadata = {
        "format": FORMAT,
        "features": json.dumps(_describe(model)),
        "layout": json.dumps(dataclasses.asdict(model.layout)),
        "classes": json.dumps(list(classes)),
        "variances": json.dumps(list(variances)),
    }
    tensors = {
        name: value.to(dtype or value.dtype).contiguous()
        if value.is_floating_point()
        else value
        for name, value in model.state_dict().items()
    }
    path = Path(path)
    scratch = path.with_name(path.name + ".part")
    save_file(tensors, scratch, metadata)
    scratch.replace(path)


def load_weights(path: str | Path) -> Loaded:
    """The model that :func:`save_weights` wrote, in float32, in evaluation mode.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no such file, is cut short, lacks a weight, or holds one
            that is not finite; it names the file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there are no weights at {path}")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if metadata.get("format") != FORMAT:
            raise ValueError(
                f"its format must be {FORMAT!r}, got {metadata.get('format')!r}"
            )
        model = _build(metadata)
        model.load_state_dict(state)
    except (SafetensorError, ValueError, TypeError, LookupError, RuntimeError) as error:
        raise ValueError(f"{path} cannot be read as weights: {error}") from error
    for name, value in model.state_dict().items():
        if not value.isfinite().all():
            raise ValueError(f"{path} has numbers that are not finite in {name}")
    variances = tuple(json.loads(metadata["variances"]))
    return Loaded(model.eval(), tuple(json.loads(metadata["classes"])), variances)


def _describe(model: SSD) -> dict[str, str | int | bool]:
    """What is needed to build the features again."""
    if isinstance(model.features, TinyFeatures):
        return {"name": "tiny"}
    if not isinstance(model.features, VGG16Features):
        raise ValueError(
            "model's features must be VGG16Features or TinyFeatures, got "
            f"{type(model.features).__name__}"
        )
    has_norm = any(
        isinstance(m, torch.nn.BatchNorm2d) for m in model.features.modules()
    )
    return {
        "name": "vgg16", "image_px": model.layout.image_px, "batch_norm": has_norm,
    }  # fmt: skip


def _build(metadata: dict[str, str]) -> SSD:
    table = json.loads(metadata["layout"])
    maps = tuple(
        FeatureMap(**row | {"aspect_ratios": tuple(row["aspect_ratios"])})
        for row in table["maps"]
    )
    features = json.loads(metadata["features"])
    name = features.pop("name")
    module = TinyFeatures() if name == "tiny" else VGG16Features(**features)
    classes = json.loads(metadata["classes"])
    layout = DefaultBoxLayout(**table | {"maps": maps})
    return SSD(module, layout, len(classes))
