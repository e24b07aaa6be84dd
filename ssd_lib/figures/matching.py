"""The figures of the chapter on matching."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from ssd_lib.figures.pictures import Picture, Sheet


def matched_boxes(image: Tensor, found: Mapping[str, tuple[Tensor, Sequence[str]]]) -> Sheet:
    """The default boxes that each object is matched with, an image for each.

    Args:
        image: ``[3, H, W]``.
        found: for a class its ``[N, 4]`` boxes, xyxy in fractions, and their names.
    """
    alts = {
        "cat": "The cat with the two default boxes of the 8 by 8 map that are matched with it.",
        "dog": "The dog with its three default boxes of the 4 by 4 map.",
    }
    return Sheet(
        [
            Picture(
                *(image, boxes, names, (name,)),
                alt=alts.get(name, name),
                title=f"matched with the {name}",
                letters=26,
                weight=5,
            )
            for name, (boxes, names) in found.items()
        ],
        columns=2,
        rem=46,
        least=14,
    )
