"""The precision-recall explorer: a threshold on twelve scenes, and a point on a curve."""

import json
from typing import ClassVar

import torch
import traitlets

from ssd_lib.assets import path
from ssd_lib.evaluate import GroundTruth, mean_average_precision
from ssd_lib.predict import Detections
from ssd_lib.widgets.base import BookWidget

ALL = "all on one list"


def _sheet() -> dict:
    return json.loads(path("scene_sheet.json").read_text(encoding="utf-8"))


class PrecisionRecallExplorer(BookWidget):
    """Detections on twelve scenes, judged, and the curve that their scores make.

    Traits:
        objects, detections: scene, name, box (xyxy, fractions of the scene) and, of a
            detection, score.
        kind: a name, or ``ALL``.
        threshold: detections with a score of at least this are shown.
        iou_threshold: at which a box fits.
    """

    module: ClassVar[str] = "precision_recall_explorer"
    page_state: ClassVar[tuple[str, ...]] = (
        "objects",
        "detections",
        "columns",
        "kinds",
        "kind",
        "threshold",
        "iou_threshold",
    )

    picture = traitlets.Unicode("scene_sheet.webp").tag(sync=True)
    picture_alt = traitlets.Unicode(
        "Twelve toy scenes in four columns: animals, trees, boats and other things."
    ).tag(sync=True)
    objects = traitlets.List().tag(sync=True)
    detections = traitlets.List().tag(sync=True)
    columns = traitlets.Int(4).tag(sync=True)
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    kind = traitlets.Unicode(ALL).tag(sync=True)
    threshold = traitlets.Float(0.5).tag(sync=True)
    iou_threshold = traitlets.Float(0.5).tag(sync=True)

    @traitlets.default("objects")
    def _all_objects(self) -> list[dict]:
        return _sheet()["objects"]

    @traitlets.default("detections")
    def _all_detections(self) -> list[dict]:
        return _sheet()["detections"]

    @traitlets.default("kinds")
    def _their_names(self) -> list[str]:
        return [ALL, *sorted({one["name"] for one in self.objects})]

    def average_precision(self, kind: str, metric: str) -> float:
        """Of one kind; or of all, as if each scene and kind were a picture."""
        kinds = self.kinds[1:] if kind == ALL else [kind]
        places = [
            (scene, name)
            for name in kinds
            for scene in range(1 + max(one["scene"] for one in self.objects))
        ]
        detections, truths = [], []
        for place in places:
            found, there = (
                [one for one in ones if (one["scene"], one["name"]) == place]
                for ones in (self.detections, self.objects)
            )
            detections.append(
                Detections(
                    torch.tensor([one["box"] for one in found]).reshape(-1, 4),
                    torch.tensor([one["score"] for one in found]),
                    torch.ones(len(found), dtype=torch.int64),
                )
            )
            truths.append(
                GroundTruth(
                    torch.tensor([one["box"] for one in there]).reshape(-1, 4),
                    torch.ones(len(there), dtype=torch.int64),
                    torch.zeros(len(there), dtype=torch.bool),
                )
            )
        iou = self.iou_threshold
        return mean_average_precision(detections, truths, 2, iou, metric).mean

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "The precision-recall explorer. Move the threshold: boxes come and go, and "
            "the point moves along the curve. mAP is the mean over the single classes; "
            "the list of all shows a longer curve. The detections are those of a network that "
            "was stopped early."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Each class's objects and both areas."""
        rows = []
        for kind in self.kinds:
            count = sum(kind in (ALL, one["name"]) for one in self.objects)
            areas = (self.average_precision(kind, m) for m in ("voc07", "voc10"))
            rows.append([kind, f"{count}", *(f"{area:.3f}" for area in areas)])
        return ["class", "objects", "AP, 11 points", "AP, all points"], rows
