"""A training step, ours and torchvision's, with what can make it faster.

`benchmarks/step.py` and `tools/gpu_runs.py` time these.
"""

import timing  # noqa: F401  first: it says how torch's threads wait

from collections import OrderedDict
from contextlib import contextmanager
from typing import NamedTuple

import torch
from lightning_fabric import Fabric
from torch import nn
from torchvision.models.detection import ssd300_vgg16 as torchvision_ssd300
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.ssd import SSD as TorchvisionSSD

from ssd_lib.features import TinyFeatures
from ssd_lib.images import normalize
from ssd_lib.model import MODELS
from ssd_lib.samples import Batch
from ssd_lib.train import sgd, training_step

OBJECTS, CLASSES = 3, 21


class Switches(NamedTuple):
    """What a step can be told; nothing is full float32."""

    tf32: bool = False  # a GPU rounds the factors of float32 products to 11 bits
    bf16: bool = False  # autocast
    channels_last: bool = False
    compiled: bool = False  # torch.compile, of the features

    def __str__(self):
        return " + ".join(name for name in self._fields if getattr(self, name)) or ("fp32")


@contextmanager
def float32_products(tf32):
    """Whether a GPU may round the factors of float32 products; then torch's defaults."""
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
    try:
        yield
    finally:
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = True


def random_batch(count, size_px, device, different=None):
    """Noise with three objects an image; ``different`` images' objects, repeated."""
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


class Ours:
    """The library's training step on one batch."""

    def __init__(self, network, count, device, switches, backend="inductor", different=None):
        torch.manual_seed(0)
        model = MODELS[network].build(CLASSES).train()
        if switches.channels_last:
            model = model.to(memory_format=torch.channels_last)
        if switches.compiled:
            model.features.compile(backend=backend, dynamic=False)
        self.batch = random_batch(count, model.layout.image_px, device, different)
        self.fabric = Fabric(
            accelerator="gpu" if torch.device(device).type == "cuda" else "cpu",
            devices=1,
            precision="bf16-mixed" if switches.bf16 else "32-true",
        )
        self.model, self.optimizer = self.fabric.setup(model, sgd(model, 1e-5)[0])

    def learn(self, batch):
        training_step(self.fabric, self.model, self.optimizer, batch)

    def step(self):
        self.learn(self.batch._replace(images=normalize(self.batch.images)))


class Theirs:
    """Torchvision's detector on the same batch: lists of images, as it comes."""

    def __init__(self, network, count, device, switches, backend="inductor"):
        torch.manual_seed(0)
        self.model = torchvisions(network).to(device).train()
        if switches.channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
        if switches.compiled:
            self.model.backbone.compile(backend=backend, dynamic=False)
        self.bf16, self.device = switches.bf16, torch.device(device)
        side = self.model.transform.min_size[0]
        batch = random_batch(count, side, device)
        self.images = list(batch.images)
        self.targets = [
            {"boxes": boxes * side, "labels": labels}
            for boxes, labels in zip(batch.gt_boxes, batch.gt_labels, strict=True)
        ]
        self.optimizer = torch.optim.SGD(self.model.parameters(), 1e-5, 0.9)

    def step(self):
        self.optimizer.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            loss = sum(self.model(self.images, self.targets).values())
        loss.backward()
        self.optimizer.step()


def torchvisions(network):
    """Torchvision's SSD300, or its SSD with our small features."""
    if network == "ssd300":
        options = {"weights": None, "weights_backbone": None}
        return torchvision_ssd300(num_classes=CLASSES, **options)
    ratios = [[2], [2, 3], [2, 3], [2, 3], [2, 3]]
    scales = [0.07, 0.14, 0.28, 0.45, 0.65, 0.88]
    boxes = DefaultBoxGenerator(ratios, scales=scales)
    return TorchvisionSSD(Named(TinyFeatures()), boxes, (128, 128), CLASSES)


class Named(nn.Module):
    """Maps in a dictionary, as torchvision's detectors take them."""

    def __init__(self, features):
        super().__init__()
        self.features, self.out_channels = features, list(features.out_channels)

    def forward(self, images):
        return OrderedDict((str(k), one) for k, one in enumerate(self.features(images)))
