"""Batches that worker processes read, without their failures becoming ours.

A worker hands a batch over through shared memory, and torch does that in a thread of
its own, whose errors reach nobody: where shared memory or file descriptors run out, the
program waits for ever. Here a worker packs the batch itself, before it is sent. If that
fails it says so, and the batch is read by the process that wants it.
"""

import contextlib
import io
import os
import pickle
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Sized
from multiprocessing.reduction import ForkingPickler
from types import FrameType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

PATIENCE_S = 1800.0  # for one batch
POLL_S = 5.0  # between two looks whether all workers live
SMALL = 1 << 16  # bytes of a tensor that is sent as it is
SPARE = 8  # file descriptors that a process leaves free, and that each worker takes
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
NOT_HANDED_OVER = (
    "workers cannot hand over batches: shared memory (docker run --shm-size=2g) or file "
    "descriptors (ulimit -n) are too few; reading goes on without workers, more slowly"
)


SampleT = TypeVar("SampleT")
SampleT_co = TypeVar("SampleT_co", covariant=True)
BatchT = TypeVar("BatchT")


class Samples(Protocol[SampleT_co]):
    """Samples by their number; a data set, or an endless row of them."""

    def __getitem__(self, index: int, /) -> SampleT_co:
        """One sample."""
        ...


class Loader(DataLoader[BatchT]):
    """A DataLoader whose workers say what is wrong, and never keep it waiting.

    An error in a worker is raised here as it was raised there. A batch that a worker
    cannot hand over is read here, with one warning. torch's random state is left alone.

    Args:
        dataset: such as a :class:`ssd_lib.samples.SampleSet`.
        collate: makes a batch of a list of samples.
        num_workers: processes that read; with 0 this one does.
        batch_size: of batches in the order of the data set, which has a length then.
        batch_sampler: the numbers of the samples of each batch; in place of
            ``batch_size``.
        pin_memory: copy faster to a GPU.

    Raises:
        ValueError: if ``batch_size`` is below 1, or the data set has no length and there
            is no ``batch_sampler``.
    """

    def __init__(
        self,
        dataset: Samples[SampleT],
        collate: Callable[[list[SampleT]], BatchT],
        num_workers: int = 0,
        *,
        batch_size: int = 1,
        batch_sampler: Iterable[list[int]] | None = None,
        pin_memory: bool = False,
    ) -> None:
        if batch_sampler is None:
            batch_sampler = _in_order(dataset, batch_size)
        self._reader = _Reader(dataset, collate, packs=num_workers > 0)
        self._indices = batch_sampler
        super().__init__(
            self._reader,
            num_workers=num_workers,
            batch_sampler=batch_sampler,
            collate_fn=_unchanged,
            pin_memory=pin_memory,
            timeout=POLL_S if num_workers else 0,
            worker_init_fn=_begin_worker,
            generator=torch.Generator(),
        )

    def __iter__(self) -> Generator[BatchT, None, None]:
        """One batch after the other; workers end with the last one, or an error.

        Raises:
            RuntimeError: if a worker died, or gave no batch for ``PATIENCE_S`` seconds.
        """
        answers: Iterator[BatchT | _Failure | _NotHandedOver]
        try:
            _need_descriptors(SPARE * self.num_workers)
            answers = super().__iter__()
        except OSError:
            answers = map(_NotHandedOver, self._indices)
        try:
            while (answer := _next(answers)) is not None:
                yield self._batch(answer)
        finally:
            del answers  # its workers end, even if the error's traceback lives on

    def _batch(self, answer: "BatchT | _Failure | _NotHandedOver") -> BatchT:
        if isinstance(answer, _Failure):
            raise answer.error from RuntimeError(answer.traceback)
        if isinstance(answer, _NotHandedOver):
            warnings.warn(NOT_HANDED_OVER, RuntimeWarning, stacklevel=3)
            return self._reader.read(answer.indices)
        return answer


def _in_order(dataset: object, batch_size: int) -> Sequence[list[int]]:
    """The numbers of all samples, some at a time."""
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if not isinstance(dataset, Sized):
        raise ValueError("dataset must have a length, or batch_sampler must be given, got neither")
    numbers = range(len(dataset))
    return [list(numbers[i : i + batch_size]) for i in numbers[::batch_size]]


