"""Matching, encoding and the loss beside torchvision's, on a batch of 32 pictures.

python benchmarks/loss.py [--device cuda]

8732 default boxes, 21 classes, and two kinds of batches: "even" ones with 9 objects an
image, and "mixed" ones with 1 to 20, of all sizes, anywhere. Torchvision's part is its
SSDMatcher, its BoxCoder on the positives, and SSD.compute_loss, called as its SSD calls
them. On Linux and a CPU the peak memory of each, in a process of its own, comes last.
"""

import timing  # first: it says how torch's threads wait

import argparse
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from torchvision.models.detection._utils import BoxCoder, SSDMatcher
from torchvision.models.detection.ssd import SSD
from torchvision.ops import box_iou

from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.loss import multibox_loss
from ssd_lib.targets import encode_targets

BATCH, CLASSES = 32, 21
CODER, MATCHER = BoxCoder((10.0, 10.0, 5.0, 5.0)), SSDMatcher(0.5)


def even(generator):
    """9 objects inside the image, sides of 0.05 to 0.3."""
    start = torch.rand(9, 2, generator=generator) * 0.7
    size = 0.05 + torch.rand(9, 2, generator=generator) * 0.25
    return torch.cat([start, start + size], dim=1)


def mixed(generator):
    """1 to 20 objects, sides log-uniform from 0.05 to 0.75, centres anywhere."""
    count = int(torch.randint(1, 21, (1,), generator=generator))
    size = 0.05 * 15 ** torch.rand(count, 2, generator=generator)
    centre = torch.rand(count, 2, generator=generator)
    return torch.cat([centre - size / 2, centre + size / 2], dim=1).clamp(0, 1)


BATCHES = {"even": even, "mixed": mixed}


class Case:
    """One batch, and what each side does with it."""

    def __init__(self, device, kind="even", batch=BATCH):
        generator = torch.Generator().manual_seed(0)
        self.batch = batch
        self.boxes = default_boxes(SSD300_VOC).to(device)
        self.corners = cxcywh_to_xyxy(self.boxes)
        boxes = [BATCHES[kind](generator) for _ in range(batch)]
        self.gt_boxes = [one.to(device) for one in boxes]
        self.gt_labels = [
            torch.randint(1, CLASSES, (len(one),), generator=generator).to(device) for one in boxes
        ]
        P = len(self.boxes)
        offsets = torch.randn(batch, P, 4, generator=generator)
        logits = torch.randn(batch, P, CLASSES, generator=generator)
        self.offsets = offsets.to(device).requires_grad_()
        self.logits = logits.to(device).requires_grad_()
        self.targets = encode_targets(self.gt_boxes, self.gt_labels, self.boxes)
        self.matches = self.their_matches()

    def finish(self, loss):
        loss.backward()
        self.offsets.grad = self.logits.grad = None
        if loss.is_cuda:
            torch.cuda.synchronize()

    def our_targets(self):
        return encode_targets(self.gt_boxes, self.gt_labels, self.boxes)

    def our_loss(self):
        self.finish(sum(multibox_loss(self.offsets, self.logits, *self.targets)))

    def our_all(self):
        targets = self.our_targets()
        self.finish(sum(multibox_loss(self.offsets, self.logits, *targets)))

    def their_matches(self):
        return [MATCHER(box_iou(gt, self.corners)) for gt in self.gt_boxes]

    def their_targets(self):
        for gt, matched in zip(self.gt_boxes, self.their_matches(), strict=True):
            found = torch.where(matched >= 0)[0]
            CODER.encode_single(gt[matched[found]], self.corners[found])

    def their_loss_of(self, matches):
        pairs = zip(self.gt_boxes, self.gt_labels, strict=True)
        losses = SSD.compute_loss(
            SimpleNamespace(box_coder=CODER, neg_to_pos_ratio=3),
            [{"boxes": boxes, "labels": labels} for boxes, labels in pairs],
            {"bbox_regression": self.offsets, "cls_logits": self.logits},
            [self.corners] * self.batch,
            matches,
        )
        self.finish(sum(losses.values()))

    def their_loss(self):
        self.their_loss_of(self.matches)

    def their_all(self):
        self.their_loss_of(self.their_matches())


def peak_mb(which):
    """Megabytes by which a process grows when it computes the loss, with matching."""
    command = [sys.executable, __file__, "--memory", which]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def memory_kb(name):
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1])


def print_growth(which):
    case = Case("cpu")
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak starts from here
    before = memory_kb("VmRSS")
    getattr(case, which)()
    print((memory_kb("VmHWM") - before) // 1024)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--memory")
    arguments = parser.parse_args()
    if arguments.memory:
        print_growth(arguments.memory)
        return
    options = {"repeats": 30, "warm_up": 5}
    for kind in BATCHES:
        case = Case(arguments.device, kind)
        print(f"{kind} batches, {sum(map(len, case.gt_boxes))} objects")
        timing.report("match and encode", case.our_targets, case.their_targets, **options)
        timing.report(
            "all that, and their matching alone",
            case.our_targets,
            case.their_matches,
            **options,
        )
        timing.report("loss with matching", case.our_all, case.their_all, **options)
        timing.report("loss, matches ready", case.our_loss, case.their_loss, **options)
    if arguments.device == "cpu":
        print(f"memory: ours {peak_mb('our_all')} MB, torchvision {peak_mb('their_all')} MB")


if __name__ == "__main__":
    main()
