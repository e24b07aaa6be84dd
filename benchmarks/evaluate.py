"""COCO's average precision beside pycocotools, on invented detections.

python benchmarks/evaluate.py [--pictures 5000]

20 classes, 3 objects a picture, some twenty detections a picture. pycocotools is given
its own kind of objects beforehand; only its evaluation is timed.
"""

import argparse
import contextlib
import io
import os
import time

import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from ssd_lib.evaluate import (
    GroundTruth,
    coco_average_precision,
    mean_average_precision,
)
from ssd_lib.predict import Detections

CLASSES = 20


def invent(pictures):
    generator = torch.Generator().manual_seed(0)
    truths, detections = [], []
    for _ in range(pictures):
        start = torch.rand(3, 2, generator=generator) * 300
        size = 10 + torch.rand(3, 2, generator=generator) ** 2 * 190
        boxes = torch.cat([start, start + size], dim=1)
        labels = torch.randint(1, CLASSES + 1, (3,), generator=generator)
        near = boxes.repeat(4, 1) + 12 * torch.randn(12, 4, generator=generator)
        near[:, 2:] = torch.maximum(near[:, 2:], near[:, :2] + 1)
        corner = torch.rand(8, 2, generator=generator) * 300
        far = torch.cat([corner, corner + 60], dim=1)
        names = torch.randint(1, CLASSES + 1, (8,), generator=generator)
        scores = torch.rand(20, generator=generator)
        order = scores.argsort(descending=True)
        found = torch.cat([near, far])[order], scores[order]
        detections.append(Detections(*found, torch.cat([labels.repeat(4), names])[order]))
        truths.append(GroundTruth(boxes, labels, torch.zeros(3, dtype=torch.bool)))
    return detections, truths


def as_pycocotools(detections, truths):
    def box(corners):
        x1, y1, x2, y2 = corners
        return [x1, y1, x2 - x1, y2 - y1]

    with contextlib.redirect_stdout(io.StringIO()):
        objects = COCO()
        objects.dataset = {
            "info": {},
            "images": [{"id": i} for i in range(len(truths))],
            "categories": [{"id": k} for k in range(1, CLASSES + 1)],
            "annotations": [],
        }
        for i, truth in enumerate(truths):
            for corners, label in zip(truth.boxes.tolist(), truth.labels.tolist(), strict=True):
                x, y, w, h = box(corners)
                objects.dataset["annotations"].append(
                    {
                        "id": len(objects.dataset["annotations"]) + 1,
                        "image_id": i,
                        "category_id": label,
                        "bbox": [x, y, w, h],
                        "area": w * h,
                        "iscrowd": 0,
                    }
                )
        objects.createIndex()
        found = objects.loadRes(
            [
                {
                    "image_id": i,
                    "category_id": label,
                    "bbox": box(corners),
                    "score": score,
                }
                for i, one in enumerate(detections)
                for corners, score, label in zip(*map(torch.Tensor.tolist, one), strict=True)
            ]
        )
    return objects, found


def their_numbers(objects, found):
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(objects, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[:6]


def seconds(function):
    start = time.perf_counter()
    value = function()
    return value, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=5000)
    pictures = parser.parse_args().pictures
    detections, truths = invent(pictures)
    theirs = as_pycocotools(detections, truths)
    for _ in range(2):  # turn by turn; the second round is less noisy
        wanted, their_s = seconds(lambda: their_numbers(*theirs))
        got, our_s = seconds(lambda: coco_average_precision(detections, truths, CLASSES + 1))
        _, voc_s = seconds(lambda: mean_average_precision(detections, truths, CLASSES + 1))
        print(
            f"{pictures} pictures, {os.cpu_count()} cores: ours {our_s:.2f} s, "
            f"pycocotools {their_s:.2f} s, ratio {our_s / their_s:.2f}; "
            f"VOC's rules {voc_s:.2f} s"
        )
    largest = max(abs(a - b) for a, b in zip(got, wanted, strict=True))
    print(f"largest difference of the six numbers: {largest:.1e}")


if __name__ == "__main__":
    main()
