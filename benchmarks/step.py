"""A training step of SSD300 beside torchvision's ssd300_vgg16, on one device.

python benchmarks/step.py [--device cuda] [--batch 32] [--precision bf16] [--channels-last]
                          [--compile] [--json FILE]

Same pictures, objects, number of classes and precision, in one run, turn by turn: forward,
loss with matching, backward, SGD. The switches but --precision are ours alone: torchvision's
detector takes lists of pictures and is timed as it comes.
"""

import timing  # first: it says how torch's threads wait

import argparse
import json
from pathlib import Path

import torch
import torchvision
from torchvision.models.detection import ssd300_vgg16 as torchvision_ssd300

from ssd_lib.commands.record import commit, device_name
from ssd_lib.images import normalize
from ssd_lib.loss import multibox_loss
from ssd_lib.model import ssd300_vgg16
from ssd_lib.targets import encode_targets
from ssd_lib.train import sgd

OBJECTS, CLASSES, SIDE = 3, 21, 300


class Case:
    """One batch, two networks, two optimizers."""

    def __init__(self, chosen):
        generator = torch.Generator().manual_seed(0)
        self.device, self.chosen = torch.device(chosen.device), chosen
        shape = (chosen.batch, 3, SIDE, SIDE)
        self.pictures = torch.rand(shape, generator=generator).to(self.device)
        start = torch.rand(chosen.batch, OBJECTS, 2, generator=generator) * 0.6
        size = 0.1 + torch.rand(chosen.batch, OBJECTS, 2, generator=generator) * 0.3
        self.boxes = torch.cat([start, start + size], dim=2).to(self.device)
        labels = torch.randint(1, CLASSES, (chosen.batch, OBJECTS), generator=generator)
        self.labels = labels.to(self.device)
        self.ours = ssd300_vgg16(CLASSES).to(self.device).train()
        if chosen.channels_last:
            self.ours = self.ours.to(memory_format=torch.channels_last)
        self.optimizer, _ = sgd(self.ours, 1e-5)
        if chosen.compile:
            self.ours.features.compile()
        options = {"weights": None, "weights_backbone": None, "num_classes": CLASSES}
        self.theirs = torchvision_ssd300(**options).to(self.device).train()
        self.their_optimizer = torch.optim.SGD(self.theirs.parameters(), 1e-5, 0.9)
        self.targets = [
            {"boxes": boxes * SIDE, "labels": labels}
            for boxes, labels in zip(self.boxes, self.labels, strict=True)
        ]

    def learn(self, loss_of, optimizer):
        optimizer.zero_grad()
        low = self.chosen.precision == "bf16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=low):
            loss = loss_of()
        loss.backward()
        optimizer.step()
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def our_loss(self):
        offsets, logits = self.ours(normalize(self.pictures))
        targets = encode_targets(
            list(self.boxes), list(self.labels), self.ours.default_boxes
        )
        return sum(multibox_loss(offsets, logits, *targets))

    def our_step(self):
        self.learn(self.our_loss, self.optimizer)

    def their_loss(self):
        return sum(self.theirs(list(self.pictures), self.targets).values())

    def their_step(self):
        self.learn(self.their_loss, self.their_optimizer)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--precision", choices=("32", "bf16"), default="32")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    case = Case(chosen)
    ours_s, theirs_s, ratio = timing.compare(
        case.our_step, case.their_step, chosen.repeats, max(1, chosen.repeats // 4)
    )
    settings = {k: v for k, v in vars(chosen).items() if k != "json"}
    record = {
        "command": "python benchmarks/step.py " + " ".join(
            f"--{k.replace('_', '-')}" + ("" if v is True else f" {v}")
            for k, v in settings.items() if v is not False
        ),
        "commit": commit(),
        "device": device_name(case.device),
        "threads": torch.get_num_threads(),
        "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__},
        **{name: value for name, value in settings.items() if name != "device"},
        "ours_s": round(ours_s, 4),
        "torchvision_s": round(theirs_s, 4),
        "ratio": round(ratio, 3),
    }  # fmt: skip
    print(
        f"a step of {chosen.batch} pictures on {record['device']}: ours {ours_s:.3f} s, "
        f"torchvision {theirs_s:.3f} s, ratio {ratio:.2f}; "
        f"{chosen.batch / ours_s:.1f} pictures a second"
    )
    if chosen.json:
        chosen.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
