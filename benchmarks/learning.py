"""How fast a network learns: mAP against CPU seconds, with our targets and loss and with torchvision's.

python benchmarks/learning.py [--steps 900] [--json FILE]

The same small network, the same weights at the start, the same batches of toy scenes,
turn by turn in one process. torchvision's part is its SSDMatcher, its BoxCoder and
SSD.compute_loss, called as its SSD calls them. The seconds are those of the steps alone.
"""

import argparse
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from torchvision.models.detection._utils import BoxCoder, SSDMatcher
from torchvision.models.detection.ssd import SSD
from torchvision.ops import box_iou

from ssd_lib.augment import evaluation_transform
from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.run_record import commit, device_name
from ssd_lib.data import ToyScenes
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.loss import multibox_loss
from ssd_lib.model import ssd_tiny
from ssd_lib.run_record import write_record
from ssd_lib.targets import encode_targets
from ssd_lib.train import adamw_one_cycle
from ssd_lib.train.stream import StepBatchSampler, batches
from ssd_lib.validate import detect_dataset

BATCH, LR, LOOKS = 16, 4e-3, 6


class Ours:
    """The network learns by this book's rules."""

    def __init__(self, steps):
        torch.manual_seed(0)
        self.model = ssd_tiny(9).to(memory_format=torch.channels_last).train()
        self.optimizer, self.schedule = adamw_one_cycle(self.model, steps, LR)
        self.corners = cxcywh_to_xyxy(self.model.default_boxes)
        self.seconds = 0.0

    def loss(self, offsets, logits, batch):
        boxes = self.model.default_boxes
        targets = encode_targets(batch.gt_boxes, batch.gt_labels, boxes)
        return sum(multibox_loss(offsets, logits, *targets))

    def step(self, batch):
        start = time.perf_counter()
        self.optimizer.zero_grad()
        self.loss(*self.model(batch.images), batch).backward()
        self.optimizer.step()
        self.schedule.step()
        self.seconds += time.perf_counter() - start


class Theirs(Ours):
    """And by torchvision's."""

    coder, matcher = BoxCoder((10.0, 10.0, 5.0, 5.0)), SSDMatcher(0.5)

    def loss(self, offsets, logits, batch):
        matches = [self.matcher(box_iou(gt, self.corners)) for gt in batch.gt_boxes]
        pairs = zip(batch.gt_boxes, batch.gt_labels, strict=True)
        losses = SSD.compute_loss(
            SimpleNamespace(box_coder=self.coder, neg_to_pos_ratio=3),
            [{"boxes": boxes, "labels": labels} for boxes, labels in pairs],
            {"bbox_regression": offsets, "cls_logits": logits},
            [self.corners] * len(matches),
            matches,
        )
        return sum(losses.values())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    both = {"ours": Ours(chosen.steps), "torchvision": Theirs(chosen.steps)}
    scenes = ToyScenes(20_000, transforms=evaluation_transform(128))
    validation = ToyScenes(200, seed=2)
    rows = []
    looks = {round(chosen.steps * (k + 1) / LOOKS) for k in range(LOOKS)}
    loader = batches(scenes, StepBatchSampler(BATCH), num_workers=1)
    for step, batch in zip(range(1, chosen.steps + 1), loader, strict=False):
        for side in both.values():
            side.step(batch)
        if step in looks:
            for name, side in both.items():
                found = detect_dataset(side.model, validation)
                value = mean_average_precision(*found, 9).mean
                rows.append(
                    {
                        "side": name,
                        "step": step,
                        "seconds": round(side.seconds, 1),
                        "map": round(value, 4),
                    }
                )
                print("{side}: step {step}, {seconds} s, mAP {map}".format(**rows[-1]))
    if chosen.json:
        record = {
            "command": f"python benchmarks/learning.py --steps {chosen.steps}",
            "commit": commit(),
            "device": device_name(torch.device("cpu")),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "seed": 0,
            "rows": rows,
        }
        write_record(chosen.json, record)


if __name__ == "__main__":
    main()
