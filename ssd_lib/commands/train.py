"""Train a detector: toy scenes on a CPU, Pascal VOC on GPUs, or data of your own.

The folder of a run holds last.ckpt (for --resume), log.csv, weights.safetensors and
run.json, which says what was run, on what, and how good it is.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import nn

from ssd_lib.augment import evaluation_transform, training_transform
from ssd_lib.commands.devices import make_fabric
from ssd_lib.commands.fitting import fitting_layout
from ssd_lib.commands.init import LAYOUTS, build, start_weights
from ssd_lib.commands.own_data import Parts, open_both
from ssd_lib.commands.resume import (
    check_folder,
    images_fingerprint,
    layout_to_resume,
    run_config,
    sizes,
)
from ssd_lib.commands.train_args import add_arguments, complete
from ssd_lib.default_boxes import DefaultBoxLayout
from ssd_lib.evaluate import summarize
from ssd_lib.files import write_whole
from ssd_lib.model import SSD, save_weights
from ssd_lib.model.weights import OF_A_RUN
from ssd_lib.run_record import run_record
from ssd_lib.text import visible
from ssd_lib.train import Optimization, adamw_one_cycle, fit, sgd
from ssd_lib.train.run import CHECKPOINT, alone_in
from ssd_lib.validate import Validation, detect_dataset

__all__ = ["add_arguments", "run"]


def run(args: argparse.Namespace) -> None:
    """Open data, build the network, train, keep, measure."""
    complete(args)
    fabric = make_fabric(args)
    begun_with = layout_to_resume(args, LAYOUTS[args.model])
    fabric.launch()
    try:
        _train(args, fabric, begun_with)
    except KeyboardInterrupt as stop:
        if not fabric.is_global_zero:
            return  # the first process tells it
        checkpoint = Path(args.folder) / CHECKPOINT
        if checkpoint.exists():
            if not hasattr(stop, "__notes__"):
                stop.add_note(f"{checkpoint} is kept")
            stop.add_note("the same command with --resume goes on")
        raise


def _train(args: argparse.Namespace, fabric: Fabric, begun_with: DefaultBoxLayout | None) -> None:
    say = print if fabric.is_global_zero else (lambda *_: None)
    size_px = LAYOUTS[args.model].image_px
    make = training_transform if args.augmentation == "paper" else evaluation_transform
    parts = _in_turn(fabric, lambda: open_both(args, size_px, make(size_px), say))
    if begun_with:
        layout = begun_with
        say(f"default boxes of {sizes(layout)} pixels, as the run was begun with")
    else:
        layout = fitting_layout(args, parts.plain, LAYOUTS[args.model], say)
    model = _network(args, fabric, len(parts.classes), layout)
    say(_in_words(args, fabric, model, parts))
    with alone_in(Path(args.folder), fabric):
        check_folder(args)  # another run may have begun and ended since
        record = _record(args, fabric) if fabric.is_global_zero else {}
        begin = time.perf_counter()
        log, found = _fit(args, fabric, model, parts, record)
        if fabric.is_global_zero:
            record |= {"seconds": round(time.perf_counter() - begin, 1), "log": log}
            _record_numbers(args, record, model, parts, found)


def _in_words(args: argparse.Namespace, fabric: Fabric, model: SSD, parts: Parts) -> str:
    """What is about to be trained, and where its losses can be read meanwhile."""
    devices = fabric.device.type
    if fabric.world_size > 1:
        devices = f"{fabric.world_size} x {devices}"
    often = "step" if args.log_every == 1 else f"{args.log_every} steps"
    return (
        f"training {args.model}, {sum(p.numel() for p in model.parameters()):,} "
        f"parameters: {len(parts.training)} images, {len(parts.classes) - 1} classes, "
        f"{args.steps} steps of {args.batch_size} images on {devices}\n"
        f"losses every {often} in {visible(Path(args.folder, 'log.csv'))}"
    )


def _in_turn(fabric: Fabric, work: Callable[[], Parts]) -> Parts:
    """What the work gives, done by a machine's first process before its others.

    So they find what that one has kept.
    """
    with fabric.rank_zero_first(local=True):
        try:
            result = work()
        except Exception as error:  # the others wait until this block ends
            result = error
    if isinstance(result, Exception):
        raise result
    return result


def _fit(
    args: argparse.Namespace, fabric: Fabric, model: SSD, parts: Parts, record: dict
) -> tuple[list[dict[str, float]], Validation | None]:
    """Train; weights and record are on the disk before the last step is measured.

    Returns:
        The log, and what was found after the last step, unless that was measured when
        the run ended that is now resumed.
    """
    folder = Path(args.folder)
    last: list[Validation] = []

    def keep(step: int, model: SSD) -> None:
        if step == args.steps and fabric.is_global_zero:
            save_weights(model, folder / OF_A_RUN, parts.classes)
            _write_record(folder, record)

    def note(step: int, found: Validation) -> None:
        if step == args.steps:
            last.append(found)

    log = fit(
        model,
        parts.training,
        optimization(args, model),
        args.steps,
        args.batch_size,
        validation=parts.validation,
        validate_every=args.validate_every,
        folder=folder,
        checkpoint_every=args.checkpoint_every,
        resume=args.resume,
        run_config=run_config(args) | _identity(parts),
        log_every=args.log_every,
        clip_norm=args.clip,
        seed=args.seed,
        num_workers=args.workers,
        fabric=fabric,
        on_step=keep,
        on_validation=note,
    )
    if not (folder / OF_A_RUN).exists():  # a run that was over, and goes on
        keep(args.steps, model)
    return log, last[0] if last else None


def _record(args: argparse.Namespace, fabric: Fabric) -> dict:
    settings = {k: v for k, v in vars(args).items() if k not in ("run", "traceback")}
    command = " ".join(["python -m ssd_lib", *sys.argv[1:]])
    return run_record(command, fabric) | {"settings": settings}


def _identity(parts: Parts) -> dict:
    """What a checkpoint says of the data."""
    return {
        "classes": list(parts.classes),
        "images": images_fingerprint(parts.training),
    }


def _network(
    args: argparse.Namespace,
    fabric: Fabric,
    num_classes: int,
    layout: DefaultBoxLayout,
) -> SSD:
    """The network that the arguments name, with what it starts from."""
    torch.manual_seed(args.seed)
    model = build(args.model, num_classes, args.batch_norm, layout)
    if not args.resume:  # its weights are in the checkpoint
        start_weights(model, args.start, args.backbone_only)
    if args.channels_last:
        model = model.to(memory_format=torch.channels_last)
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    if args.compile:
        model.features.compile()
    return model


def _record_numbers(
    args: argparse.Namespace,
    record: dict,
    model: SSD,
    parts: Parts,
    found: Validation | None,
) -> None:
    """Complete the record with how good the network is, and print that."""
    folder = Path(args.folder)
    if found is None:
        found = detect_dataset(model, parts.validation)
    summary = summarize(*found, parts.classes)
    _write_record(folder, record | {"validation": summary.as_json()})
    print(summary.as_table())
    print(
        f"{record['seconds']:.0f} s; weights are in {visible(folder / OF_A_RUN)}, log "
        "and record beside them"
    )


def _write_record(folder: Path, record: dict) -> None:
    """What was run, beside weights, checkpoint and log."""
    write_whole(folder / "run.json", (json.dumps(record, indent=1) + "\n").encode())


def optimization(args: argparse.Namespace, model: nn.Module) -> Optimization:
    """The optimizer that the arguments name."""
    if args.optimizer == "adamw":
        return adamw_one_cycle(model, args.steps, args.lr)
    return sgd(model, args.lr, args.milestones, args.warm_up)
