"""The NMS stepper: a bundle of boxes, suppressed one by one."""

import json
from typing import ClassVar

import torch
import traitlets

from ssd_lib.assets import path
from ssd_lib.predict import batched_nms
from ssd_lib.widgets.base import BookWidget

MODES = ("class by class", "all classes together", "soft, class by class")


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
        "candidates",
        "score_threshold",
        "iou_threshold",
        "mode",
        "modes",
        "step",
    )

    candidates = traitlets.List().tag(sync=True)
    score_threshold = traitlets.Float(0.3).tag(sync=True)
    iou_threshold = traitlets.Float(0.45).tag(sync=True)
    mode = traitlets.Enum(MODES, MODES[0]).tag(sync=True)
    modes = traitlets.List(traitlets.Unicode(), list(MODES)).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)

    @traitlets.default("candidates")
    def _recorded(self) -> list[dict]:
        text = path("candidates.json").read_text(encoding="utf-8")
        return json.loads(text)["candidates"]

    def kept(self, agnostic: bool = False) -> list[int]:
        """The candidates that stay, the best first, by the library's own NMS."""
        over = [k for k, c in enumerate(self.candidates) if c["score"] > self.score_threshold]
        over.sort(key=lambda k: -self.candidates[k]["score"])
        boxes = torch.tensor([self.candidates[k]["box"] for k in over]).reshape(-1, 4)
        names = sorted({c["name"] for c in self.candidates})
        labels = [names.index(self.candidates[k]["name"]) for k in over]
        classes = torch.tensor(labels, dtype=torch.int64) * (not agnostic)
        return [over[k] for k in batched_nms(boxes, classes, self.iou_threshold)]

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Press Play: the best box that is left stays, and those that overlap it too much "
            "go. Choose a row to see its box. To the network’s own candidates we added two: "
            "a second dog, and a cat where the dog is."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Each candidate above the threshold, and whether it stays."""
        alone, together = self.kept(), self.kept(agnostic=True)
        order = sorted(range(len(self.candidates)), key=lambda k: -self.candidates[k]["score"])
        rows = []
        for k in order:
            one = self.candidates[k]
            if one["score"] > self.score_threshold:
                rows.append(
                    [
                        one["name"],
                        f"{one['score']:.2f}",
                        "kept" if k in alone else "dropped",
                        "kept" if k in together else "dropped",
                    ]
                )
        return ["box", "score", MODES[0], MODES[1]], rows
