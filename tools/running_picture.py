"""Draw the running picture into data/, and write down its boxes.

python tools/running_picture.py
"""

import json
from pathlib import Path

from torchvision.transforms.functional import to_pil_image

from ssd_lib.data.toy import RUNNING, draw_scene, meadow

DATA = Path(__file__).parents[1] / "data"
SIDE_PX = 600


def save(image, name):
    path = DATA / name
    image.save(path, lossless=True, quality=100, method=6)
    print(f"{path}: {path.stat().st_size} bytes")


def main():
    scene = draw_scene(meadow(SIDE_PX, SIDE_PX), RUNNING)
    save(to_pil_image(scene.image), "running_picture.webp")
    objects = [
        {"label": label, "box_px": [int(edge) for edge in box]}
        for label, box in zip(scene.labels, scene.boxes.tolist(), strict=True)
    ]
    lines = ",\n".join(f"    {json.dumps(thing)}" for thing in objects)
    (DATA / "running_picture.json").write_text(
        f'{{\n  "height_px": {SIDE_PX},\n  "width_px": {SIDE_PX},\n'
        f'  "objects": [\n{lines}\n  ]\n}}\n',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
