"""Train a detector: toy scenes on a CPU, Pascal VOC on GPUs, or data of your own.

The folder of a run holds last.ckpt (for --resume), log.csv, weights.safetensors and
run.json, which says what was run, on what, and how good it is.
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import nn

from ssd_lib.augment import evaluation_transform, training_transform
from ssd_lib.commands.common import add_data_arguments, positive
from ssd_lib.commands.evaluate import as_table, measure
from ssd_lib.commands.own_data import Parts, fitting_layout, open_both
from ssd_lib.commands.record import about_this_run
from ssd_lib.commands.start import LAYOUTS, build, start_weights
from ssd_lib.default_boxes import DefaultBoxLayout
from ssd_lib.files import write_whole
from ssd_lib.model import SSD, save_weights
from ssd_lib.text import visible
from ssd_lib.train import Optimization, adamw_one_cycle, fit, sgd
from ssd_lib.train.run import CHECKPOINT, alone_in
from ssd_lib.validate import detect_dataset

USUAL = {  # by model: what the paper has for VOC 2007 and 2012, and what suits a CPU
    "tiny": {"optimizer": "adamw", "steps": 4000, "batch_size": 16},
    "ssd300": {"optimizer": "sgd", "steps": 120_000, "batch_size": 32},
    "ssd512": {"optimizer": "sgd", "steps": 120_000, "batch_size": 32},
}
MUST_BE_EQUAL = (  # between a run and the one that goes on with it
    "data", "split", "scenes", "model", "batch_norm", "steps", "batch_size",
    "optimizer", "lr", "milestones", "warm_up", "clip", "augmentation", "seed",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be asked for."""
    add_data_arguments(parser)
    group = parser.add_argument_group("network")
    group.add_argument("--model", choices=sorted(LAYOUTS), default="tiny")
    group.add_argument(
        "--batch-norm", action="store_true",
        help="batch normalisation behind every convolution, to learn from nothing; the paper has none",
    )  # fmt: skip
    group.add_argument(
        "--start", metavar="vgg16|none|FILE",
        help="what to start from: ImageNet's VGG16 (528 MB, downloaded once), nothing, or a weight "
        "file; usually vgg16 for ssd300 and ssd512 without --batch-norm, as in the paper",
    )  # fmt: skip
    group.add_argument(
        "--backbone-only", action="store_true",
        help="of the weight file take the layers before the heads alone",
    )  # fmt: skip
    group.add_argument(
        "--layout", choices=("auto", "usual"), default="auto",
        help="auto: choose other default boxes if the usual ones fit the data badly",
    )  # fmt: skip

    group = parser.add_argument_group("training")
    group.add_argument(
        "--steps", type=positive, metavar="N", help="batches; 120000 for ssd300, as the code for VOC 07+12; 4000 for tiny"
    )  # fmt: skip
    group.add_argument("--batch-size", type=positive, metavar="N", help="of all devices together; 32, the paper's, and 16 for tiny")  # fmt: skip
    group.add_argument("--optimizer", choices=("sgd", "adamw"), help="sgd is the paper's; adamw, in one cycle, for short runs")  # fmt: skip
    group.add_argument("--lr", type=float, help="learning rate; 0.001 with sgd, the paper's; with adamw 0.004 for tiny, 0.0004 else")  # fmt: skip
    group.add_argument(
        "--milestones", type=positive, nargs="+", metavar="N",
        help="sgd: steps after which the learning rate falls to a tenth; at 2/3 and 5/6 of the run, as the paper's 80000 and 100000 of 120000",
    )  # fmt: skip
    group.add_argument(
        "--warm-up", type=int, metavar="N",
        help="sgd: steps over which the learning rate rises; 500, or a quarter of a run of less than 2000; the paper has none; it tames the first steps",
    )  # fmt: skip
    group.add_argument("--clip", type=float, metavar="NORM", help="largest length of the gradient; the paper leaves it")  # fmt: skip
    group.add_argument("--augmentation", choices=("paper", "none"), help="paper; none for toy scenes, of which there are as many as one wants")  # fmt: skip
    group.add_argument(
        "--seed", type=int, default=0, help="of weights, order and augmentation"
    )

    group = parser.add_argument_group("run")
    group.add_argument("--folder", metavar="FOLDER", help="of the run; runs/DATA-MODEL if not given")  # fmt: skip
    group.add_argument("--resume", action="store_true", help="go on where the run in the folder ended")  # fmt: skip
    group.add_argument("--validate-every", type=positive, metavar="N", help="steps; at the end alone if not given")  # fmt: skip
    group.add_argument("--checkpoint-every", type=positive, default=1000, metavar="N", help="steps")  # fmt: skip
    group.add_argument("--log-every", type=positive, default=50, metavar="N", help="steps")  # fmt: skip
    group.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    group.add_argument("--devices", default="1", metavar="N|auto", help="how many")
    group.add_argument(
        "--nodes", type=positive, default=1, metavar="N", help="machines"
    )
    group.add_argument(
        "--precision", choices=("auto", "32", "bf16"), default="auto",
        help="auto: bf16 on a GPU that is good at it, else 32 bits",
    )  # fmt: skip
    group.add_argument("--channels-last", action="store_true", help="the memory layout that convolutions prefer on most devices")  # fmt: skip
    group.add_argument("--compile", action="store_true", help="let torch.compile make it faster; the first steps take minutes")  # fmt: skip
    group.add_argument("--workers", type=int, metavar="N", help="processes that read pictures")  # fmt: skip


