"""Train with augmentation and without, and keep what it was worth in data/runs/.

python tools/augmentation_runs.py [SEED ...]

500 toy scenes, drawn once; the small network on images of 64 pixels; three seeds. With
augmentation is with that of the paper's Table 2: colours, patches and mirroring, without
zooming out. Every 150 steps mAP is measured twice, on scenes that the network learns from
and on others.
"""

import json
import sys
import time
from pathlib import Path

import torch
from recorded_runs import SCALES, Kept
from torchvision.transforms.v2 import Compose

from ssd_lib.augment import ZoomOut, evaluation_transform, training_transform
from ssd_lib.data import ToyScenes
from ssd_lib.default_boxes import layout_from_scales
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.model import ssd_tiny
from ssd_lib.run_record import origin, write_record
from ssd_lib.train import adamw_one_cycle, fit
from ssd_lib.validate import detect_dataset

RECORD = Path(__file__).parents[1] / "data/runs/augmentation.json"
NUM_CLASSES = len(ToyScenes.classes)
SIZE_PX, SCENES, SEEN, UNSEEN = 64, 500, 50, 150
STEPS, BATCH, LR, EVERY = 600, 16, 4e-3, 150
SIZES = (0.1, 1.0)  # shares of the image's side: 6.4 pixels and more
SMALL = layout_from_scales(SIZE_PX, (16, 8, 4, 2, 1), SCALES, [(2,), *[(2, 3)] * 4])


def without_zoom(size_px):
    """The paper's augmentation before section 3.6 added zooming out."""
    steps = training_transform(size_px).transforms
    return Compose([step for step in steps if not isinstance(step, ZoomOut)])


KINDS = {"with": without_zoom, "without": evaluation_transform}


def mean_ap(model, scenes):
    """The mAP at IoU 0.5, over the objects that are not tiny."""
    found = mean_average_precision(*detect_dataset(model, scenes, 50, sizes=SIZES), NUM_CLASSES)
    return round(found.mean, 4)


def train(transform, seed, seen, unseen):
    """A run's losses and its mAP along the way: one row a measurement."""
    torch.manual_seed(seed)
    model = ssd_tiny(NUM_CLASSES, SMALL).to(memory_format=torch.channels_last)
    curve = []

    def measure(step, model):
        if step % EVERY == 0:
            curve.append(
                {"step": step, "seen": mean_ap(model, seen), "unseen": mean_ap(model, unseen)}
            )
            model.train()

    start = time.perf_counter()
    log = fit(
        model,
        Kept(SCENES, transforms=transform(SIZE_PX)),
        adamw_one_cycle(model, STEPS, LR),
        STEPS,
        BATCH,
        seed=seed,
        num_workers=0,
        log_every=EVERY,
        progress=False,
        on_step=measure,
    )
    for row, losses in zip(curve, log, strict=True):
        row |= {part: round(losses[part], 4) for part in ("localization", "confidence")}
    return {"seconds": round(time.perf_counter() - start), "curve": curve}


def main(*seeds):
    torch.set_num_threads(1)
    seen, unseen = Kept(SEEN), Kept(UNSEEN, seed=1)
    about = origin("python tools/augmentation_runs.py")
    for seed in map(int, seeds or ("0", "1", "2")):
        for name, transform in KINDS.items():
            run = {"name": name, "seed": seed, **train(transform, seed, seen, unseen)}
            print(name, seed, run["seconds"], "s", run["curve"][-1], flush=True)
            keep(run, about)


def keep(run, about):
    """Put a run among those that the record has."""
    old = json.loads(RECORD.read_text(encoding="utf-8"))["runs"] if RECORD.exists() else []
    runs = {(one["name"], one["seed"]): one for one in [*old, run]}
    record = about | {
        "network": "ssd_tiny, 64 px",
        "scenes": SCENES,
        "seen": SEEN,
        "unseen": UNSEEN,
        "steps": STEPS,
        "batch_size": BATCH,
        "lr": LR,
        "runs": [runs[key] for key in sorted(runs)],
    }
    write_record(RECORD, record, row_key="name")


if __name__ == "__main__":
    main(*sys.argv[1:])
