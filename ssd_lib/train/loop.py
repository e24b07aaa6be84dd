"""The training loop: step after step, with a validation every so many."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from ssd_lib.arguments import check_count, check_number
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.loss import Loss, multibox_loss
from ssd_lib.model import SSD
from ssd_lib.samples import Batch, SampleSet
from ssd_lib.train.optimizers import Optimization
from ssd_lib.train.run import Run
from ssd_lib.train.step import training_step
from ssd_lib.train.stream import StepBatchSampler, batches
from ssd_lib.validate import Validation, detect_dataset
from ssd_lib.workers import Loader


def fit(
    model: SSD,
    dataset: SampleSet,
    optimization: Optimization,
    num_steps: int,
    batch_size: int = 32,
    *,
    validation: SampleSet | None = None,
    validate_every: int | None = None,
    folder: str | Path | None = None,
    checkpoint_every: int = 1000,
    resume: bool = False,
    run_config: Mapping[str, Any] | None = None,
    log_every: int = 10,
    loss: Loss = multibox_loss,
    clip_norm: float | None = None,
    seed: int = 0,
    num_workers: int | None = None,
    fabric: Fabric | None = None,
    progress: bool = True,
    on_step: Callable[[int, SSD], None] | None = None,
    on_validation: Callable[[int, Validation], None] | None = None,
    on_log: Callable[[Mapping[str, float]], None] | None = None,
) -> list[dict[str, float]]:
    """Train a model.

    Args:
        model: its weights are changed.
        dataset: with transforms that end in the model's size and are normalised.
        optimization: from :func:`sgd` or :func:`adamw_one_cycle`.
        num_steps: how many batches.
        batch_size: images per batch, of all processes together.
        validation: a data set without transforms, on which mAP is measured.
        validate_every: steps between two measurements; None is at the end alone.
        folder: for checkpoint and log, of this run alone; None keeps nothing.
        checkpoint_every: steps between two checkpoints. There is one before each
            measurement, too, and at the end.
        resume: go on with the checkpoint in ``folder``, if there is one.
        run_config: what a checkpoint must have in common with this run.
        log_every: steps between two rows of the log.
        loss: as for :func:`ssd_lib.loss.batch_loss`; :func:`functools.partial` sets
            its other arguments.
        clip_norm: the largest length of the gradient; None, as in the paper, leaves it.
        seed: of the order of the images and of the transforms.
        num_workers: as for :func:`ssd_lib.train.stream.batches`.
        fabric: where and how to compute, launched; None is this process, and a GPU if
            there is one.
        progress: show a bar.
        on_step: called after each step with its number and the model; after the last
            one the checkpoint is there, and the validation is yet to come.
        on_validation: called after each validation with the step, detections and ground
            truth, in the first process alone.
        on_log: called with each new row of the log, in the first process alone; such as
            ``ssd_lib.figures.live.LiveCurve``.

    Returns:
        The rows of the log: step, both parts of the loss (means since the last row),
        lr, images_per_s; and step and map of each validation.

    Raises:
        Diverged: if the loss or its gradient is NaN or infinite; it says at which step,
            and where the last good checkpoint is. The model is as it was before that
            step.
        KeyboardInterrupt: after Ctrl-C, when the step that was running is done and, with
            a folder, kept in its checkpoint; a second Ctrl-C does not wait. Other
            signals that end a program wait in the same way
            (:class:`ssd_lib.train.stop.Stop`).
        RuntimeError: if another run uses the folder.
        ValueError: if a number of steps or ``clip_norm`` is out of its range, or the
            checkpoint in the folder cannot be resumed.
    """
    fabric = fabric or Fabric(devices=1)
    optimizer, schedule = optimization
    _check_settings(
        schedule,
        clip_norm,
        num_steps=num_steps,
        log_every=log_every,
        checkpoint_every=checkpoint_every,
        validate_every=validate_every,
    )
    with Run(folder, fabric, model, optimization, run_config, progress=progress) as run:
        first = run.begin(resume=resume)
        run.log.listener = on_log if fabric.is_global_zero else None
        network, optimizer = fabric.setup(model, optimizer)
        network.train()
        meter = Meter(batch_size)
        measure = partial(_map, run, model, validation, on_validation) if validation else None
        if measure and fabric.broadcast(_is_owed(run, validate_every, num_steps)):
            run.log.add(step=first, map=measure(first))
        loader = _loader(fabric, dataset, batch_size, first, seed, num_workers)
        for step, batch in run.steps(num_steps, loader):
            batch = _to_device(fabric.device, batch)
            meter.add(training_step(fabric, network, optimizer, batch, loss, clip_norm))
            if _is_due(step, log_every, num_steps):
                lr = float(schedule.get_last_lr()[0])
                run.log.add(step=step, lr=lr, **meter.read())
            schedule.step()
            validates = measure is not None and _is_due(step, validate_every, num_steps)
            if validates or _is_due(step, checkpoint_every, num_steps):
                run.save(step)
            if on_step:
                on_step(step, model)
            if measure and validates:
                run.log.add(step=step, map=measure(step))
                meter.restart()
    return run.log.rows


PARTS = ("localization", "confidence")


class Meter:
    """Means of the loss, and images per second, since they were last read."""

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.losses: list[Tensor] = []
        self.start = time.perf_counter()

    def add(self, loss: tuple[Tensor, Tensor]) -> None:
        """One step's loss."""
        self.losses.append(torch.stack(list(loss)))

    def read(self) -> dict[str, float]:
        """The means, and a new start."""
        means = torch.stack(self.losses).mean(dim=0).tolist()  # waits for the device
        seconds = time.perf_counter() - self.start
        speed = len(self.losses) * self.batch_size / seconds
        self.restart()
        return dict(zip(PARTS, means, strict=True)) | {"images_per_s": speed}

    def restart(self) -> None:
        """Forget, and start the clock anew."""
        self.losses, self.start = [], time.perf_counter()


