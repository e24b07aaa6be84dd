"""Train a detector: toy scenes on a CPU, Pascal VOC on GPUs, or your own data.

The folder of a run holds last.ckpt (for --resume), log.csv, weights.safetensors and
run.json, which says what was run, on what, and how good it is.
"""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import nn

from ssd_lib.augment import evaluation_transform, training_transform
from ssd_lib.commands.devices import check_batch_size, in_turn, make_fabric
from ssd_lib.commands.init import initialize
from ssd_lib.commands.own_data import Parts, Say, open_parts
from ssd_lib.commands.resume import RunConfig, check_folder, read_run, run_config, sizes
from ssd_lib.commands.train_args import add_arguments
from ssd_lib.commands.train_settings import FitOptions, Network, Schedule, complete
from ssd_lib.coverage import choose_layout, coverage
from ssd_lib.data.fingerprint import images_fingerprint
from ssd_lib.data.gt_boxes import gt_boxes_of
from ssd_lib.default_boxes import DefaultBoxLayout
from ssd_lib.evaluate import summarize
from ssd_lib.model import MODELS, SSD, save_weights
from ssd_lib.model.weights import OF_A_RUN
from ssd_lib.run_record import run_record, write_record
from ssd_lib.samples import SampleSet
from ssd_lib.text import counted, visible
from ssd_lib.train import Optimization, adamw_one_cycle, fit, sgd
from ssd_lib.train.batch_norm import sync_batch_norm
from ssd_lib.train.run import CHECKPOINT, alone_in
from ssd_lib.validate import Validation, detect_dataset

__all__ = ["add_arguments", "run"]


def run(args: argparse.Namespace) -> None:
    """Open the data, build the network, train it, and measure it."""
    data, network, schedule, options = complete(args)
    settings = {k: v for k, v in vars(args).items() if k not in ("run", "traceback")}
    fabric = make_fabric(args.device, args.devices, args.nodes, args.precision)
    check_batch_size(args.batch_size, fabric, args.batch_norm)
    folder, default = options["folder"], MODELS[args.model].layout
    check_folder(folder, args.resume)
    config, layout = run_config(settings), None
    if args.resume:
        layout, config = read_run(folder, config, default if args.layout == "default" else None)
    fabric.launch()
    say = print if fabric.is_global_zero else _say_nothing
    make_transforms = training_transform if args.augmentation == "paper" else evaluation_transform
    transforms = make_transforms(default.image_px)
    with _hint_to_resume(folder, fabric):
        parts = in_turn(fabric, lambda: open_parts(data, default.image_px, transforms, say))
        layout = _layout(parts.plain, default, layout, args.layout == "auto", say)
        model = _make_model(network, len(parts.classes), layout, args.resume, fabric)
        say(_in_words(model, parts, args.model, options, fabric))
        with alone_in(folder, fabric):
            check_folder(folder, args.resume)  # another run may have begun and ended since
            _train(fabric, model, parts, optimization(model, schedule), options, config, settings)


def _say_nothing(_: str) -> None:
    """What processes other than the first one have to say."""


