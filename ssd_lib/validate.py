"""Validation: a model's detections on a whole data set, and the ground truth."""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, Unpack

import torch
from torch import Tensor

from ssd_lib.boxes import scale_boxes
from ssd_lib.detector import Detector
from ssd_lib.evaluate import GroundTruth
from ssd_lib.images import normalize, resize
from ssd_lib.predict import Detections, DetectOptions, detect_batch, in_evaluation_mode
from ssd_lib.samples import Sample, SampleSet, Target, check_boxes, check_image, crowds, per_box
from ssd_lib.workers import Loader


class Validation(NamedTuple):
    """What ``ssd_lib.evaluate`` takes: one entry per image, in its own pixels."""

    detections: list[Detections]
    ground_truth: list[GroundTruth]


@torch.no_grad()
def detect_dataset(
    model: Detector,
    dataset: SampleSet,
    batch_size: int = 8,
    num_workers: int = 0,
    sizes: tuple[float, float] = (0.0, math.inf),
    **options: Unpack[DetectOptions],
) -> Validation:
    """Run a model over a data set.

    Args:
        model: such as :class:`ssd_lib.model.SSD`, as for
            :func:`ssd_lib.predict.detect_image`; its mode is not switched.
        dataset: of images and targets, without transforms; images of any size. What is
            ``iscrowd`` in a target is a crowd, and difficult, too; what is ``difficult``
            alone is no crowd. ``area``, if it is there, is passed on.
        batch_size: images at a time.
        num_workers: processes that read images.
        sizes: objects whose longer side, as a share of the image's, is below the first
            number, or not below the second, count as difficult: it costs nothing to
            miss them, and nothing to find them.
        options: keyword arguments of :func:`ssd_lib.predict.detect`; the variances are
            those of ``model.layout``.

    Returns:
        Detections and ground truth on the CPU, in the order of the data set.

    Raises:
        ValueError: if ``sizes`` are not two shares, from and to; if a sample is not as
            :func:`ssd_lib.samples.check_image` and
            :func:`ssd_lib.samples.check_boxes` want it, or as :func:`detect`.
    """
    _check_sizes(sizes)
    warp = partial(_warp, size_px=model.layout.image_px)
    loader = Loader(dataset, warp, num_workers, batch_size=batch_size)
    network = in_evaluation_mode(model)
    result = Validation([], [])
    for images, targets in loader:
        found = detect_batch(network, images, **options)
        for one, target in zip(found, targets, strict=True):
            result.detections.append(_in_pixels(one, target))
            result.ground_truth.append(_ground_truth(target, sizes))
    return result


def _warp(samples: Sequence[Sample], size_px: int) -> tuple[Tensor, list[Target]]:
    """A batch ``[B, 3, S, S]``, and the targets as they are."""
    for image, target in samples:
        check_image(image)
        check_boxes(image, target)
        if "labels" not in target:
            raise ValueError(f"target must have 'labels', got {list(target)}")
    images = [normalize(resize(image.as_subclass(Tensor), size_px)) for image, _ in samples]
    return torch.stack(images), [target for _, target in samples]


def _in_pixels(found: Detections, target: Target) -> Detections:
    boxes, scores, labels = (part.cpu() for part in found)
    return Detections(scale_boxes(boxes, *target["boxes"].canvas_size), scores, labels)


def _ground_truth(target: Target, sizes: tuple[float, float]) -> GroundTruth:
    height, width = target["boxes"].canvas_size
    boxes = target["boxes"].as_subclass(Tensor)
    sides = (boxes[:, 2:] - boxes[:, :2]) / boxes.new_tensor([width, height])
    longer = sides.amax(dim=1) if len(sides) else sides[:, 0]
    other = (longer < sizes[0]) | (longer >= sizes[1])
    crowd = crowds(target)
    difficult = target.get("difficult", crowd).bool() | crowd | other
    area = per_box(target, "area").double() if "area" in target else None
    return GroundTruth(boxes, target["labels"], difficult, area, crowd)


def _check_sizes(sizes: tuple[float, float]) -> None:
    is_pair = isinstance(sizes, tuple | list) and len(sizes) == 2
    if not is_pair or not 0 <= sizes[0] <= sizes[1]:
        raise ValueError(f"sizes must be two shares, from and to, got {sizes!r}")
