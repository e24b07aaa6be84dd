"""Worker processes: what goes wrong in one is told or made good, and nothing waits."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from itertools import islice

import pytest
import torch
from torch.utils.data import Dataset, get_worker_info
from torchvision import tv_tensors

from ssd_lib import workers
from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes
from ssd_lib.train.stream import StepBatchSampler, batches
from ssd_lib.workers import Loader

resource = pytest.importorskip("resource", reason="limits are POSIX's")
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere there are no workers"
)

LARGE = 400_000  # numbers of four bytes: 1.6 MB, handed over in shared memory


@pytest.fixture(autouse=True)
def nothing_waits_for_ever():
    def out(*_):
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, out)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


class Samples(Dataset):
    """Numbered samples: one large tensor, boxes and a label; in a worker with a flaw."""

    def __init__(self, flaw=lambda _: None):
        self.flaw = flaw

    def __len__(self):
        return 12

    def __getitem__(self, index):
        if get_worker_info():
            self.flaw(index)
        boxes = tv_tensors.BoundingBoxes(
            torch.full((index % 3, 4), float(index)), format="XYXY", canvas_size=(7, 9)
        )
        return torch.full((LARGE,), float(index)), boxes, torch.tensor(index)


def as_lists(samples):
    """Nothing is joined: as many tensors as there are."""
    return [list(column) for column in zip(*samples, strict=True)]


def numbers(dataset, num_workers=2, batch_size=3):
    """The number of each sample, after a look at all of it."""
    seen = []
    for large, boxes, labels in Loader(dataset, as_lists, num_workers, batch_size=batch_size):
        for each, some, label in zip(large, boxes, labels, strict=True):
            assert each.shape == (LARGE,)
            assert (each == label).all()
            assert isinstance(some, tv_tensors.BoundingBoxes)
            assert some.canvas_size == (7, 9)
            assert some.shape == (label % 3, 4)
            assert (some == label).all()
            seen.append(int(label))
    return seen


@pytest.fixture
def impatient(monkeypatch):
    """Looks often whether the workers live, and does not wait for them to end."""
    monkeypatch.setattr(workers, "POLL_S", 0.01)
    monkeypatch.setattr("torch.utils.data._utils.MP_STATUS_CHECK_INTERVAL", 0.1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("count", [0, 1, 2])
def test_workers_give_what_this_process_would_read(count):
    before = torch.get_rng_state()
    assert numbers(Samples(), count) == list(range(12))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.bool, torch.float64])
def test_small_tensors_of_any_kind_arrive(dtype):
    samples = [torch.ones(2, 3, dtype=dtype), torch.zeros(0, 4, dtype=dtype)]
    [[ours, empty]] = Loader(samples, list, 1, batch_size=2)
    assert torch.equal(ours, samples[0])
    assert torch.equal(empty, samples[1])
    ours += ours  # and are one's own


def little_shared_memory(_):
    """A file, and shared memory is one, may have a megabyte."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def no_descriptors(_, left=0):
    opened = []
    with contextlib.suppress(OSError):
        while True:
            opened.append(os.open(os.devnull, os.O_RDONLY))
    for handle in opened[:left]:
        os.close(handle)


def hardly_any_descriptors(_):
    """Enough to offer a batch, perhaps not to answer who asks for it."""
    no_descriptors(_, left=6)


def no_descriptors_later(index):
    if index >= 6:
        no_descriptors(index)


@pytest.mark.parametrize(
    "flaw",
    [
        little_shared_memory,
        no_descriptors,
        no_descriptors_later,
        hardly_any_descriptors,
    ],
)
def test_what_a_worker_cannot_hand_over_is_read_here(flaw):
    with pytest.warns(RuntimeWarning, match="without workers, more slowly"):
        assert numbers(Samples(flaw), batch_size=1) == list(range(12))


def test_a_worker_that_cannot_hand_over_reads_no_more(tmp_path):
    def flaw(index):
        with (tmp_path / "read").open("a") as file:
            file.write(f"{index}\n")
        little_shared_memory(index)

    with pytest.warns(RuntimeWarning, match="without workers"):
        numbers(Samples(flaw), num_workers=1)
    assert (tmp_path / "read").read_text().split() == ["0", "1", "2"]


def few_descriptors(_):
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def test_a_batch_needs_no_descriptor_for_each_small_tensor():
    class Small(Samples):
        def __len__(self):
            return 400

        def __getitem__(self, index):
            return super().__getitem__(index)[1:]

    loader = Loader(Small(few_descriptors), as_lists, 2, batch_size=100)
    labels = [label for _, labels in loader for label in labels]
    assert torch.stack(labels).tolist() == list(range(400))


