"""The devices that ``train`` computes on, and whether a batch can be shared by them."""

import argparse

import torch
from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException

IS_HERE = {
    "cuda": torch.cuda.is_available,
    "mps": torch.backends.mps.is_available,
}


def make_fabric(args: argparse.Namespace) -> Fabric:
    """Lightning Fabric for the devices that were asked for.

    Raises:
        ValueError: if they are not here, or cannot share a batch.
    """
    if args.device in IS_HERE and not IS_HERE[args.device]():
        raise ValueError(f"device must be one that is here, got {args.device}")
    many = args.devices != 1 or args.nodes > 1
    try:
        fabric = Fabric(
            accelerator=args.device,
            devices=args.devices,
            num_nodes=args.nodes,
            strategy="ddp" if many else "auto",
            precision=_precision(args),
        )
    except (RuntimeError, TypeError, ValueError, MisconfigurationException) as error:
        raise ValueError(
            f"devices must be as many as are here, of a kind that can be many, got "
            f"{args.devices}: {error}"
        ) from error
    _check_share(args, fabric.world_size, fabric.device.type == "cuda")
    return fabric


def _precision(args: argparse.Namespace) -> str:
    good = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    mixed = args.precision == "bf16" or (
        args.precision == "auto" and good and args.device in ("auto", "cuda")
    )
    return "bf16-mixed" if mixed else "32-true"


def _check_share(args: argparse.Namespace, count: int, on_gpu: bool) -> None:
    """Each device gets a part of the batch, of which batch norm needs two images.

    Its statistics of a map with one cell would be of one number. GPUs join theirs, and
    the last map of ``tiny`` has four cells.
    """
    if args.batch_size % count:
        raise ValueError(
            f"batch-size must be a multiple of the {count} devices, got {args.batch_size}"
        )
    joined = on_gpu and count > 1
    if args.batch_norm and args.batch_size == count and not joined:
        where = f" on {count} devices" if count > 1 else ""
        raise ValueError(
            f"batch-size must be at least {2 * count} with --batch-norm{where}, got "
            f"{args.batch_size}"
        )
