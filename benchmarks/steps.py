"""A training step, ours and torchvision's, with what can make it faster.

`benchmarks/step.py` and `tools/gpu_runs.py` time these.
"""

import timing  # noqa: F401  first: it says how torch's threads wait

from collections import OrderedDict

import torch
from torch import nn
from torchvision.models.detection import ssd300_vgg16 as torchvision_ssd300
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.ssd import SSD as TorchvisionSSD

from ssd_lib.features import TinyFeatures
from ssd_lib.train.speed import CLASSES, Switches, float32_products, random_batch
from ssd_lib.train.speed import Stepper as Ours

__all__ = ["CLASSES", "Ours", "Switches", "Theirs", "float32_products", "torchvisions"]


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
