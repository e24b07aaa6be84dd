"""The matching explorer: objects to move, and the default boxes that are to find them."""

from typing import ClassVar

import torch
import traitlets

from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import SSD300_VOC, default_boxes, layout_from_scales
from ssd_lib.matching import match
from ssd_lib.model.packed import as_table
from ssd_lib.widgets.base import BookWidget, rounded

TWO_MAPS = layout_from_scales(300, [8, 4], [0.25, 0.5, 0.8], [[2], [2]])
AGAIN = [0.14, 0.3, 0.64, 0.96]  # the dog, as somebody else would box it
LAYOUTS = {"8 × 8 and 4 × 4": TWO_MAPS, "SSD300": SSD300_VOC}


class MatchingExplorer(BookWidget):
    """Objects on the running picture, matched as they are moved.

    Traits:
        layout_name: a key of ``LAYOUTS``.
        gt_boxes, names: the objects, xyxy in fractions, and what they are called.
        iou_threshold: of the second step.
        rule: ``"bipartite"``, or ``"argmax"`` as many ports have it.
        walk: how many steps of the rule are shown in the table.
    """

    module: ClassVar[str] = "matching_explorer"
    page_state: ClassVar[tuple[str, ...]] = (
        "layouts",
        "layout_name",
        "gt_boxes",
        "names",
        "iou_threshold",
        "rule",
        "walk",
        "chosen",
    )

    layouts = traitlets.Dict().tag(sync=True)
    layout_name = traitlets.Unicode("8 × 8 and 4 × 4").tag(sync=True)
    gt_boxes = traitlets.List().tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), ["cat", "dog", "dog again", "bird"]).tag(sync=True)
    iou_threshold = traitlets.Float(0.5).tag(sync=True)
    rule = traitlets.Enum(["bipartite", "argmax"], "bipartite").tag(sync=True)
    walk = traitlets.Int(0).tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)

    @traitlets.default("layouts")
    def _tables(self) -> dict:
        return {name: as_table(layout) for name, layout in LAYOUTS.items()}

    @traitlets.default("gt_boxes")
    def _of_the_running_picture(self) -> list[list[float]]:
        scene = running_picture()
        boxes = dict(zip(scene.labels[::-1], rounded(scene.fractions)[::-1], strict=True))
        return [AGAIN if name == "dog again" else boxes[name] for name in self.names]

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Two people have boxed the dog, so two objects want one default box. Drag the "
            "objects, or walk the table pair by pair. Solid boxes overlap an object enough; the "
            "dashed one does not, but every object gets one."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """How many default boxes each object gets on each of the two maps."""
        corners = cxcywh_to_xyxy(default_boxes(TWO_MAPS))
        matched = match(torch.tensor(self.gt_boxes), corners)
        by_map = matched.split([row.num_boxes for row in TWO_MAPS.maps])
        rows = [
            [name, *(f"{(part == index).sum()}" for part in by_map)]
            for index, name in enumerate(self.names)
        ]
        head = ["object", *(f"of the {m.grid} × {m.grid} map" for m in TWO_MAPS.maps)]
        return head, [*rows, ["background", *(f"{(part < 0).sum()}" for part in by_map)]]
