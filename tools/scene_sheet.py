"""Write twelve toy scenes as one picture, with their objects and with detections.

python tools/scene_sheet.py

The detections are invented: the objects, a little off, with some missed, some misnamed,
some found twice and some seen where nothing is.
"""

import json
from pathlib import Path

import torch
from PIL import Image
from torchvision.transforms.functional import to_pil_image

from ssd_lib.data.scenes import CLASSES, ToyScenes

DATA = Path(__file__).parents[1] / "data"
COLUMNS, ROWS, SIDE_PX, SEED = 4, 3, 128, 2026


def as_detections(scene, target, generator):
    found = []

    def see(box, name, score):
        edges = [round(min(max(edge, 0), 1), 4) for edge in box.tolist()]
        if edges[2] > edges[0] and edges[3] > edges[1]:
            found.append({"scene": scene, "name": name, "box": edges,
                          "score": round(score, 2)})  # fmt: skip

    for box, label in zip(target["boxes"], target["labels"].tolist(), strict=True):
        box = box.as_subclass(torch.Tensor) / SIDE_PX
        side = (box[2:] - box[:2]).repeat(2)
        missed, second, named, sure = torch.rand(4, generator=generator).tolist()
        if missed > 0.2 + float(side.max()):
            continue
        off = 0.06 * torch.randn(2, 4, generator=generator)
        name = CLASSES[label] if named > 0.1 else CLASSES[1 + label % 8]
        see(box + off[0] * side, name, 0.45 + 0.53 * sure**0.7)
        if second < 0.2:
            see(box + 3 * off[1] * side, name, 0.1 + 0.5 * sure)
    for _ in range(int(torch.randint(0, 3, (1,), generator=generator))):
        x, y, size, kind, score = torch.rand(5, generator=generator).tolist()
        corner, size = torch.tensor([x, y]) * 0.7, 0.1 + 0.2 * size
        see(
            torch.cat([corner, corner + size]),
            CLASSES[1 + int(8 * kind)],
            0.05 + 0.5 * score,
        )
    return found


def main():
    scenes, generator = ToyScenes(COLUMNS * ROWS, SIDE_PX, SEED), torch.Generator()
    generator.manual_seed(SEED)
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
        detections += as_detections(index, target, generator)
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
    (DATA / "scene_sheet.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()
