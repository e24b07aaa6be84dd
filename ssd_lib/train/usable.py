"""Whether what a checkpoint holds can take the place of what a run has.

Every function here raises a ValueError that names the first entry that cannot, and
changes nothing: a checkpoint is taken whole or not at all.
"""

import copy
import math
from collections.abc import Mapping
from typing import Any, TypeGuard

import torch
from torch import Tensor
from torch.optim import Optimizer

from ssd_lib.arguments import check_count
from ssd_lib.model.state import NOTHING, check_forms, check_values, form, is_dense
from ssd_lib.text import short

ENTRIES = {
    "step": int,
    "model": Mapping,
    "optimizer": Mapping,
    "schedule": Mapping,
    "random": Tensor,
    "run_config": Mapping,
    "layout": Mapping,
}
LONGEST_PATH = 4096


def check_entries(state: Mapping[str, Any]) -> None:
    """Raise unless every entry is there, and of its kind."""
    for name, kind in ENTRIES.items():
        if name not in state:
            raise ValueError(f"{name} is missing")
        if kind is Mapping and not isinstance(state[name], kind):
            raise _wrong(name, "a dict", state[name])
    check_count("step", state["step"], minimum=0)
    try:
        torch.Generator().set_state(state["random"])
    except (RuntimeError, TypeError) as error:
        raise _wrong("random", "a random state", state["random"]) from error


def check_weights(ours: Mapping[str, Tensor], theirs: Mapping[str, Any]) -> None:
    """Raise unless there are the same weights, each a finite number."""
    check_forms(ours, theirs)
    check_values(theirs)


def check_finite(name: str, value: object) -> None:
    """Raise if there is NaN or infinity in a tensor, or in those of a dict."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            check_finite(f"{name}.{key}", part)
    elif is_dense(value) and not value.isfinite().all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")


def check_optimizer(optimizer: Optimizer, theirs: Mapping[str, Any], step: int) -> None:
    """Raise unless its groups are like ours, and a step of a copy with its state succeeds."""
    check_like("optimizer", optimizer.state_dict() | {"state": {}}, theirs)
    _check_numbers(optimizer.state_dict()["param_groups"], theirs)
    check_finite("optimizer.state", theirs["state"])
    trial = copy.deepcopy(optimizer)
    try:
        trial.load_state_dict(copy.deepcopy(dict(theirs)))
        _step_without_gradient(trial)
    except Exception as error:  # any, in an optimizer whose state is not its own
        raise ValueError(
            f"optimizer.state must be one to go on with, got "
            f"{type(error).__name__}: {first_line(error)}"
        ) from error
    if step and trial.state and not theirs["state"]:
        raise ValueError("optimizer.state must be that of a step, got nothing")


def check_like(name: str, ours: object, theirs: object) -> None:
    """Raise unless these are plain values of the same form, all the way down.

    Numbers may differ, texts may not. A switch (True, False or None) may be missing:
    another torch may not have it.
    """
    if isinstance(ours, Mapping):
        _check_like_dict(name, ours, theirs)
    elif isinstance(ours, list | tuple):
        _check_like_list(name, ours, theirs)
    elif isinstance(ours, bool | None):
        if not isinstance(theirs, bool | None):
            raise _wrong(name, "True or False", theirs)
    elif isinstance(ours, int | float):
        if not _is_number(theirs):
            raise _wrong(name, "a number", theirs)
    elif isinstance(ours, str) and theirs != ours:
        raise _wrong(name, repr(ours), theirs)


def _check_like_dict(name: str, ours: Mapping[str, object], theirs: object) -> None:
    if not isinstance(theirs, Mapping):
        raise _wrong(name, "a dict", theirs)
    for key, value in ours.items():
        if key in theirs:
            check_like(f"{name}.{key}", value, theirs[key])
        elif not isinstance(value, bool | None):
            raise ValueError(f"{name}.{key} is missing")


def _check_like_list(name: str, ours: list[object] | tuple[object, ...], theirs: object) -> None:
    if not isinstance(theirs, list | tuple):
        raise _wrong(name, "a list", theirs)
    if len(theirs) != len(ours):
        raise ValueError(f"{name} must have {len(ours)} values, got {len(theirs)}")
    for k, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        check_like(f"{name}.{k}", one, other)


def check_same(name: str, wanted: object, found: object) -> None:
    """Raise unless these are equal plain values, all the way down."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key in [*wanted, *(key for key in found if key not in wanted)]:
            values = (each.get(key, NOTHING) for each in (wanted, found))
            check_same(f"{name}.{key}" if name else str(key), *values)
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            raise ValueError(f"{name} must have {len(wanted)} values, got {len(found)}")
        for k, (one, other) in enumerate(zip(wanted, found, strict=True)):
            check_same(f"{name}.{k}", one, other)
    elif isinstance(wanted, Tensor) or isinstance(found, Tensor) or wanted != found:
        # A path is shown whole: two may differ in their last letters.
        both = (short(v, LONGEST_PATH) if isinstance(v, str) else form(v) for v in (wanted, found))
        raise ValueError("{} must be {}, got {}".format(name, *both))


def first_line(error: Exception) -> str:
    """What an error says, without the advice that torch adds."""
    return next(iter(str(error).splitlines()), "")


def _wrong(name: str, wanted: str, got: object) -> ValueError:
    return ValueError(f"{name} must be {wanted}, got {form(got)}")


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _check_numbers(groups: list[dict], theirs: Mapping[str, Any]) -> None:
    """Raise unless the parameters have our numbers, and no other has a state."""
    for k, (ours, other) in enumerate(zip(groups, theirs["param_groups"], strict=True)):
        if other["params"] != ours["params"]:
            raise ValueError(
                f"optimizer.param_groups.{k}.params must be {ours['params']}, got {other['params']}"
            )
    numbers = [number for group in groups for number in group["params"]]
    for number, values in theirs["state"].items():
        name = f"optimizer.state.{number}"
        if number not in numbers:
            raise _wrong(name, "nothing", values)
        if not isinstance(values, Mapping):
            raise _wrong(name, "a dict", values)


def _step_without_gradient(optimizer: Optimizer) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for number, parameter in enumerate(parameters):
        check_finite(f"parameter {number} after a step", parameter)
