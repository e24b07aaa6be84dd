"""From images to detections, post-processing included, and torchvision's beside it."""

from functools import partial

import torch
from predict import answers
from steps import CLASSES, Switches, float32_products, torchvisions
from timing import measure
from torch import nn

from gpu_parts.rows import Row
from ssd_lib.default_boxes import default_boxes
from ssd_lib.images import normalize
from ssd_lib.model import MODELS
from ssd_lib.predict import detect

PAIRS = 800  # of box and class above 0.01 in an image, as a trained network has them
NOTHING, FAST = Switches(), Switches(tf32=True, bf16=True, channels_last=True)


def rows(setting):
    """Batch 1 and 8, float32 and with what needs no compiler."""
    plan = [
        (side, network, count, switches)
        for side, network in (("ours", "ssd300"), ("torchvision", "ssd300"), ("ours", "ssd512"))
        for count in (1, 8)
        for switches in (NOTHING, FAST)
    ]
    return [
        Row(
            f"{side} {network}, batch {count}, {switches}",
            1.5,
            partial(_detect, setting, side, network, count, switches),
        )
        for side, network, count, switches in plan
    ]


class Answers(nn.Module):
    """Torchvision's head, whose outputs are computed and then exchanged."""

    def __init__(self, head, offsets, logits):
        super().__init__()
        self.head = head
        self.outputs = {"bbox_regression": offsets, "cls_logits": logits}

    def forward(self, features):
        self.head(features)
        return self.outputs


def ours(network, count, device, memory_format):
    """A function that does all; an untrained network's answers are exchanged."""
    model = MODELS[network].build(CLASSES).to(device, memory_format=memory_format).eval()
    offsets, logits, boxes = answers(PAIRS, device, count, model.default_boxes.cpu())
    side = model.layout.image_px
    images = torch.rand(count, 3, side, side, device=device)

    def run():
        model(normalize(images))
        return detect(offsets, logits, boxes)

    return run


def theirs(network, count, device, memory_format):
    """The same with torchvision's detector, as it comes."""
    model = torchvisions(network).to(device, memory_format=memory_format).eval()
    side = model.transform.min_size[0]
    boxes = default_boxes(MODELS[network].layout)
    offsets, logits, _ = answers(PAIRS, device, count, boxes)
    model.head = Answers(model.head, offsets, logits)
    images = list(torch.rand(count, 3, side, side, device=device))
    return lambda: model(images)


@torch.no_grad()
def _detect(setting, side, network, count, switches, _keep):
    network = "tiny" if setting.tiny else network
    torch.manual_seed(0)
    form = torch.channels_last if switches.channels_last else torch.contiguous_format
    build = {"ours": ours, "torchvision": theirs}[side]
    run = build(network, count, setting.device, form)
    kind = torch.device(setting.device).type
    repeats, warm_up = (2, 0) if setting.tiny else (30, 5)
    with (
        float32_products(switches.tf32),
        torch.autocast(kind, torch.bfloat16, enabled=switches.bf16),
    ):
        found = measure(run, setting.device, repeats, warm_up)
    speed = 1e3 * count / found["ms"]
    return {
        "side": side,
        "network": network,
        "batch": count,
        "switches": switches._asdict(),
        "pairs": PAIRS,
        **found,
        "images_per_s": round(speed, 1),
        "text": f"{found['ms']:.1f} ms, {speed:.0f} images a second",
    }
