"""What a run's record says of where its numbers come from."""

import argparse
import platform
import subprocess
import sys
from pathlib import Path

import lightning_fabric
import torch
import torchvision
from lightning_fabric import Fabric


def about_this_run(args: argparse.Namespace, fabric: Fabric) -> dict:
    """Command, commit, device, versions and settings."""
    settings = {k: v for k, v in vars(args).items() if k not in ("run", "traceback")}
    return {
        "command": " ".join(["python -m ssd_lib", *sys.argv[1:]]),
        "commit": commit(),
        "device": device_name(fabric.device),
        "devices": fabric.world_size,
        "threads": torch.get_num_threads(),
        "precision": str(fabric._precision.precision),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "lightning_fabric": lightning_fabric.__version__,
        },
        "settings": settings,
    }


def commit() -> str | None:
    """The commit of this package's checkout, marked if files differ from it."""
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def device_name(device: torch.device) -> str:
    """What the device calls itself."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type != "cpu":
        return device.type
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(x.split(":")[1].strip() for x in lines if x.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
