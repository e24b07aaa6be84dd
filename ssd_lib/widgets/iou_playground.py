"""The IoU playground: two boxes over the running picture, to drag and resize."""

from typing import ClassVar

import torch
import traitlets

from ssd_lib.boxes import box_iou
from ssd_lib.data.toy import running_picture
from ssd_lib.widgets.base import BookWidget, box_trait, rounded

SHAPES = [  # name, box A, box B
    ["overlapping", [0.2, 0.3, 0.6, 0.7], [0.4, 0.4, 0.8, 0.8]],
    ["shifted by half", [0.2, 0.3, 0.6, 0.7], [0.4, 0.3, 0.8, 0.7]],
    ["equal", [0.3, 0.3, 0.7, 0.7], [0.3, 0.3, 0.7, 0.7]],
    ["nested", [0.1, 0.2, 0.9, 0.8], [0.3, 0.4, 0.7, 0.6]],
    ["touching", [0.1, 0.3, 0.5, 0.7], [0.5, 0.3, 0.9, 0.7]],
    ["apart", [0.05, 0.1, 0.35, 0.4], [0.6, 0.6, 0.95, 0.9]],
    ["no area", [0.2, 0.3, 0.6, 0.7], [0.3, 0.5, 0.5, 0.5]],
    ["inverted", [0.2, 0.3, 0.6, 0.7], [0.5, 0.4, 0.3, 0.6]],
]


class IoUPlayground(BookWidget):
    """Two boxes to drag; their intersection, union and IoU as numbers and areas.

    ``box_a`` and ``box_b`` are xyxy in fractions of the image. Python reads
    what the reader drags, and the other way round. ``things`` are the names and
    boxes of what is on the image, the dog first: an IoU of 0.9 with it is the goal.

    Example:
        >>> playground = IoUPlayground(box_a=[0, 0, 1, 1], box_b=[0, 0, 0.5, 1])
        >>> playground.iou
        0.5
    """

    module: ClassVar[str] = "iou_playground"
    page_state: ClassVar[tuple[str, ...]] = (
        "box_a",
        "box_b",
        "things",
        "start",
        "presets",
        "side_px",
    )

    box_a = box_trait("box A")
    box_b = box_trait("box B")
    things = traitlets.List().tag(sync=True)
    start = box_trait("box A, before the reader fits it to the dog")
    presets = traitlets.List().tag(sync=True)
    side_px = traitlets.Int(600).tag(sync=True)

    @traitlets.default("things")
    def _dog_first(self) -> list:
        scene = running_picture()
        things = [list(pair) for pair in zip(scene.labels, rounded(scene.fractions), strict=True)]
        return sorted(things, key=lambda thing: thing[0] != "dog")

    @traitlets.default("presets")
    def _shapes_and_things(self) -> list:
        scene = running_picture()
        boxes = dict(zip(scene.labels, rounded(scene.fractions), strict=True))
        return [*SHAPES, ["dog and cat", boxes["dog"], boxes["cat"]]]

    @traitlets.default("start")
    def _on_the_dogs_back(self) -> list[float]:
        return [0.2, 0.2, 0.75, 0.8]

    @traitlets.default("box_a")
    def _first_a(self) -> list[float]:
        return list(self.start)

    @traitlets.default("box_b")
    def _first_b(self) -> list[float]:
        return list(self.things[0][1])

    @property
    def iou(self) -> float:
        """IoU of the two boxes as they stand, from :func:`ssd_lib.boxes.box_iou`."""
        return _iou(self.box_a, self.box_b)

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Drag box A by its inside or by a corner until it fits the dog, and watch "
            "how much both boxes share (hatched) of all that they cover (bright). "
            "On a keyboard, arrow keys move the chosen box, with Shift they resize it."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """The presets and their IoU."""
        rows = [[name, _text(a), _text(b), f"{_iou(a, b):.3f}"] for name, a, b in self.presets]
        return ["the two boxes are", "box A", "box B", "IoU"], rows


def _iou(a: list[float], b: list[float]) -> float:
    return box_iou(torch.tensor([a]).float(), torch.tensor([b]).float()).item()


def _text(box: list[float]) -> str:
    return ", ".join(f"{edge:g}" for edge in box)
