"""The arguments of ``train``, what they are by default, and which go together."""

import argparse
import os
from pathlib import Path

from ssd_lib.commands.data_args import add_data_arguments, check_data_arguments
from ssd_lib.commands.init import LAYOUTS, check_start
from ssd_lib.commands.numbers import (
    devices,
    not_negative,
    positive,
    positive_number,
    seed,
)
from ssd_lib.commands.resume import NAMES

DEFAULTS = {  # by model: what the paper has for VOC 2007 and 2012, and what suits a CPU
    "tiny": {"optimizer": "adamw", "steps": 4000, "batch_size": 16},
    "ssd300": {"optimizer": "sgd", "steps": 120_000, "batch_size": 32},
    "ssd512": {"optimizer": "sgd", "steps": 120_000, "batch_size": 32},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be asked for."""
    add_data_arguments(parser)
    _add_network(parser.add_argument_group("network"))
    _add_training(parser.add_argument_group("training"))
    _add_run(parser.add_argument_group("run"))
    _add_devices(parser.add_argument_group("devices"))


def complete(args: argparse.Namespace) -> None:
    """Refuse what does not go together, and fill in what depends on something else.

    Nothing is opened but a weight file to start from.

    Raises:
        ValueError: naming the argument, what it must be, and what came.
    """
    check_data_arguments(args)
    for name, value in DEFAULTS[args.model].items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    if args.augmentation is None:
        args.augmentation = "none" if args.data == "toy" else "paper"
    _complete_schedule(args)
    _complete_network(args)
    _complete_folder(args)


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--model", choices=sorted(LAYOUTS), default="tiny")
    group.add_argument(
        "--batch-norm",
        action="store_true",
        help="batch normalisation after every convolution, to learn from nothing; the paper has none",
    )
    group.add_argument(
        "--start",
        metavar="vgg16|none|FILE",
        help="what to start from: ImageNet's VGG16 (528 MB, downloaded once), nothing, or a weight "
        "file; by default vgg16 for ssd300 and ssd512 without --batch-norm, as in the paper",
    )
    group.add_argument(
        "--backbone-only",
        action="store_true",
        help="of the weight file take the layers before the heads alone",
    )
    group.add_argument(
        "--layout",
        choices=("auto", "default"),
        default="auto",
        help="auto: choose other default boxes if the default layout fits the data badly; "
        "with --resume, those of the run",
    )


def _add_training(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--steps",
        type=positive,
        metavar="N",
        help="batches; 120000 for ssd300, as the code for VOC 07+12; 4000 for tiny",
    )
    group.add_argument(
        "--batch-size",
        type=positive,
        metavar="N",
        help="of all devices together; 32, the paper's, and 16 for tiny",
    )
    group.add_argument(
        "--optimizer",
        choices=("sgd", "adamw"),
        help="sgd is the paper's; adamw, in one cycle, for short runs",
    )
    group.add_argument(
        "--lr",
        type=positive_number,
        help="learning rate; 0.001 with sgd, the paper's; with adamw 0.004 for tiny, 0.0004 else",
    )
    group.add_argument(
        "--milestones",
        type=positive,
        nargs="+",
        metavar="N",
        help="sgd: steps after which the learning rate falls to a tenth; at 2/3 and 5/6 of the run, as the paper's 80000 and 100000 of 120000",
    )
    group.add_argument(
        "--warm-up",
        type=not_negative,
        metavar="N",
        help="sgd: steps over which the learning rate rises; 500, or a quarter of a run of less than 2000; the paper has none; it tames the first steps",
    )
    group.add_argument(
        "--clip",
        type=positive_number,
        metavar="NORM",
        help="largest length of the gradient; the paper leaves it",
    )
    group.add_argument(
        "--augmentation",
        choices=("paper", "none"),
        help="paper; none for toy scenes, of which there are as many as one wants",
    )
    group.add_argument("--seed", type=seed, default=0, help="of weights, order and augmentation")


def _add_run(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--folder", metavar="FOLDER", help="of the run; runs/DATA-MODEL if not given"
    )
    group.add_argument(
        "--resume", action="store_true", help="go on where the run in the folder ended"
    )
    group.add_argument(
        "--validate-every", type=positive, metavar="N", help="steps; at the end alone if not given"
    )
    group.add_argument("--checkpoint-every", type=positive, default=1000, metavar="N", help="steps")
    group.add_argument("--log-every", type=positive, default=50, metavar="N", help="steps")


def _add_devices(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="auto: a GPU, if there is one",
    )
    group.add_argument(
        "--devices",
        type=devices,
        default=1,
        metavar="N|auto",
        help="how many, or all that are here",
    )
    group.add_argument("--nodes", type=positive, default=1, metavar="N", help="machines")
    group.add_argument(
        "--precision",
        choices=("auto", "32", "bf16"),
        default="auto",
        help="auto: bf16 on a GPU that is good at it, else 32 bits",
    )
    group.add_argument(
        "--channels-last",
        action="store_true",
        help="the memory layout that convolutions prefer on most devices",
    )
    group.add_argument(
        "--compile",
        action="store_true",
        help="let torch.compile make it faster; the first steps take minutes",
    )
    group.add_argument(
        "--workers", type=not_negative, metavar="N", help="processes that read images"
    )


def _complete_schedule(args: argparse.Namespace) -> None:
    if args.lr is None:
        deep = 4e-4 if args.model != "tiny" else 4e-3
        args.lr = 1e-3 if args.optimizer == "sgd" else deep
    if args.optimizer == "adamw":
        _refuse_steps(args)
    else:
        _complete_steps(args)


def _refuse_steps(args: argparse.Namespace) -> None:
    for name, value in (("milestones", args.milestones), ("warm-up", args.warm_up)):
        if value is not None:
            raise ValueError(
                f"{name} must be left out with --optimizer adamw, which has a schedule "
                f"of its own, got {_shown(value)}"
            )


def _complete_steps(args: argparse.Namespace) -> None:
    if args.milestones is None:
        first = max(1, args.steps * 2 // 3)
        args.milestones = [first, max(first + 1, args.steps * 5 // 6)]
    elif [*args.milestones, args.steps] != sorted({*args.milestones, args.steps}):
        raise ValueError(
            f"milestones must rise and be below steps, which is {args.steps}, got "
            f"{_shown(args.milestones)}"
        )
    if args.warm_up is None:
        args.warm_up = min(500, args.steps // 4)
    elif args.warm_up >= args.steps:
        raise ValueError(f"warm-up must be below steps, which is {args.steps}, got {args.warm_up}")


def _complete_network(args: argparse.Namespace) -> None:
    if args.model == "tiny" and args.batch_norm:
        raise ValueError("batch-norm must be left out with --model tiny: it always has it")
    takes_vgg16 = args.model != "tiny" and not args.batch_norm
    if args.start is None:
        args.start = "vgg16" if takes_vgg16 else "none"
    if args.start == "vgg16" and not takes_vgg16:
        network = "--model tiny" if args.model == "tiny" else "--batch-norm"
        raise ValueError(
            f"start must be none or a weight file with {network}: it is no VGG16 as "
            "ImageNet's weights need it, got vgg16"
        )
    if args.backbone_only and args.start in ("none", "vgg16"):
        raise ValueError(
            "backbone-only must be left out unless start is a weight file, got "
            f"--start {args.start}"
        )
    if not args.resume:
        check_start(args.start)


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
    if data in NAMES["data"]:
        return data
    path = Path(os.path.realpath(data))
    return (path.name if path.is_dir() else path.stem) or "data"


def _shown(value: int | list[int]) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