@pytest.fixture
def descriptors():
    """Lets this process open few files more than it has."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def leave(count):
        opened = {int(name) for name in os.listdir("/proc/self/fd")}
        free = [n for n in range(len(opened) + count + 1) if n not in opened]
        resource.setrlimit(resource.RLIMIT_NOFILE, (free[count], before[1]))

    yield leave
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("count", [3, 12])
def test_without_descriptors_no_worker_is_started(descriptors, count):
    dataset = Samples(lambda _: pytest.fail("a worker was started"))
    descriptors(count)
    with pytest.warns(RuntimeWarning, match="without workers"):
        assert numbers(dataset) == list(range(12))


def test_what_this_process_cannot_receive_is_read_here(descriptors):
    dataset = Samples()
    loader = iter(Loader(dataset, as_lists, 1, batch_size=1))
    labels = [next(loader)[2]]
    descriptors(1)  # enough to read a sample, not to be sent one
    with pytest.warns(RuntimeWarning, match="without workers"):
        labels += [batch[2] for batch in loader]
    assert [int(label) for [label] in labels] == list(range(12))


def test_the_warning_is_given_once():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        numbers(Samples(little_shared_memory), batch_size=1)
    [told] = [w.message for w in seen if issubclass(w.category, RuntimeWarning)]
    assert "\n" not in str(told)


def test_a_stream_of_training_goes_on_as_without_workers():
    class Scarce(ToyScenes):
        def __getitem__(self, index):
            if get_worker_info():
                little_shared_memory(index)
            return super().__getitem__(index)

    scenes = [kind(5, transforms=evaluation_transform(300)) for kind in (Scarce, ToyScenes)]
    with pytest.warns(RuntimeWarning, match="without workers"):
        ours = list(islice(batches(scenes[0], StepBatchSampler(4), num_workers=2), 3))
    wanted = list(islice(batches(scenes[1], StepBatchSampler(4), num_workers=0), 3))
    for batch, other in zip(ours, wanted, strict=True):
        assert torch.equal(batch.images, other.images)
        assert all(map(torch.equal, batch.gt_boxes, other.gt_boxes))


# Errors


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def left(_):
    os._exit(0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("flaw", "why"), [(killed, "DataLoader worker"), (left, "exited")])
def test_a_worker_that_dies_is_told(flaw, why):
    with pytest.raises(RuntimeError, match=f"reads images died .*{why}") as told:
        numbers(Samples(flaw), num_workers=1)
    assert "\n" not in str(told.value)
    assert multiprocessing.active_children() == []


@pytest.mark.usefixtures("impatient")
def test_a_worker_that_is_stuck_is_told(monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE_S", 0.2)
    dataset = Samples(lambda _: threading.Event().wait())
    with pytest.raises(RuntimeError, match=r"no batch for 0\.2 s: .* is stuck"):
        numbers(dataset, num_workers=1)


class Odd(Exception):
    """Cannot be made of its text alone."""

    def __init__(self, path, line):
        super().__init__(f"{path}, line {line}")


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (ValueError("a.jpg cannot be read"), ValueError, "^a.jpg cannot be read$"),
        (FileNotFoundError(2, "No such file", "a.jpg"), FileNotFoundError, "'a.jpg'$"),
        (RuntimeError("odd\nshape"), RuntimeError, "^odd\nshape$"),
        (Odd("a.jpg", 3), RuntimeError, "^Odd: a.jpg, line 3$"),
    ],
)
@pytest.mark.parametrize("batch_size", [1, 3])
def test_an_error_in_a_worker_is_raised_as_it_was(error, kind, text, batch_size):
    def flaw(index):
        if index == 2:
            raise error

    with pytest.raises(kind, match=text) as told:
        numbers(Samples(flaw), batch_size=batch_size)
    assert "in flaw" in str(told.value.__cause__)  # where in the worker
    assert multiprocessing.active_children() == []


def test_a_batch_that_cannot_be_sent_is_told():
    loader = Loader(Samples(), lambda _: threading.Lock(), 1, batch_size=2)
    with pytest.raises(TypeError, match="pickle"):
        next(iter(loader))


def test_batches_in_order_need_a_length_and_a_size():
    class Endless:
        def __getitem__(self, index):
            return index

    with pytest.raises(ValueError, match="dataset must have a length"):
        Loader(Endless(), list)
    assert list(Loader(Endless(), list, batch_sampler=[[7], [8, 9]])) == [[7], [8, 9]]
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        Loader(Samples(), list, batch_size=0)
    assert len(Loader(Samples(), list, batch_size=5)) == 3
