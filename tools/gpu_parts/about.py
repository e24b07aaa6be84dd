"""Where a record's numbers come from: command, commit, device, driver, versions."""

import os
import platform
import subprocess
from importlib import metadata

import torch

from ssd_lib.run_record import commit, device_name

PACKAGES = ("torch", "torchvision", "lightning-fabric", "triton", "numpy")
CLOCKS = "clocks.sm,clocks.mem,clocks.max.sm,temperature.gpu,power.draw"


def about(command: str, named_commit: str | None, device: str) -> dict:
    """What every record says first.

    Args:
        command: as it was called.
        named_commit: taken where there is no git to ask.
        device: that the part runs on.
    """
    found = {
        "command": command,
        "commit": commit() or named_commit,
        "device": device_name(torch.device(device)),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "seed": 0,  # of weights, order and noise, everywhere
        "versions": {"python": platform.python_version(), **_versions()},
        "clocks": clocks(device),
    }
    if torch.device(device).type == "cuda":
        memory = torch.cuda.get_device_properties(device).total_memory
        found |= {
            "driver": _ask("driver_version"),
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
            "memory_mib": memory // 2**20,
        }
    return found


def clocks(device: str) -> dict | None:
    """Of the GPU at this moment, as nvidia-smi tells them; None without one."""
    if torch.device(device).type != "cuda":
        return None
    values = _ask(CLOCKS)
    if values is None:
        return None
    return dict(zip(CLOCKS.split(","), values.split(", "), strict=False))


def _ask(fields: str) -> str | None:
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (told.stdout.strip().splitlines() or [None])[0]


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found | {"torch": torch.__version__}
