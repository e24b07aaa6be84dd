"""Patch sampling: a part of the image that still shows an object."""

from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchvision.transforms.v2 import functional as F

from ssd_lib.arguments import check_count, check_number, check_range
from ssd_lib.boxes import box_area, box_iou, clip_boxes, scale_boxes
from ssd_lib.samples import Sample, Target, boxes_like, check_sample, crowds

MIN_IOUS = (0.1, 0.3, 0.5, 0.7, 0.9)
ANY_IOUS = (*MIN_IOUS, 0.0)  # 0: any patch will do
TRIALS = 50


class Patches(NamedTuple):
    """The trials of the patch sampler, S constraints with T trials each."""

    boxes: Tensor  # [S, T, 4], xyxy in fractions
    best_iou: Tensor  # [S, T], with the object that the patch overlaps most
    accepted: Tensor  # [S, T], bool


def sample_patches(
    gt_boxes: Tensor,
    min_ious: Sequence[float] = ANY_IOUS,
    scale: tuple[float, float] = (0.3, 1.0),
    trials: int = TRIALS,
    generator: torch.Generator | None = None,
) -> Patches:
    r"""Random patches of an image, and which of them meet their constraint.

    The scale s of a patch is drawn uniformly. So is its aspect ratio a, from 1/2 to 2,
    which is then clamped to between :math:`s^2` and :math:`1 / s^2` so that the patch fits:

    .. math:: w = s \sqrt a \qquad h = s / \sqrt a

    Args:
        gt_boxes: ``[N, 4]`` in xyxy, fractions; N at least 1.
        min_ious: S constraints. A patch is accepted if its IoU with **at least one**
            object is that large, and at least one object's centre lies inside it.
        scale: smallest and largest; Caffe has (0.3, 1), the paper says 0.1 to 1.
        trials: T, per constraint.
        generator: for the random numbers; None is torch's own.

    Raises:
        ValueError: if there is no object, or a number is out of its range.

    References:
        Liu et al. 2016, section 2.2, "Data augmentation"; Caffe's ``sampler.cpp``. The
        rule about centres is ours: Caffe also takes patches without any object, and such
        an image teaches nothing.
    """
    _check_arguments(gt_boxes, min_ious, scale, trials)
    shape = (len(min_ious), trials)
    s = scale[0] + (scale[1] - scale[0]) * torch.rand(shape, generator=generator)
    a = (0.5 + 1.5 * torch.rand(shape, generator=generator)).clamp(min=s**2, max=1 / s**2)
    size = torch.stack([s * a.sqrt(), s / a.sqrt()], dim=-1).clamp(max=1)  # [S, T, 2]
    corner = torch.rand(*shape, 2, generator=generator) * (1 - size)
    boxes = torch.cat([corner, corner + size], dim=-1)
    best_iou = box_iou(boxes.flatten(0, 1), gt_boxes).amax(dim=1).reshape(shape)
    enough = best_iou >= torch.tensor(min_ious)[:, None]
    return Patches(boxes, best_iou, enough & _centres_inside(gt_boxes, boxes).any(dim=-1))


def _check_arguments(
    gt_boxes: Tensor, min_ious: Sequence[float], scale: tuple[float, float], trials: int
) -> None:
    if gt_boxes.ndim != 2 or gt_boxes.shape[1] != 4 or len(gt_boxes) == 0:
        raise ValueError(f"gt_boxes must be [N, 4] with N at least 1, got {list(gt_boxes.shape)}")
    _check_settings(min_ious, scale)
    check_count("trials", trials)


def _check_settings(min_ious: Sequence[float], scale: tuple[float, float]) -> None:
    for bound in min_ious:
        check_number("min_ious", bound, maximum=1)
    check_range("scale", scale, maximum=1)
    check_number("scale[0]", scale[0], maximum=1, exclusive_minimum=True)


def _centres_inside(gt_boxes: Tensor, patches: Tensor) -> Tensor:
    """Which objects' centres lie in a patch: ``[..., N]``, the edge included."""
    centres = (gt_boxes[:, :2] + gt_boxes[:, 2:]) / 2  # [N, 2]
    low, high = patches[..., None, :2], patches[..., None, 2:]
    return ((centres >= low) & (centres <= high)).all(dim=-1)


