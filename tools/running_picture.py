"""Draw the running picture, its boxes, and both together, into data/.

python tools/running_picture.py
"""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from torchvision.transforms.functional import to_pil_image

from ssd_lib.data.toy import RUNNING, draw_scene, meadow
from ssd_lib.draw import draw_boxes

DATA = Path(__file__).parents[1] / "data"
SIDE_PX = 600


def save(image, name):
    path = DATA / name
    image.save(path, lossless=True, quality=100, method=6)
    print(f"{path}: {path.stat().st_size} bytes")


def with_boxes(scene):
    draw_boxes(scene.image, scene.boxes, scene.labels, pixels=True)
    canvas = FigureCanvasAgg(plt.gcf())
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def main():
    plt.switch_backend("agg")
    scene = draw_scene(meadow(SIDE_PX, SIDE_PX), RUNNING)
    save(to_pil_image(scene.image), "running_picture.webp")
    save(with_boxes(scene), "running_picture_boxes.webp")
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
