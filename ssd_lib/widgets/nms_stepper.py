"""The NMS stepper: a bundle of boxes, thinned out one by one."""

from typing import ClassVar

import torch
import traitlets

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.predict import thin_out
from ssd_lib.widgets.base import BookWidget

THINGS = {"dog": 0.96, "cat": 0.91, "kite": 0.88, "bird": 0.83}  # and best scores
EACH = 4  # boxes of each thing
MODES = ("class by class", "all classes together", "soft, class by class")


def invented_candidates() -> list[dict]:
    """Boxes with scores as a network might give them; no network gave these.

    Of each thing the default boxes that fit best, moved half way to it, with falling
    scores; a second name for the dog, as networks hesitate; a second dog close behind
    the first, as in a crowd; and something on the grass.
    """
    scene = running_picture()
    corners = cxcywh_to_xyxy(default_boxes(SSD300_VOC))
    found = []
    for name, best_score in THINGS.items():
        gt = scene.boxes[scene.labels.index(name)][None] / 600
        best = box_iou(gt, corners)[0].topk(EACH).indices
        for rank, box in enumerate((corners[best] + gt) / 2):
            found.append((name, box, best_score - 0.13 * rank))
    dog = scene.boxes[scene.labels.index("dog")] / 600
    found.append(("cat", dog + torch.tensor([0.01, 0, 0.02, 0.01]), 0.48))
    width = (dog[2] - dog[0]).item()
    behind = dog + torch.tensor([0.3 * width, -0.02, 0.3 * width, -0.02])
    found.append(("dog", behind, 0.79))
    found.append(("kite", torch.tensor([0.62, 0.78, 0.78, 0.9]), 0.17))
    return [
        {
            "name": name,
            "box": [round(min(max(edge, 0), 1), 4) for edge in box.tolist()],
            "score": round(score, 2),
        }
        for name, box, score in found
    ]


class NMSStepper(BookWidget):
    """Candidates on the running picture, and non-maximum suppression step by step.

    Traits:
        candidates: name, box (xyxy, fractions) and score of each.
        score_threshold, iou_threshold: as for :func:`ssd_lib.predict.detect`.
        mode: one of ``MODES``.
        step: how many boxes have been kept.
    """

    module: ClassVar[str] = "nms_stepper"
    page_state: ClassVar[tuple[str, ...]] = (
        "candidates", "score_threshold", "iou_threshold", "mode", "modes", "step",
    )  # fmt: skip

    candidates = traitlets.List().tag(sync=True)
    score_threshold = traitlets.Float(0.3).tag(sync=True)
    iou_threshold = traitlets.Float(0.45).tag(sync=True)
    mode = traitlets.Enum(MODES, MODES[0]).tag(sync=True)
    modes = traitlets.List(traitlets.Unicode(), MODES).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)

    @traitlets.default("candidates")
    def _invented(self) -> list[dict]:
        return invented_candidates()

    def kept(self, agnostic: bool = False) -> list[int]:
        """The candidates that stay, the best first, as ssd_lib thins them out."""
        over = [
            k for k, c in enumerate(self.candidates)
            if c["score"] > self.score_threshold
        ]  # fmt: skip
        over.sort(key=lambda k: -self.candidates[k]["score"])
        boxes = torch.tensor([self.candidates[k]["box"] for k in over]).reshape(-1, 4)
        names = sorted({c["name"] for c in self.candidates})
        labels = [names.index(self.candidates[k]["name"]) for k in over]
        classes = torch.tensor(labels, dtype=torch.int64) * (not agnostic)
        return [over[k] for k in thin_out(boxes, classes, self.iou_threshold)]

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "The NMS stepper. Keep the best box that is left, and see which ones it "
            "drops; or run to the end. The candidates are invented, after what a "
            "network gives: one bundle around each thing, a dog that is also called a "
            "cat, and a second dog close to the first."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Each candidate above the threshold, and whether it stays."""
        alone, together = self.kept(), self.kept(agnostic=True)
        order = sorted(
            range(len(self.candidates)), key=lambda k: -self.candidates[k]["score"]
        )
        rows = []
        for k in order:
            one = self.candidates[k]
            if one["score"] > self.score_threshold:
                rows.append([one["name"], f"{one['score']:.2f}",
                             "kept" if k in alone else "dropped",
                             "kept" if k in together else "dropped"])  # fmt: skip
        return ["box", "score", MODES[0], MODES[1]], rows
