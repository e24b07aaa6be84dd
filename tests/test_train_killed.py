"""A run that is killed again and again ends in the weights of one that was not."""

import multiprocessing
import random
import signal

import pytest
import torch
from small_ssd import run_in

from ssd_lib.train.checkpoint import read_checkpoint

KILLS, STEPS = 20, 500

pytestmark = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="no fork here"
)


@pytest.fixture(scope="module")
def start():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["ssd_lib.train", "ssd_lib.model", "ssd_lib.augment"]
    )

    def begin(folder):
        begun = context.Event()
        process = context.Process(target=run_in, args=(folder, STEPS, begun))
        process.start()
        assert begun.wait(60), "not even one step"
        return process

    return begin


@pytest.mark.slow
def test_killed_at_twenty_moments_it_ends_in_the_same_weights(start, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    undisturbed = start(whole)
    moments, reached = random.Random(0), []
    while len(reached) < KILLS:
        process = start(broken)
        process.join(moments.uniform(0, 0.3))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, "the run ended before it was killed"
        reached.append(read_checkpoint(broken / "last.ckpt")["step"])  # is whole
    assert reached == sorted(reached)
    assert reached[0] < reached[-1] < STEPS
    last = start(broken)
    last.join(300)
    undisturbed.join(300)
    assert (last.exitcode, undisturbed.exitcode) == (0, 0)
    ours, theirs = (torch.load(folder / "weights.pt") for folder in (broken, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
