"""Whether what a checkpoint holds can take the place of what a run has.

Every function here raises a ValueError that names the first entry that cannot, and
changes nothing: a checkpoint is taken whole or not at all.
"""

import copy
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

ENTRIES = {
    "step": int,
    "model": Mapping,
    "optimizer": Mapping,
    "schedule": Mapping,
    "random": Tensor,
    "run_config": Mapping,
    "layout": Mapping,
}
NOTHING = object()
LONGEST_PATH = 4096


def check_entries(state: Mapping[str, Any]) -> None:
    """Everything is there, and of its kind."""
    for name, kind in ENTRIES.items():
        if name not in state:
            raise ValueError(f"{name} is missing")
        if kind is Mapping and not isinstance(state[name], kind):
            raise ValueError(f"{name} must be a dict, got {shown(state[name])}")
    check_count("step", state["step"])
    try:
        torch.Generator().set_state(state["random"])
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"random must be a random state, got {shown(state['random'])}") from error


def check_count(name: str, value: object) -> None:
    """A whole number from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} must be a whole number from 0 on, got {shown(value)}")


def check_weights(ours: Mapping[str, Tensor], theirs: Mapping[str, Any]) -> None:
    """The same names, shapes and kinds of numbers, all of them finite."""
    for name in [*ours, *theirs]:
        wanted, found = ours.get(name, NOTHING), theirs.get(name, NOTHING)
        if wanted is NOTHING or not _is_dense(found) or wanted.shape != found.shape:
            raise ValueError(f"{name} must be {shown(wanted)}, got {shown(found)}")
        if wanted.is_floating_point() != found.is_floating_point():
            raise ValueError(f"{name} must be {wanted.dtype}, got {found.dtype}")
        check_finite(name, found)


def check_finite(name: str, value: object) -> None:
    """No NaN and nothing infinite in a tensor, or in those of a dict."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            check_finite(f"{name}.{key}", part)
    elif _is_dense(value) and not value.isfinite().all():
        raise ValueError(f"{name} must be finite, got others")


def check_optimizer(optimizer: Optimizer, theirs: Mapping[str, Any], step: int) -> None:
    """Its groups are like ours, and one step with its state, on a copy, succeeds."""
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
    """Plain values of the same form, all the way down.

    Numbers may differ, texts may not. A switch (True, False or None) may be missing:
    another torch may not have it.
    """
    if isinstance(ours, Mapping):
        _require(isinstance(theirs, Mapping), name, "a dict", theirs)
        for key, value in ours.items():
            if key in theirs:
                check_like(f"{name}.{key}", value, theirs[key])
            elif not isinstance(value, bool | None):
                raise ValueError(f"{name}.{key} is missing")
    elif isinstance(ours, list | tuple):
        _require(isinstance(theirs, list | tuple), name, "a list", theirs)
        if len(theirs) != len(ours):
            raise ValueError(f"{name} must have {len(ours)} values, got {len(theirs)}")
        for k, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            check_like(f"{name}.{k}", one, other)
    elif isinstance(ours, bool | None):
        _require(isinstance(theirs, bool | None), name, "True or False", theirs)
    elif isinstance(ours, int | float):
        _require(_is_number(theirs), name, "a number", theirs)
    elif isinstance(ours, str):
        _require(isinstance(theirs, str) and theirs == ours, name, repr(ours), theirs)


def check_same(name: str, wanted: object, found: object) -> None:
    """Equal plain values, all the way down."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key in wanted | found:
            values = (each.get(key, NOTHING) for each in (wanted, found))
            check_same(f"{name}.{key}" if name else str(key), *values)
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            raise ValueError(f"{name} must have {len(wanted)} values, got {len(found)}")
        for k, (one, other) in enumerate(zip(wanted, found, strict=True)):
            check_same(f"{name}.{k}", one, other)
    elif isinstance(wanted, Tensor) or isinstance(found, Tensor) or wanted != found:
        both = (shown(value, LONGEST_PATH) for value in (wanted, found))
        raise ValueError("{} must be {}, got {}".format(name, *both))


def shown(value: object, most: int = 60) -> str:
    """A value in a few words, or the beginning of it."""
    if value is NOTHING:
        return "nothing"
    if isinstance(value, Tensor):
        layout = "" if _is_dense(value) else f" ({value.device}, {value.layout})"
        return f"{list(value.shape)}{layout}"
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__}"
    text = repr(value)
    return text if len(text) < most else f"{text[:most]}..."


def first_line(error: Exception) -> str:
    """What an error says, without the advice that torch adds."""
    return next(iter(str(error).splitlines()), "")


def _require(right: bool, name: str, wanted: str, got: object) -> None:
    if not right:
        raise ValueError(f"{name} must be {wanted}, got {shown(got)}")


def _is_number(value: object) -> bool:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    return real and math.isfinite(value)


def _is_dense(value: object) -> bool:
    """A tensor in memory, each number in its place."""
    if not isinstance(value, Tensor) or value.device.type == "meta":
        return False
    return value.layout is torch.strided and not value.is_quantized


def _check_numbers(groups: list[dict], theirs: Mapping[str, Any]) -> None:
    """The parameters have our numbers, and no other has a state."""
    for k, (ours, other) in enumerate(zip(groups, theirs["param_groups"], strict=True)):
        if other["params"] != ours["params"]:
            raise ValueError(
                f"optimizer.param_groups.{k}.params must be {ours['params']}, got {other['params']}"
            )
    numbers = [number for group in groups for number in group["params"]]
    for number, values in theirs["state"].items():
        name = f"optimizer.state.{number}"
        if number not in numbers:
            raise ValueError(f"{name} must be nothing, got {shown(values)}")
        _require(isinstance(values, Mapping), name, "a dict", values)


def _step_without_gradient(optimizer: Optimizer) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for number, parameter in enumerate(parameters):
        check_finite(f"parameter {number} after a step", parameter)
