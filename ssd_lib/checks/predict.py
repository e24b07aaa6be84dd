"""Checks of the exercises in the chapter on prediction."""

import math
from collections.abc import Callable

import torch
from torchvision.ops import nms

from ssd_lib.boxes import box_iou
from ssd_lib.checks import check, hint


@check("by falling score: a box stays if none that stayed overlaps it too much.")
def nms_by_loops(answer: Callable) -> str | None:
    """A function of boxes, scores and a threshold that gives the kept indices."""
    generator = torch.Generator().manual_seed(0)
    for count in (0, 1, 5, 12):
        corner = torch.rand(count, 2, generator=generator)
        boxes = torch.cat([corner, corner + 0.5], dim=1)
        scores = torch.rand(count, generator=generator)
        wanted = nms(boxes, scores, 0.45).tolist()
        got = [int(i) for i in answer(boxes.tolist(), scores.tolist(), 0.45)]
        if sorted(got) != sorted(wanted):
            return f"of {count} boxes {sorted(wanted)} should be kept, got {sorted(got)}."
        if got != wanted:
            return "right, but the best should come first."
    return None


@check("NMS runs for the dogs, then for the cats: how many does each run keep?")
def kept_of_two_classes(answer: int) -> str | None:
    """Boxes left of a dog and a cat with an IoU of 0.6, at a threshold of 0.45."""
    return hint(
        answer,
        2,
        (1, "boxes of different classes do not suppress each other."),
        otherwise="each is the best of its class.",
    )


@check("the chapter names two limits: one a class before NMS, one an image after it.")
def longest_list(answer: int) -> str | None:
    """The most detections of one image, with 20 kinds of objects."""
    return hint(
        answer,
        200,
        (400, "400 of each class go into NMS; the last step cuts once more."),
        (8000, "400 of each class go into NMS; the last step cuts once more."),
        otherwise="the last step keeps so many, of all classes together.",
    )


@check("the factor is 1 where nothing overlaps, and falls with the square of the IoU.")
def soft_score(answer: Callable) -> str | None:
    """Soft-NMS's new score: a function of score and IoU, with sigma 0.5."""
    for score, iou in ((0.9, 0.0), (0.8, 0.5), (0.6, 0.9)):
        wanted, got = score * math.exp(-(iou**2) / 0.5), float(answer(score, iou))
        if not math.isclose(got, wanted, abs_tol=1e-6):
            return f"score {score} at IoU {iou} should become {wanted:.3f}, got {got:.3f}."
    return None


@check("slide a copy of a box sideways by s widths: IoU is (1 - s) / (1 + s).")
def boxes_that_crowd(answer: list) -> str | None:
    """Two boxes of one class that NMS at 0.45 wrongly makes one."""
    boxes = torch.as_tensor(answer, dtype=torch.float32)
    if boxes.shape != (2, 4):
        return f"two boxes of four numbers are wanted, got {list(boxes.shape)}."
    iou = box_iou(boxes[:1], boxes[1:]).item()
    if iou <= 0.45:
        return f"their IoU is {iou:.2f}: NMS keeps both."
    if iou > 0.9:
        return f"their IoU is {iou:.2f}: this could well be one object."
    return None
