"""Post-processing beside torchvision's SSD.postprocess_detections, batches of 8.

python benchmarks/predict.py [--device cuda]

8732 default boxes, 21 classes, with some 800 and some 5000 pairs of box and class above
0.01 a picture. Both get the network's raw outputs and give the best 200 a picture.
"""

import timing  # first: it says how torch's threads wait

import argparse
from types import SimpleNamespace

import torch
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.ssd import SSD

from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.predict import detect

BATCH, CLASSES, SIDE = 8, 21, 300
CONFIG = SimpleNamespace(
    box_coder=BoxCoder((10.0, 10.0, 5.0, 5.0)),
    score_thresh=0.01,
    topk_candidates=400,
    nms_thresh=0.45,
    detections_per_img=200,
)


def answers(pairs, device, batch=BATCH, boxes=None):
    """Logits of which about so many pairs an image are above 0.01, in bundles."""
    generator = torch.Generator().manual_seed(0)
    boxes = default_boxes(SSD300_VOC) if boxes is None else boxes
    logits = torch.randn(batch, len(boxes), CLASSES, generator=generator) * 0.3
    logits[..., 0] += 9
    centres = torch.rand(batch, 6, 1, 2, generator=generator)
    far = (boxes[:, :2] - centres).norm(dim=-1)  # [B, 6, P]
    labels = torch.randint(1, CLASSES, (batch, 6), generator=generator)
    for picture in range(batch):
        for thing in range(6):
            near = far[picture, thing].topk(int(pairs / 6), largest=False).indices
            logits[picture, near, labels[picture, thing]] += 7
    offsets = 0.5 * torch.randn(batch, len(boxes), 4, generator=generator)
    return offsets.to(device), logits.to(device), boxes.to(device)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    device = parser.parse_args().device
    for pairs in (800, 5000):
        offsets, logits, boxes = answers(pairs, device)
        above = (logits.softmax(dim=-1)[..., 1:] > 0.01).sum() / BATCH
        corners = [cxcywh_to_xyxy(boxes) * SIDE] * BATCH
        outputs = {"bbox_regression": offsets, "cls_logits": logits}

        def ours(offsets=offsets, logits=logits, boxes=boxes):
            found = detect(offsets, logits, boxes)
            if device != "cpu":
                torch.cuda.synchronize()
            return found

        def theirs(outputs=outputs, corners=corners):
            found = SSD.postprocess_detections(CONFIG, outputs, corners, [(SIDE, SIDE)] * BATCH)
            if device != "cpu":
                torch.cuda.synchronize()
            return found

        name = f"{above:.0f} pairs a picture"
        timing.report(name, ours, theirs, repeats=30, warm_up=5)


if __name__ == "__main__":
    main()
