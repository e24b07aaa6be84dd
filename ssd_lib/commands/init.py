"""A network by its name, and what its training starts from."""

import warnings

import torch
from torchvision.models import VGG16_Weights

from ssd_lib.default_boxes import SSD300_VOC, SSD512_VOC, DefaultBoxLayout
from ssd_lib.features import TinyFeatures, VGG16Features, load_torchvision_vgg16
from ssd_lib.heads import caffe_xavier_
from ssd_lib.model import SSD, TINY, load_weights
from ssd_lib.model.torchvision import torchvision_state_dict

LAYOUTS = {"tiny": TINY, "ssd300": SSD300_VOC, "ssd512": SSD512_VOC}


def build(name: str, num_classes: int, batch_norm: bool, layout: DefaultBoxLayout) -> SSD:
    """A network with random weights.

    Args:
        name: a key of ``LAYOUTS``.
        num_classes: C, background included.
        batch_norm: for ssd300 and ssd512.
        layout: its default boxes, as many as the default ones.
    """
    if name == "tiny":
        return SSD(TinyFeatures(), layout, num_classes)
    features = VGG16Features(layout.image_px, batch_norm)
    features.apply(caffe_xavier_)
    return SSD(features, layout, num_classes)


def check_start(start: str) -> None:
    """Read the weight file that a run is to start from, before anything slow happens.

    Raises:
        OSError, ValueError: if there is none, or it is something else.
    """
    if start not in ("none", "vgg16"):
        load_weights(start)


def start_weights(model: SSD, start: str, backbone_only: bool = False) -> None:
    """Put weights into a model, from the network or from a file.

    Args:
        model: is changed.
        start: ``"none"``, ``"vgg16"`` or a weight file.
        backbone_only: take the features of the file alone.

    Raises:
        OSError: if VGG16's weights cannot be downloaded.
        ValueError: if the file's network is another one; it says what differs.
    """
    if start == "none":
        return
    if start == "vgg16":
        _start_from_vgg16(model)
        return
    loaded = load_weights(start).model
    ours, theirs = model.state_dict(), loaded.state_dict()
    wanted = [name for name in ours if not backbone_only or name.startswith("features.")]
    for name in wanted:
        shapes = [list(s[name].shape) if name in s else None for s in (ours, theirs)]
        if shapes[0] != shapes[1]:
            hint = "" if backbone_only else "; --backbone-only leaves the heads as they are"
            raise ValueError(
                f"{start} must fit the network: {name} must be {shapes[0]}, got {shapes[1]}{hint}"
            )
    if not backbone_only and loaded.layout != model.layout:
        warnings.warn(
            f"{start} was trained with other default boxes: its heads have to learn these",
            stacklevel=2,
        )
    model.load_state_dict({name: theirs[name] for name in wanted}, strict=False)


def _start_from_vgg16(model: SSD) -> None:
    if not isinstance(model.features, VGG16Features):
        raise ValueError("start must be none or a file for tiny: it is no VGG16")
    weights = VGG16_Weights.IMAGENET1K_FEATURES
    try:
        state_dict = torchvision_state_dict(weights)
    except OSError as error:
        raise OSError(f"{error}; --start none --batch-norm learns from nothing") from error
    with torch.no_grad():
        load_torchvision_vgg16(model.features, state_dict)
