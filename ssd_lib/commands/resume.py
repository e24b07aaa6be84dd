"""Which run a folder holds, and whether a command may go on with it."""

import argparse
import hashlib
import os
from pathlib import Path
from typing import Any

from torch.utils.data import ConcatDataset, Dataset, Subset

from ssd_lib.commands.data_args import NAMED
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
    "start",
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
NAMES = {"data": NAMED, "start": ("vgg16", "none")}  # all else is a path


def run_config(args: argparse.Namespace) -> dict[str, Any]:
    """What a checkpoint has in common with the command; a path by where it leads."""
    values = {key: getattr(args, key) for key in RESUME_KEYS}
    for key, names in NAMES.items():
        if values[key] not in names:
            values[key] = os.path.normcase(os.path.realpath(values[key]))
    return {key.replace("_", "-"): value for key, value in values.items()}


def check_folder(args: argparse.Namespace) -> None:
    """A new run must have a folder of its own, and one that goes on that of a run.

    Raises:
        ValueError: if it is otherwise.
    """
    there = Path(args.folder, CHECKPOINT).exists()
    if there and not args.resume:
        raise ValueError(f"{args.folder} holds a run: add --resume, or choose another --folder")
    if args.resume and not there:
        raise ValueError(
            f"{args.folder} holds no run to resume, there is no {CHECKPOINT}: leave "
            "--resume out to begin one"
        )


def layout_to_resume(
    args: argparse.Namespace, default: DefaultBoxLayout
) -> DefaultBoxLayout | None:
    """The default boxes of the run that goes on; None of a run that begins.

    Args:
        args: of the command, completed.
        default: the layout of its network.

    Raises:
        ValueError: if the checkpoint is of a run with other arguments; the first is
            named.
    """
    check_folder(args)
    if not args.resume:
        return None
    path = Path(args.folder, CHECKPOINT)
    state = read_checkpoint(path)
    try:
        check_run(run_config(args), state["run_config"])
        layout = layout_of(state["layout"])
        if args.layout == "default" and layout != default:
            raise ValueError(
                "layout must be auto, for the run was begun with default boxes of "
                f"{sizes(layout)} pixels, got default"
            )
    except ValueError as error:
        hint = _to_train_longer(args) if "run: steps" in str(error) else ""
        raise ValueError(f"{path} cannot be resumed: {error}{hint}") from error
    return layout


def sizes(layout: DefaultBoxLayout) -> str:
    """The smallest box of each map, in pixels."""
    return ", ".join(f"{row.min_size_px:.0f}" for row in layout.maps)


def images_fingerprint(dataset: Dataset) -> str:
    """How many images there are and, if they are files, a hash of their names in order.

    Names are taken from the folder on that holds all of them, so that a data set may
    be moved.

    Example:
        >>> images_fingerprint([None] * 3)
        '3 images'
    """
    files = _files(dataset)
    count = f"{len(dataset)} images"
    if not files or None in files:
        return count
    root = os.path.commonpath([os.path.dirname(file) for file in files])
    names = "\n".join(Path(os.path.relpath(file, root)).as_posix() for file in files)
    digest = hashlib.sha256(names.encode(errors="surrogatepass")).hexdigest()
    return f"{count} ({digest[:12]})"


def _files(dataset: Dataset) -> list[str | None]:
    """The file of each image, or None."""
    if isinstance(dataset, Subset):
        files = _files(dataset.dataset)
        return [files[index] for index in dataset.indices]
    if isinstance(dataset, ConcatDataset):
        return [file for part in dataset.datasets for file in _files(part)]
    records = getattr(dataset, "records", None)
    if records is None:
        return [None] * len(dataset)
    return [os.path.abspath(record.image) for record in records]


def _to_train_longer(args: argparse.Namespace) -> str:
    return (
        ", for its learning rate follows a schedule of that length; to train longer, "
        f"let it end, then begin another with --start {Path(args.folder, OF_A_RUN)} "
        "--folder NEW"
    )
