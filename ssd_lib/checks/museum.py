"""The bug museum: mistakes that real detectors had, each to be caught by a test.

An exhibit is a set of wrong implementations, written here after mistakes found in
well-known ports and notes. A reader writes a test, a function that takes an
implementation and raises if it is wrong; it is run on the right one and on all others.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ssd_lib.boxes import box_iou
from ssd_lib.checks import check
from ssd_lib.loss import multibox_loss
from ssd_lib.matching import match_ious
from ssd_lib.offsets import LARGEST_STRETCH, decode
from ssd_lib.predict import batched_nms


def verdict(
    test: Callable[[Callable], object], right: Callable, wrong: dict[str, Callable]
) -> str | None:
    """None if the test lets the right implementation pass and no wrong one.

    Example:
        >>> def test(double):
        ...     assert double(3) == 6
        >>> verdict(test, lambda x: 2 * x, {"adds": lambda x: x + 3})
        'your test lets 1 of 1 wrong ones pass: the one that adds.'
    """
    try:
        test(right)
    except Exception as error:  # a reader's test may raise anything
        return f"your test fails the right code: {type(error).__name__}: {error}"
    escaped = [name for name, implementation in wrong.items() if _passes(test, implementation)]
    if not escaped:
        return None
    names = ", the one that ".join(escaped)
    return f"your test lets {len(escaped)} of {len(wrong)} wrong ones pass: the one that {names}."


def _passes(test: Callable[[Callable], object], implementation: Callable) -> bool:
    try:
        test(implementation)
    except Exception:  # whatever it raises, the mistake has been noticed
        return False
    return True


# Decoding


def _size_from_centre(offsets: Tensor, boxes: Tensor) -> Tensor:
    return decode(offsets[..., [0, 1, 0, 1]], boxes)


def _variances_exchanged(offsets: Tensor, boxes: Tensor) -> Tensor:
    return decode(offsets, boxes, (0.2, 0.1))


def _centre_in_images(offsets: Tensor, boxes: Tensor) -> Tensor:
    centre = boxes[..., :2] + 0.1 * offsets[..., :2]
    return torch.cat([centre, decode(offsets, boxes)[..., 2:]], dim=-1)


def _no_bound(offsets: Tensor, boxes: Tensor) -> Tensor:
    size = boxes[..., 2:] * (0.2 * offsets[..., 2:]).exp()
    return torch.cat([decode(offsets, boxes)[..., :2], size], dim=-1)


@check("a box that is not square, four different offsets, and one that is wild.")
def catch_wrong_decoders(answer: Callable) -> str | None:
    """A test of a function ``decode(offsets, default_boxes)``."""
    return verdict(
        answer,
        decode,
        {
            "decodes the size from the centre's offsets": _size_from_centre,
            "exchanges the variances": _variances_exchanged,
            "forgets to scale the centre by the box": _centre_in_images,
            f"lets a side grow more than {LARGEST_STRETCH}-fold": _no_bound,
        },
    )


# Matching


def _last_one_wins(ious: Tensor) -> Tensor:
    best, matched = ious.max(dim=0)
    matched[best < 0.5] = -1
    for gt, box in enumerate(ious.argmax(dim=1).tolist()):
        matched[box] = gt
    return matched


def _no_first_step(ious: Tensor) -> Tensor:
    best, matched = ious.max(dim=0)
    return torch.where(best >= 0.5, matched, -1)


def _strictly_above(ious: Tensor) -> Tensor:
    return match_ious(torch.where(ious == 0.5, 0.49, ious))


def _forced_without_overlap(ious: Tensor) -> Tensor:
    matched = match_ious(ious)
    for gt in (ious.amax(dim=1) == 0).nonzero().flatten().tolist():
        matched[0] = gt
    return matched


@check("a box that two objects like best, an IoU of exactly 0.5, one of 0.")
def catch_wrong_matchers(answer: Callable) -> str | None:
    """A test of a function ``match_ious(ious)``."""
    return verdict(
        answer,
        match_ious,
        {
            "lets the last object take a default box from another": _last_one_wins,
            "knows the threshold alone": _no_first_step,
            "wants more than 0.5 and not 0.5 itself": _strictly_above,
            "gives default box 0 to an object that meets none": _forced_without_overlap,
        },
    )


# The loss

Losses = tuple[Tensor, Tensor]


def _mean_over_coordinates(
    offsets: Tensor, logits: Tensor, target_offsets: Tensor, labels: Tensor
) -> Losses:
    right = multibox_loss(offsets, logits, target_offsets, labels)
    return right.localization / 4, right.confidence


def _padding_counts(
    offsets: Tensor, logits: Tensor, target_offsets: Tensor, labels: Tensor
) -> Losses:
    distance = torch.nn.functional.smooth_l1_loss(offsets, target_offsets, reduction="sum")
    right = multibox_loss(offsets, logits, target_offsets, labels)
    return distance / (labels > 0).sum().clamp(min=1), right.confidence


def _positives_again(
    offsets: Tensor, logits: Tensor, target_offsets: Tensor, labels: Tensor
) -> Losses:
    right = multibox_loss(offsets, logits, target_offsets, labels)
    positive = labels > 0
    entropy = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction="none"
    ).reshape(labels.shape)
    worst = entropy.masked_fill(positive, -torch.inf).sort(dim=1, descending=True).indices
    rank = worst.argsort(dim=1)
    negative = rank < 3 * positive.sum(dim=1, keepdim=True)
    total = entropy[positive].sum() + entropy[negative].sum()
    return right.localization, total / positive.sum().clamp(min=1)


def _mined_over_the_batch(
    offsets: Tensor, logits: Tensor, target_offsets: Tensor, labels: Tensor
) -> Losses:
    each = (offsets, logits, target_offsets, labels)
    offsets, logits, target_offsets, labels = (x.flatten(0, 1)[None] for x in each)
    return multibox_loss(offsets, logits, target_offsets, labels)


def _divides_by_zero(
    offsets: Tensor, logits: Tensor, target_offsets: Tensor, labels: Tensor
) -> Losses:
    right = multibox_loss(offsets, logits, target_offsets, labels)
    positives = (labels > 0).sum()
    scale = positives.clamp(min=1) / positives
    return right.localization * scale, right.confidence * scale


@check("one positive; more positives than negatives; an empty image beside another; none.")
def catch_wrong_losses(answer: Callable) -> str | None:
    """A test of ``multibox_loss(offsets, logits, target_offsets, target_labels)``."""
    return verdict(
        answer,
        multibox_loss,
        {
            "averages over the four coordinates": _mean_over_coordinates,
            "lets unmatched boxes into the localization loss": _padding_counts,
            "counts positives again when negatives run out": _positives_again,
            "mines over the batch and not in each image": _mined_over_the_batch,
            "divides by 0 when there is no object": _divides_by_zero,
        },
    )


# Thinning out


def _without_classes(boxes: Tensor, labels: Tensor, iou_threshold: float = 0.45) -> Tensor:
    return batched_nms(boxes, torch.zeros_like(labels), iou_threshold)


def _by_dropped_ones(boxes: Tensor, labels: Tensor, iou_threshold: float = 0.45) -> Tensor:
    same = labels[:, None] == labels
    overlap = (box_iou(boxes, boxes) > iou_threshold) & same
    return (~overlap.triu(1).any(dim=0)).nonzero()[:, 0]


@check("three boxes in a row, each on its neighbour; two classes in one place.")
def catch_wrong_thinning(answer: Callable) -> str | None:
    """A test of a function ``batched_nms(boxes, labels)``, boxes by falling score."""
    return verdict(
        answer,
        batched_nms,
        {
            "lets a dog's box drop a cat's": _without_classes,
            "lets a box that was dropped drop others": _by_dropped_ones,
        },
    )


# Evaluation


def _judge(ious: Tensor, iou_threshold: float = 0.5) -> Tensor:
    if ious.shape[1] == 0:
        return torch.zeros(len(ious), dtype=torch.bool)
    iou, best = ious.max(dim=1)
    near = iou >= iou_threshold
    earlier = (best[:, None] == best) & near & torch.ones(len(best), len(best)).tril(-1).bool()
    return near & ~earlier.any(dim=1)


def _doubles_count(ious: Tensor) -> Tensor:
    return (ious >= 0.5).any(dim=1)


def _second_best_object(ious: Tensor) -> Tensor:
    left, right = ious.clone(), []
    for row in left:
        near = len(row) > 0 and bool(row.max() >= 0.5)
        right.append(near)
        if near:
            left[:, row.argmax()] = 0
    return torch.tensor(right, dtype=torch.bool)


@check("find one object twice; let the second box touch another object a little.")
def catch_wrong_judges(answer: Callable) -> str | None:
    """A test of a function ``judge(ious)``: VOC's verdict on the detections of a class.

    It takes the IoUs ``[K, N]`` of one image, detections by falling score, and says
    of each whether it is right.
    """
    return verdict(
        answer,
        _judge,
        {
            "counts a second detection of an object as right": _doubles_count,
            "gives a second detection the object next to its own": _second_best_object,
        },
    )