@contextlib.contextmanager
def _hint_to_resume(folder: Path, fabric: Fabric) -> Iterator[None]:
    """Say how to go on with a run that is stopped; in the first process alone."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if not fabric.is_global_zero:
            return
        checkpoint = folder / CHECKPOINT
        if checkpoint.exists():
            if not hasattr(stop, "__notes__"):
                stop.add_note(f"{checkpoint} is kept")
            stop.add_note("the same command with --resume goes on")
        raise


def _layout(
    plain: SampleSet,
    default: DefaultBoxLayout,
    begun_with: DefaultBoxLayout | None,
    may_choose: bool,
    say: Say,
) -> DefaultBoxLayout:
    """The default boxes of the run that goes on, or those that fit the data."""
    if begun_with is not None:
        say(f"default boxes of {sizes(begun_with)} pixels, as the run was begun with")
        return begun_with
    boxes = gt_boxes_of(plain)
    say(f"coverage: {coverage(boxes, default).in_words()}")
    layout = choose_layout(boxes, default) if may_choose else default
    if layout != default:
        words = coverage(boxes, layout).in_words()
        say(f"with default boxes of {sizes(layout)} pixels: {words}; these are taken")
    return layout


def _make_model(
    network: Network, num_classes: int, layout: DefaultBoxLayout, resume: bool, fabric: Fabric
) -> SSD:
    """The network, with its initial weights unless the checkpoint has others."""
    torch.manual_seed(network.seed)
    model = MODELS[network.model].build(num_classes, network.batch_norm, layout)
    if not resume:
        initialize(model, network.init, network.backbone_only)
    if network.channels_last:
        model = model.to(memory_format=torch.channels_last)
    sync_batch_norm(model, fabric)
    if network.compiled:
        model.get_submodule("features").compile()
    return model


def optimization(model: nn.Module, schedule: Schedule) -> Optimization:
    """The optimizer, and the schedule of its learning rate."""
    if schedule.milestones is None or schedule.warm_up is None:  # as for adamw
        return adamw_one_cycle(model, schedule.steps, schedule.lr)
    return sgd(model, schedule.lr, schedule.milestones, schedule.warm_up)


def _in_words(model: SSD, parts: Parts, name: str, options: FitOptions, fabric: Fabric) -> str:
    """What is about to be trained, and where its losses can be read meanwhile."""
    devices = fabric.device.type
    if fabric.world_size > 1:
        devices = f"{fabric.world_size} x {devices}"
    every = options["log_every"]
    often = "step" if every == 1 else f"{every} steps"
    return (
        f"training {name}, {sum(p.numel() for p in model.parameters()):,} "
        f"parameters: {counted(len(parts.training), 'image')}, "
        f"{counted(len(parts.classes) - 1, 'class')}, "
        f"{options['num_steps']} steps of {options['batch_size']} images on {devices}\n"
        f"losses every {often} in {visible(options['folder'] / 'log.csv')}"
    )


def _train(
    fabric: Fabric,
    model: SSD,
    parts: Parts,
    optimization: Optimization,
    options: FitOptions,
    config: RunConfig,
    settings: Mapping[str, object],
) -> None:
    """Train, measure, and write what there is to write as soon as it is there."""
    folder = options["folder"]
    record: dict[str, object] = {}
    if fabric.is_global_zero:
        command = " ".join(["python -m ssd_lib", *sys.argv[1:]])
        record = run_record(command, fabric) | {"settings": settings}
    data = {"classes": list(parts.classes), "images": images_fingerprint(parts.training)}
    begin = time.perf_counter()
    log, found = _fit(fabric, model, parts, optimization, options, config | data, record)
    if not fabric.is_global_zero:
        return
    seconds = time.perf_counter() - begin
    if found is None:
        found = detect_dataset(model, parts.validation)
    summary = summarize(*found, parts.classes)
    record |= {"seconds": round(seconds, 1), "log": log, "validation": summary.as_json()}
    write_record(folder / "run.json", record)
    print(summary.as_table())
    place = visible(folder / OF_A_RUN)
    print(f"{seconds:.0f} s; weights are in {place}, log and record beside them")


def _fit(
    fabric: Fabric,
    model: SSD,
    parts: Parts,
    optimization: Optimization,
    options: FitOptions,
    config: RunConfig,
    record: Mapping[str, object],
) -> tuple[list[dict[str, float]], Validation | None]:
    """Train; weights and record are on the disk before the last step is measured.

    Returns:
        The log, and what was found after the last step, unless that was measured when
        the run ended that is now resumed.
    """
    folder, num_steps = options["folder"], options["num_steps"]
    last: list[Validation] = []

    def write(step: int, _: nn.Module) -> None:
        if step == num_steps and fabric.is_global_zero:
            save_weights(model, folder / OF_A_RUN, parts.classes)
            write_record(folder / "run.json", record)

    def note(step: int, found: Validation) -> None:
        if step == num_steps:
            last.append(found)

    log = fit(
        model,
        parts.training,
        optimization,
        **options,
        validation=parts.validation,
        run_config=config,
        fabric=fabric,
        on_step=write,
        on_validation=note,
    )
    if not (folder / OF_A_RUN).exists():  # a run that was over, and goes on
        write(num_steps, model)
    return log, last[0] if last else None
