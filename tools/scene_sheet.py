"""Write twelve toy scenes as one picture, with their objects and with detections.

python tools/scene_sheet.py

The detections are those of a small network that was stopped early, after 250 steps (the
tool trains it, in a minute or two): a finished one makes too few mistakes to look at.
"""

import json
from pathlib import Path

import torch
from PIL import Image
from torchvision.transforms.functional import to_pil_image

from ssd_lib.augment import evaluation_transform
from ssd_lib.data.toy import CLASSES, ToyScenes
from ssd_lib.model import ssd_tiny
from ssd_lib.train import adamw_one_cycle, fit
from ssd_lib.validate import detect_dataset

DATA = Path(__file__).parents[1] / "data"
COLUMNS, ROWS, SIDE_PX, SEED = 4, 3, 128, 2026
STEPS, LEAST = 250, 0.1  # of training; and the score from which detections are kept


def half_trained():
    torch.manual_seed(0)
    model = ssd_tiny(len(CLASSES))
    scenes = ToyScenes(20_000, transforms=evaluation_transform(SIDE_PX))
    fit(model, scenes, adamw_one_cycle(model, STEPS), STEPS, 16, num_workers=0)
    return model


def main():
    scenes = ToyScenes(COLUMNS * ROWS, SIDE_PX, SEED)
    sheet = Image.new("RGB", (COLUMNS * SIDE_PX, ROWS * SIDE_PX))
    objects, detections = [], []
    for index in range(len(scenes)):
        image, target = scenes[index]
        row, column = divmod(index, COLUMNS)
        sheet.paste(to_pil_image(image), (column * SIDE_PX, row * SIDE_PX))
        pairs = zip(target["boxes"].tolist(), target["labels"].tolist(), strict=True)
        for box, label in pairs:
            edges = [round(edge / SIDE_PX, 4) for edge in box]
            objects.append({"scene": index, "name": CLASSES[label], "box": edges})
    found = detect_dataset(half_trained(), scenes, score_threshold=LEAST)
    for index, one in enumerate(found.detections):
        for box, score, label in zip(*map(torch.Tensor.tolist, one), strict=True):
            edges = [round(edge / SIDE_PX, 4) for edge in box]
            detections.append(
                {"scene": index, "name": CLASSES[label], "box": edges, "score": round(score, 3)}
            )
    sheet.save(DATA / "scene_sheet.webp", quality=80, method=6)
    lines = {
        "command": ["python tools/scene_sheet.py"],
        "objects": objects,
        "detections": detections,
    }
    parts = (
        f' "{name}": [\n  ' + ",\n  ".join(map(json.dumps, rows)) + "\n ]"
        for name, rows in lines.items()
    )
    (DATA / "scene_sheet.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
