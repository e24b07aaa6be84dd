"""What the arguments of ``train`` are by default, which go together, and in typed groups."""

import argparse
import os
import warnings
from pathlib import Path
from typing import NamedTuple, TypedDict

from ssd_lib.commands.data_args import NAMED, DataArguments, data_arguments
from ssd_lib.commands.init import NOT_A_FILE, check_init

DEFAULTS = {  # by model: what the paper has for VOC 2007 and 2012, and what suits a CPU
    "tiny": {"optimizer": "adamw", "steps": 4000, "batch_size": 16},
    "page": {"optimizer": "adamw", "steps": 4000, "batch_size": 16},
    "ssd300": {"optimizer": "sgd", "steps": 120_000, "batch_size": 32},
    "ssd512": {"optimizer": "sgd", "steps": 120_000, "batch_size": 32},
}
SMALL = ("tiny", "page")  # trained from scratch, with batch normalization of their own


class Network(NamedTuple):
    """The network, and how its weights and memory are laid out before the first step."""

    model: str
    batch_norm: bool
    init: str
    backbone_only: bool
    seed: int
    channels_last: bool
    compiled: bool


class Schedule(NamedTuple):
    """The optimizer, and how the learning rate moves."""

    optimizer: str
    steps: int
    lr: float
    milestones: list[int] | None  # of sgd, as is the warm-up
    warm_up: int | None


class FitOptions(TypedDict):
    """Arguments of :func:`ssd_lib.train.fit`."""

    num_steps: int
    batch_size: int
    validate_every: int | None
    folder: Path
    checkpoint_every: int
    resume: bool
    log_every: int
    clip_norm: float | None
    seed: int
    num_workers: int | None


class TrainArguments(NamedTuple):
    """What belongs together, for ``run`` to take apart."""

    data: DataArguments
    network: Network
    schedule: Schedule
    options: FitOptions


def complete(args: argparse.Namespace) -> TrainArguments:
    """Refuse what does not go together, and fill in what depends on something else.

    Nothing is opened but a weight file to start from.

    Args:
        args: is changed: afterwards it has a value wherever one is needed.

    Raises:
        ValueError: naming the argument, what it must be, and what came.
    """
    data = data_arguments(args)
    for name, value in DEFAULTS[args.model].items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    if args.augmentation is None:
        args.augmentation = "none" if args.data == "toy" else "paper"
    _complete_schedule(args)
    _complete_network(args)
    _complete_folder(args)
    network = Network(
        args.model,
        args.batch_norm,
        args.init,
        args.backbone_only,
        args.seed,
        args.channels_last,
        args.compile,
    )
    schedule = Schedule(args.optimizer, args.steps, args.lr, args.milestones, args.warm_up)
    return TrainArguments(data, network, schedule, _fit_options(args))


def _fit_options(args: argparse.Namespace) -> FitOptions:
    return FitOptions(
        num_steps=args.steps,
        batch_size=args.batch_size,
        validate_every=args.validate_every,
        folder=Path(args.folder),
        checkpoint_every=args.checkpoint_every,
        resume=args.resume,
        log_every=args.log_every,
        clip_norm=args.clip,
        seed=args.seed,
        num_workers=args.workers,
    )


def _complete_schedule(args: argparse.Namespace) -> None:
    if args.lr is None:
        deep = 4e-4 if args.model not in SMALL else 4e-3
        args.lr = 1e-3 if args.optimizer == "sgd" else deep
    if args.optimizer == "adamw":
        _refuse_steps(args)
    else:
        _complete_steps(args)


def _refuse_steps(args: argparse.Namespace) -> None:
    for name, value in (("milestones", args.milestones), ("warm-up", args.warm_up)):
        if value is not None:
            shown = _spaced(value) if isinstance(value, list) else value
            raise ValueError(
                f"{name} must be left out with --optimizer adamw, which has a schedule "
                f"of its own, got {shown}"
            )


def _complete_steps(args: argparse.Namespace) -> None:
    if args.milestones is None:
        first = max(1, args.steps * 2 // 3)
        args.milestones = [first, max(first + 1, args.steps * 5 // 6)]
    elif [*args.milestones, args.steps] != sorted({*args.milestones, args.steps}):
        raise ValueError(
            f"milestones must rise and be below steps, which is {args.steps}, got "
            f"{_spaced(args.milestones)}"
        )
    if args.warm_up is None:
        args.warm_up = min(500, args.steps // 4)
    elif args.warm_up >= args.steps:
        raise ValueError(f"warm-up must be below steps, which is {args.steps}, got {args.warm_up}")


def _complete_network(args: argparse.Namespace) -> None:
    is_small = args.model in SMALL
    if is_small and args.batch_norm:
        raise ValueError(f"batch-norm must be left out with --model {args.model}: it always has it")
    _take_earlier_name(args)
    takes_vgg16 = not is_small and not args.batch_norm
    if args.init is None:
        args.init = "vgg16" if takes_vgg16 else "none"
    if args.init == "vgg16" and not takes_vgg16:
        network = f"--model {args.model}" if is_small else "--batch-norm"
        raise ValueError(
            f"init must be none or a weight file with {network}: it is no VGG16 as "
            "ImageNet's weights need it, got vgg16"
        )
    if args.backbone_only and args.init in NOT_A_FILE:
        raise ValueError(
            f"backbone-only must be left out unless init is a weight file, got --init {args.init}"
        )
    if not args.resume:
        check_init(args.init)


def _take_earlier_name(args: argparse.Namespace) -> None:
    """Take ``--start``, the earlier name of ``--init``, and say so once on each machine."""
    start = vars(args).pop("start")
    if start is None:
        return
    if args.init is not None:
        raise ValueError(f"start must be left out with --init, its new name, got {start}")
    if os.environ.get("LOCAL_RANK", "0") == "0":
        warnings.warn("--start is now called --init", FutureWarning, stacklevel=2)
    args.init = start


def _complete_folder(args: argparse.Namespace) -> None:
    if args.folder is None:
        args.folder = f"runs/{_name_of(args.data)}-{args.model}"
    if not args.folder.strip() or os.path.isfile(args.folder):
        raise ValueError(
            "folder must be that of a run, or the name of a new one, got "
            + (f"the file {args.folder}" if args.folder.strip() else "a blank")
        )


def _name_of(data: str) -> str:
    """A data set's name, or what its folder or file is called, however it is spelled."""
    if data in NAMED:
        return data
    path = Path(os.path.realpath(data))
    return (path.name if path.is_dir() else path.stem) or "data"


def _spaced(numbers: list[int]) -> str:
    return " ".join(map(str, numbers))
