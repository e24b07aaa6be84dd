"""The first page's strip: thousands of boxes that become eight."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.data.toy import Scene
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.style import colours
from ssd_lib.images import normalize, resize
from ssd_lib.model import SSD
from ssd_lib.offsets import decode
from ssd_lib.predict import Detections, detect

WEB_PX = 400  # side of the image under all default boxes
PRESENCE = 0.1  # how much one line of thousands covers


def thousands(
    scene: Scene, model: SSD, classes: Sequence[str], perhaps: float, likely: float
) -> Sheet:
    """All default boxes of a network, those that may hold something, the likely, the best.

    Args:
        scene: an image and its objects.
        model: the network.
        classes: its classes, background first.
        perhaps: a box with a score above it may hold something.
        likely: and above this one probably does.
    """
    boxes, scores = answers(scene, model)
    best, kind = scores[:, 1:].max(dim=1)
    frames = [_laid_out(scene, model)]
    for number, said, least in ((2, "Perhaps something", perhaps), (3, "Likely", likely)):
        rows = (best > least).nonzero().flatten()
        names = [classes[1 + int(k)] for k in kind[rows]]
        picture = Picture(
            *(scene.image, boxes[rows], (), names),
            alt=f"{len(rows)} boxes, in bundles on and around the objects.",
            title=f"{number}. {said}: {len(rows)}",
            weight=3.5,
        )
        picture.boxes, picture.names = [], []
        frames.append(picture)
    frames.append(_the_best(scene, detected(scene, model, likely), classes))
    return Sheet(frames, columns=4, rem=66, least=11)


def _laid_out(scene: Scene, model: SSD) -> Picture:
    """All default boxes, as a web on the image."""
    maps = [row.num_boxes for row in model.layout.maps]
    corners = cxcywh_to_xyxy(model.default_boxes)
    return Picture(
        _under_lines(resize(scene.image, WEB_PX), corners, maps),
        alt="The running picture is hardly to be seen under a dense web of boxes.",
        title=f"1. Laid out: {len(corners)}",
    )


def _the_best(scene: Scene, found: Detections, classes: Sequence[str]) -> Picture:
    """What is found, with names and scores."""
    names = [classes[int(k)] for k in found.labels]
    return Picture(
        *(scene.image, found.boxes),
        [f"{n} {s:.2f}" for n, s in zip(names, found.scores.tolist(), strict=True)],
        names,
        alt="One box on each of the seven objects, and a boat where the kite's tail is.",
        title=f"4. The best of each bundle: {len(names)}",
        letters=29,
        weight=6,
    )


def detected(scene: Scene, model: SSD, threshold: float) -> Detections:
    """What a network finds in a scene.

    Args:
        scene: an image and its objects.
        model: the network.
        threshold: scores above it stay.
    """
    offsets, logits = _forward(scene, model)
    [found] = detect(offsets, logits, model.default_boxes, score_threshold=threshold)
    return found


def answers(scene: Scene, model: SSD) -> tuple[Tensor, Tensor]:
    """What a network says of a scene: its boxes, ``[P, 4]`` in xyxy, and scores, ``[P, C]``.

    Args:
        scene: an image and its objects.
        model: the network.
    """
    offsets, logits = _forward(scene, model)
    moved = decode(offsets[0], model.default_boxes, model.layout.variances)
    return cxcywh_to_xyxy(moved), logits[0].softmax(dim=1)


def _forward(scene: Scene, model: SSD) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        return model(normalize(resize(scene.image, model.layout.image_px))[None])


def _under_lines(image: Tensor, boxes: Tensor, maps: Sequence[int]) -> Tensor:
    """An image under the outlines of very many boxes, in the colours of their maps."""
    painted, last = image.float() / 255, image.shape[1] - 1
    for place, part in enumerate(boxes.split(list(maps)), start=1):
        lines = torch.zeros(image.shape[1:])
        for x1, y1, x2, y2 in (part * last).round().long().clamp(0, last).tolist():
            lines[[y1, y2], x1:x2] += 1
            lines[y1:y2, [x1, x2]] += 1
        value = colours()[f"map-{place}"]
        ink = torch.tensor([int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        cover = 1 - (1 - PRESENCE) ** lines
        painted = painted * (1 - cover) + ink[:, None, None] * cover
    return painted
