"""The state of a run in one file that is whole at every moment."""

import dataclasses
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ssd_lib.arguments import check_count
from ssd_lib.file_kinds import CHECKPOINT, WEIGHTS, kind_of_file
from ssd_lib.files import write_whole
from ssd_lib.model import SSD
from ssd_lib.model.state import NOTHING, form
from ssd_lib.offsets import VARIANCES
from ssd_lib.train.usable import (
    check_entries,
    check_finite,
    check_like,
    check_optimizer,
    check_same,
    check_weights,
    first_line,
)

FORMATS = ("ssd_lib checkpoint 2", "ssd_lib checkpoint 3")  # 2's layout has no variances


def save_checkpoint(
    path: str | Path,
    model: SSD,
    optimizer: Optimizer,
    schedule: LRScheduler,
    step: int,
    run_config: Mapping[str, Any] | None = None,
) -> None:
    """Write a run's state; a file that was there stays whole until the new one is.

    Written under another name, flushed to the disk, then renamed: a process killed on
    the way leaves the old file.

    Args:
        path: of the file.
        model: with what has been learnt.
        optimizer: with its momentum.
        schedule: of the learning rate.
        step: how many steps have been taken.
        run_config: what a run must have in common with the one that goes on with it;
            numbers, texts and lists of them.

    Raises:
        ValueError: if a weight or a value of the optimizer is not finite (it is
            named); nothing is written.
        OSError: if the disk is full or cannot be written; the old file is kept.
    """
    state = {
        "format": FORMATS[-1],
        "step": step,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "random": torch.get_rng_state(),
        "run_config": dict(run_config or {}),
        "layout": _layout_of(model),
    }
    try:
        for name in ("model", "optimizer"):
            check_finite(name, state[name])
    except ValueError as error:
        raise ValueError(f"{error}; not saved") from None
    content = io.BytesIO()
    torch.save(state, content)
    write_whole(path, content.getbuffer())


def load_checkpoint(
    path: str | Path,
    model: SSD,
    optimizer: Optimizer,
    schedule: LRScheduler,
    run_config: Mapping[str, Any] | None = None,
) -> int:
    """Bring a run to the state that :func:`save_checkpoint` wrote.

    Returns:
        How many steps have been taken.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a checkpoint, is damaged, or is of another network or
            run; the file and the entry are named. Model, optimizer, schedule and
            torch's random state are left as they were.
    """
    state = read_checkpoint(path)
    weights = {str(k).removeprefix("module."): v for k, v in state["model"].items()}
    plan = schedule.state_dict()
    try:
        check_run(run_config or {}, state["run_config"])
        _check_network(model, weights, state["layout"])
        check_optimizer(optimizer, state["optimizer"], state["step"])
        check_like("schedule", plan, state["schedule"])
        check_count("schedule.last_epoch", state["schedule"]["last_epoch"], minimum=0)
    except ValueError as error:
        raise ValueError(f"{path} cannot be resumed: {error}") from error
    model.load_state_dict(weights)
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict({k: v for k, v in state["schedule"].items() if k in plan})
    torch.set_rng_state(state["random"])
    return state["step"]


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """What a checkpoint holds, on the CPU; nothing but tensors and plain values.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is another kind of file, or damaged; the entry is named.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint at {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # torch does not look at the check sums
        if damaged:
            raise ValueError(f"{damaged} is damaged")
        state = torch.load(path, map_location="cpu", weights_only=True)
        found = state.get("format") if isinstance(state, dict) else state
        if found not in FORMATS:
            known = " or ".join(map(repr, FORMATS))
            raise ValueError(f"its format must be {known}, got {form(found)}")
        check_entries(state)
        if found == FORMATS[0]:
            state["layout"] = {**state["layout"], "variances": list(VARIANCES)}
    except Exception as error:  # any, when damaged bytes are unpickled
        raise ValueError(
            f"{path} cannot be read as a checkpoint: {_something_else(path) or first_line(error)}"
        ) from error
    return state


def _something_else(path: Path) -> str | None:
    """What kind of file it is, if that is known and it is not a checkpoint."""
    kind = kind_of_file(path)
    if kind in (None, CHECKPOINT):
        return None
    hint = "; load_weights reads it" if kind == WEIGHTS else ""
    return f"it must be a checkpoint of a run (.ckpt), got {kind}{hint}"


def check_run(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Raise if a checkpoint was written by another run than the one that resumes.

    Args:
        ours: what must be equal, as the resuming run has it.
        theirs: what the checkpoint says; it may say more.

    Raises:
        ValueError: naming the first entry that differs.
    """
    try:
        check_same("", {name: theirs.get(name, NOTHING) for name in ours}, ours)
    except ValueError as error:
        raise ValueError(f"it is of another run: {error}") from error


def _check_network(model: SSD, weights: Mapping[str, Any], layout: Mapping[str, Any]) -> None:
    try:
        check_weights(model.state_dict(), weights)
        check_same("layout", layout, _layout_of(model))
    except ValueError as error:
        raise ValueError(f"it is of another network: {error}") from error


def _layout_of(model: SSD) -> dict[str, Any]:
    """The table of default boxes, of lists, numbers and None."""
    return json.loads(json.dumps(dataclasses.asdict(model.layout)))
