"""Train the small network again and again, and keep what happened in data/runs/.

python tools/recorded_runs.py sick|sick_scenes|ablations|beyond

sick: a healthy run of 300 steps, and the same with one thing wrong each. sick_scenes: the
same once more, with what each network says of three scenes at the end. ablations: 200
scenes, 150 steps, after the paper's Tables 2 and 3. beyond: 700 steps with a feature
pyramid, the focal loss, both and neither. The last two with three seeds each.
"""

import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import nn

from ssd_lib.augment import evaluation_transform, training_transform
from ssd_lib.data import ToyScenes
from ssd_lib.default_boxes import layout_from_scales
from ssd_lib.evaluate import mean_average_precision, summarize
from ssd_lib.features import TinyFeatures
from ssd_lib.heads import init_background_bias_
from ssd_lib.loss import multibox_focal_loss, multibox_loss
from ssd_lib.model import SSD, TINY, ssd_tiny
from ssd_lib.predict import detect_image
from ssd_lib.pyramid import FeaturePyramid
from ssd_lib.run_record import origin, write_record
from ssd_lib.train import Diverged, adamw_one_cycle, fit
from ssd_lib.validate import detect_dataset

RUNS = Path(__file__).parents[1] / "data/runs"
CLASSES = ToyScenes.classes
NUM_CLASSES = len(CLASSES)
GRIDS, SCALES = (32, 16, 8, 4, 2), (0.07, 0.14, 0.28, 0.45, 0.65, 0.88)
STEPS = 700  # of the runs that go beyond SSD
PARTS = ("localization", "confidence")
RATIOS = [(2,), *[(2, 3)] * 4]


class Some(nn.Module):
    """Some of the small network's maps."""

    def __init__(self, chosen):
        super().__init__()
        self.all, self.chosen = TinyFeatures(), chosen
        self.out_channels = [TinyFeatures.out_channels[k] for k in chosen]

    def forward(self, images):
        maps = self.all(images)
        return [maps[k] for k in self.chosen]


def with_maps(*chosen, ratios=RATIOS):
    """A network that looks at some maps; the last scale is the next one's."""
    scales = [SCALES[k] for k in chosen] + [SCALES[chosen[-1] + 1]]
    layout = layout_from_scales(
        128, [GRIDS[k] for k in chosen], scales, [ratios[k] for k in chosen]
    )
    return SSD(Some(chosen), layout, len(CLASSES))


class Kept(ToyScenes):
    """Scenes that are drawn once; for short runs over few of them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        own, self.transforms = self.transforms, None
        self.kept = [super(Kept, self).__getitem__(i) for i in range(len(self))]
        self.transforms = own

    def __getitem__(self, index):
        image, target = self.kept[index]
        target = {name: value.clone() for name, value in target.items()}
        if self.transforms is None:
            return image, target
        return self.transforms(image.clone(), target)


def without_dogs(image, target):
    """What labels that begin at 0 do: the first class is taken for background."""
    keep = target["labels"] != CLASSES.index("dog")
    boxes = type(target["boxes"])(
        target["boxes"][keep], format="XYXY", canvas_size=target["boxes"].canvas_size
    )
    target = {"boxes": boxes, "labels": target["labels"][keep]}
    return evaluation_transform(128)(image, target)


class Sideways(FeaturePyramid):
    """A pyramid's convolutions without the way down: what they alone are worth."""

    def forward(self, images):
        maps = self.features(images)
        return [
            smooth(lateral(x))
            for smooth, lateral, x in zip(self.smooth, self.lateral, maps, strict=True)
        ]


def small():
    return ssd_tiny(len(CLASSES))


def without_variances():
    return SSD(TinyFeatures(), replace(TINY, variances=(1.0, 1.0)), len(CLASSES))


SEEN, KEPT = (0, 8, 12), 12  # scenes of ``ToyScenes(200, seed=2)``, and detections of each


def said_of(model, image):
    """Label, score and box of the best detections, the box in fractions."""
    found = detect_image(model, image, keep_top_k=KEPT)
    height, width = image.shape[1:]
    sides = torch.tensor([width, height] * 2)
    return [
        [label, round(score, 3), [round(edge, 3) for edge in box]]
        for box, score, label in zip(
            (found.boxes / sides).tolist(),
            found.scores.tolist(),
            found.labels.tolist(),
            strict=True,
        )
    ]


def train(build, data, steps, seed=0, lr=4e-3, scenes=(), **options):
    """One run's log, its result on 400 unseen scenes, its seconds, and what it says of some."""
    torch.manual_seed(seed)
    model = build().to(memory_format=torch.channels_last)
    start, found = time.perf_counter(), {}
    try:
        log = fit(
            model,
            data,
            adamw_one_cycle(model, steps, lr),
            steps,
            16,
            seed=seed,
            num_workers=1,
            log_every=10,
            progress=False,
            **options,
        )
        found["log"] = [
            {name: round(value, 5) for name, value in row.items() if name != "images_per_s"}
            for row in log
        ]
    except Diverged as error:
        found["diverged"] = str(error)
    found["seconds"] = round(time.perf_counter() - start)
    for name, sizes in (("result", (0.0, 1.0)), ("result_from_0.1", (0.1, 1.0))):
        seen = detect_dataset(model, ToyScenes(400, seed=1), 16, sizes=sizes)
        found[name] = summarize(*seen, CLASSES).as_json()
    print(f"{found['seconds']} s, mAP {found['result_from_0.1']['map']}", flush=True)
    found["default_boxes"] = model.layout.num_boxes
    if len(scenes):
        found["scenes"] = [said_of(model, scenes[k][0]) for k in SEEN]
    return found | {"seed": seed, "steps": steps, "batch_size": 16, "lr": lr}


