"""Evaluation: from lists of detections to precision, recall and one number."""

from ssd_lib.evaluate.coco import CocoAP, coco_average_precision
from ssd_lib.evaluate.curve import PrecisionRecall, average_precision, precision_recall
from ssd_lib.evaluate.errors import ErrorCounts, NamedErrors, count_errors, name_errors
from ssd_lib.evaluate.inputs import GroundTruth
from ssd_lib.evaluate.summary import Summary, summarize
from ssd_lib.evaluate.voc import MeanAP, mean_average_precision

__all__ = [
    "CocoAP",
    "ErrorCounts",
    "GroundTruth",
    "MeanAP",
    "NamedErrors",
    "PrecisionRecall",
    "Summary",
    "average_precision",
    "coco_average_precision",
    "count_errors",
    "mean_average_precision",
    "name_errors",
    "precision_recall",
    "summarize",
]
