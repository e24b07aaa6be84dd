"""The precision-recall explorer: a threshold on six scenes, and a point on a curve."""

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
    """Detections on six scenes, judged, and the curve that their scores make.

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
        "Six toy scenes in three columns: animals, balls, cars, trees and other things."
    ).tag(sync=True)
    objects = traitlets.List().tag(sync=True)
    detections = traitlets.List().tag(sync=True)
    columns = traitlets.Int(3).tag(sync=True)
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    kind = traitlets.Unicode(ALL).tag(sync=True)
    threshold = traitlets.Float(0.3).tag(sync=True)
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
        """Of one kind; or of all, as if each scene and kind were an image."""
        kinds = self.kinds[1:] if kind == ALL else [kind]
        scenes = range(1 + max(one["scene"] for one in self.objects))
        places = [(scene, name) for name in kinds for scene in scenes]
        detections = [_detections(_at(place, self.detections)) for place in places]
        gt = [_ground_truth(_at(place, self.objects)) for place in places]
        return mean_average_precision(detections, gt, 2, self.iou_threshold, metric).mean

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Drag the point along the curve: boxes come and go on the six scenes. To the right "
            "it finds more, and more of what it shows is wrong. The network was stopped early, so "
            "that it makes mistakes."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Each class's objects and both areas."""
        rows = []
        for kind in self.kinds:
            count = sum(kind in (ALL, one["name"]) for one in self.objects)
            areas = (self.average_precision(kind, m) for m in ("voc07", "voc10"))
            rows.append([kind, f"{count}", *(f"{area:.3f}" for area in areas)])
        return ["class", "objects", "AP, 11 points", "AP, all points"], rows


def _at(place: tuple[int, str], ones: list[dict]) -> list[dict]:
    """Those of one scene and one name."""
    return [one for one in ones if (one["scene"], one["name"]) == place]


def _detections(found: list[dict]) -> Detections:
    return Detections(
        torch.tensor([one["box"] for one in found]).reshape(-1, 4),
        torch.tensor([one["score"] for one in found]),
        torch.ones(len(found), dtype=torch.int64),
    )


def _ground_truth(objects: list[dict]) -> GroundTruth:
    return GroundTruth(
        torch.tensor([one["box"] for one in objects]).reshape(-1, 4),
        torch.ones(len(objects), dtype=torch.int64),
        torch.zeros(len(objects), dtype=torch.bool),
    )