SIZES = {"small": (0.0, 0.12), "middle": (0.12, 0.3), "large": (0.3, 1.0)}


def by_size(model, data, num_classes=NUM_CLASSES):
    """AP of objects by the longer side, as a share of the image's."""
    model.to(memory_format=torch.contiguous_format)
    found = {}
    for name, sizes in SIZES.items():
        seen = detect_dataset(model, data, 16, sizes=sizes)
        result = mean_average_precision(*seen, num_classes)
        found[name] = {
            "ap": round(result.mean, 4),
            "objects": sum(int((~gt.difficult).sum()) for gt in seen.ground_truth),
        }
    return found


def sick_kinds():
    """Of each kind of run its network, its data and what else is different."""
    data = ToyScenes(20_000, transforms=evaluation_transform(128))
    dogless = ToyScenes(20_000, transforms=without_dogs)
    return {
        "healthy": (small, data, {}),
        "learning rate too high": (small, data, {"lr": 1.0}),
        "all negatives": (small, data, {"loss": partial(multibox_loss, ratio=1e6)}),
        "no variances": (without_variances, data, {}),
        "dogs taken for background": (small, dogless, {}),
    }


def sick():
    runs = []
    for name, (build, pictures, options) in sick_kinds().items():
        print(name, end=": ")
        runs.append({"name": name, **train(build, pictures, 300, **options)})
    return runs


def sick_scenes():
    runs = []
    for name, (build, pictures, options) in sick_kinds().items():
        found = train(build, pictures, 300, scenes=ToyScenes(200, seed=2), **options)
        runs.append({"name": name, **found})
    return runs


def ablations():
    full = Kept(200, seed=0, transforms=training_transform(128))
    plain = Kept(200, seed=0, transforms=evaluation_transform(128))
    no_3 = [(2,)] * 5
    kinds = {
        "all": (plain, small),
        "no 3 and 1/3": (plain, lambda: with_maps(0, 1, 2, 3, 4, ratios=no_3)),
        "no 3, 1/3, 2 and 1/2": (
            plain,
            lambda: with_maps(0, 1, 2, 3, 4, ratios=[()] * 5),
        ),
        "without the 32 x 32 map": (plain, lambda: with_maps(1, 2, 3, 4)),
        "the 16 x 16 map alone": (plain, lambda: with_maps(1)),
        "with augmentation": (full, small),
    }
    runs = []
    for name, (pictures, build) in kinds.items():
        for seed in range(3):
            print(name, seed, end=": ")
            run = train(build, pictures, 150, seed)
            del run["log"]
            runs.append({"name": name, **run})
    return runs


def beyond():
    data = ToyScenes(20_000, transforms=evaluation_transform(128))
    unseen = Kept(600, seed=1)
    kinds = {
        "plain": (TinyFeatures, multibox_loss),
        "pyramid": (lambda: FeaturePyramid(TinyFeatures()), multibox_loss),
        "pyramid without the way down": (
            lambda: Sideways(TinyFeatures()),
            multibox_loss,
        ),
        "focal loss": (TinyFeatures, multibox_focal_loss),
        "pyramid and focal loss": (
            lambda: FeaturePyramid(TinyFeatures()),
            multibox_focal_loss,
        ),
    }
    runs = []
    for seed in range(3):
        for name, (features, loss) in kinds.items():
            torch.manual_seed(seed)
            model = SSD(features(), TINY, len(CLASSES))
            if loss is multibox_focal_loss:
                init_background_bias_(model.heads)
            model.to(memory_format=torch.channels_last)
            optimization = adamw_one_cycle(model, STEPS, 4e-3)
            log = fit(
                model,
                data,
                optimization,
                STEPS,
                16,
                loss=loss,
                seed=seed,
                num_workers=1,
                log_every=50,
                progress=False,
            )
            sizes = by_size(model, unseen)
            every = mean_average_precision(*detect_dataset(model, unseen, 16), len(CLASSES))
            runs.append(
                {
                    "name": name,
                    "seed": seed,
                    "steps": STEPS,
                    "batch_size": 16,
                    "lr": 4e-3,
                    "pictures": len(unseen),
                    "parameters": sum(p.numel() for p in model.parameters()),
                    "last": {part: round(log[-1][part], 4) for part in PARTS},
                    "by_size": sizes,
                    "map": round(every.mean, 4),
                }
            )
            print(name, seed, runs[-1]["map"], sizes, flush=True)
    return runs


VERBS = {"sick": sick, "sick_scenes": sick_scenes, "ablations": ablations, "beyond": beyond}


def main(name):
    about = origin(f"python tools/recorded_runs.py {name}")
    write_record(RUNS / f"{name}.json", about | {"runs": VERBS[name]()}, row_key="name")


if __name__ == "__main__":
    main(sys.argv[1])