class PatchSampling(nn.Module):
    """Crop the image to a random patch that shows an object, or leave it whole.

    A crowd (``iscrowd``) does not count as an object that a patch shows. Every tensor or
    list in the target with one entry per box is filtered with the boxes. An ``area`` is
    dropped, because how much of an object's shape a patch shows is not known.

    Args:
        choice: how the patch is chosen. ``"caffe"``: each of seven samplers (the whole
            image, five minimum IoUs, any patch) tries up to 50 times, and one of those
            that succeed is drawn. Strict samplers seldom succeed, so they are drawn less
            often. ``"paper"``: one of the seven is drawn, and if it fails the image stays
            whole. ``"torchvision"``: one is drawn, with 40 trials, and if it fails
            another is drawn until one succeeds, as in ``RandomIoUCrop``.
        min_ious: the minimum IoUs.
        scale: as for :func:`sample_patches`.
        generator: for the random numbers; None is torch's own.

    Raises:
        ValueError: if the choice is unknown, a number is out of its range, or, when
            called, if :func:`ssd_lib.samples.check_sample` rejects the sample.
    """

    def __init__(
        self,
        choice: str = "caffe",
        min_ious: Sequence[float] = MIN_IOUS,
        scale: tuple[float, float] = (0.3, 1.0),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if choice not in ("caffe", "paper", "torchvision"):
            raise ValueError(f"choice must be 'caffe', 'paper' or 'torchvision', got {choice!r}")
        _check_settings(min_ious, scale)
        self.choice, self.scale, self.generator = choice, scale, generator
        self.constraints = (*min_ious, 0.0)

    def forward(self, image: Tensor, target: Target) -> Sample:
        """A patch of the image, and the objects whose centres lie in it.

        The patch is rounded to whole pixels. Objects that then have no area in it are
        dropped; if none is left, the image stays whole.
        """
        check_sample(image, target)
        target = {name: value for name, value in target.items() if name != "area"}
        height, width = image.shape[-2:]
        gt_boxes = scale_boxes(target["boxes"].as_subclass(Tensor), 1 / height, 1 / width)
        shown = ~crowds(target)
        patch = self._patch(gt_boxes[shown]) if shown.any() else None
        if patch is None:
            return image, target
        x1, y1, x2, y2 = scale_boxes(patch, height, width).round().long().tolist()
        x1, y1 = min(x1, width - 1), min(y1, height - 1)
        x2, y2 = max(x2, x1 + 1), max(y2, y1 + 1)
        boxes = target["boxes"].as_subclass(Tensor) - torch.tensor([x1, y1, x1, y1])
        boxes = clip_boxes(boxes, y2 - y1, x2 - x1)
        kept = _centres_inside(gt_boxes, patch) & (box_area(boxes) > 0)
        if not (kept & shown).any():
            return image, target
        cropped = F.crop(image, y1, x1, y2 - y1, x2 - x1)
        return cropped, _filtered(target, kept) | {
            "boxes": boxes_like(boxes[kept], target["boxes"], (y2 - y1, x2 - x1))
        }

    def _patch(self, gt_boxes: Tensor) -> Tensor | None:
        """A patch in fractions, or None for the whole image."""
        if self.choice == "caffe":
            tried = [self._try(gt_boxes, bound) for bound in self.constraints]
            options = [None, *(patch for patch in tried if patch is not None)]
            return options[self._draw(len(options))]
        while True:
            option = self._draw(len(self.constraints) + 1)
            if option == len(self.constraints):
                return None
            trials = 40 if self.choice == "torchvision" else TRIALS
            patch = self._try(gt_boxes, self.constraints[option], trials)
            if patch is not None or self.choice == "paper":
                return patch

    def _try(self, gt_boxes: Tensor, bound: float, trials: int = TRIALS) -> Tensor | None:
        """The first of the trials that meets a constraint, or None."""
        patches = sample_patches(gt_boxes, (bound,), self.scale, trials, generator=self.generator)
        accepted = patches.accepted[0]  # [T]
        return patches.boxes[0, accepted.int().argmax()] if accepted.any() else None

    def _draw(self, count: int) -> int:
        return int(torch.randint(count, (), generator=self.generator))


def _filtered(target: Target, kept: Tensor) -> Target:
    """A target with only the kept rows of everything that has one entry per box."""
    filtered = dict(target)
    for name, value in target.items():
        if isinstance(value, Tensor) and value.shape[:1] == kept.shape:
            filtered[name] = value[kept]
        elif isinstance(value, list) and len(value) == len(kept):
            filtered[name] = list(compress(value, kept.tolist()))
    return filtered
