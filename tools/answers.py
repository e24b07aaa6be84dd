"""Train the small network as the replay does, and keep what each answer costs on the way.

python tools/answers.py

Writes data/runs/answers.json, for the chapter on the loss: the cross-entropy of every
default box of the running picture at three steps, and summed over 64 scenes at many.
"""

import base64
import copy
import time

import numpy as np
import replay
import torch
from torch.nn.functional import cross_entropy
from torchvision.tv_tensors import BoundingBoxes

from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes, collate, running_picture
from ssd_lib.loss import hard_negatives, multibox_loss
from ssd_lib.run_record import origin, write_record
from ssd_lib.targets import encode_targets

WHOLE = (1, 130, 900)  # steps at which every default box is kept
OTHERS = 63  # scenes beside the running picture
GAMMA = 2


class Recorder:
    """What the answers of a network in training cost, at some steps."""

    def __init__(self):
        to_128 = evaluation_transform(replay.SIDE)
        scene = running_picture()
        names = [ToyScenes.classes.index(name) for name in scene.labels]
        boxes = BoundingBoxes(scene.boxes, format="XYXY", canvas_size=scene.image.shape[1:])
        first = to_128(scene.image, {"boxes": boxes, "labels": torch.tensor(names)})
        unseen = ToyScenes(200, seed=2, transforms=to_128)
        self.batch = collate([first, *(unseen[i] for i in range(OTHERS))])
        self.labels, self.moments, self.answers = None, [], {}

    @torch.no_grad()
    def __call__(self, step, model):
        if step not in replay.LOOKS:
            return
        twin = copy.deepcopy(model).train()  # as in training, and nothing is learnt
        offsets, logits = twin(self.batch.images)
        targets, self.labels = encode_targets(
            self.batch.gt_boxes, self.batch.gt_labels, twin.default_boxes
        )
        each = cross_entropy(logits.transpose(1, 2), self.labels, reduction="none")  # [B, P]
        if step in WHOLE:
            self.answers[step] = each[0]
        self.moments.append({"step": step, **self.bill(each, offsets, logits, targets)})
        print(step, self.moments[-1], flush=True)

    def bill(self, each, offsets, logits, targets):
        """The sums of three groups of default boxes, plain and by the focal loss's weights."""
        positive = self.labels > 0
        mined = hard_negatives(each, positive)  # a negative's right class is background
        groups = {"positives": positive, "mined": mined, "others": ~positive & ~mined}
        focal = (1 - (-each).exp()) ** GAMMA * each
        place, _ = multibox_loss(offsets, logits, targets, self.labels)
        return {
            "localization": round((place * positive.sum()).item(), 1),
            **{
                name: {
                    "count": int(group.sum()),
                    "loss": round(each[group].double().sum().item(), 1),
                    "focal": round(focal[group].double().sum().item(), 2),
                }
                for name, group in groups.items()
            },
        }


def packed(values):
    """Numbers as text: two bytes each, in base 64."""
    return base64.b64encode(np.asarray(values, dtype="<f2").tobytes()).decode()


def main():
    about = origin("python tools/answers.py")
    recorder, start = Recorder(), time.perf_counter()
    replay.train(replay.new_model(), replay.STEPS, recorder)
    label = recorder.labels[0]
    found = (label > 0).nonzero()[:, 0].tolist()
    record = about | {
        "seed": replay.SEED,
        "steps": replay.STEPS,
        "batch_size": replay.BATCH,
        "lr": replay.LR,
        "seconds": round(time.perf_counter() - start),
        "default_boxes": len(label),
        "labels": [[row, int(label[row])] for row in found],
        "scenes": 1 + OTHERS,
        "loss_of_the_running_picture": [
            {"at": step, "float16": packed(each)} for step, each in recorder.answers.items()
        ],
        "moments": recorder.moments,
    }
    write_record(replay.DATA / "runs/answers.json", record, row_key="step")


if __name__ == "__main__":
    main()
