"""Functions timed turn by turn, or alone on a device that must be waited for."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported

import statistics
import time

import torch


def compare(ours, theirs, repeats=200, warm_up=20):
    """Median seconds of each, and the ratio of the medians (ours to theirs)."""
    for _ in range(warm_up):
        ours()
        theirs()
    seconds = [[], []]
    for _ in range(repeats):
        for times, function in zip(seconds, (ours, theirs), strict=True):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    ours_s, theirs_s = (statistics.median(times) for times in seconds)
    return ours_s, theirs_s, ours_s / theirs_s


def report(name, ours, theirs, **options):
    """Print one line of a comparison with torchvision; return our seconds."""
    ours_s, theirs_s, ratio = compare(ours, theirs, **options)
    print(
        f"{name}: ours {ours_s * 1e3:.3f} ms, torchvision {theirs_s * 1e3:.3f} ms, "
        f"ratio {ratio:.2f}"
    )
    return ours_s


def synchronize(device):
    """Wait until a GPU has done what it was asked to; a CPU always has."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def measure(function, device, repeats=20, warm_up=5):
    """Median, smallest and largest milliseconds of a function, and its memory.

    The first call is timed apart: it compiles, loads kernels and chooses algorithms.

    Returns:
        ``first_s``, ``ms``, ``ms_least``, ``ms_most``, and on a GPU ``peak_mib``, the
        most memory that was taken in a repeat, parameters included.
    """
    seconds = []
    for number in range(1 + warm_up + repeats):
        if number == 1 + warm_up and torch.device(device).type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        synchronize(device)
        start = time.perf_counter()
        function()
        synchronize(device)
        seconds.append(time.perf_counter() - start)
    counted = [1e3 * value for value in seconds[1 + warm_up :]]
    found = {
        "first_s": round(seconds[0], 2),
        "ms": round(statistics.median(counted), 3),
        "ms_least": round(min(counted), 3),
        "ms_most": round(max(counted), 3),
    }
    if torch.device(device).type == "cuda":
        found["peak_mib"] = torch.cuda.max_memory_allocated(device) // 2**20
    return found
