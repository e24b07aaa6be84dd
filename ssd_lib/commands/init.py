"""A network by its name, and the weights that its training starts from."""

import warnings

import torch
from torchvision.models import VGG16_Weights

from ssd_lib.default_boxes import SSD300_VOC, SSD512_VOC, DefaultBoxLayout
from ssd_lib.features import TinyFeatures, VGG16Features, load_torchvision_vgg16
from ssd_lib.heads import caffe_xavier_
from ssd_lib.model import SSD, TINY, load_weights
from ssd_lib.model.torchvision import torchvision_state_dict

LAYOUTS = {"tiny": TINY, "ssd300": SSD300_VOC, "ssd512": SSD512_VOC}
NOT_A_FILE = ("vgg16", "none")  # values of --init; all others are weight files


def build(name: str, num_classes: int, batch_norm: bool, layout: DefaultBoxLayout) -> SSD:
    """A network with random weights.

    Args:
        name: a key of ``LAYOUTS``.
        num_classes: C, background included.
        batch_norm: for ssd300 and ssd512.
        layout: its default boxes, as many as the default layout has.
    """
    if name == "tiny":
        return SSD(TinyFeatures(), layout, num_classes)
    features = VGG16Features(layout.image_px, batch_norm)
    features.apply(caffe_xavier_)
    return SSD(features, layout, num_classes)


def check_init(init: str) -> None:
    """Read the weight file that a run is to start from, before anything slow happens.

    Raises:
        OSError, ValueError: if there is none, or it is something else.
    """
    if init not in NOT_A_FILE:
        load_weights(init)


def initialize(model: SSD, init: str, backbone_only: bool = False) -> None:
    """Put pretrained weights into a model.

    Args:
        model: is changed.
        init: ``"none"``, ``"vgg16"`` (ImageNet's, for the backbone) or a weight file.
        backbone_only: take the features of the file alone.

    Raises:
        OSError: if VGG16's weights cannot be downloaded.
        ValueError: if the file's network is another one; it says what differs.
    """
    if init == "none":
        return
    if init == "vgg16":
        _load_vgg16(model)
        return
    loaded = load_weights(init).model
    ours, theirs = model.state_dict(), loaded.state_dict()
    wanted = [name for name in ours if not backbone_only or name.startswith("features.")]
    for name in wanted:
        shapes = [list(s[name].shape) if name in s else None for s in (ours, theirs)]
        if shapes[0] != shapes[1]:
            hint = "" if backbone_only else "; --backbone-only leaves the heads as they are"
            raise ValueError(
                f"{init} must fit the network: {name} must be {shapes[0]}, got {shapes[1]}{hint}"
            )
    if not backbone_only and loaded.layout != model.layout:
        warnings.warn(
            f"{init} was trained with other default boxes: its heads have to learn these",
            stacklevel=2,
        )
    model.load_state_dict({name: theirs[name] for name in wanted}, strict=False)


def _load_vgg16(model: SSD) -> None:
    if not isinstance(model.features, VGG16Features):
        raise ValueError("init must be none or a weight file for tiny: it is no VGG16")
    weights = VGG16_Weights.IMAGENET1K_FEATURES
    try:
        state_dict = torchvision_state_dict(weights)
    except OSError as error:
        raise OSError(f"{error}; --init none --batch-norm learns from nothing") from error
    with torch.no_grad():
        load_torchvision_vgg16(model.features, state_dict)
