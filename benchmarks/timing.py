"""Functions timed turn by turn, or alone on a device that must be waited for."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported

import statistics
import time

from ssd_lib.train.speed import measure, synchronize

__all__ = ["compare", "measure", "report", "synchronize"]


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