def run(chosen: argparse.Namespace) -> None:
    """Open data, build the network, train, keep, measure."""
    _complete(chosen)
    fabric = make_fabric(chosen)
    fabric.launch()
    try:
        _train(chosen, fabric)
    except KeyboardInterrupt as stop:
        if not fabric.is_global_zero:
            return  # the first process tells it
        checkpoint = Path(chosen.folder) / CHECKPOINT
        if checkpoint.exists():
            if not hasattr(stop, "__notes__"):
                stop.add_note(f"{checkpoint} is kept")
            stop.add_note("the same command with --resume goes on")
        raise


def _train(chosen: argparse.Namespace, fabric: Fabric) -> None:
    _refuse_another_run(chosen)
    say = print if fabric.is_global_zero else (lambda *_: None)
    size_px = LAYOUTS[chosen.model].image_px
    make = (
        training_transform if chosen.augmentation == "paper" else evaluation_transform
    )
    parts = open_both(chosen, size_px, make(size_px))
    layout = fitting_layout(chosen, parts.plain, LAYOUTS[chosen.model], say)
    model = _network(chosen, fabric, len(parts.classes), layout)
    say(
        f"{chosen.model} with {sum(p.numel() for p in model.parameters()):,} parameters, "
        f"{len(parts.training)} pictures, {len(parts.classes) - 1} classes, "
        f"{chosen.steps} steps of {chosen.batch_size} on {fabric.world_size} x "
        f"{fabric.device.type}"
    )
    with alone_in(Path(chosen.folder), fabric):
        _refuse_another_run(chosen)  # one that has begun and ended since
        begin = time.perf_counter()
        log = _fit(chosen, fabric, model, parts)
        if fabric.is_global_zero:
            seconds = time.perf_counter() - begin
            record = about_this_run(chosen, fabric) | {
                "seconds": round(seconds, 1), "log": log,
            }  # fmt: skip
            _record_and_measure(Path(chosen.folder), record, model, parts)


def _fit(
    chosen: argparse.Namespace,
    fabric: Fabric,
    model: SSD,
    parts: Parts,
) -> list[dict[str, float]]:
    """Train, and write the weights before anything more is measured."""
    weights = Path(chosen.folder) / "weights.safetensors"

    def keep(step: int, model: SSD) -> None:
        if step == chosen.steps and fabric.is_global_zero:
            save_weights(model, weights, parts.classes)

    log = fit(
        model, parts.training, optimization(chosen, model), chosen.steps,
        chosen.batch_size, validation=parts.validation, validate_every=chosen.validate_every,
        folder=chosen.folder, checkpoint_every=chosen.checkpoint_every,
        resume=chosen.resume,
        about={name: getattr(chosen, name) for name in MUST_BE_EQUAL}
        | {"classes": list(parts.classes)},
        log_every=chosen.log_every, clip_norm=chosen.clip, seed=chosen.seed,
        num_workers=chosen.workers, fabric=fabric, on_step=keep,
    )  # fmt: skip
    if not weights.exists():  # a run that was over, and goes on
        keep(chosen.steps, model)
    return log


