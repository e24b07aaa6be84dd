"""What the shipped network says of the running picture, before NMS.

python tools/candidates.py

Writes data/candidates.json for the NMS stepper. Two candidates are added by hand, for
cases that the image does not have: the dog called a cat, and a second dog behind it.
"""

import json
from pathlib import Path

import torch

from ssd_lib.assets import path
from ssd_lib.data.toy import running_picture
from ssd_lib.model import load_weights
from ssd_lib.predict import detect_image

DATA = Path(__file__).parents[1] / "data"
LEAST = 0.3


def row(name, box, score, added):
    edges = [round(min(max(edge, 0.0), 1.0), 4) for edge in box.tolist()]
    return {"name": name, "box": edges, "score": round(score, 2), "added": added}


def main():
    loaded, scene = load_weights(path("weights/toy_tiny.safetensors")), running_picture()
    found = detect_image(loaded.model, scene.image, score_threshold=LEAST, iou_threshold=1.0)
    height, width = scene.image.shape[-2:]
    boxes = found.boxes / torch.tensor([width, height, width, height])
    rows = [
        row(loaded.classes[label], box, score, added=False)
        for box, score, label in zip(
            boxes, found.scores.tolist(), found.labels.tolist(), strict=True
        )
    ]
    dog = scene.fractions[scene.labels.index("dog")]
    aside = 0.3 * (dog[2] - dog[0]).item()
    behind = torch.tensor([aside, -0.02, aside, -0.02])
    rows.append(row("dog", dog + behind, 0.79, added=True))
    rows.append(row("cat", dog + 0.01, 0.48, added=True))
    lines = ",\n  ".join(map(json.dumps, rows))
    text = '{\n "command": "python tools/candidates.py",\n "candidates": [\n  '
    (DATA / "candidates.json").write_text(f"{text}{lines}\n ]\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
