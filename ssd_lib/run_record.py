"""What a run's record says of where its numbers come from."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path

import torch
import torchvision
from lightning_fabric import Fabric


def run_record(command: str, fabric: Fabric) -> dict[str, object]:
    """Where the numbers of a training run come from, as ``json.dump`` takes it.

    Args:
        command: the command line that started the run.
        fabric: Lightning Fabric, launched.

    Returns:
        ``command``, ``commit``, ``device`` (its model), ``devices`` (how many),
        ``threads``, ``precision`` and ``versions``.

    Example:
        >>> record = run_record("python train.py", Fabric(accelerator="cpu", devices=1))
        >>> record["command"], record["devices"], record["precision"]
        ('python train.py', 1, '32-true')
    """
    return {
        "command": command,
        "commit": commit(),
        "device": device_name(fabric.device),
        "devices": fabric.world_size,
        "threads": torch.get_num_threads(),
        "precision": str(fabric.strategy.precision.precision),
        "versions": versions(),
    }


def commit() -> str | None:
    """The commit of the checkout that this package was imported from.

    Returns:
        Its first 12 digits, or its tag, with ``-dirty`` after it if tracked files have
        changed since; None if the package lies in no checkout or git is not installed.
    """
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
    """The model of a device, such as ``"NVIDIA H100 80GB HBM3"``.

    Args:
        device: a CUDA device is asked for its name, a CPU looked up in
            ``/proc/cpuinfo`` where that exists; of any other kind the type is returned.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type != "cpu":
        return device.type
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(x.split(":")[1].strip() for x in lines if x.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that compute, as they name themselves."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "lightning_fabric": metadata.version("lightning-fabric"),
    }
