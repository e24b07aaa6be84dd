"""Whether the weights of a file or a checkpoint fit a network."""

from collections.abc import Mapping
from typing import TypeGuard

import torch
from torch import Tensor

from ssd_lib.text import short

NOTHING = object()  # what stands for an entry that is missing
CONTAINERS = (list, tuple, dict)


def check_forms(ours: Mapping[str, Tensor], theirs: Mapping[str, object]) -> None:
    """Raise unless there are the same names, shapes and kinds of numbers.

    Args:
        ours: the state dict of a network.
        theirs: what is to take its place.

    Raises:
        ValueError: naming the first weight that is missing, too many, or of another
            shape or kind.
    """
    for name in [*ours, *theirs]:
        wanted = _shape_and_kind(ours[name]) if name in ours else "nothing"
        found = form(theirs.get(name, NOTHING))
        if wanted != found:
            raise ValueError(f"{name} must be {wanted}, got {found}")


def check_values(state: Mapping[str, Tensor]) -> None:
    """Raise if a weight would make every answer NaN.

    Raises:
        ValueError: naming the first that is not finite, or a variance below 0.
    """
    for name, value in state.items():
        if not value.float().isfinite().all():
            raise ValueError(f"{name} must be finite, got NaN or infinity")
        if name.endswith("running_var") and (value < 0).any():
            raise ValueError(f"{name} must be at least 0, got {value.min():g}")


def form(value: object) -> str:
    """The shape and kind of a tensor, in words; of anything else, what it is."""
    if value is NOTHING:
        return "nothing"
    if not isinstance(value, Tensor):
        return f"a {type(value).__name__}" if isinstance(value, CONTAINERS) else short(value, 60)
    place = "" if is_dense(value) else f" ({value.device}, {value.layout})"
    return f"{_shape_and_kind(value)}{place}"


def _shape_and_kind(value: Tensor) -> str:
    kind = "floats" if value.is_floating_point() else str(value.dtype).removeprefix("torch.")
    return f"{list(value.shape)} of {kind}"


def is_dense(value: object) -> TypeGuard[Tensor]:
    """Whether it is a tensor in memory, with each number in its place."""
    if not isinstance(value, Tensor) or value.device.type == "meta":
        return False
    return value.layout is torch.strided and not value.is_quantized
