"""SSD300 with batch norm, trained from scratch for the time that there is."""

import copy
import tempfile
import time
from functools import partial
from pathlib import Path

import torch
from lightning_fabric import Fabric
from recorded_runs import by_size

from gpu_parts.rows import Row
from ssd_lib.augment import evaluation_transform, training_transform
from ssd_lib.data import ToyScenes, VOCFolder
from ssd_lib.data.toy import running_picture
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.model import ssd300_vgg16, ssd_tiny
from ssd_lib.predict import detect_image
from ssd_lib.train import adamw_one_cycle, fit, read_log
from ssd_lib.validate import detect_dataset

TARGET, MOMENTS = 0.8, 5
LOOKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)  # shares of a run
TINY_STEPS = 8
BATCH, LR, SEED = 32, 1e-3, 0
SCENES = 200_000  # more than are seen
END_S = 12.0  # for the sizes and the record
SCORE = 0.3  # of detections that are kept
PRECISION = "bf16-mixed"
HELD_OUT = 10  # one image of so many is for validation


class Enough(Exception):
    """The run is done, or its time is over."""


class Watch:
    """Looks at a network that learns, early and often at first, and stops it in time."""

    def __init__(self, steps, until, validation, image, classes, tell):
        self.looks = {max(1, round(steps * share)) for share in LOOKS}
        self.steps, self.until, self.tell = steps, until, tell
        self.validation, self.image, self.classes = validation, image, classes
        self.start, self.rows, self.reached_s = time.perf_counter(), [], None

    def __call__(self, step, model):
        over = step >= self.steps or time.time() >= self.until
        if step in self.looks or over:
            self.look(step, model)
        if over:
            raise Enough

    def look(self, step, model):
        """Measure mAP, and keep what is found in one image; the seconds include this."""
        value = self.measure(model)
        seconds = round(time.perf_counter() - self.start, 1)
        self.rows.append(
            {
                "step": step,
                "seconds": seconds,
                "map": round(value, 4),
                "detections": self.detections(model),
            }
        )
        print(f"    step {step}, {seconds} s, mAP {value:.3f}", flush=True)
        if value >= TARGET and self.reached_s is None:
            self.reached_s = seconds
        self.tell()

    def measure(self, model):
        found = detect_dataset(model, self.validation, 16)
        return mean_average_precision(*found, len(self.classes)).mean

    def detections(self, model):
        found = detect_image(model, self.image, score_threshold=SCORE)
        return [
            {
                "class": self.classes[label],
                "score": round(score, 4),
                "box_px": [round(edge, 1) for edge in box],
            }
            for label, score, box in zip(
                *(part.tolist() for part in (found.labels, found.scores, found.boxes)), strict=True
            )
        ]


def toy_rows(setting):
    """One run on scenes that are drawn as they are read."""
    return [Row("SSD300 on toy scenes", 125.0, partial(_toy, setting), least_s=50.0)]


def folder_rows(setting):
    """One run on a folder in Pascal VOC's form, with the paper's augmentation."""
    return [Row("SSD300 on a folder", 80.0, partial(_folder, setting), least_s=40.0)]


def _toy(setting, keep):
    size_px = 128 if setting.tiny else 300
    count = 2 if setting.tiny else 100
    training = ToyScenes(SCENES, size_px, 0, evaluation_transform(size_px))
    seen, unseen = ToyScenes(count, size_px, 2), ToyScenes(2 * count, size_px, 1)
    return {"scenes": SCENES} | train(
        setting,
        keep,
        training,
        [seen[k] for k in range(count)],
        [unseen[k] for k in range(2 * count)],
        running_picture().image,
        ToyScenes.classes,
    )


