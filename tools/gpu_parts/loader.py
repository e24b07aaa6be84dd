"""How many images a second the loader can feed, and whether a step waits for them."""

import io
import time
from functools import partial

import torch
from steps import Ours, Switches, float32_products
from timing import synchronize
from torch.utils.data import Dataset
from torchvision import tv_tensors

from data import a_jpeg
from gpu_parts.rows import Row
from ssd_lib.augment import evaluation_transform, training_transform
from ssd_lib.data import ToyScenes
from ssd_lib.images import read_image
from ssd_lib.train.stream import StepBatchSampler, batches

FAST = Switches(tf32=True, bf16=True, channels_last=True)
PHOTOS = 10_000


class Photos(Dataset):
    """One JPEG of VOC's size, decoded and augmented anew each time."""

    def __init__(self, size_px):
        self.data, self.boxes = a_jpeg()
        self.transform = training_transform(size_px)

    def __len__(self):
        return PHOTOS

    def __getitem__(self, _):
        boxes = tv_tensors.BoundingBoxes(self.boxes, format="XYXY", canvas_size=(375, 500))
        target = {"boxes": boxes, "labels": torch.arange(1, 1 + len(boxes))}
        return self.transform(tv_tensors.Image(read_image(io.BytesIO(self.data))), target)


def rows(setting):
    """What is worth most first: the seconds are few."""
    size_px = 128 if setting.tiny else 300
    plain = evaluation_transform(size_px)
    return [
        Row("a step that is fed photos", 5.0, partial(_fed, setting, size_px)),
        Row(
            "photos, decoded and augmented",
            2.2,
            partial(_alone, setting, lambda: Photos(size_px)),
        ),
        Row(
            "toy scenes",
            2.2,
            partial(_alone, setting, lambda: ToyScenes(PHOTOS, size_px, 0, plain)),
        ),
    ]


def _loader(setting, dataset):
    """An iterator over batches, and their size."""
    count = 2 if setting.tiny else 32
    pin = torch.device(setting.device).type == "cuda"
    loader = batches(dataset, StepBatchSampler(count), num_workers=setting.workers, pin_memory=pin)
    return iter(loader), count


def _counts(setting):
    """Batches before the clock starts (the workers hold some ready), and the seconds."""
    return (1, 0.2) if setting.tiny else (2 * setting.workers + 2, 1.0)


def _alone(setting, build, _keep):
    loader, count = _loader(setting, build())
    before, seconds = _counts(setting)
    for _ in range(before):
        next(loader)
    start, number = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        next(loader)
        number += 1
    speed = number * count / (time.perf_counter() - start)
    return {
        "workers": setting.workers,
        "images_per_s": round(speed, 1),
        "text": f"{speed:.0f} images a second from {setting.workers} processes",
    }


def _fed(setting, size_px, _keep):
    """The share of a training's time in which it has no batch."""
    loader, count = _loader(setting, Photos(size_px))
    side = Ours("tiny" if setting.tiny else "ssd300", count, setting.device, FAST)
    before, seconds = _counts(setting)
    with float32_products(FAST.tf32):
        for _ in range(max(3, before)):
            side.learn(side.fabric.to_device(next(loader)))
        synchronize(setting.device)
        start, waited, number = time.perf_counter(), 0.0, 0
        while time.perf_counter() - start < 2 * seconds:
            asked = time.perf_counter()
            batch = next(loader)
            waited += time.perf_counter() - asked
            side.learn(side.fabric.to_device(batch))
            synchronize(setting.device)
            number += 1
    total = time.perf_counter() - start
    speed, share = number * count / total, waited / total
    return {
        "workers": setting.workers,
        "batch": count,
        "switches": FAST._asdict(),
        "images_per_s": round(speed, 1),
        "waiting": round(share, 4),
        "text": f"{speed:.0f} images a second; {share:.0%} of the time no batch is "
        f"ready, with {setting.workers} processes",
    }
