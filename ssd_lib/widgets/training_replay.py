"""The training replay: a run that happened, to be scrubbed through."""

import json
from typing import ClassVar

import torch
import traitlets

from ssd_lib.assets import path
from ssd_lib.boxes import box_iou
from ssd_lib.model import TINY
from ssd_lib.model.packed import as_table
from ssd_lib.widgets.base import BookWidget


def replay() -> dict:
    """The recorded run, as it lies in the data folder."""
    return json.loads(path("runs/replay.json").read_text(encoding="utf-8"))


class TrainingReplay(BookWidget):
    """What a network said of three scenes at nineteen moments of its training.

    Traits:
        moment: index of the moment that is looked at.
        threshold: detections with a score of at least this are shown.
        mined: whether the mined negatives are painted.
    """

    module: ClassVar[str] = "training_replay"
    page_state: ClassVar[tuple[str, ...]] = ("run", "layout_table", "moment", "threshold", "mined")

    picture = traitlets.Unicode("replay.webp").tag(sync=True)
    picture_alt = traitlets.Unicode(
        "Three toy scenes that the network never trained on, side by side."
    ).tag(sync=True)
    run = traitlets.Dict().tag(sync=True)
    layout_table = traitlets.Dict().tag(sync=True)
    moment = traitlets.Int(8).tag(sync=True)
    threshold = traitlets.Float(0.5, min=0.3, max=1.0).tag(sync=True)
    mined = traitlets.Bool(default_value=False).tag(sync=True)

    @traitlets.default("run")
    def _recorded(self) -> dict:
        wanted = ("classes", "objects", "loss", "moments", "batch_size")
        return {name: value for name, value in replay().items() if name in wanted}

    @traitlets.default("layout_table")
    def _default_boxes(self) -> dict:
        return as_table(TINY)

    def right(self, moment: int) -> int:
        """How many detections above the threshold are right, at a moment."""
        count = 0
        for scene, objects in zip(
            self.run["moments"][moment]["scenes"], self.run["objects"], strict=True
        ):
            taken = set()
            for label, score, box in scene["detections"]:
                own = [k for k, (kind, _) in enumerate(objects) if kind == label]
                if score < self.threshold or not own:
                    continue
                boxes = torch.tensor([objects[k][1] for k in own])
                iou, best = box_iou(torch.tensor([box]), boxes)[0].max(dim=0)
                if iou >= 0.5 and own[int(best)] not in taken:
                    taken.add(own[int(best)])
                    count += 1
        return count

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Press Play, or drag along a curve, and watch a network learn: on the left of "
            "the curves it finds nothing, on the right 18 of the 22 objects. All of it "
            "happened, in one run on a CPU, on scenes that it never trained on."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Some moments: step, both losses, mAP, right detections."""
        rows = []
        for index in range(0, len(self.run["moments"]), 3):
            moment = self.run["moments"][index]
            losses = ["not written yet"] * 2
            if moment["step"] >= self.run["loss"][0][0]:
                near = min(self.run["loss"], key=lambda row: abs(row[0] - moment["step"]))
                losses = [f"{loss:.2f}" for loss in near[1:]]
            rows.append(
                [
                    f"{moment['step']}",
                    *losses,
                    f"{moment['map']:.3f}",
                    f"{self.right(index)}",
                ]
            )
        head = ["step", "localization loss", "confidence loss", "mAP", "found here"]
        return head, rows