def _folder(setting, keep):
    size_px = 128 if setting.tiny else 300
    every = VOCFolder(setting.folder)
    kept = [k for k in range(len(every)) if k % HELD_OUT != 0]
    held_out = [every[k] for k in range(0, len(every), HELD_OUT)]
    training = torch.utils.data.Subset(
        VOCFolder(
            setting.folder,
            classes=every.classes,
            transforms=training_transform(size_px),
        ),
        kept,
    )
    return {"folder": setting.folder.name, "images": len(every)} | train(
        setting, keep, training, held_out, held_out, held_out[0][0], every.classes
    )


def train(setting, keep, training, validation, unseen, image, classes):
    """A run's curve, looks, mAP by size and moments; kept at every look."""
    torch.manual_seed(SEED)
    count = len(classes)
    model = ssd_tiny(count) if setting.tiny else ssd300_vgg16(count, batch_norm=True)
    model = model.to(memory_format=torch.channels_last)
    batch = 4 if setting.tiny else BATCH
    until = setting.until - END_S
    run = partial(
        fit,
        dataset=training,
        batch_size=batch,
        seed=SEED,
        progress=False,
        num_workers=setting.workers,
    )
    with tempfile.TemporaryDirectory() as folder:
        speed = _pace(run, model, setting)
        steps = max(len(LOOKS), int(0.75 * (until - time.time()) * speed / batch))
        steps = TINY_STEPS if setting.tiny else steps
        log = Path(folder, "log.csv")

        def tell():
            keep(_found(watch, log, batch, steps, speed))

        watch = Watch(steps, until, validation, image, classes, tell)
        try:
            run(
                model,
                optimization=adamw_one_cycle(model, steps + 1, LR),
                num_steps=steps + 1,
                fabric=_fabric(setting),
                folder=folder,
                checkpoint_every=steps + 2,
                log_every=max(1, steps // 50),
                on_step=watch,
            )
        except Enough:
            found = _found(watch, log, batch, steps, speed)
    keep(found)
    sizes = by_size(model, unseen, count)
    parts = ", ".join(f"{name} {one['ap']:.2f}" for name, one in sizes.items())
    return found | {"by_size": sizes, "text": f"{found['text']}; {parts}"}


def _fabric(setting):
    accelerator = "gpu" if torch.device(setting.device).type == "cuda" else "cpu"
    return Fabric(accelerator=accelerator, devices=1, precision=PRECISION)


def _pace(run, model, setting):
    """Images a second, of the second half of a few steps of a copy."""
    steps = 2 if setting.tiny else 40
    copied = copy.deepcopy(model)
    rows = run(
        copied,
        optimization=adamw_one_cycle(copied, steps, LR),
        num_steps=steps,
        fabric=_fabric(setting),
        log_every=steps // 2,
    )
    return rows[-1]["images_per_s"]


def _found(watch, log, batch, steps, speed):
    """What is known so far, with the detections of five of the looks."""
    looks = watch.rows
    last = len(looks) - 1
    chosen = sorted({round(last * k / (MOMENTS - 1)) for k in range(MOMENTS)})
    best = max(looks, key=lambda look: look["map"])
    reached = watch.reached_s
    good = "not reached" if reached is None else f"reached after {reached:.0f} s"
    return {
        "batch": batch,
        "lr": LR,
        "seed": SEED,
        "precision": PRECISION,
        "planned_steps": steps,
        "steps": looks[-1]["step"],
        "seconds": looks[-1]["seconds"],
        "images_per_s": round(speed, 1),
        "target": TARGET,
        "reached_s": reached,
        "curve": [
            {name: round(value, 6) for name, value in row.items()}
            for row in read_log(log)
            if "confidence" in row
        ],
        "looks": [{name: look[name] for name in ("step", "seconds", "map")} for look in looks],
        "moments": [
            {"step": looks[k]["step"], "detections": looks[k]["detections"]} for k in chosen
        ],
        "text": f"mAP {best['map']:.3f} after {best['seconds']:.0f} s and "
        f"{best['step']} steps of {batch}; mAP {TARGET} {good}",
    }
