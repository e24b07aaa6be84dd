"""The curve of precision over recall, and the area under it in three conventions."""

import torch
from torch import Tensor

from ssd_lib.arguments import check_count

METRICS = ("voc07", "voc10", "coco")


def precision_recall(is_true: Tensor, num_objects: int) -> tuple[Tensor, Tensor]:
    """Precision and recall after each detection.

    Args:
        is_true: ``[K]``, bool, by falling score: whether a detection found an object
            that no better one had found.
        num_objects: how many there are to find.

    Returns:
        Recall and precision, ``[K]``, float64; recall is NaN if there is no object.

    Raises:
        ValueError: if ``is_true`` is not ``[K]`` of bool, or the number of objects is
            no whole number from 0 on.
    """
    _check_judged(is_true, num_objects)
    true = is_true.double().cumsum(0)
    recall = true / num_objects if num_objects else torch.full_like(true, torch.nan)
    return recall, true / torch.arange(1, len(true) + 1, device=true.device)


def average_precision(recall: Tensor, precision: Tensor, metric: str = "voc07") -> float:
    """The area under the curve of precision over recall.

    The precision at a recall is the best one that is reached at that recall or a higher
    one.

    Args:
        recall: ``[K]``, rising.
        precision: ``[K]``.
        metric: ``"voc07"``: the mean at the recalls 0, 0.1, ..., 1 (Pascal VOC until
            2009, and the paper's numbers on VOC 2007); ``"voc10"``: the whole area
            (VOC from 2010 on); ``"coco"``: the mean at 0, 0.01, ..., 1.

    Returns:
        0 to 1; 0 if nothing was detected, NaN if there was nothing to find.

    Raises:
        ValueError: if there is no such metric, the lengths differ, or the recall falls.
    """
    check_metric(metric)
    _check_curve(recall, precision)
    if recall.isnan().any():
        return float("nan")
    recall = recall.double()
    best = precision.double().flip(0).cummax(0).values.flip(0)  # [K]: from here on
    if metric == "voc10":
        steps = recall.diff(prepend=recall.new_zeros(1))
        return (steps * best).sum().item()
    if metric == "voc07":  # quotients of whole numbers, as the recalls are: 3 / 10 is
        asked = torch.arange(11, dtype=torch.float64) / 10  # reached by 6 of 20
    else:  # pycocotools' numbers, some of which are a last digit too large
        asked = torch.arange(101, dtype=torch.float64) * 0.01
    asked = asked.to(recall.device)
    first = torch.searchsorted(recall, asked)  # the first that reaches it
    reached = torch.cat([best, best.new_zeros(1)])[first]
    return reached.mean().item()


def check_metric(metric: str) -> None:
    """Refuse a metric that there is not.

    Raises:
        ValueError: naming those that there are, and what came.
    """
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {METRICS}, got {metric!r}")


def _check_judged(is_true: Tensor, num_objects: int) -> None:
    if is_true.ndim != 1 or is_true.dtype != torch.bool:
        raise ValueError(
            f"is_true must be [K] of bool, got {list(is_true.shape)} of {is_true.dtype}"
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
