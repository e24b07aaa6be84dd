"""A run's record: where its numbers come from, and the JSON that keeps them."""

import json
import math
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import torch
import torchvision
from lightning_fabric import Fabric

from ssd_lib.files import write_whole


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


def origin(command: str) -> dict[str, object]:
    """Where the numbers of a run on the CPU come from; to be asked before the run.

    What is edited while it runs is then not taken for its code.

    Args:
        command: the command line that starts the run.

    Returns:
        ``command``, ``commit``, ``device`` (its model), ``threads`` and ``versions``.

    Example:
        >>> origin("python tools/ratios.py")["command"]
        'python tools/ratios.py'
    """
    return {
        "command": command,
        "commit": commit(),
        "device": device_name(torch.device("cpu")),
        "threads": torch.get_num_threads(),
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


def write_record(
    path: str | Path, record: Mapping[str, object], row_key: str | None = None
) -> None:
    """Write a record as strict JSON; until it is complete on the disk, the old one stays.

    Args:
        path: of the file; missing folders are created.
        record: texts, numbers, truth values, None, and lists and dicts of them. Numbers
            that are not finite become null, which is all that JSON has for them.
        row_key: of a record with many rows, the first key of each row. A row then has a
            line of its own and nothing is indented; by default everything is.

    Raises:
        OSError: if it cannot be written; the message names the file.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "runs/run.json"
        >>> rows = [{"step": 1, "loss": 2.5}, {"step": 2, "loss": math.nan}]
        >>> write_record(file, {"seed": 0, "log": rows}, row_key="step")
        >>> print(file.read_text(encoding="utf-8"), end="")
        {"seed":0,"log":[
        {"step":1,"loss":2.5},
        {"step":2,"loss":null}]}
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (_as_json(_finite(record), row_key) + "\n").encode())


def _as_json(record: object, row_key: str | None) -> str:
    if row_key is None:
        return json.dumps(record, indent=1, allow_nan=False)
    text = json.dumps(record, separators=(",", ":"), allow_nan=False)
    start = f'{{"{row_key}":'  # in a text the quotes would be escaped
    return text.replace(start, f"\n{start}")


def _finite(value: object) -> object:
    """The same, with None for numbers that JSON cannot say."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
