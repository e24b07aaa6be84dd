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
from ssd_lib.samples import Sample, SampleSet
from ssd_lib.workers import Loader


class EndlessDataset(Dataset[Sample]):
    """A data set as an endless sequence of shuffled epochs.

    Args:
        dataset: its transforms may draw from torch's random numbers.
        seed: of the order and of the transforms.
    """

    def __init__(self, dataset: SampleSet, seed: int = 0) -> None:
        if len(dataset) == 0:
            raise ValueError("dataset must have at least one image, got none")
        self.dataset, self.seed = dataset, seed
        self._epoch, self._order = -1, torch.zeros(0)

    def __getitem__(self, n: int) -> Sample:
        """Sample n of the run; torch's own random state is left alone."""
        epoch, place = divmod(n, len(self.dataset))
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(_derive_seed(self.seed, epoch, 1))
            self._order = torch.randperm(len(self.dataset), generator=generator)
            self._epoch = epoch
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_derive_seed(self.seed, n, 2))
            return self.dataset[int(self._order[place])]


class StepBatchSampler(Sampler[list[int]]):
    """The numbers of the samples of each batch of one process, step after step.

    Args:
        batch_size: of all processes together.
        first: the step to begin with.
        rank: of this process.
        world_size: how many processes there are.
    """

    def __init__(self, batch_size: int, first: int = 0, rank: int = 0, world_size: int = 1) -> None:
        if batch_size < 1 or batch_size % world_size:
            raise ValueError(
                f"batch_size must be a multiple of the {world_size} processes, got {batch_size}"
            )
        self.batch_size, self.step = batch_size, first
        self.share = batch_size // world_size
        self.offset = rank * self.share

    def __iter__(self) -> Iterator[list[int]]:
        """One list per step, without end."""
        step = self.step
        while True:
            start = step * self.batch_size + self.offset
            yield list(range(start, start + self.share))
            step += 1


def batches(
    dataset: SampleSet,
    sampler: StepBatchSampler,
    seed: int = 0,
    num_workers: int | None = None,
    pin_memory: bool = False,
) -> Loader:
    """A loader of :class:`ssd_lib.data.Batch` without end.

    Args:
        dataset: whose transforms give images of one size.
        sampler: where to begin, and how many at a time.
        seed: as for :class:`EndlessDataset`.
        num_workers: processes that read; None takes what suits the machine. It does
            not change what is read.
        pin_memory: copy faster to a GPU.
    """
    count = default_workers() if num_workers is None else num_workers
    endless = EndlessDataset(dataset, seed)
    return Loader(endless, collate, count, batch_sampler=sampler, pin_memory=pin_memory)


def default_workers() -> int:
    """How many processes read images: none on Windows and macOS.

    There a worker starts by importing the main module once more, which a notebook
    does not have and a script must be written for.
    """
    return min(os.cpu_count() or 1, 8) - 1 if sys.platform.startswith("linux") else 0


def _derive_seed(*numbers: int) -> int:
    """A seed from several numbers; in practice, other numbers give another one."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state ^ number) * 0xBF58476D1CE4E5B9 % 2**64
        state ^= state >> 31
    return state % 2**63
