"""Non-maximum suppression drawn: bundles, what is kept of them, and where that goes wrong."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.boxes import box_iou
from ssd_lib.data.toy import Placed, Scene, draw_scene, meadow
from ssd_lib.figures.blocks import Drawing, block, note
from ssd_lib.figures.charts import Line, curves
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.pictures import SIDE, Picture, Sheet
from ssd_lib.figures.style import LineFigure

SKY = (0.69, 0.01, 0.95, 0.27)  # of the running picture, around both birds
TWO = (0.16, 0.0, 0.96, 0.8)  # of the scene of two birds
FLOCK = (Placed("bird", 0.45, 0.3, 0.32), Placed("bird", 0.61, 0.364, 0.32))
NEAR = 0.5  # IoU from which a box is one of a bird's


class Step(NamedTuple):
    """A step of suppression: which box stays, and which ones go for it."""

    kept: int
    dropped: Sequence[int]


def averaged(image: Tensor, boxes: Tensor, objects: Tensor) -> Picture:
    """Boxes on two birds, and the mean of them all.

    Args:
        image: the running picture, ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy in fractions.
        objects: ``[2, 4]``, likewise.
    """
    mean = boxes.mean(dim=0, keepdim=True)
    iou = box_iou(mean, objects).max().item()
    alt = "Two birds in a bundle of thin boxes each; between them a thick box that fits neither."
    part, near = close_up(image, SKY, torch.cat([boxes, mean]))
    names = [""] * len(boxes) + [f"the mean: IoU {iou:.2f} at best"]
    tokens = ["prediction"] * len(boxes) + ["mined"]
    weights = [2.5] * len(boxes) + [7.0]
    picture = Picture(part, near, names, tokens, alt=alt, weight=weights, letters=24)
    picture.boxes = [*boxes.tolist(), *mean.tolist()]
    return picture


def suppression(image: Tensor, boxes: Tensor, scores: Tensor, steps: Sequence[Step]) -> Sheet:
    """Non-maximum suppression on the two birds, frame by frame.

    Args:
        image: the running picture, ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy in fractions.
        scores: ``[N]``.
        steps: in their order.
    """
    part, near = close_up(image, SKY, boxes)
    waiting, kept = set(range(len(boxes))), []
    frames = [_step(part, near, scores, (waiting, kept, []), f"{len(boxes)} boxes")]
    for number, step in enumerate(steps, start=1):
        waiting -= {step.kept, *step.dropped}
        kept.append(step.kept)
        title = f"{number}. keep {scores[step.kept]:.2f}, drop {len(step.dropped)}"
        frames.append(_step(part, near, scores, (waiting, kept, step.dropped), title))
    left = f"{len(kept)} are left"
    frames.append(_step(part, near, scores, (set(), kept, []), left))
    return Sheet(frames, columns=4, least=8.5)


def _step(
    part: Tensor,
    near: Tensor,
    scores: Tensor,
    fates: tuple[set[int], Sequence[int], Sequence[int]],
    title: str,
) -> Picture:
    """The boxes that wait, those that are kept, and those that go now."""
    waiting, kept, dropped = fates
    order = [*sorted(dropped), *sorted(waiting, reverse=True), *kept]
    looks = dict.fromkeys(waiting, ("prediction", "", 3.0))
    looks |= dict.fromkeys(dropped, ("dropped", "9 7", 3.5)) | dict.fromkeys(
        kept, ("kept", "", 7.0)
    )
    names = [f"{scores[k]:.2f}" if k in kept else "" for k in order]
    tokens, dashes, weights = zip(*(looks[k] for k in order), strict=True)
    alt = f"{len(waiting)} boxes wait, {len(kept)} are kept, {len(dropped)} are dropped."
    return Picture(
        *(part, near[order], names, tokens),
        alt=alt,
        title=title,
        dash=dashes,
        weight=weights,
        letters=34,
    )


def two_birds() -> Scene:
    """Two birds that fly so close together that their boxes overlap by more than half."""
    return draw_scene(meadow(SIDE, SIDE), FLOCK)


def merged_birds(scene: Scene, boxes: Tensor, scores: Tensor, limit: float) -> Sheet:
    """Two birds, the best box on each, and what suppression leaves of them.

    Args:
        scene: of :func:`two_birds`.
        boxes: ``[N, 4]``, xyxy in fractions, by falling score.
        scores: ``[N]``.
        limit: the IoU above which a box is dropped.
    """
    ious = box_iou(scene.fractions, boxes)  # [2, N]
    best = [int(torch.where(own >= NEAR, scores, 0.0).argmax()) for own in _own(ious)]
    first, second = sorted(best, key=lambda k: -scores[k])
    shared = box_iou(boxes[[first]], boxes[[second]]).item()
    part, near = close_up(scene.image, TWO, torch.cat([scene.fractions, boxes[[first, second]]]))
    names = [f"{scores[k]:.2f}" for k in (first, second)]
    is_lost = shared > limit
    fate = ("dropped", "9 7") if is_lost else ("kept", "")
    frames = (
        ("what is there", near[:2], (), ["bird"] * 2, ""),
        (f"the best box of each: IoU {shared:.2f}", near[2:], names, ["prediction"] * 2, ""),
        ("after NMS", near[2:], names, ["kept", fate[0]], ["", fate[1]]),
    )
    alts = (
        "Two birds, one half behind the other.",
        "A box on each.",
        "One box is dashed: it is dropped.",
    )
    return Sheet(
        [
            Picture(part, b, n, t, alt=alt, title=title, dash=dash, letters=30, weight=6)
            for (title, b, n, t, dash), alt in zip(frames, alts, strict=True)
        ],
        columns=3,
        least=15,
    )


def _own(ious: Tensor) -> Tensor:
    """The IoUs of each object with the boxes that overlap it more than the other objects."""
    return torch.where(ious == ious.amax(dim=0), ious, 0.0)


def apart(boxes: Tensor, names: Sequence[str]) -> Sheet:
    """Boxes of some classes where they are, and each class moved to a place of its own.

    Args:
        boxes: ``[N, 4]``, xyxy in fractions.
        names: the class of each.
    """
    classes = list(dict.fromkeys(names))
    side = SIDE / len(classes)
    together, moved = [], []
    for place, kind in enumerate(classes):
        corner = place * side
        frame = (corner + 4, corner + 4, side - 8, side - 8)
        moved.append(block(frame, "hair"))
        x = corner + side + 14 if place + 1 < len(classes) else corner - 14
        end = "start" if place + 1 < len(classes) else "end"
        moved.append(note(kind, x, corner + side / 2, kind, letters=32, side=end))
    together.append(block((4, 4, SIDE - 8, SIDE - 8), "hair"))
    for (x1, y1, x2, y2), kind in zip(boxes.clamp(0, 1).tolist(), names, strict=True):
        spot = [v * SIDE for v in (x1, y1, x2 - x1, y2 - y1)]
        together.append(block(tuple(spot), kind, hollow=True))
        corner = classes.index(kind) * side
        small = [v * side for v in (x1, y1, x2 - x1, y2 - y1)]
        small[0], small[1] = small[0] + corner, small[1] + corner
        moved.append(block(tuple(small), kind, hollow=True))
    said = "\n".join(
        f"{kind} {' '.join(f'{v:.3f}' for v in box)}"
        for kind, box in zip(names, boxes.tolist(), strict=True)
    )
    whole = Drawing(
        together,
        SIDE,
        alt="Boxes of several classes, which overlap.",
        title="where they are",
        numbers=said,
    )
    split = Drawing(
        moved,
        SIDE,
        alt="The same boxes, each class in a square of its own, down a diagonal.",
        title="each class in its own place",
        numbers=", ".join(classes),
    )
    return Sheet([whole, split], columns=2, rem=40, least=13)


def softer(sigma: float, limit: float) -> LineFigure:
    """What is left of a neighbour's score, by the hard rule and by the soft one.

    Args:
        sigma: of Soft-NMS.
        limit: of NMS.
    """
    ious = [k / 100 for k in range(101)]
    hard = Line("NMS", [0, limit, limit, 1], [1, 1, 0, 0], "dropped")
    soft = Line("Soft-NMS", ious, [math.exp(-(iou**2) / sigma) for iou in ious], "kept")
    alt = "The factor of NMS is 1 up to the limit and 0 beyond it; that of Soft-NMS falls smoothly."
    return curves(
        [hard, soft],
        "IoU with a better box",
        "what the score is multiplied by",
        alt,
        ylim=(-0.03, 1.08),
        xlim=(0, 1),
    )
