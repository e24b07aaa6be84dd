"""Keep the best box of a bundle, or average it: what each is worth, in data/runs/merging.json.

python tools/merging.py

The shipped network on 1000 scenes that it has not seen. A bundle is a box that
non-maximum suppression keeps, with those that it drops. Beside that, in how many scenes
other boxes stay if they are clipped before suppression instead of after it.
"""

from pathlib import Path

import torch

from ssd_lib.assets import path
from ssd_lib.boxes import box_iou, clip_boxes, cxcywh_to_xyxy
from ssd_lib.data import ToyScenes
from ssd_lib.evaluate import GroundTruth, coco_average_precision
from ssd_lib.images import normalize
from ssd_lib.model import load_weights
from ssd_lib.offsets import decode
from ssd_lib.predict import Detections, batched_nms
from ssd_lib.run_record import origin, write_record

RUNS = Path(__file__).parents[1] / "data/runs"
SCENES, SEED, LEAST, LIMIT = 1000, 11, 0.01, 0.45
SHOWN = 0.3  # a score from which a box is shown


def claims(model, image):
    """All pairs of box and class above the least score, unclipped, by falling score."""
    with torch.no_grad():
        offsets, logits = model(normalize(image)[None])
    scores = logits[0].softmax(dim=1)[:, 1:]
    row, column = (scores > LEAST).nonzero(as_tuple=True)
    boxes = cxcywh_to_xyxy(decode(offsets[0, row], model.default_boxes[row]))
    order = scores[row, column].argsort(descending=True, stable=True)
    return Detections(boxes[order], scores[row, column][order], column[order] + 1)


def merged(found, kept, how):
    """One box for each bundle, with the score of the best."""
    left, boxes = torch.ones(len(found.labels), dtype=torch.bool), []
    for best in kept.tolist():
        near = box_iou(found.boxes[best][None], found.boxes)[0] > LIMIT
        own = near & left & (found.labels == found.labels[best])
        own[best] = True
        left &= ~own
        weights = {
            "best": (torch.arange(len(own)) == best).float()[own],
            "mean": torch.ones(int(own.sum())),
            "weighted": found.scores[own],
        }[how]
        boxes.append((found.boxes[own] * weights[:, None]).sum(dim=0) / weights.sum())
    boxes = torch.stack(boxes) if boxes else found.boxes[:0]
    return Detections(clip_boxes(boxes), found.scores[kept], found.labels[kept])


def main():
    torch.set_num_threads(1)
    about = origin("python tools/merging.py")
    loaded = load_weights(path("weights/toy_tiny.safetensors"))
    model, classes = loaded.model.eval(), loaded.classes
    ways = {how: [] for how in ("best", "mean", "weighted")}
    truths, other, sure, stayed = [], 0, 0, 0
    for image, target in ToyScenes(SCENES, seed=SEED):
        found = claims(model, image)
        kept = batched_nms(found.boxes, found.labels, LIMIT)
        clipped_first = batched_nms(clip_boxes(found.boxes), found.labels, LIMIT)
        changed = torch.tensor(sorted(set(kept.tolist()) ^ set(clipped_first.tolist())))
        other += len(changed) > 0
        sure += len(changed) > 0 and bool((found.scores[changed] > SHOWN).any())
        stayed += len(kept)
        for how, all_found in ways.items():
            all_found.append(merged(found, kept, how))
        boxes = target["boxes"].as_subclass(torch.Tensor) / image.shape[-1]
        plain = torch.zeros(len(boxes), dtype=torch.bool)
        truths.append(GroundTruth(boxes, target["labels"], plain))
    results = {
        how: coco_average_precision(all_found, truths, len(classes))._asdict()
        for how, all_found in ways.items()
    }
    record = about | {
        "scenes": f"ToyScenes({SCENES}, seed={SEED})",
        "seed": SEED,
        "iou_limit": LIMIT,
        "detections": stayed,
        "ap": {
            how: {k: found[k] for k in ("ap", "ap50", "ap75")} for how, found in results.items()
        },
        "scenes_where_clipping_first_changes_what_stays": other,
        "and_of_a_score_above_0.3": sure,
    }
    write_record(RUNS / "merging.json", record)


if __name__ == "__main__":
    main()