def _next(answers: Iterator[SampleT]) -> SampleT | None:
    """The next answer; None at the end.

    What torch says of its workers is raised in other words, and without its traceback,
    which would keep them alive.
    """
    start = time.monotonic()
    while True:
        try:
            return next(answers, None)
        except RuntimeError as error:
            text = str(error).strip()
            if not text.startswith("DataLoader "):
                raise
        if "timed out" not in text:
            raise RuntimeError(
                f"a process that reads images died ({text}): if memory ran out, fewer "
                "workers need less"
            )
        if time.monotonic() - start >= PATIENCE_S:
            raise RuntimeError(
                f"no batch for {PATIENCE_S:g} s: a process that reads images is stuck"
            )


class _Failure(NamedTuple):
    """What went wrong in a worker."""

    error: Exception
    traceback: str


class _NotHandedOver(NamedTuple):
    """The samples of a batch that no worker will read."""

    indices: list[int]


class _Reader(Dataset, Generic[SampleT, BatchT]):
    """Reads whole batches; packs them, and its errors, where it is a worker's."""

    def __init__(
        self,
        dataset: Samples[SampleT],
        collate: Callable[[list[SampleT]], BatchT],
        packs: bool,
    ) -> None:
        self.dataset, self.collate, self.packs = dataset, collate, packs
        self.gave_up = False

    def __getitems__(self, indices: list[int]) -> object:
        if not self.packs:
            return self.read(indices)
        if self.gave_up:
            return _NotHandedOver(indices)
        try:
            return self.packed(self.read(indices), indices)
        except Exception as error:
            return _Failure(_picklable(error), traceback.format_exc())

    def read(self, indices: list[int]) -> BatchT:
        return self.collate([self.dataset[index] for index in indices])

    def packed(self, batch: object, indices: list[int]) -> "_Packed | _NotHandedOver":
        try:
            return _Packed(batch, indices)
        except (OSError, RuntimeError):
            self.gave_up = True
            return _NotHandedOver(indices)


class _Packed:
    """A batch that is pickled already; who unpickles this gets the batch itself."""

    def __init__(self, batch: object, indices: list[int]) -> None:
        content = io.BytesIO()
        _Pickler(content).dump(batch)
        self.content, self.indices = content.getvalue(), indices

    def __reduce__(self) -> tuple:
        return _unpacked, (self.content, self.indices)


def _unpacked(content: bytes, indices: list[int]) -> object:
    try:
        return pickle.loads(content)
    except (OSError, RuntimeError, EOFError):  # no descriptor could be received
        return _NotHandedOver(indices)


class _Pickler(ForkingPickler):
    """Large tensors go through shared memory, as torch does it.

    Small ones, of which there are several per image, would need a file descriptor each.
    """

    def reducer_override(self, thing: object) -> object:
        if not isinstance(thing, Tensor):
            return NotImplemented
        if thing.nbytes <= SMALL:
            with contextlib.suppress(TypeError):  # a dtype that numpy does not have
                array = thing.detach().as_subclass(Tensor).numpy()
                return _tensor_of, (array, type(thing), vars(thing))
        _need_descriptors(SPARE)
        return NotImplemented


def _need_descriptors(count: int) -> None:
    """Raise an OSError unless so many more files can be opened.

    A worker without one to spare could not even answer who asks for what it shares.
    """
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(open(os.devnull, "rb"))


def _tensor_of(array: np.ndarray, kind: type[Tensor], attributes: dict) -> Tensor:
    tensor = torch.from_numpy(array).as_subclass(kind)
    vars(tensor).update(attributes)
    return tensor


def _picklable(error: Exception) -> Exception:
    """The error, or its text if it cannot be pickled."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _unchanged(batch: object) -> object:
    return batch


def _begin_worker(_: int) -> None:
    torch.set_num_threads(1)
    leave_signals_to_the_main_process()


def handled_signals() -> dict[int, Any]:
    """The signals that may be taken over here, and their handlers.

    What the program ignores, as under ``nohup``, it goes on ignoring; and in a thread
    that is not the main one no signal arrives.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    return {n: h for n, h in handlers.items() if h not in (None, signal.SIG_IGN)}


def leave_signals_to_the_main_process() -> None:
    """In a worker: do not end when the terminal asks all processes of a program to.

    The main process ends its workers when it has taken its last step. A second signal
    ends a worker, too, and SIGTERM, which may be the main process's, does so quietly.
    """
    for number in SIGNALS:
        signal.signal(number, _let_the_next_end)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def _let_the_next_end(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
