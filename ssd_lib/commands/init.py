"""The weights that training starts from."""

import warnings

from ssd_lib.model import SSD, load_vgg16, load_weights
from ssd_lib.model.state import check_forms

NOT_A_FILE = ("vgg16", "none")  # values of --init; all others are weight files


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
    taken = {name: theirs[name] for name in wanted if name in theirs}
    try:
        check_forms({name: ours[name] for name in wanted}, taken)
    except ValueError as error:
        hint = "" if backbone_only else "; --backbone-only leaves the heads as they are"
        raise ValueError(f"{init} must fit the network: {error}{hint}") from error
    if not backbone_only and loaded.layout != model.layout:
        warnings.warn(
            f"{init} was trained with other default boxes: its heads have to learn these",
            stacklevel=2,
        )
    model.load_state_dict(taken, strict=False)


def _load_vgg16(model: SSD) -> None:
    try:
        load_vgg16(model)
    except OSError as error:
        raise OSError(f"{error}; --init none --batch-norm learns from nothing") from error
