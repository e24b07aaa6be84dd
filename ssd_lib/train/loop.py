"""The loop: step after step, with a look at the validation now and then."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, Dataset

from ssd_lib.arguments import check_number
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.loss import multibox_loss
from ssd_lib.offsets import VARIANCES
from ssd_lib.samples import Batch
from ssd_lib.train.optimizers import Optimization
from ssd_lib.train.run import Run
from ssd_lib.train.step import Loss, training_step
from ssd_lib.train.stream import Positions, batches
from ssd_lib.validate import Validation, detect_dataset


def fit(
    model: nn.Module,
    dataset: Dataset,
    optimization: Optimization,
    num_steps: int,
    batch_size: int = 32,
    *,
    validation: Dataset | None = None,
    validate_every: int | None = None,
    folder: str | Path | None = None,
    checkpoint_every: int = 1000,
    resume: bool = False,
    run_config: Mapping[str, Any] | None = None,
    log_every: int = 10,
    variances: tuple[float, float] = VARIANCES,
    loss: Loss = multibox_loss,
    clip_norm: float | None = None,
    seed: int = 0,
    num_workers: int | None = None,
    fabric: Fabric | None = None,
    progress: bool = True,
    on_step: Callable[[int, nn.Module], None] | None = None,
    on_validation: Callable[[int, Validation], None] | None = None,
) -> list[dict[str, float]]:
    """Train a model.

    Args:
        model: an :class:`ssd_lib.model.SSD`; its weights are changed.
        dataset: with transforms that end in the model's size and are normalised.
        optimization: from :func:`sgd` or :func:`adamw_one_cycle`.
        num_steps: how many batches.
        batch_size: images a batch, of all processes together.
        validation: a data set without transforms, on which mAP is measured.
        validate_every: steps between two measurements; None is at the end alone.
        folder: for checkpoint and log, of this run alone; None keeps nothing.
        checkpoint_every: steps between two checkpoints. There is one before each
            measurement, too, and at the end.
        resume: go on with the checkpoint in ``folder``, if there is one.
        run_config: what a checkpoint must have in common with this run.
        log_every: steps between two rows of the log.
        variances: of the offsets.
        loss: what is made small; :func:`functools.partial` sets its arguments.
        clip_norm: the largest length of the gradient; None, as in the paper, leaves it.
        seed: of the order of the images and of the transforms.
        num_workers: as for :func:`ssd_lib.train.stream.batches`.
        fabric: where and how to compute, launched; None is this process, and a GPU if
            there is one.
        progress: show a bar.
        on_step: is called after each step with its number and the model; after the
            last one the checkpoint is there, and the validation is yet to come.
        on_validation: is called after each validation with the step and what was found
            and is there, in the first process alone.

    Returns:
        The rows of the log: step, both parts of the loss (means since the last row),
        lr, images_per_s; and step and map of each validation.

    Raises:
        Diverged: if the loss or its gradient is no number any more; it says at which
            step, and where the last good checkpoint lies. The model is as it was before
            that step.
        KeyboardInterrupt: after Ctrl-C, when the step that was running is done and, with
            a folder, kept in its checkpoint; a second Ctrl-C does not wait. Other
            signals that end a program wait in the same way
            (:class:`ssd_lib.train.stop.Stop`).
        RuntimeError: if another run is at work in the folder.
        ValueError: if a number of steps or ``clip_norm`` makes no sense, or the checkpoint in the folder
            cannot be resumed.
    """
    fabric = fabric or Fabric(devices=1)
    optimizer, schedule = optimization
    _check(
        schedule,
        clip_norm,
        num_steps=num_steps,
        log_every=log_every,
        checkpoint_every=checkpoint_every,
        validate_every=validate_every,
    )
    with Run(folder, fabric, model, optimization, run_config, progress=progress) as run:
        first = run.begin(resume=resume)
        parts = fabric.setup(model, optimizer)
        parts[0].train()
        meter = Meter(batch_size)
        measure = partial(_map, run, model, validation, variances, on_validation)
        if validation and fabric.broadcast(_is_owed(run, validate_every, num_steps)):
            run.log.add(step=first, map=measure(first))
        for step, batch in run.steps(
            num_steps, _loader(fabric, dataset, batch_size, first, seed, num_workers)
        ):
            moved = _on(fabric.device, batch)
            meter.add(training_step(fabric, *parts, moved, variances, loss, clip_norm))
            if _is_due(step, log_every, num_steps):
                rate = schedule.get_last_lr()[0]
                run.log.add(step=step, lr=rate, **meter.read())
            schedule.step()
            validates = validation and _is_due(step, validate_every, num_steps)
            if validates or _is_due(step, checkpoint_every, num_steps):
                run.save(step)
            if on_step:
                on_step(step, model)
            if validates:
                run.log.add(step=step, map=measure(step))
                meter.restart()
    return run.log.rows


PARTS = ("localization", "confidence")


class Meter:
    """Means of the loss, and images a second, since they were last read."""

    def __init__(self, batch_size: int) -> None:
        """Start the clock."""
        self.batch_size = batch_size
        self.losses: list[torch.Tensor] = []
        self.start = time.perf_counter()

    def add(self, loss: tuple[torch.Tensor, torch.Tensor]) -> None:
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


def _on(device: torch.device, batch: Batch) -> Batch:
    """The batch on a device."""
    return Batch(
        batch.images.to(device, non_blocking=True),
        [boxes.to(device, non_blocking=True) for boxes in batch.gt_boxes],
        [labels.to(device, non_blocking=True) for labels in batch.gt_labels],
    )


def _is_due(step: int, every: int | None, num_steps: int) -> bool:
    """Whether a step is the last one, or one of each so many."""
    return step == num_steps or (every is not None and step % every == 0)


def _is_owed(run: Run, every: int | None, num_steps: int) -> bool:
    """Whether a run that goes on ended before it had measured its last step."""
    known = any(row["step"] == run.step and "map" in row for row in run.log.rows)
    return run.step > 0 and _is_due(run.step, every, num_steps) and not known


def _map(
    run: Run,
    model: nn.Module,
    validation: Dataset,
    variances: tuple,
    on_validation: Callable[[int, Validation], None] | None,
    step: int,
) -> float:
    """MAP on the validation set, computed by the first process."""
    value = torch.zeros(())
    with run.stop.cutting_short():
        if run.fabric.is_global_zero:
            found = detect_dataset(model, validation, variances=variances)
            result = mean_average_precision(*found, model.heads.num_classes)
            value = torch.tensor(result.mean)
            if on_validation:
                on_validation(step, found)
    return float(run.fabric.broadcast(value))


def _check(
    schedule: LRScheduler, clip_norm: float | None, num_steps: int, **every: int | None
) -> None:
    """Numbers of steps are such, the schedule has as many, and a norm is positive."""
    if clip_norm is not None:
        check_number("clip_norm", clip_norm, exclusive_minimum=True)
    for name, number in {"num_steps": num_steps, **every}.items():
        if number is not None and number < 1:
            raise ValueError(f"{name} must be 1 or more, got {number}")
    length = getattr(schedule, "total_steps", num_steps)
    if num_steps > length:
        raise ValueError(f"num_steps must be at most the schedule's {length}, got {num_steps}")


def _loader(
    fabric: Fabric,
    dataset: Dataset,
    batch_size: int,
    first: int,
    seed: int,
    num_workers: int | None,
) -> DataLoader:
    """This process's part of each batch, from the first step on."""
    positions = Positions(batch_size, first, fabric.global_rank, fabric.world_size)
    pin_memory = fabric.device.type == "cuda"
    return batches(dataset, positions, seed, num_workers, pin_memory)
