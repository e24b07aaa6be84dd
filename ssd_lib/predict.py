"""Prediction: from offsets and logits to a short list of boxes, scores and labels."""

import copy
from typing import NamedTuple, TypedDict, TypeVar, Unpack

import torch
from torch import Tensor, nn
from torchvision.ops import nms

from ssd_lib.arguments import check_count, check_number
from ssd_lib.boxes import box_area, clip_boxes, cxcywh_to_xyxy, scale_boxes
from ssd_lib.detector import Detector
from ssd_lib.images import ImageSource, normalize, read_image, resize
from ssd_lib.offsets import VARIANCES, decode


class Detections(NamedTuple):
    """What was found in one image, by falling score."""

    boxes: Tensor  # [K, 4], xyxy
    scores: Tensor  # [K]
    labels: Tensor  # [K], int64, from 1


class DetectOptions(TypedDict, total=False):
    """The arguments of :func:`detect` that are free once there is a model."""

    score_threshold: float
    iou_threshold: float
    pre_nms_top_k: int
    keep_top_k: int


def detect(
    offsets: Tensor,
    logits: Tensor,
    default_boxes: Tensor,
    score_threshold: float = 0.01,
    iou_threshold: float = 0.45,
    pre_nms_top_k: int = 400,
    keep_top_k: int = 200,
    variances: tuple[float, float] = VARIANCES,
) -> list[Detections]:
    """The detections of each image of a batch.

    Scores by softmax; those above the threshold; of each class the best
    ``pre_nms_top_k``; non-maximum suppression class by class; boxes clipped to the
    image; and of all classes together the best ``keep_top_k``. A box may be found
    under several classes.

    Args:
        offsets: ``[B, P, 4]``.
        logits: ``[B, P, C]``; class 0 is background.
        default_boxes: ``[P, 4]`` in cxcywh, fractions.
        score_threshold: a score must be larger; 0 to 1. 0.01 is for evaluation; to look
            at the result, take 0.3 to 0.6.
        iou_threshold: a box is dropped if its IoU with a better one of its class is
            larger; 0 to 1.
        pre_nms_top_k: of each class, before suppression; at least 1.
        keep_top_k: of each image, at the end; at least 1.
        variances: those that the network was trained with.

    Returns:
        B detections, xyxy in 0 to 1, float32. Of equal scores the lower class and then the
        earlier default box comes first. What is not finite, and what has no area inside
        the image, is left out. Nothing found has shapes ``(0, 4)``, ``(0,)``,
        ``(0,)``.

    Raises:
        ValueError: if the shapes do not fit, or a number is out of its range.

    References:
        Liu et al. 2016, section 2.2 and 3; Caffe's ``detection_output_layer.cpp``.
    """
    _check(offsets, logits, default_boxes)
    _check_settings(score_threshold, iou_threshold, pre_nms_top_k, keep_top_k)
    scores = logits.float().softmax(dim=-1)[..., 1:]  # [B, P, C - 1]
    image, row, column = (scores > score_threshold).nonzero(as_tuple=True)  # [K] each
    picked = offsets[image, row].float()  # what has no score is not decoded
    boxes = cxcywh_to_xyxy(decode(picked, default_boxes[row].float(), variances))
    candidates = Detections(boxes, scores[image, row, column], column + 1)
    usable = boxes.isfinite().all(dim=1)
    candidates, image = _take(candidates, usable), image[usable]
    order = _best_of_each_class(candidates, image, pre_nms_top_k)
    counts = image[order].bincount(minlength=len(logits)).tolist()
    return [
        _suppress(_take(candidates, own), iou_threshold, keep_top_k) for own in order.split(counts)
    ]


def _take(detections: Detections, index: Tensor) -> Detections:
    return Detections(*(part[index] for part in detections))


def _best_of_each_class(candidates: Detections, image: Tensor, count: int) -> Tensor:
    """The indices of the best of each image and class, image by image.

    One sort does it: by image and class, and in each by falling score, for a score is
    less than 2. float64 holds both without rounding.
    """
    group = image * (candidates.labels.amax() + 1 if len(image) else 1)
    group = group + candidates.labels
    order = (2.0 * group.double() - candidates.scores).argsort(stable=True)
    group = group[order]
    rank = torch.arange(len(group), device=group.device)
    rank = rank - torch.searchsorted(group, group)
    return order[rank < count]


def _suppress(candidates: Detections, iou_threshold: float, keep_top_k: int) -> Detections:
    """What stays of the candidates of one image, clipped, by falling score.

    A box is dropped for better ones alone, so the best are looked at first, and more of
    them only if too few stay.
    """
    by_score = candidates.scores.argsort(descending=True, stable=True)
    found, looked_at = _take(candidates, by_score), max(4 * keep_top_k, 1)
    while True:
        best = Detections(*(part[:looked_at] for part in found))
        stay = batched_nms(best.boxes, best.labels, iou_threshold)
        clipped = clip_boxes(best.boxes[stay])
        stay = stay[box_area(clipped) > 0][:keep_top_k]
        if len(stay) == keep_top_k or looked_at >= len(by_score):
            return _take(best, stay)._replace(boxes=clip_boxes(best.boxes[stay]))
        looked_at *= 2


