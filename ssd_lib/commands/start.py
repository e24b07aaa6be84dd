"""A network by its name, and what its training starts from."""

import warnings

from ssd_lib.default_boxes import DefaultBoxLayout
from ssd_lib.model import MODELS, SSD, load_vgg16, load_weights

LAYOUTS = {name: architecture.layout for name, architecture in MODELS.items()}


def build(name: str, num_classes: int, batch_norm: bool, layout: DefaultBoxLayout) -> SSD:
    """A network with random weights.

    Args:
        name: a key of ``MODELS``.
        num_classes: C, background included.
        batch_norm: for ssd300 and ssd512.
        layout: its default boxes, as many as the default ones.
    """
    return MODELS[name].build(num_classes, batch_norm, layout)


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
    try:
        load_vgg16(model)
    except OSError as error:
        raise OSError(f"{error}; --start none --batch-norm learns from nothing") from error
