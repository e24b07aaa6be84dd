"""Toy scenes a second; reading and augmenting beside torchvision's, on one core.

python benchmarks/data.py

The labelled folder has Pascal VOC's form; reading ends in a tensor of 500 x 375 pixels
and its boxes. The pipeline decodes a JPEG of 500 x 375 pixels, augments it and ends in a tensor of
300 x 300. Torchvision's is the one of its SSD reference training.
"""

import timing  # first: it says how torch's threads wait

import io
import tempfile
import time
from pathlib import Path

import torch
from PIL import Image
from torchvision import tv_tensors
from torchvision.datasets import VOCDetection, wrap_dataset_for_transforms_v2
from torchvision.transforms import v2
from torchvision.transforms.functional import to_pil_image

from ssd_lib.augment import training_transform
from ssd_lib.data.looking.dataset import look
from ssd_lib.data.opening.dataset import open_dataset
from ssd_lib.data.toy import ToyScenes
from ssd_lib.data.toy import running_picture
from ssd_lib.images import read_image


OBJECT = (
    "<object><name>dog</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax>"
    "<ymax>{}</ymax></bndbox></object>"
)


def a_jpeg():
    """The running picture as a photo of VOC's size, in bytes, and its boxes."""
    scene = running_picture()
    file = io.BytesIO()
    to_pil_image(scene.image).resize((500, 375)).save(file, "JPEG", quality=92)
    return file.getvalue(), scene.fractions * torch.tensor([500, 375] * 2)


def readers(folder, data, boxes):
    """Functions that read a JPEG and its boxes from a folder: ours, torchvision's."""
    root = folder / "VOCdevkit/VOC2007"
    things = "".join(OBJECT.format(*box) for box in boxes.round().int().tolist())
    files = {
        "JPEGImages/a.jpg": data,
        "Annotations/a.xml": f"<annotation>{things}</annotation>".encode(),
        "ImageSets/Main/val.txt": b"a\n",
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(content)
    ours = look(open_dataset(root), progress=False, keep=False)
    theirs = VOCDetection(folder, "2007", "val", transform=v2.PILToTensor())
    theirs = wrap_dataset_for_transforms_v2(theirs, target_keys=("boxes", "labels"))
    return lambda: ours[0], lambda: theirs[0]


def main():
    torch.set_num_threads(1)
    scenes = ToyScenes(1000, size_px=128)
    for index in range(300):  # poses and sizes are drawn when they first occur
        scenes[index]
    start = time.perf_counter()
    for index in range(300, 1000):
        scenes[index]
    print(f"toy scenes of 128 px: {700 / (time.perf_counter() - start):.0f} a second")

    data, boxes = a_jpeg()
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = readers(Path(folder), data, boxes)
        timing.report("read from a labelled folder", ours, theirs)

    framed = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(375, 500))
    target = {"boxes": framed, "labels": torch.arange(len(boxes))}
    ours = training_transform(300)
    theirs = v2.Compose(
        [
            v2.PILToTensor(),
            v2.RandomPhotometricDistort(),
            v2.RandomZoomOut(fill=[123.0, 117.0, 104.0]),
            v2.RandomIoUCrop(),
            v2.Resize((300, 300)),
            v2.RandomHorizontalFlip(),
            v2.SanitizeBoundingBoxes(),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )
    seconds = timing.report(
        "decode and augment",
        lambda: ours(tv_tensors.Image(read_image(io.BytesIO(data))), target),
        lambda: theirs(Image.open(io.BytesIO(data)).convert("RGB"), target),
        repeats=300,
    )
    print(f"    {1 / seconds:.0f} pictures a second")


if __name__ == "__main__":
    main()
