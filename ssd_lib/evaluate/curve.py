"""The curve of precision over recall, and the area under it in three conventions."""

from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_count

METRICS = ("voc07", "voc10", "coco")


class PrecisionRecall(NamedTuple):
    """The curve of precision over recall, a point after each detection."""

    precision: Tensor  # [K], float64
    recall: Tensor  # [K], float64, rising; NaN if there is no object


def precision_recall(is_true_positive: Tensor, num_objects: int) -> PrecisionRecall:
    """Precision and recall after each detection.

    Args:
        is_true_positive: ``[K]``, bool, by falling score: whether a detection found an
            object that no detection of a higher score had found.
        num_objects: the number of objects to find.

    Returns:
        Precision and recall, ``[K]`` each, float64. If there is no object to find, the
        recall is NaN.

    Raises:
        ValueError: if ``is_true_positive`` is not ``[K]`` of bool, or ``num_objects`` is
            negative or not a whole number.

    Example:
        >>> curve = precision_recall(torch.tensor([True, False, True]), num_objects=4)
        >>> curve.recall.tolist()
        [0.25, 0.25, 0.5]
    """
    _check_found(is_true_positive, num_objects)
    found = is_true_positive.double().cumsum(0)  # [K]
    precision = found / torch.arange(1, len(found) + 1, device=found.device)
    recall = found / num_objects if num_objects else torch.full_like(found, torch.nan)
    return PrecisionRecall(precision, recall)


def average_precision(recall: Tensor, precision: Tensor, metric: str = "voc07") -> float:
    """The area under the curve of precision over recall.

    Precision is interpolated: at each recall it is the highest precision reached at that
    recall or a higher one.

    Args:
        recall: ``[K]``, rising.
        precision: ``[K]``.
        metric: ``"voc07"``: the mean at the recalls 0, 0.1, ..., 1 (Pascal VOC until
            2009, and the paper's numbers on VOC 2007); ``"voc10"``: the whole area
            (VOC from 2010 on); ``"coco"``: the mean at the recalls 0, 0.01, ..., 1.

    Returns:
        A number from 0 to 1; 0 if nothing was detected, NaN if the recall is NaN.

    Raises:
        ValueError: if the metric is unknown, the lengths differ, or the recall falls.
    """
    check_metric(metric)
    _check_curve(recall, precision)
    if recall.isnan().any():
        return float("nan")
    recall = recall.double()
    highest = precision.double().flip(0).cummax(0).values.flip(0)  # [K], from here on
    if metric == "voc10":
        steps = recall.diff(prepend=recall.new_zeros(1))
        return (steps * highest).sum().item()
    if metric == "voc07":  # quotients of whole numbers, as the recalls are: 3 / 10 is
        levels = torch.arange(11, dtype=torch.float64) / 10  # reached by 6 of 20
    else:  # pycocotools' numbers, some of which are too large in the last digit
        levels = torch.arange(101, dtype=torch.float64) * 0.01
    first = torch.searchsorted(recall, levels.to(recall.device))  # that reaches the level
    return torch.cat([highest, highest.new_zeros(1)])[first].mean().item()


def check_metric(metric: str) -> None:
    """Raise unless a metric is known.

    Raises:
        ValueError: naming the known metrics and what came.
    """
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {METRICS}, got {metric!r}")


def _check_found(is_true_positive: Tensor, num_objects: int) -> None:
    if is_true_positive.ndim != 1 or is_true_positive.dtype != torch.bool:
        raise ValueError(
            "is_true_positive must be [K] of bool, got "
            f"{list(is_true_positive.shape)} of {is_true_positive.dtype}"
        )
    check_count("num_objects", num_objects, minimum=0)


def _check_curve(recall: Tensor, precision: Tensor) -> None:
    if recall.shape != precision.shape or recall.ndim != 1:
        raise ValueError(
            "recall and precision must be [K], got "
            f"{list(recall.shape)} and {list(precision.shape)}"
        )
    if (recall.diff() < 0).any():
        raise ValueError(f"recall must not fall, got {recall.tolist()}")
