"""Matching and loss beside torchvision's, and how often the host waits in a step."""

from functools import partial

import torch
from loss import BATCHES, Case
from steps import Ours, Switches
from timing import compare, synchronize
from torch.profiler import ProfilerActivity, profile

from gpu_parts.rows import Row

OURS_AND_THEIRS = {
    "matching and encoding": ("our_targets", "their_targets"),
    "loss with matching": ("our_all", "their_all"),
    "loss, matches ready": ("our_loss", "their_loss"),
}
WAITING_OPS = ("aten::_local_scalar_dense", "aten::nonzero")  # they ask for a value
FAST = Switches(tf32=True, bf16=True, channels_last=True)


def rows(setting):
    """The two sides turn by turn, then waits, then where a step's time goes."""
    return [
        *(Row(f"{name} boxes", 2.5, partial(_loss, setting, name)) for name in BATCHES),
        Row("host waits", 3.0, partial(_waits, setting)),
        Row("where a step's time goes", 3.0, partial(_kernels, setting)),
    ]


def _loss(setting, name, _keep):
    case = Case(setting.device, name, 4 if setting.tiny else 32)
    found = {}
    for part, functions in OURS_AND_THEIRS.items():
        sides = [_waited(getattr(case, one), setting.device) for one in functions]
        repeats, warm_up = (1, 1) if setting.tiny else (20, 3)
        ours_s, theirs_s, ratio = compare(*sides, repeats, warm_up)
        found[part] = {
            "ours_ms": round(1e3 * ours_s, 3),
            "torchvision_ms": round(1e3 * theirs_s, 3),
            "ratio": round(ratio, 3),
        }
    text = "; ".join(
        f"{part} {one['ours_ms']:.2f} ms, {one['ratio']:.2f} of torchvision's"
        for part, one in found.items()
    )
    return {"batch": case.batch, "parts": found, "text": text}


def _waited(function, device):
    def run():
        function()
        synchronize(device)

    return run


def _profiled(function, device):
    """One call's events, after three that are not looked at."""
    kinds = [ProfilerActivity.CPU]
    if torch.device(device).type == "cuda":
        kinds.append(ProfilerActivity.CUDA)
    for _ in range(3):
        function()
    synchronize(device)
    with profile(activities=kinds) as watched:
        function()
        synchronize(device)
    return watched.key_averages()


def host_waits(function, device):
    """How often the host waits for a device in one call.

    Returns:
        ``operations``: those that need a value from the device, counted on any device;
        ``driver``: the driver's own waits, on a GPU alone. One of these is the end of
        the measurement's.
    """
    operations, driver = {}, {}
    for event in _profiled(function, device):
        if event.key in WAITING_OPS:
            operations[event.key] = event.count
        elif event.key.startswith("cu") and event.key.endswith("Synchronize"):
            driver[event.key] = event.count
    return {"operations": operations, "driver": driver}


def _waits(setting, _keep):
    """In batches of other sizes with the same objects, again and again."""
    network, counts = ("tiny", (4, 8)) if setting.tiny else ("ssd300", (8, 32))
    found = {}
    for count in counts:
        one = Ours(network, count, setting.device, FAST, different=4)
        found[count] = host_waits(one.step, setting.device)
    totals = [{kind: sum(waits[kind].values()) for kind in waits} for waits in found.values()]
    few, many = totals
    grows = any(many[kind] > few[kind] for kind in few)
    text = "; ".join(
        f"batch {count}: {one['operations']} operations, {one['driver']} waits"
        for count, one in zip(counts, totals, strict=True)
    )
    text += "; GROWS with the batch" if grows else "; does not grow with the batch"
    return {"waits": found, "grows_with_batch": grows, "text": text}


def _kernels(setting, _keep):
    """The 25 that take the most time of their own in a step."""
    network, count = ("tiny", 2) if setting.tiny else ("ssd300", 32)
    one = Ours(network, count, setting.device, FAST)
    on_gpu = torch.device(setting.device).type == "cuda"
    column = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    events = [
        {"event": event.key[:90], "count": event.count, "us": round(getattr(event, column))}
        for event in _profiled(one.step, setting.device)
    ]
    events = sorted(events, key=lambda event: -event["us"])[:25]
    text = ", ".join(f"{one['event'][:40]} {one['us'] / 1e3:.1f} ms" for one in events[:4])
    return {"batch": count, "switches": FAST._asdict(), "events": events, "text": text}
