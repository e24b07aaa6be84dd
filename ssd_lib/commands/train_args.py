"""The arguments of ``train``."""

import argparse

from ssd_lib.commands.data_args import add_data_arguments
from ssd_lib.commands.numbers import devices, not_negative, positive, positive_number, seed
from ssd_lib.model import MODELS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``train`` to a parser."""
    add_data_arguments(parser)
    _add_network(parser.add_argument_group("network"))
    _add_training(parser.add_argument_group("training"))
    _add_run(parser.add_argument_group("run"))
    _add_devices(parser.add_argument_group("devices"))


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--model", choices=sorted(MODELS), default="tiny", help="network")
    group.add_argument(
        "--batch-norm",
        action="store_true",
        help="add batch normalization after every convolution, to train from scratch; the paper "
        "has none",
    )
    group.add_argument(
        "--init",
        metavar="vgg16|none|FILE",
        help="initial weights: ImageNet's VGG16 (528 MB, downloaded once), random ones, or a weight "
        "file; vgg16 by default for ssd300 and ssd512 without --batch-norm, as in the paper",
    )
    group.add_argument("--start", help=argparse.SUPPRESS)  # the earlier name of --init
    group.add_argument(
        "--backbone-only",
        action="store_true",
        help="load only the layers before the heads from the weight file",
    )
    group.add_argument(
        "--layout",
        choices=("auto", "default"),
        default="auto",
        help="auto: choose other default boxes if the default layout fits the data badly; a resumed "
        "run keeps its own",
    )


def _add_training(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--steps",
        type=positive,
        metavar="N",
        help="number of batches; 4000 by default for tiny and page, 120000 for ssd300 and "
        "ssd512, as in the paper's code for VOC 07+12",
    )
    group.add_argument(
        "--batch-size",
        type=positive,
        metavar="N",
        help="images per batch, over all devices; 16 by default for tiny and page, else 32, the "
        "paper's",
    )
    group.add_argument(
        "--optimizer",
        choices=("sgd", "adamw"),
        help="sgd (the paper's), or adamw with a one-cycle schedule, for short runs",
    )
    group.add_argument(
        "--lr",
        type=positive_number,
        help="learning rate; 0.001 by default with sgd, the paper's; with adamw 0.004 for tiny, "
        "else 0.0004",
    )
    group.add_argument(
        "--milestones",
        type=positive,
        nargs="+",
        metavar="N",
        help="steps after which sgd's learning rate is divided by 10; 2/3 and 5/6 of the run by "
        "default, as the paper's 80000 and 100000 of 120000",
    )
    group.add_argument(
        "--warm-up",
        type=not_negative,
        metavar="N",
        help="steps over which sgd's learning rate rises; by default 500, or a quarter of a run of "
        "less than 2000; the paper has none",
    )
    group.add_argument(
        "--clip",
        type=positive_number,
        metavar="NORM",
        help="maximum norm of the gradient; not clipped by default, as in the paper",
    )
    group.add_argument(
        "--augmentation",
        choices=("paper", "none"),
        help="paper by default; none for toy scenes, of which there are as many as are needed",
    )
    group.add_argument(
        "--seed",
        type=seed,
        default=0,
        help="seed of the weights, the order of the images and the augmentation",
    )


def _add_run(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--folder", metavar="FOLDER", help="folder of the run; runs/DATA-MODEL by default"
    )
    group.add_argument("--resume", action="store_true", help="resume the run in the folder")
    group.add_argument(
        "--validate-every",
        type=positive,
        metavar="N",
        help="steps between two validations; only at the end by default",
    )
    group.add_argument(
        "--checkpoint-every",
        type=positive,
        default=1000,
        metavar="N",
        help="steps between two checkpoints",
    )
    group.add_argument(
        "--log-every", type=positive, default=50, metavar="N", help="steps between two log rows"
    )


def _add_devices(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="auto is a GPU if there is one",
    )
    group.add_argument(
        "--devices",
        type=devices,
        default=1,
        metavar="N|auto",
        help="number of devices per machine; auto is all of them",
    )
    group.add_argument("--nodes", type=positive, default=1, metavar="N", help="number of machines")
    group.add_argument(
        "--precision",
        choices=("auto", "32", "bf16"),
        default="auto",
        help="auto is bf16 on GPUs that support it, else 32 bits",
    )
    group.add_argument(
        "--channels-last",
        action="store_true",
        help="use the channels-last memory format, which is faster on most devices",
    )
    group.add_argument(
        "--compile",
        action="store_true",
        help="compile the network with torch.compile; the first steps take minutes",
    )
    group.add_argument(
        "--workers",
        type=not_negative,
        metavar="N",
        help="number of processes that read images; 0 reads them in this process; by default as "
        "many as suit the machine",
    )
