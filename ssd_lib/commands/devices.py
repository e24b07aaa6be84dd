"""The devices that a command computes on."""

import re
from collections.abc import Callable
from typing import TypeVar

import torch
from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException

DEVICES = re.compile("cpu|mps|cuda(:[0-9]+)?")
IS_AVAILABLE = {
    "cuda": torch.cuda.is_available,
    "mps": torch.backends.mps.is_available,
}

Result = TypeVar("Result")


def as_device(name: str) -> torch.device:
    """A device by its name; ``auto`` is a GPU if there is one.

    Raises:
        ValueError: if there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not DEVICES.fullmatch(name):
        raise ValueError(f"device must be auto, cpu, mps, cuda or cuda:0 and so on, got {name}")
    try:
        return torch.zeros(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device must be available, got {name}") from error


def make_fabric(
    device: str = "auto", devices: int | str = 1, num_nodes: int = 1, precision: str = "auto"
) -> Fabric:
    """Lightning Fabric for some devices of a kind.

    Args:
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        devices: how many, on each machine; ``"auto"`` is all.
        num_nodes: machines.
        precision: ``"32"``, ``"bf16"``, or ``"auto"``, which is bf16 on GPUs that have it.

    Raises:
        ValueError: if they are not available, or cannot share a batch.
    """
    if device in IS_AVAILABLE and not IS_AVAILABLE[device]():
        raise ValueError(f"device must be available, got {device}")
    is_many = devices != 1 or num_nodes > 1
    is_mixed = precision == "bf16" or (precision == "auto" and _is_good_at_bf16(device))
    try:
        return Fabric(
            accelerator=device,
            devices=devices,
            num_nodes=num_nodes,
            strategy="ddp" if is_many else "auto",
            precision="bf16-mixed" if is_mixed else "32-true",
        )
    except (RuntimeError, TypeError, ValueError, MisconfigurationException) as error:
        raise ValueError(
            f"devices must be available, and of a kind that can share a batch, got "
            f"{devices}: {error}"
        ) from error


def check_batch_size(batch_size: int, fabric: Fabric, batch_norm: bool) -> None:
    """Refuse a batch that the devices cannot share, or that batch norm cannot learn from.

    Batch norm needs two images on each device: its statistics of a map with one cell
    would be of one number. GPUs combine theirs (the last map of ``tiny`` has four cells).

    Raises:
        ValueError: naming the sizes that are possible.
    """
    count = fabric.world_size
    if batch_size % count:
        raise ValueError(f"batch-size must be a multiple of the {count} devices, got {batch_size}")
    is_combined = fabric.device.type == "cuda" and count > 1
    if batch_norm and batch_size == count and not is_combined:
        where = f" on {count} devices" if count > 1 else ""
        raise ValueError(
            f"batch-size must be at least {2 * count} with --batch-norm{where}, got {batch_size}"
        )


def in_turn(fabric: Fabric, work: Callable[[], Result]) -> Result:
    """The result of some work, done by a machine's first process before its others.

    So the others find what the first one has downloaded or put into a cache.
    """
    with fabric.rank_zero_first(local=True):
        try:
            return work()
        except Exception as error:  # the others wait until this block ends
            raised = error
    raise raised


def _is_good_at_bf16(device: str) -> bool:
    return (
        device in ("auto", "cuda") and torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    )
