"""How fast a training step is here, with each switch that can make it faster."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from lightning_fabric import Fabric

from ssd_lib.images import normalize
from ssd_lib.model import MODELS
from ssd_lib.samples import Batch
from ssd_lib.train.optimizers import sgd
from ssd_lib.train.step import training_step

OBJECTS, CLASSES = 3, 21
VOC_IMAGES = 120_000 * 32  # what Caffe's code sees of VOC 2007 and 2012
Measured = dict[str, float]


class Switches(NamedTuple):
    """What a step can be told; nothing is full float32."""

    tf32: bool = False  # a GPU rounds the factors of float32 products to 11 bits
    bf16: bool = False  # autocast
    channels_last: bool = False
    compiled: bool = False  # torch.compile, of the features

    def __str__(self) -> str:
        return " + ".join(name for name in self._fields if getattr(self, name)) or "fp32"


EAGER = Switches(tf32=True, bf16=True, channels_last=True)
WAYS = (  # from the plainest to all at once
    Switches(),
    *(Switches(**{name: True}) for name in ("tf32", "bf16", "channels_last", "compiled")),
    EAGER,
    EAGER._replace(compiled=True),
)


@contextmanager
def float32_products(tf32: bool) -> Iterator[None]:
    """Whether a GPU may round the factors of float32 products; then torch's defaults."""
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
    try:
        yield
    finally:
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = True


def random_batch(count: int, size_px: int, device: str, different: int | None = None) -> Batch:
    """Noise with three objects an image.

    Args:
        count: images.
        size_px: their side.
        device: where they are to be.
        different: so many images' objects, repeated; None lets all differ.
    """
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(count, 3, size_px, size_px, generator=generator)
    rows = different or count
    start = torch.rand(rows, OBJECTS, 2, generator=generator) * 0.6
    size = 0.1 + torch.rand(rows, OBJECTS, 2, generator=generator) * 0.3
    labels = torch.randint(1, CLASSES, (rows, OBJECTS), generator=generator)
    boxes = torch.cat([start, start + size], dim=2).to(device)
    labels = labels.to(device)
    return Batch(
        images.to(device),
        [boxes[i % rows] for i in range(count)],
        [labels[i % rows] for i in range(count)],
    )


class Stepper:
    """The library's training step on one batch of noise.

    Args:
        network: a name of ``ssd_lib.model.MODELS``.
        count: images.
        device: ``"cpu"`` or ``"cuda"``.
        switches: what is switched on, but for TF32 (:func:`float32_products`).
        backend: of ``torch.compile``.
        different: as for :func:`random_batch`.
    """

    def __init__(
        self,
        network: str,
        count: int,
        device: str,
        switches: Switches,
        backend: str = "inductor",
        different: int | None = None,
    ) -> None:
        torch.manual_seed(0)
        model = MODELS[network].build(CLASSES).train()
        if switches.channels_last:
            model = model.to(memory_format=torch.channels_last)
        if switches.compiled:
            model.get_submodule("features").compile(backend=backend, dynamic=False)
        self.batch = random_batch(count, model.layout.image_px, device, different)
        self.fabric = Fabric(
            accelerator="gpu" if torch.device(device).type == "cuda" else "cpu",
            devices=1,
            precision="bf16-mixed" if switches.bf16 else "32-true",
        )
        self.model, self.optimizer = self.fabric.setup(model, sgd(model, 1e-5)[0])

    def learn(self, batch: Batch) -> None:
        """A step on a batch that is normalised."""
        training_step(self.fabric, self.model, self.optimizer, batch)

    def step(self) -> None:
        """A step on the batch of noise."""
        self.learn(self.batch._replace(images=normalize(self.batch.images)))


def synchronize(device: str) -> None:
    """Wait until a GPU has done what it was asked to; a CPU always has."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def measure(
    function: Callable[[], object], device: str, repeats: int = 20, warm_up: int = 5
) -> Measured:
    """Median, smallest and largest milliseconds of a function, and its memory.

    The first call is timed apart: it compiles, loads kernels and chooses algorithms.

    Args:
        function: without arguments.
        device: ``"cpu"`` or ``"cuda"``.
        repeats: calls that count.
        warm_up: calls after the first one that do not.

    Returns:
        ``first_s``, ``ms``, ``ms_least``, ``ms_most``, and on a GPU ``peak_mib``, the
        most memory that was taken in a repeat, parameters included.
    """
    seconds = []
    on_gpu = torch.device(device).type == "cuda"
    for number in range(1 + warm_up + repeats):
        if number == 1 + warm_up and on_gpu:
            torch.cuda.reset_peak_memory_stats(device)
        synchronize(device)
        start = time.perf_counter()
        function()
        synchronize(device)
        seconds.append(time.perf_counter() - start)
    counted = [1e3 * value for value in seconds[1 + warm_up :]]
    found: Measured = {
        "first_s": round(seconds[0], 2),
        "ms": round(statistics.median(counted), 3),
        "ms_least": round(min(counted), 3),
        "ms_most": round(max(counted), 3),
    }
    if on_gpu:
        found["peak_mib"] = torch.cuda.max_memory_allocated(device) // 2**20
    return found


def time_step(
    network: str,
    count: int,
    device: str,
    switches: Switches,
    *,
    repeats: int = 10,
    warm_up: int = 3,
    backend: str = "inductor",
) -> Measured:
    """How long a training step takes.

    Args:
        network: a name of ``ssd_lib.model.MODELS``.
        count: images in a step.
        device: ``"cpu"`` or ``"cuda"``.
        switches: what is switched on.
        repeats: steps that count.
        warm_up: steps after the first one that do not.
        backend: of ``torch.compile``.

    Returns:
        What :func:`measure` returns, ``images_per_s``, and ``voc_hours``: how long the
        images of VOC's 120,000 steps of 32 would take.

    Raises:
        torch.OutOfMemoryError: if the batch does not fit into the GPU's memory.
    """
    with float32_products(switches.tf32):
        one = Stepper(network, count, device, switches, backend)
        found = measure(one.step, device, repeats, warm_up)
    speed = 1e3 * count / found["ms"]
    return found | {
        "images_per_s": round(speed, 1),
        "voc_hours": round(VOC_IMAGES / speed / 3600, 2),
    }
