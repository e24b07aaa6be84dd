"""Train the small network once, and keep what it saw and said on the way.

python tools/replay.py

Writes data/runs/replay.json, and the three scenes as data/replay.webp.
"""

import time
from pathlib import Path

import torch
from PIL import Image
from torchvision.transforms.functional import to_pil_image

from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes, collate
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.loss import hard_negatives
from ssd_lib.model import ssd_tiny
from ssd_lib.predict import detect
from ssd_lib.run_record import origin, write_record
from ssd_lib.targets import encode_targets
from ssd_lib.train import adamw_one_cycle, fit
from ssd_lib.validate import detect_dataset

DATA = Path(__file__).parents[1] / "data"
STEPS, BATCH, LR, SEED = 900, 16, 4e-3, 0
LOOKS = (1, 10, 20, 40, 60, 80, 100, 130, 160, 200, 250, 300, 360, 420, 500, 600, 700, 800, 900)
SCENES, SIDE = (0, 8, 12), 128  # of the validation set
SHOWN = 0.3  # score from which a detection is kept


class Recorder:
    """What the network says of three scenes, at some steps."""

    def __init__(self):
        self.validation = ToyScenes(200, seed=2)
        ready = ToyScenes(200, seed=2, transforms=evaluation_transform(SIDE))
        self.batch = collate([ready[i] for i in SCENES])
        self.moments = []

    @torch.no_grad()
    def __call__(self, step, model):
        if step not in LOOKS:
            return
        found = mean_average_precision(*detect_dataset(model, self.validation), 9)
        model.eval()
        offsets, logits = model(self.batch.images)
        boxes = model.default_boxes
        _, labels = encode_targets(self.batch.gt_boxes, self.batch.gt_labels, boxes)
        background = -logits.log_softmax(dim=-1)[..., 0]
        mined = hard_negatives(background, labels > 0)
        detections = detect(offsets, logits, boxes, score_threshold=SHOWN)
        model.train()
        scenes = [
            {
                "detections": [
                    [label, round(score, 2), [round(edge, 3) for edge in box]]
                    for box, score, label in zip(*map(torch.Tensor.tolist, one), strict=True)
                ],
                "mined": which.nonzero()[:, 0].tolist(),
            }
            for one, which in zip(detections, mined, strict=True)
        ]
        moment = {"step": step, "map": round(found.mean, 4), "scenes": scenes}
        self.moments.append(moment)
        print(step, moment["map"], flush=True)


def new_model():
    """The network of the run, before its first step."""
    torch.manual_seed(SEED)
    return ssd_tiny(9).to(memory_format=torch.channels_last)


def train(model, steps, on_step):
    """The log of a run on scenes that are drawn as they are needed."""
    return fit(
        model,
        ToyScenes(20_000, transforms=evaluation_transform(SIDE)),
        adamw_one_cycle(model, steps, LR),
        steps,
        BATCH,
        seed=SEED,
        num_workers=1,
        log_every=10,
        progress=False,
        on_step=on_step,
    )


def objects_of(batch):
    """Label and box of each object, scene by scene."""
    return [
        [
            [label, [round(edge, 4) for edge in box]]
            for box, label in zip(boxes.tolist(), labels.tolist(), strict=True)
        ]
        for boxes, labels in zip(batch.gt_boxes, batch.gt_labels, strict=True)
    ]


def record_of(about, log, seconds, recorder):
    """What is kept of the run."""
    return about | {
        "seed": SEED,
        "steps": STEPS,
        "batch_size": BATCH,
        "lr": LR,
        "seconds": round(seconds),
        "classes": ToyScenes.classes,
        "objects": objects_of(recorder.batch),
        "loss": [
            [row["step"], round(row["localization"], 4), round(row["confidence"], 4)] for row in log
        ],
        "moments": recorder.moments,
    }


def main():
    about = origin("python tools/replay.py")
    recorder, start = Recorder(), time.perf_counter()
    log = train(new_model(), STEPS, recorder)
    record = record_of(about, log, time.perf_counter() - start, recorder)
    write_record(DATA / "runs/replay.json", record, row_key="step")
    sheet = Image.new("RGB", (len(SCENES) * SIDE, SIDE))
    for place, index in enumerate(SCENES):
        sheet.paste(to_pil_image(recorder.validation[index][0]), (place * SIDE, 0))
    sheet.save(DATA / "replay.webp", quality=85, method=6)


if __name__ == "__main__":
    main()
