"""The loop: step after step, with a look at the validation now and then."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm

from ssd_lib.data.records import Batch
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.loss import multibox_loss
from ssd_lib.offsets import VARIANCES
from ssd_lib.train.checkpoint import load_checkpoint, save_checkpoint
from ssd_lib.train.log import Log
from ssd_lib.train.optimizers import Optimization
from ssd_lib.train.step import Diverged, Loss, training_step
from ssd_lib.train.stream import Positions, batches
from ssd_lib.validate import detect_dataset

CHECKPOINT = "last.ckpt"


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
    about: Mapping[str, Any] | None = None,
    log_every: int = 10,
    variances: tuple[float, float] = VARIANCES,
    loss: Loss = multibox_loss,
    clip_norm: float | None = None,
    seed: int = 0,
    num_workers: int | None = None,
    fabric: Fabric | None = None,
    progress: bool = True,
    on_step: Callable[[int, nn.Module], None] | None = None,
) -> list[dict[str, float]]:
    """Train a model.

    Args:
        model: an :class:`ssd_lib.model.SSD`; its weights are changed.
        dataset: with transforms that end in the model's size and are normalised.
        optimization: from :func:`sgd` or :func:`adamw_one_cycle`.
        num_steps: how many batches.
        batch_size: pictures a batch, of all processes together.
        validation: a data set without transforms, on which mAP is measured.
        validate_every: steps between two measurements; None is at the end alone.
        folder: for checkpoint and log; None keeps nothing.
        checkpoint_every: steps between two checkpoints.
        resume: go on with the checkpoint in ``folder``, if there is one.
        about: what a checkpoint must have in common with this run.
        log_every: steps between two rows of the log.
        variances: of the offsets.
        loss: what is made small; :func:`functools.partial` sets its arguments.
        clip_norm: the largest length of the gradient; None, as in the paper, leaves it.
        seed: of the order of the pictures and of the transforms.
        num_workers: as for :func:`ssd_lib.train.stream.batches`.
        fabric: where and how to compute, launched; None is this process, and a GPU if
            there is one.
        progress: show a bar.
        on_step: is called after each step with its number and the model.

    Returns:
        The rows of the log: step, both parts of the loss (means since the last row),
        lr, images_per_s; and step and map of each validation.

    Raises:
        Diverged: if the loss is no number any more; it says at which step, and where
            the last good checkpoint lies.
    """
    fabric = fabric or Fabric(devices=1)
    optimizer, schedule = optimization
    folder = _made(folder)
    saved = folder / CHECKPOINT if folder else None
    first = 0
    if resume and saved and saved.exists():
        first = load_checkpoint(saved, model, optimizer, schedule, about)
    parts = fabric.setup(model, optimizer)
    loader = _loader(fabric, dataset, batch_size, first, seed, num_workers)
    log = Log(folder if fabric.is_global_zero else None, first)
    meter = Meter(batch_size)
    parts[0].train()
    shown = progress and fabric.is_global_zero
    for step, batch in _steps(first, num_steps, loader, shown):
        try:
            moved = _on(fabric.device, batch)
            values = training_step(fabric, *parts, moved, variances, loss, clip_norm)
        except Diverged as error:
            raise Diverged(_where(error, step, schedule, saved)) from None
        meter.add(values)
        last = step == num_steps
        if last or step % log_every == 0:
            log.add(step=step, lr=schedule.get_last_lr()[0], **meter.read())
        schedule.step()
        if validation and (last or (validate_every and step % validate_every == 0)):
            log.add(step=step, map=_map(fabric, model, validation, variances))
            meter.restart()
        if saved and (last or step % checkpoint_every == 0):
            if fabric.is_global_zero:
                save_checkpoint(saved, model, optimizer, schedule, step, about)
            fabric.barrier()
        if on_step:
            on_step(step, model)
    log.close()
    return log.rows


PARTS = ("localization", "confidence")


class Meter:
    """Means of the loss, and pictures a second, since they were last read."""

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


def _map(
    fabric: Fabric, model: nn.Module, validation: Dataset, variances: tuple
) -> float:
    """MAP on the validation set, computed by the first process."""
    value = torch.zeros(())
    if fabric.is_global_zero:
        found = detect_dataset(model, validation, variances=variances)
        result = mean_average_precision(*found, model.heads.num_classes)
        value = torch.tensor(result.mean)
    return float(fabric.broadcast(value))


def _where(error: Diverged, step: int, schedule: Any, saved: Path | None) -> str:  # noqa: ANN401
    text = f"{error} at step {step}, learning rate {schedule.get_last_lr()[0]:.2g}"
    if saved and saved.exists():
        return f"{text}; the last good checkpoint is {saved}"
    return text


def _made(folder: str | Path | None) -> Path | None:
    """The folder, which is there now."""
    if folder is None:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)


def _loader(
    fabric: Fabric, dataset: Dataset, batch_size: int, first: int, seed: int,
    num_workers: int | None,
) -> DataLoader:  # fmt: skip
    """This process's part of each batch, from the first step on."""
    positions = Positions(batch_size, first, fabric.global_rank, fabric.world_size)
    pin_memory = fabric.device.type == "cuda"
    return batches(dataset, positions, seed, num_workers, pin_memory)


def _steps(
    first: int, num_steps: int, loader: DataLoader, shown: bool
) -> Iterator[tuple[int, Batch]]:
    """The number of each step that is left, and its batch; with a bar."""
    disable = None if shown else True  # None: unless nobody looks
    with tqdm(total=num_steps, initial=first, unit="step", disable=disable) as bar:
        steps = range(first + 1, num_steps + 1)
        for step, batch in zip(steps, loader, strict=False):
            yield step, batch
            bar.update()
