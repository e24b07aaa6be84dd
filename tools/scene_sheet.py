"""Write six toy scenes as one image, with their objects and with detections.

python tools/scene_sheet.py

The detections are those of a small network that was stopped early, after 250 steps (the
tool trains it, in a minute or two): a finished one makes too few mistakes to look at.
"""

import json
from pathlib import Path

import torch
from PIL import Image
from torch.utils.data import Subset
from torchvision.transforms.functional import to_pil_image

from ssd_lib.augment import evaluation_transform
from ssd_lib.data.toy import CLASSES, ToyScenes
from ssd_lib.model import ssd_tiny
from ssd_lib.train import adamw_one_cycle, fit
from ssd_lib.validate import detect_dataset

DATA = Path(__file__).parents[1] / "data"
COLUMNS, SIDE_PX, SEED = 3, 256, 2026
SCENES = (24, 126, 132, 192, 193, 230)  # of that seed; their smallest things can be seen
TRAINED_PX = 128
STEPS, LEAST = 250, 0.1  # of training; and the score from which detections are kept


def half_trained():
    torch.manual_seed(0)
    model = ssd_tiny(len(CLASSES))
    scenes = ToyScenes(20_000, transforms=evaluation_transform(TRAINED_PX))
    fit(model, scenes, adamw_one_cycle(model, STEPS), STEPS, 16, num_workers=0)
    return model


def row(scene, label, box, **more):
    edges = [round(edge / SIDE_PX, 4) for edge in box]
    return {"scene": scene, "name": CLASSES[label], "box": edges, **more}


def drawn(scenes):
    """All scenes on one sheet, and a row for each of their objects."""
    rows = len(scenes) // COLUMNS
    sheet, objects = Image.new("RGB", (COLUMNS * SIDE_PX, rows * SIDE_PX)), []
    for index in range(len(scenes)):
        image, target = scenes[index]
        line, column = divmod(index, COLUMNS)
        sheet.paste(to_pil_image(image), (column * SIDE_PX, line * SIDE_PX))
        pairs = zip(target["boxes"].tolist(), target["labels"].tolist(), strict=True)
        objects += [row(index, label, box) for box, label in pairs]
    return sheet, objects


def detected(scenes):
    """A row for each detection of the half-trained network."""
    found = detect_dataset(half_trained(), scenes, score_threshold=LEAST)
    return [
        row(index, label, box, score=round(score, 3))
        for index, one in enumerate(found.detections)
        for box, score, label in zip(*map(torch.Tensor.tolist, one), strict=True)
    ]


def main():
    scenes = Subset(ToyScenes(max(SCENES) + 1, SIDE_PX, SEED), SCENES)
    sheet, objects = drawn(scenes)
    sheet.save(DATA / "scene_sheet.webp", quality=70, method=6)
    lines = {
        "command": ["python tools/scene_sheet.py"],
        "objects": objects,
        "detections": detected(scenes),
    }
    parts = (
        f' "{name}": [\n  ' + ",\n  ".join(map(json.dumps, rows)) + "\n ]"
        for name, rows in lines.items()
    )
    (DATA / "scene_sheet.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
