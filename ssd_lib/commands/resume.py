"""Which run a folder holds, and whether a command may go on with it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ssd_lib.commands.data_args import NAMED
from ssd_lib.commands.init import NOT_A_FILE
from ssd_lib.default_boxes import DefaultBoxLayout
from ssd_lib.model.entries import layout_of
from ssd_lib.model.weights import OF_A_RUN
from ssd_lib.train.checkpoint import check_run, read_checkpoint
from ssd_lib.train.run import CHECKPOINT

RESUME_KEYS = (  # arguments that are equal in a run and in the command that resumes it
    "data",
    "split",
    "scenes",
    "model",
    "batch_norm",
    "init",
    "backbone_only",
    "steps",
    "batch_size",
    "optimizer",
    "lr",
    "milestones",
    "warm_up",
    "clip",
    "augmentation",
    "seed",
)
NOT_A_PATH = {"data": NAMED, "init": NOT_A_FILE}  # all other values are paths
RENAMED = {"start": "init"}  # keys in checkpoints of earlier versions, and their new names

RunConfig = dict[str, Any]  # what a checkpoint has in common with the command


class Begun(NamedTuple):
    """A run that goes on."""

    layout: DefaultBoxLayout  # that it was begun with
    config: RunConfig  # that of the command, under the checkpoint's keys


def run_config(settings: Mapping[str, Any]) -> RunConfig:
    """Those of a command's arguments that a checkpoint keeps; a path by where it leads.

    Args:
        settings: the arguments, completed.
    """
    values = {key: settings[key] for key in RESUME_KEYS}
    for key, names in NOT_A_PATH.items():
        if values[key] not in names:
            values[key] = os.path.normcase(os.path.realpath(values[key]))
    return {key.replace("_", "-"): value for key, value in values.items()}


def check_folder(folder: Path, resume: bool) -> None:
    """A new run must have a folder of its own, and one that goes on that of a run.

    Raises:
        ValueError: if it is otherwise.
    """
    is_run = (folder / CHECKPOINT).exists()
    if is_run and not resume:
        raise ValueError(f"{folder} holds a run: add --resume, or choose another --folder")
    if resume and not is_run:
        raise ValueError(
            f"{folder} holds no run to resume, there is no {CHECKPOINT}: leave --resume out "
            "to begin one"
        )


def read_run(folder: Path, config: RunConfig, wanted: DefaultBoxLayout | None = None) -> Begun:
    """The run in a folder, if it was begun with what the command says.

    Args:
        folder: of the run.
        config: of the command.
        wanted: the default boxes that the run must have been begun with; None is any.

    Raises:
        ValueError: if the checkpoint is of a run with other arguments; the first is
            named.
    """
    path = folder / CHECKPOINT
    state = read_checkpoint(path)
    theirs: RunConfig = state["run_config"]
    try:
        check_run(config, {RENAMED.get(key, key): value for key, value in theirs.items()})
        layout = layout_of(state["layout"])
        if wanted is not None and layout != wanted:
            raise ValueError(
                "layout must be auto, for the run was begun with default boxes of "
                f"{sizes(layout)} pixels, got default"
            )
    except ValueError as error:
        hint = _to_train_longer(folder) if "run: steps" in str(error) else ""
        raise ValueError(f"{path} cannot be resumed: {error}{hint}") from error
    earlier = {new: old for old, new in RENAMED.items() if old in theirs}
    return Begun(layout, {earlier.get(key, key): value for key, value in config.items()})


def sizes(layout: DefaultBoxLayout) -> str:
    """The smallest box of each map, in pixels."""
    return ", ".join(f"{row.min_size_px:.0f}" for row in layout.maps)


def _to_train_longer(folder: Path) -> str:
    return (
        ", for its learning rate follows a schedule of that length; to train longer, "
        f"let it end, then begin another with --init {folder / OF_A_RUN} --folder NEW"
    )
