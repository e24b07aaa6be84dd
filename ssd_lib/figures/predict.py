"""The figures of the chapter on detections; others that show detections use them, too."""

from collections.abc import Sequence

from torch import Tensor

from ssd_lib.figures.pictures import Picture


def bundles(image: Tensor, boxes: Tensor, names: Sequence[str]) -> Picture:
    """All boxes before they are thinned out, in the colours of their classes.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy, in fractions.
        names: the best class of each.
    """
    alt = f"{len(boxes)} boxes, several close together around each object."
    return Picture(image, boxes, tokens=names, alt=alt, weight=2.5)


def detected(image: Tensor, boxes: Tensor, names: Sequence[str], scores: Tensor) -> Picture:
    """Detections with their classes and scores.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy, in fractions.
        names: of their classes, which are also their colours.
        scores: ``[N]``.
    """
    texts = [f"{name} {score:.2f}" for name, score in zip(names, scores.tolist(), strict=True)]
    return Picture(image, boxes, texts, names, alt="Detected: " + ", ".join(texts) + ".")
