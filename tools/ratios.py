"""Count what the aspect ratios 2 and 3 buy: coverage of real objects with and without them.

python tools/ratios.py FOLDER    that of BCCD's Annotations

Writes data/runs/ratios.json: blood cells of photographs, and things of 400 toy scenes.
"""

import sys
from pathlib import Path

import torch

from ssd_lib.coverage import coverage
from ssd_lib.data import ToyScenes, read_label_boxes
from ssd_lib.default_boxes import SSD300_VOC
from ssd_lib.figures.default_boxes import having
from ssd_lib.run_record import origin, write_record

FILE = Path(__file__).parents[1] / "data/runs/ratios.json"
RATIOS = ((), (2,), (2, 3))
NARROW = 1.6  # one side by the other, from which on an object counts as narrow
SCENES = 400


def toy_boxes():
    """The objects of toy scenes that no network has learnt from, in fractions."""
    scenes = ToyScenes(SCENES, seed=1)
    found = []
    for index in range(SCENES):
        image, target = scenes[index]
        height, width = image.shape[1:]
        found.append(target["boxes"].as_subclass(torch.Tensor) / torch.tensor([width, height] * 2))
    return torch.cat(found).float()


def counted(gt_boxes):
    """One row: how many objects, and what each set of ratios reaches of them."""
    rows = []
    for ratios in RATIOS:
        layout = having(SSD300_VOC, ratios)
        found = coverage(gt_boxes, layout)
        rows.append(
            {
                "ratios": list(ratios),
                "default_boxes": layout.num_boxes,
                "reached": round(found.share, 4),
                "mean_best_iou": round(found.best_iou.mean().item(), 4),
                "boxes_each": round(found.num_reaching.sum(dim=1).float().mean().item(), 2),
            }
        )
    return {"objects": len(gt_boxes), "rows": rows}


def main(folder):
    record = origin("python tools/ratios.py bccd/Annotations") | {"narrow": NARROW, "sets": {}}
    for name, boxes in {"blood cells": read_label_boxes(folder), "toy things": toy_boxes()}.items():
        width, height = (boxes[:, 2:] - boxes[:, :2]).T
        narrow = torch.maximum(width / height, height / width) > NARROW
        record["sets"][name] = {"all": counted(boxes), "narrow": counted(boxes[narrow])}
    write_record(FILE, record)


if __name__ == "__main__":
    main(sys.argv[1])
