"""A run that is killed again and again ends in the weights of one that was not."""

import multiprocessing
import random
import signal

import pytest
import torch
from small_ssd import Death, run_in

from ssd_lib.train.checkpoint import read_checkpoint

STEPS = 80
PLACES = ("write_whole", "training_step", "save_checkpoint", "_sync_folder", "add")

pytestmark = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="no fork here"
)


@pytest.fixture(scope="module")
def run():
    """Train in a process of its own, and tell how that ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ssd_lib.train", "ssd_lib.model", "ssd_lib.augment"])

    def run(folder, death=None):
        folder.mkdir(exist_ok=True)
        process = context.Process(target=run_in, args=(folder, STEPS, death))
        process.start()
        process.join()
        return process.exitcode

    return run


@pytest.mark.slow
def test_killed_at_twenty_moments_it_ends_in_the_same_weights(run, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    draw, reached = random.Random(0), []
    assert run(broken, Death(1, "training_step", 1)) == -signal.SIGKILL
    for kill in range(4 * len(PLACES)):
        place = PLACES[kill % len(PLACES)]
        death = Death(draw.randrange(4), place, draw.randint(1, 9))
        assert run(broken, death) == -signal.SIGKILL
        reached.append(read_checkpoint(broken / "last.ckpt")["step"])  # is whole
    assert reached == sorted(reached)
    assert reached[0] < reached[-1] < STEPS
    assert (run(broken), run(whole)) == (0, 0)
    ours, theirs = (torch.load(folder / "weights.pt") for folder in (broken, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