def batched_nms(boxes: Tensor, labels: Tensor, iou_threshold: float = 0.45) -> Tensor:
    """Non-maximum suppression of all classes at once.

    Each class is moved to a place of its own, so that boxes of different classes never
    meet; in float64, where the move costs no digit of the boxes.

    Args:
        boxes: ``[K, 4]``, xyxy, finite, by falling score.
        labels: ``[K]``, the class of each.
        iou_threshold: a box is dropped if its IoU with a better one of its class, one
            that is kept, is larger.

    Returns:
        ``[M]``, int64: the indices of those that stay, rising.
        :func:`torchvision.ops.batched_nms` takes scores, in any order, and gives the
        indices by falling score.
    """
    if len(boxes) == 0:
        return labels.new_zeros(0)
    boxes = boxes.double()
    apart = boxes.amax() - boxes.amin() + 1
    moved = boxes + (labels * apart)[:, None]
    falling = -torch.arange(len(boxes), dtype=boxes.dtype, device=boxes.device)
    return nms(moved, falling, iou_threshold).sort().values


@torch.no_grad()
def detect_image(
    model: Detector, image: ImageSource, **options: Unpack[DetectOptions]
) -> Detections:
    """What a model finds in one image, in the image's own pixels.

    Args:
        model: such as :class:`ssd_lib.model.SSD`, of any floating-point dtype. It is used as
            :func:`in_evaluation_mode` has it, and its own mode is never switched.
        image: whatever :func:`ssd_lib.images.read_image` reads: a path, an open file,
            a PIL image, an array or a tensor, of any size.
        options: keyword arguments of :func:`detect`; the variances are those of
            ``model.layout``.

    Returns:
        Boxes xyxy in pixels, on the device of :func:`detect_batch`'s.
    """
    pixels = read_image(image)  # [3, H, W]
    inputs = normalize(resize(pixels, model.layout.image_px))[None]
    [found] = detect_batch(in_evaluation_mode(model), inputs, **options)
    return found._replace(boxes=scale_boxes(found.boxes, *pixels.shape[1:]))


def detect_batch(
    model: Detector, images: Tensor, **options: Unpack[DetectOptions]
) -> list[Detections]:
    """What a model, in the mode that it is in, finds in each image of a batch.

    Args:
        model: such as :class:`ssd_lib.model.SSD`.
        images: ``[B, 3, S, S]``, normalised, on any device.
        options: keyword arguments of :func:`detect`; the variances are those of
            ``model.layout``.

    Returns:
        B detections, as :func:`detect` gives them, on the model's device; on the CPU if
        that device has no float64, as Apple's has none.
    """
    offsets, logits = model(like_weights(model, images))
    boxes = model.default_boxes
    if offsets.device.type == "mps":
        offsets, logits, boxes = offsets.cpu(), logits.cpu(), boxes.cpu()
    return detect(offsets, logits, boxes, variances=model.layout.variances, **options)


Network = TypeVar("Network", bound=Detector)


def in_evaluation_mode(model: Network) -> Network:
    """The model as it is to be used when nothing is learnt, with the same weights.

    A model's mode is not switched for that, not even for a moment: another thread may
    use the model or train it. If any part is in training mode, the modules are copied
    (not the weights: they are shared), and the copies are set to evaluation mode.

    Returns:
        The model itself if all of it is in evaluation mode, or else the copy. What
        :func:`torch.compile` has compiled runs uncompiled in a copy.
    """
    if not any(part.training for part in model.modules()):
        return model
    return _copy_of_modules(model).eval()


Module = TypeVar("Module", nn.Module, Detector)


def _copy_of_modules(module: Module) -> Module:
    module = getattr(module, "_orig_mod", module)  # of torch.compile
    twin = copy.copy(module)  # holds the same parameters and buffers
    vars(twin)["_modules"] = {
        name: None if part is None else _copy_of_modules(part)
        for name, part in vars(module)["_modules"].items()
    }
    return twin


def like_weights(model: Detector, images: Tensor) -> Tensor:
    """Images on a model's device, in the dtype of its weights."""
    dtype = next((weight.dtype for weight in model.parameters()), images.dtype)
    return images.to(model.default_boxes.device, dtype)


def _check_settings(
    score_threshold: float, iou_threshold: float, pre_nms_top_k: int, keep_top_k: int
) -> None:
    check_number("score_threshold", score_threshold, maximum=1)
    check_number("iou_threshold", iou_threshold, maximum=1)
    check_count("pre_nms_top_k", pre_nms_top_k)
    check_count("keep_top_k", keep_top_k)


def _check(offsets: Tensor, logits: Tensor, default_boxes: Tensor) -> None:
    batch_and_boxes = list(logits.shape[:2])
    if logits.ndim != 3 or list(offsets.shape) != [*batch_and_boxes, 4]:
        raise ValueError(
            "offsets and logits must be [B, P, 4] and [B, P, C], got "
            f"{list(offsets.shape)} and {list(logits.shape)}"
        )
    if logits.shape[2] < 2:
        raise ValueError(
            f"logits must have at least 2 classes (background is one), got {logits.shape[2]}"
        )
    wanted = [batch_and_boxes[1], 4]
    if list(default_boxes.shape) != wanted:
        raise ValueError(f"default_boxes must be {wanted}, got {list(default_boxes.shape)}")
    values = {"offsets": offsets, "logits": logits, "default_boxes": default_boxes}
    for name, tensor in values.items():
        if not tensor.is_floating_point():
            raise ValueError(f"{name} must be floating-point, got {tensor.dtype}")
