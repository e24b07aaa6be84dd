"""SSD put together: features, heads and default boxes, and weights from elsewhere."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ssd_lib.default_boxes import (
    SSD300_VOC,
    SSD512_VOC,
    DefaultBoxLayout,
    FeatureMap,
    default_boxes,
    layout_from_scales,
)
from ssd_lib.features import TinyFeatures, VGG16Features
from ssd_lib.heads import Heads, caffe_xavier_

FORMAT = "ssd_lib 1"  # of weight files
TINY = layout_from_scales(
    128, (16, 8, 4, 2, 1), (0.1, 0.2, 0.37, 0.54, 0.71, 0.88), [(2, 3)] * 5
)


class SSD(nn.Module):
    """A detector without its loss and without its last steps: raw numbers in every mode.

    Args:
        features: a module that makes maps of a picture and has ``out_channels``.
        layout: the default boxes of those maps.
        num_classes: C, background included.

    Attributes:
        default_boxes: ``[P, 4]``, cxcywh in fractions; a buffer, not a parameter.

    Raises:
        ValueError: if maps and layout do not fit; it names both numbers of boxes.
    """

    default_boxes: Tensor

    def __init__(
        self, features: nn.Module, layout: DefaultBoxLayout, num_classes: int
    ) -> None:
        """Join the parts and compare their numbers of boxes."""
        super().__init__()
        self.features = features
        self.layout = layout
        boxes_per_cell = [row.boxes_per_cell for row in layout.maps]
        self.heads = Heads(features.out_channels, boxes_per_cell, num_classes)
        self.register_buffer("default_boxes", default_boxes(layout), persistent=False)
        self._compare_counts()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Offsets ``[B, P, 4]`` and logits ``[B, P, C]``.

        Args:
            images: ``[B, 3, S, S]``, float, normalised (:func:`ssd_lib.images.normalize`),
                with S the layout's ``image_px``.

        Raises:
            ValueError: if the images have another shape or no float dtype.
        """
        side = self.layout.image_px
        if images.ndim != 4 or images.shape[1:] != (3, side, side):
            raise ValueError(
                f"images must be [B, 3, {side}, {side}], got {list(images.shape)}"
            )
        if not images.is_floating_point():
            raise ValueError(f"images must have a float dtype, got {images.dtype}")
        return self.heads(self.features(images))

    def _compare_counts(self) -> None:
        """Run shapes alone through the network and count its rows."""
        state = [*self.named_parameters(), *self.named_buffers()]
        shapes = {name: torch.empty_like(value, device="meta") for name, value in state}
        side = self.layout.image_px
        images = torch.empty(2, 3, side, side, device="meta")
        offsets, _ = torch.func.functional_call(self, shapes, images)
        if offsets.shape[1] != self.layout.num_boxes:
            raise ValueError(
                f"features and layout must have as many boxes: the heads give "
                f"{offsets.shape[1]}, the layout has {self.layout.num_boxes}"
            )


def ssd300_vgg16(
    num_classes: int = 21,
    batch_norm: bool = False,
    layout: DefaultBoxLayout = SSD300_VOC,
) -> SSD:
    """SSD300 of the paper: 26,285,486 parameters with 21 classes.

    Its convolutions start as Caffe's filler has them. The paper starts from VGG16's
    weights instead; with ``batch_norm`` it can be trained without.
    """
    features = VGG16Features(300, batch_norm)
    features.apply(caffe_xavier_)
    return SSD(features, layout, num_classes)


def ssd512_vgg16(
    num_classes: int = 21,
    batch_norm: bool = False,
    layout: DefaultBoxLayout = SSD512_VOC,
) -> SSD:
    """SSD512 of the paper: 27,188,676 parameters with 21 classes."""
    features = VGG16Features(512, batch_norm)
    features.apply(caffe_xavier_)
    return SSD(features, layout, num_classes)


def ssd_tiny(num_classes: int) -> SSD:
    """An SSD for pictures of 128 pixels that a CPU trains: 2046 default boxes."""
    return SSD(TinyFeatures(), TINY, num_classes)


def load_torchvision_ssd300(model: SSD, state_dict: Mapping[str, Tensor]) -> None:
    """Copy the weights of torchvision's ``ssd300_vgg16`` into ours.

    The layers are the same and stand in the same order; only the names differ:
    ``backbone.features`` is our ``conv1_to_4``, ``backbone.extra.0`` our
    ``conv5_to_7``, the other ``backbone.extra`` our ``extras``,
    ``backbone.scale_weight`` our ``norm.scale``; ``regression_head`` gives offsets and
    ``classification_head`` logits. torchvision's COCO weights have 91 classes and go
    with the layout ``SSD300_COCO``.

    Args:
        model: from :func:`ssd300_vgg16`, with as many classes.
        state_dict: torchvision's.

    Raises:
        ValueError: if a weight is missing or has another shape; it is named, and the
            model is left as it was.
    """
    ours = model.state_dict()
    theirs = dict(zip(ours, _torchvision_names(model), strict=True))
    for name, value in ours.items():
        found = state_dict.get(theirs[name])
        shape = None if found is None else list(found.shape)
        if shape != list(value.shape):
            raise ValueError(
                f"{theirs[name]} must be {list(value.shape)} (our {name}), got {shape}"
            )
    model.load_state_dict({name: state_dict[theirs[name]] for name in ours})


def _torchvision_names(model: SSD) -> list[str]:
    """Torchvision's names of our weights, in the order of our state dict."""
    names = []
    for name in model.state_dict():
        module, _, rest = name.removeprefix("features.").partition(".")
        index, _, kind = rest.partition(".")
        if module == "conv1_to_4":
            names.append(f"backbone.features.{rest}")
        elif module == "norm":
            names.append("backbone.scale_weight")
        elif module == "conv5_to_7" and int(index) < 7:
            names.append(f"backbone.extra.0.{rest}")
        elif module == "conv5_to_7":  # pool5, fc6, ReLU, fc7, ReLU are one module there
            names.append(f"backbone.extra.0.7.{int(index) - 7}.{kind}")
        elif module == "extras":
            names.append(f"backbone.extra.{int(index) + 1}.{kind}")
        else:
            head = {"offsets": "regression", "logits": "classification"}[index]
            names.append(f"head.{head}_head.module_list.{kind}")
    return names


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
    return SSD(module, DefaultBoxLayout(table["image_px"], maps), len(classes))