def _refuse_another_run(chosen: argparse.Namespace) -> None:
    if not chosen.resume and (Path(chosen.folder) / CHECKPOINT).exists():
        raise ValueError(
            f"{chosen.folder} holds a run: add --resume, or choose another --folder"
        )


def _network(
    chosen: argparse.Namespace,
    fabric: Fabric,
    num_classes: int,
    layout: DefaultBoxLayout,
) -> SSD:
    """The network that the arguments name, with what it starts from."""
    torch.manual_seed(chosen.seed)
    model = build(chosen.model, num_classes, chosen.batch_norm, layout)
    start_weights(model, chosen.start, chosen.backbone_only)
    if chosen.channels_last:
        model = model.to(memory_format=torch.channels_last)
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    if chosen.compile:
        model.features.compile()
    return model


def _record_and_measure(folder: Path, record: dict, model: SSD, parts: Parts) -> None:
    """The record is written twice: so that it is there if measuring fails."""
    _write_record(folder, record)
    numbers = measure(detect_dataset(model, parts.validation), parts.classes)
    _write_record(folder, record | {"validation": numbers})
    print(as_table(numbers))
    print(
        f"{record['seconds']:.0f} s; weights, log and record are in {visible(folder)}"
    )


def _write_record(folder: Path, record: dict) -> None:
    """What was run, beside weights, checkpoint and log."""
    write_whole(folder / "run.json", (json.dumps(record, indent=1) + "\n").encode())


def _complete(chosen: argparse.Namespace) -> None:
    """Fill in what depends on other arguments, and refuse what makes no sense."""
    for name, value in USUAL[chosen.model].items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, value)
    if chosen.lr is None:
        deep = 4e-4 if chosen.model != "tiny" else 4e-3
        chosen.lr = 1e-3 if chosen.optimizer == "sgd" else deep
    if chosen.augmentation is None:
        chosen.augmentation = "none" if chosen.data == "toy" else "paper"
    if chosen.milestones is None:
        first = max(1, chosen.steps * 2 // 3)
        chosen.milestones = [first, max(first + 1, chosen.steps * 5 // 6)]
    if chosen.warm_up is None:
        chosen.warm_up = min(500, chosen.steps // 4)
    if chosen.start is None:
        plain = chosen.model != "tiny" and not chosen.batch_norm
        chosen.start = "vgg16" if plain else "none"
    if chosen.model == "tiny" and chosen.batch_norm:
        raise ValueError("batch-norm is for ssd300 and ssd512: tiny always has it")
    for name in ("lr", "clip"):
        number = getattr(chosen, name)
        if number is not None and not 0 < number < math.inf:
            raise ValueError(f"{name} must be positive and finite, got {number}")
    if not 0 <= chosen.warm_up < chosen.steps:
        raise ValueError(
            f"warm-up must be 0 to {chosen.steps - 1}, less than the run's steps, "
            f"got {chosen.warm_up}"
        )
    if chosen.folder is None:
        chosen.folder = f"runs/{Path(chosen.data).stem}-{chosen.model}"


def make_fabric(chosen: argparse.Namespace) -> Fabric:
    """Lightning Fabric for the devices that were asked for.

    Raises:
        ValueError: if they are not here.
    """
    accelerator = "gpu" if chosen.device == "cuda" else chosen.device
    devices = chosen.devices if chosen.devices == "auto" else int(chosen.devices)
    many = chosen.devices != "1" or chosen.nodes > 1
    good = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    mixed = chosen.precision == "bf16" or (
        chosen.precision == "auto" and good and chosen.device in ("auto", "cuda")
    )
    try:
        return Fabric(
            accelerator=accelerator, devices=devices, num_nodes=chosen.nodes,
            strategy="ddp" if many else "auto",
            precision="bf16-mixed" if mixed else "32-true",
        )  # fmt: skip
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"device {chosen.device} x {chosen.devices}: {error}"
        ) from error


def optimization(chosen: argparse.Namespace, model: nn.Module) -> Optimization:
    """The optimizer that the arguments name."""
    if chosen.optimizer == "adamw":
        return adamw_one_cycle(model, chosen.steps, chosen.lr)
    return sgd(model, chosen.lr, chosen.milestones, chosen.warm_up)
