"""All the numbers of a validation at once: VOC's, COCO's, and the errors by kind."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ssd_lib.evaluate.coco import CocoAP, coco_average_precision
from ssd_lib.evaluate.errors import ErrorCounts, count_errors
from ssd_lib.evaluate.inputs import GroundTruth
from ssd_lib.evaluate.voc import MeanAP, mean_average_precision
from ssd_lib.text import counted, visible


class Summary(NamedTuple):
    """What a detector achieves on a data set."""

    num_images: int
    classes: tuple[str, ...]  # background first
    metric: str  # of ``voc``
    iou_threshold: float  # of ``voc`` and ``errors``
    score_threshold: float  # of ``errors``
    voc: MeanAP
    coco: CocoAP
    errors: ErrorCounts

    def as_json(self) -> dict[str, Any]:
        """The numbers as ``json.dump`` takes them; None where there is none."""
        rows = zip(self.classes[1:], self.voc.by_class, self.voc.num_objects, strict=True)
        return {
            "pictures": self.num_images,
            "metric": self.metric,
            "iou_threshold": self.iou_threshold,
            "map": _or_none(self.voc.mean),
            "by_class": {name: {"ap": _or_none(ap), "objects": count} for name, ap, count in rows},
            "coco": {name: _or_none(value) for name, value in self.coco._asdict().items()},
            "errors_from_score": self.score_threshold,
            "errors": self.errors._asdict(),
        }

    def as_table(self) -> str:
        """The numbers in lines, a class without objects left out."""
        names = [visible(name) for name in self.classes[1:]]
        rows = list(zip(names, self.voc.by_class, self.voc.num_objects, strict=True))
        width = max(len(name) for name in [*names, "mAP"])
        absent = sum(not count for *_, count in rows)
        coco = (f"{k.replace('ap', 'AP')} {_shown(v)}" for k, v in self.coco._asdict().items())
        return "\n".join(
            [
                f"{counted(self.num_images, 'image')}, AP by {self.metric} "
                f"at IoU {self.iou_threshold}",
                *(
                    f"  {name:{width}} {_shown(ap)}  of {count:5} objects"
                    for name, ap, count in rows
                    if count
                ),
                f"  {'mAP':{width}} {_shown(self.voc.mean)}",
                *([f"  without objects here: {absent} classes"] if absent else []),
                f"COCO's numbers: {', '.join(coco)}",
                _errors_in_words(self.errors, self.score_threshold),
            ]
        )


def summarize(
    detections: Sequence,
    ground_truth: Sequence[GroundTruth],
    classes: Sequence[str],
    iou_threshold: float = 0.5,
    metric: str = "voc07",
    score_threshold: float = 0.5,
) -> Summary:
    """All numbers that ``ssd_lib.evaluate`` computes, of one validation.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` per image, in pixels.
        ground_truth: one per image.
        classes: names, background first.
        iou_threshold: of :func:`mean_average_precision` and :func:`count_errors`.
        metric: as for :func:`mean_average_precision`.
        score_threshold: of :func:`count_errors`.

    Raises:
        ValueError: if the lists make no sense, or another argument is out of its range.

    Example:
        >>> import torch
        >>> from ssd_lib.evaluate import GroundTruth
        >>> from ssd_lib.predict import Detections
        >>> box, label = torch.tensor([[10.0, 10, 50, 50]]), torch.tensor([1])
        >>> found = [Detections(box, torch.tensor([0.9]), label)]
        >>> truth = [GroundTruth(box, label, torch.tensor([False]))]
        >>> summary = summarize(found, truth, ("background", "dog"))
        >>> summary.voc.mean, summary.errors.right, summary.as_json()["by_class"]
        (1.0, 1, {'dog': {'ap': 1.0, 'objects': 1}})
    """
    count = len(classes)
    return Summary(
        len(ground_truth),
        tuple(classes),
        metric,
        iou_threshold,
        score_threshold,
        mean_average_precision(detections, ground_truth, count, iou_threshold, metric),
        coco_average_precision(detections, ground_truth, count),
        count_errors(detections, ground_truth, score_threshold, iou_threshold),
    )


def _errors_in_words(errors: ErrorCounts, score_threshold: float) -> str:
    """How many detections are of each kind, and how many objects none of them finds."""
    *kinds, (_, missed) = errors._asdict().items()
    counts = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in kinds)
    return f"detections with a score from {score_threshold}: {counts}; {missed} objects missed"


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _shown(value: float) -> str:
    return "    -" if math.isnan(value) else f"{value:.3f}"
