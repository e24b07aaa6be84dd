"""Batches without end, each determined by its number alone.

Sample n of a run is the same whichever process draws it, however many workers there
are, and whether the run was stopped before: its place in the shuffled epoch and its
random numbers come from the seed and from n. So a run goes on where it was killed as
if nothing had happened.
"""

import os
import sys
from collections.abc import Iterator

import torch
from torch.utils.data import Dataset, Sampler

from ssd_lib.data.records import collate
from ssd_lib.samples import Sample
from ssd_lib.workers import Loader


class Stream(Dataset):
    """A data set as an endless row of shuffled epochs.

    Args:
        dataset: with a length; its transforms may draw from torch's random numbers.
        seed: of the order and of the transforms.
    """

    def __init__(self, dataset: Dataset, seed: int = 0) -> None:
        """Nothing is shuffled yet."""
        if len(dataset) == 0:
            raise ValueError("dataset must have at least one picture, got none")
        self.dataset, self.seed = dataset, seed
        self._epoch, self._order = -1, torch.zeros(0)

    def __getitem__(self, n: int) -> Sample:
        """Sample n of the run; torch's own random state is left alone."""
        epoch, place = divmod(n, len(self.dataset))
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(_mixed(self.seed, epoch, 1))
            self._order = torch.randperm(len(self.dataset), generator=generator)
            self._epoch = epoch
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_mixed(self.seed, n, 2))
            return self.dataset[int(self._order[place])]


class Positions(Sampler):
    """The numbers of the samples of each batch of one process.

    Args:
        batch_size: of all processes together.
        first: the step to begin with.
        rank: of this process.
        world_size: how many processes there are.
    """

    def __init__(self, batch_size: int, first: int = 0, rank: int = 0, world_size: int = 1) -> None:
        """Check that the batch can be shared."""
        if batch_size < 1 or batch_size % world_size:
            raise ValueError(
                f"batch_size must be a multiple of the {world_size} processes, got {batch_size}"
            )
        self.batch_size, self.step = batch_size, first
        self.share = batch_size // world_size
        self.offset = rank * self.share

    def __iter__(self) -> Iterator[list[int]]:
        """One list a step, without end."""
        step = self.step
        while True:
            start = step * self.batch_size + self.offset
            yield list(range(start, start + self.share))
            step += 1


def batches(
    dataset: Dataset,
    positions: Positions,
    seed: int = 0,
    num_workers: int | None = None,
    pin_memory: bool = False,
) -> Loader:
    """A loader of :class:`ssd_lib.data.Batch` without end.

    Args:
        dataset: whose transforms give pictures of one size.
        positions: where to begin, and how many at a time.
        seed: as for :class:`Stream`.
        num_workers: processes that read; None takes what suits the machine. It does
            not change what is read.
        pin_memory: copy faster to a GPU.
    """
    count = default_workers() if num_workers is None else num_workers
    return Loader(
        Stream(dataset, seed), collate, count, batch_sampler=positions, pin_memory=pin_memory
    )


def default_workers() -> int:
    """How many processes read pictures: none on Windows and macOS.

    There a worker starts by importing the main module once more, which a notebook
    does not have and a script must be written for.
    """
    return min(os.cpu_count() or 1, 8) - 1 if sys.platform.startswith("linux") else 0


def _mixed(*numbers: int) -> int:
    """A seed from several numbers, no two of them alike in practice."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state ^ number) * 0xBF58476D1CE4E5B9 % 2**64
        state ^= state >> 31
    return state % 2**63