def _to_device(device: torch.device, batch: Batch) -> Batch:
    return Batch(
        batch.images.to(device, non_blocking=True),
        [boxes.to(device, non_blocking=True) for boxes in batch.gt_boxes],
        [labels.to(device, non_blocking=True) for labels in batch.gt_labels],
    )


def _is_due(step: int, every: int | None, num_steps: int) -> bool:
    """Whether a step is the last one, or a multiple of ``every``."""
    return step == num_steps or (every is not None and step % every == 0)


def _is_owed(run: Run, every: int | None, num_steps: int) -> bool:
    """Whether a resumed run had ended before its last step was measured."""
    known = any(row["step"] == run.step and "map" in row for row in run.log.rows)
    return run.step > 0 and _is_due(run.step, every, num_steps) and not known


def _map(
    run: Run,
    model: SSD,
    validation: SampleSet,
    on_validation: Callable[[int, Validation], None] | None,
    step: int,
) -> float:
    """The mAP on the validation set, computed by the first process."""
    value = torch.zeros(())
    with run.stop.cutting_short():
        if run.fabric.is_global_zero:
            found = detect_dataset(model, validation)
            result = mean_average_precision(*found, model.heads.num_classes)
            value = torch.tensor(result.mean)
            if on_validation:
                on_validation(step, found)
    return float(run.fabric.broadcast(value))


def _check_settings(
    schedule: LRScheduler, clip_norm: float | None, num_steps: int, **every: int | None
) -> None:
    if clip_norm is not None:
        check_number("clip_norm", clip_norm, exclusive_minimum=True)
    for name, number in {"num_steps": num_steps, **every}.items():
        if number is not None:
            check_count(name, number)
    length = getattr(schedule, "total_steps", num_steps)
    if num_steps > length:
        raise ValueError(f"num_steps must be at most the schedule's {length}, got {num_steps}")


def _loader(
    fabric: Fabric,
    dataset: SampleSet,
    batch_size: int,
    first: int,
    seed: int,
    num_workers: int | None,
) -> Loader:
    """This process's part of each batch, from the first step on."""
    sampler = StepBatchSampler(batch_size, first, fabric.global_rank, fabric.world_size)
    pin_memory = fabric.device.type == "cuda"
    return batches(dataset, sampler, seed, num_workers, pin_memory)
