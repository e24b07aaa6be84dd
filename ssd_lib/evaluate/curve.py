"""The curve of precision over recall, and the area under it in three conventions."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

METRICS = ("voc07", "voc10", "coco")


class GroundTruth(NamedTuple):
    """What is in one picture."""

    boxes: Tensor  # [N, 4], xyxy, pixels
    labels: Tensor  # [N], from 1
    difficult: Tensor  # [N], bool: neither asked for nor held against


def precision_recall(is_true: Tensor, num_objects: int) -> tuple[Tensor, Tensor]:
    """Precision and recall after each detection.

    Args:
        is_true: ``[K]``, bool, by falling score: whether a detection found an object
            that no better one had found.
        num_objects: how many there are to find.

    Returns:
        Recall and precision, ``[K]``, float64; recall is NaN if there is no object.
    """
    true = is_true.double().cumsum(0)
    recall = true / num_objects if num_objects else torch.full_like(true, torch.nan)
    return recall, true / torch.arange(1, len(true) + 1, device=true.device)


def average_precision(
    recall: Tensor, precision: Tensor, metric: str = "voc07"
) -> float:
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
        ValueError: if there is no such metric, or the lengths differ.
    """
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {METRICS}, got {metric!r}")
    if recall.shape != precision.shape or recall.ndim != 1:
        raise ValueError(
            "recall and precision must be [K], got "
            f"{list(recall.shape)} and {list(precision.shape)}"
        )
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


def check(detections: Sequence, ground_truth: Sequence[GroundTruth]) -> None:
    """Raise if the lists do not fit or a score is not a number."""
    if len(detections) != len(ground_truth):
        raise ValueError(
            f"ground_truth must be one a picture, {len(detections)}, got {len(ground_truth)}"
        )
    for index, found in enumerate(detections):
        if found.scores.isnan().any():
            raise ValueError(f"scores must be numbers, got NaN in picture {index}")
