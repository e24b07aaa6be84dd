"""Patch sampling: a part of the picture that still shows an object."""

from collections.abc import Sequence
from itertools import compress
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from ssd_lib.arguments import check_count, check_number, check_range
from ssd_lib.augment.random import uniform
from ssd_lib.boxes import box_area, box_iou, clip_boxes
from ssd_lib.samples import Sample, check_sample, crowds

MIN_IOUS = (0.1, 0.3, 0.5, 0.7, 0.9)
ANY_IOUS = (*MIN_IOUS, 0.0)  # 0: any patch will do
TRIALS = 50


class Patches(NamedTuple):
    """Trials of the patch sampler: all that were drawn, and which may be taken."""

    boxes: Tensor  # [S, T, 4], xyxy in fractions; S constraints, T trials
    best_iou: Tensor  # [S, T], with the object that it overlaps most
    accepted: Tensor  # [S, T], bool


def sample_patches(
    gt_boxes: Tensor,
    min_ious: Sequence[float] = ANY_IOUS,
    scale: tuple[float, float] = (0.3, 1.0),
    trials: int = TRIALS,
    generator: torch.Generator | None = None,
) -> Patches:
    r"""Random patches of a picture, and which of them meet their constraint.

    A patch has a scale s, drawn evenly, and an aspect ratio a, drawn evenly from 1/2 to
    2 and then held between :math:`s^2` and :math:`1 / s^2`, so that it fits:

    .. math:: w = s \sqrt a \qquad h = s / \sqrt a

    Args:
        gt_boxes: ``[N, 4]`` in xyxy, fractions; N at least 1.
        min_ious: S constraints. A patch is accepted if its IoU with **at least one**
            object is that large, and at least one object's centre lies inside.
        scale: Caffe's (0.3, 1); the paper says 0.1 to 1.
        trials: T, for each constraint.
        generator: for the random numbers; None is torch's own.

    Raises:
        ValueError: if there is no object, or a number is out of its range.

    References:
        Liu et al. 2016, section 2.2, "Data augmentation"; Caffe's ``sampler.cpp``. The
        rule about centres is ours: Caffe takes patches without any object, and then
        the picture teaches nothing.
    """
    _check(gt_boxes, min_ious, scale, trials)
    shape = (len(min_ious), trials)
    s = uniform(shape, *scale, generator)
    a = uniform(shape, 0.5, 2.0, generator).clamp(min=s**2, max=1 / s**2)
    size = torch.stack([s * a.sqrt(), s / a.sqrt()], dim=-1).clamp(max=1)  # [S, T, 2]
    corner = torch.rand(*shape, 2, generator=generator) * (1 - size)
    boxes = torch.cat([corner, corner + size], dim=-1)
    best_iou = box_iou(boxes.flatten(0, 1), gt_boxes).amax(dim=1).reshape(shape)
    enough = best_iou >= torch.tensor(min_ious)[:, None]
    return Patches(boxes, best_iou, enough & _centres_inside(gt_boxes, boxes).any(dim=-1))


def _check(
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
    """Cut a patch out of the picture, or leave it whole.

    A crowd (``iscrowd``) is no object that a patch must show. Every tensor or list of
    the target with as many entries as there are boxes is cut like the boxes. An
    ``area`` is dropped, for how much of an object's shape a patch shows is not known.

    Args:
        choice: how the patch is chosen. ``"caffe"``: each of seven samplers (the whole
            picture, five minimum overlaps, any patch) tries up to 50 times, and one of
            the successful is drawn; a strict one is so drawn less often. ``"paper"``:
            one of the seven is drawn first, and if it fails the picture stays whole.
            ``"torchvision"``: one is drawn, with 40 trials, and if it fails the draw
            is repeated until one succeeds, as in ``RandomIoUCrop``.
        min_ious: the minimum overlaps.
        scale: as for :func:`sample_patches`.
        generator: for the random numbers; None is torch's own.

    Raises:
        ValueError: if there is no such choice, a number is out of its range, or, when
            called, if the sample is not as :func:`ssd_lib.samples.check_sample` wants
            it.
    """

    def __init__(
        self,
        choice: str = "caffe",
        min_ious: Sequence[float] = MIN_IOUS,
        scale: tuple[float, float] = (0.3, 1.0),
        generator: torch.Generator | None = None,
    ) -> None:
        """Keep the settings."""
        super().__init__()
        if choice not in ("caffe", "paper", "torchvision"):
            raise ValueError(f"choice must be 'caffe', 'paper' or 'torchvision', got {choice!r}")
        _check_settings(min_ious, scale)
        self.choice, self.scale, self.generator = choice, scale, generator
        self.constraints = (*min_ious, 0.0)

    def forward(self, image: Tensor, target: dict[str, Tensor]) -> Sample:
        """A patch of the image, and of the target what has its centre in it.

        The patch is rounded to whole pixels. What then has no area in it is left out,
        and if that is all, the image stays whole.
        """
        check_sample(image, target)
        target = {name: value for name, value in target.items() if name != "area"}
        height, width = image.shape[-2:]
        edges = torch.tensor([width, height, width, height])
        gt_boxes = target["boxes"].as_subclass(Tensor) / edges
        shown = ~crowds(target)
        patch = self._patch(gt_boxes[shown]) if shown.any() else None
        if patch is None:
            return image, target
        x1, y1, x2, y2 = (patch * edges).round().long().tolist()
        x1, y1 = min(x1, width - 1), min(y1, height - 1)
        x2, y2 = max(x2, x1 + 1), max(y2, y1 + 1)
        boxes = target["boxes"].as_subclass(Tensor) - torch.tensor([x1, y1, x1, y1])
        boxes = clip_boxes(boxes, y2 - y1, x2 - x1)
        kept = _centres_inside(gt_boxes, patch) & (box_area(boxes) > 0)
        if not (kept & shown).any():
            return image, target
        cropped = F.crop(image, y1, x1, y2 - y1, x2 - x1)
        return cropped, _rows(target, kept) | {
            "boxes": tv_tensors.wrap(
                boxes[kept], like=target["boxes"], canvas_size=(y2 - y1, x2 - x1)
            )
        }

    def _patch(self, gt_boxes: Tensor) -> Tensor | None:
        """A patch in fractions, or None for the whole picture."""
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
        """The first patch that meets a constraint, or None if none of the trials does."""
        patches = sample_patches(gt_boxes, (bound,), self.scale, trials, generator=self.generator)
        accepted = patches.accepted[0]  # [T]
        return patches.boxes[0, accepted.int().argmax()] if accepted.any() else None

    def _draw(self, count: int) -> int:
        return int(torch.randint(count, (), generator=self.generator))


def _rows(target: dict[str, Any], kept: Tensor) -> dict[str, Any]:
    """A target with only those rows of what has a row for each object."""
    return {name: _of(value, kept) for name, value in target.items()}


def _of(value: Any, kept: Tensor) -> Any:  # noqa: ANN401
    if isinstance(value, Tensor) and value.shape[:1] == kept.shape:
        return value[kept]
    if isinstance(value, list) and len(value) == len(kept):
        return list(compress(value, kept.tolist()))
    return value
