"""The state of a run in one file that is whole at every moment."""

import io
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ssd_lib.files import write_whole

FORMAT = "ssd_lib checkpoint 1"


def save_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: Optimizer,
    schedule: LRScheduler,
    step: int,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write a run's state; a file that was there stays whole until the new one is.

    Written under another name, brought to the disk, then renamed: whoever is killed on
    the way leaves the old file.

    Args:
        path: of the file.
        model: with what has been learnt.
        optimizer: with its momentum.
        schedule: of the learning rate.
        step: how many steps have been taken.
        about: what a run must have in common with the one that goes on with it;
            numbers, texts and lists of them.

    Raises:
        ValueError: if a weight is not finite (it is named); nothing is written.
        OSError: if the disk is full or cannot be written; the old file is kept.
    """
    for name, value in model.state_dict().items():
        if not value.isfinite().all():
            raise ValueError(f"weights must be finite, got others in {name}; not saved")
    state = {
        "format": FORMAT,
        "step": step,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "random": torch.get_rng_state(),
        "about": dict(about or {}),
    }
    content = io.BytesIO()
    torch.save(state, content)
    write_whole(path, content.getbuffer())


def load_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: Optimizer,
    schedule: LRScheduler,
    about: Mapping[str, Any] | None = None,
) -> int:
    """Bring a run to the state that :func:`save_checkpoint` wrote.

    Returns:
        How many steps have been taken.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no checkpoint, is cut short, or is one of another network
            or run (it says what differs); model and optimizer are left as they were.
    """
    state = read_checkpoint(path)
    for name, wanted in (about or {}).items():
        if state["about"].get(name) != wanted:
            raise ValueError(
                f"{path} is of another run: {name} must be {wanted!r}, "
                f"got {state['about'].get(name)!r}"
            )
    weights = {k.removeprefix("module."): v for k, v in state["model"].items()}
    _compare(path, model.state_dict(), weights)
    groups = [len(group["params"]) for group in optimizer.param_groups]
    found = [len(group["params"]) for group in state["optimizer"]["param_groups"]]
    if groups != found:
        raise ValueError(
            f"{path} is of another optimizer: groups must have {groups} parameters, "
            f"got {found}"
        )
    model.load_state_dict(weights)
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    torch.set_rng_state(state["random"])
    return state["step"]


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """What a checkpoint holds, on the CPU; nothing but tensors and plain values.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is none, or cut short.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint at {path}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old pickles; they are refused anyway
            state = torch.load(path, map_location="cpu", weights_only=True)
    except (
        OSError,
        RuntimeError,
        EOFError,
        ValueError,
        pickle.UnpicklingError,
    ) as error:
        raise ValueError(f"{path} cannot be read as a checkpoint: {error}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        found = state.get("format") if isinstance(state, dict) else type(state).__name__
        raise ValueError(
            f"{path} cannot be read as a checkpoint: its format must be {FORMAT!r}, "
            f"got {found!r}"
        )
    return state


def _compare(path: str | Path, ours: Mapping, theirs: Mapping) -> None:
    """Name the first weight that does not fit, and both shapes."""
    for name in sorted(ours.keys() | theirs.keys()):
        shapes = [list(s[name].shape) if name in s else None for s in (ours, theirs)]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"{path} is of another network: {name} must be {shapes[0]}, "
                f"got {shapes[1]}"
            )
        if not theirs[name].isfinite().all():
            raise ValueError(f"{path} has numbers that are not finite in {name}")
