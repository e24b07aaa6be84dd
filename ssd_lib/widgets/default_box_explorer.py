"""The default-box explorer: every default box over the running picture."""

import math
from dataclasses import replace
from typing import ClassVar

import torch
import traitlets

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.coverage import coverage
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import (
    SSD300_COCO,
    SSD300_TORCHVISION,
    SSD300_VOC,
    DefaultBoxLayout,
    default_boxes,
    layout_from_scales,
    linear_scales,
)
from ssd_lib.model.packed import as_table
from ssd_lib.widgets.base import BookWidget, box_trait, rounded

GRIDS = [row.grid for row in SSD300_VOC.maps]
RATIOS = [row.aspect_ratios for row in SSD300_VOC.maps]


def paper_layout(s_min: float = 0.2, s_max: float = 0.9) -> DefaultBoxLayout:
    """SSD300 by the paper's words: conv4_3 at s_min / 2, equation 4 for the rest."""
    rest = linear_scales(5, s_min, s_max)
    above = 2 * rest[-1] - rest[-2]  # for the extra box of the last map
    return layout_from_scales(300, GRIDS, [s_min / 2, *rest, above], RATIOS)


def _equation_4_alone() -> DefaultBoxLayout:
    scales = linear_scales(6)
    above = 2 * scales[-1] - scales[-2]
    return layout_from_scales(300, GRIDS, [*scales, above], RATIOS)


LAYOUTS = {
    "Caffe, VOC": SSD300_VOC,
    "Caffe, COCO": SSD300_COCO,
    "torchvision": SSD300_TORCHVISION,
    "paper, section 3.1": paper_layout(),
    "equation 4 alone": _equation_4_alone(),
}


def best_fit(box: list[float], layout: DefaultBoxLayout) -> tuple[float, int, str, dict]:
    """IoU of the best default box, how many come to 0.5, its map's name, and where it is."""
    ious = box_iou(torch.tensor([box]), cxcywh_to_xyxy(default_boxes(layout)))[0]
    index = int(ious.argmax())
    for k, row in enumerate(layout.maps):
        if index < row.num_boxes:
            cell = divmod(index // row.boxes_per_cell, row.grid)
            place = {"feature_map": k, "cell": list(cell)}
            return ious.max().item(), int((ious >= 0.5).sum()), f"{row.grid} × {row.grid}", place
        index -= row.num_boxes
    raise AssertionError


def questions(things: list) -> list[dict]:
    """What a reader may try: a question, the state that it sets, and the answer."""
    boxes = dict(things)  # of the birds the smaller one
    small, small_sum, small_map, small_at = best_fit(boxes["bird"], SSD300_VOC)
    large, large_sum, large_map, large_at = best_fit(boxes["dog"], SSD300_VOC)
    usual = {"layout_name": "Caffe, VOC", "ratios": [2, 3], "extra_box": True, "show": "cell"}
    usual |= {"s_min": 0.2, "s_max": 0.9}
    fine, coarse = SSD300_VOC.maps[1:3]
    half = math.sqrt(fine.min_size_px * coarse.min_size_px) / SSD300_VOC.image_px / 2
    middle = 9.5 * fine.step_px / SSD300_VOC.image_px
    corners = (middle - half, middle - half, middle + half, middle + half)
    between = [round(edge, 4) for edge in corners]
    bare = replace(
        SSD300_VOC, maps=tuple(replace(row, max_size_px=None) for row in SSD300_VOC.maps)
    )
    without, with_it = (best_fit(between, layout)[0] for layout in (bare, SSD300_VOC))
    return [
        {
            "ask": "Which map has the bird’s box?",
            "put": {**usual, "gt_box": boxes["bird"], **small_at},
            "answer": f"Only the {small_map} map has boxes this small. The best one overlaps the "
            f"bird with IoU {small:.2f}, and of all {SSD300_VOC.num_boxes} boxes {small_sum} "
            "come to 0.5.",
        },
        {
            "ask": "And which one for the dog?",
            "put": {**usual, "gt_box": boxes["dog"], **large_at},
            "answer": f"The dog’s box is on the {large_map} map, with IoU {large:.2f}. This map has "
            f"{SSD300_VOC.maps[large_at['feature_map']].num_boxes} boxes, the finest one "
            f"{SSD300_VOC.maps[0].num_boxes}; of all {SSD300_VOC.num_boxes} boxes {large_sum} come "
            "to 0.5.",
        },
        {
            "ask": "Why an extra box?",
            "put": {
                **usual,
                "extra_box": False,
                "gt_box": between,
                "feature_map": 1,
                "cell": [9, 9],
            },
            "then": {"extra_box": True},
            "answer": "For sizes between those of two maps. Without it, the best IoU of this "
            f"square was {without:.3f}; with it, which is on again, {with_it:.3f}.",
        },
        {
            "ask": "Are all centres on the image?",
            "put": {
                **usual,
                "gt_box": boxes["cat"],
                "feature_map": 2,
                "cell": [4, coarse.grid - 1],
            },
            "answer": f"No. Those of this map’s last column are at {(coarse.grid - 0.5) * coarse.step_px:g} pixels, off an "
            f"image of {SSD300_VOC.image_px}: the step is rounded up to {coarse.step_px} pixels, "
            f"and {coarse.grid} steps make {coarse.grid * coarse.step_px}.",
        },
    ]


class DefaultBoxExplorer(BookWidget):
    """Default boxes by map and cell, their number, and how they fit an object.

    Traits:
        layout_name: a key of ``LAYOUTS``, or ``"your scales"`` for s_min and s_max.
        feature_map: index of the map looked at.
        cell: its row and column.
        ratios, extra_box: which kinds of boxes there are.
        show: ``"cell"``, ``"map"`` or ``"all"``.
        gt_box: an object, xyxy in fractions, to drag.
        things: names and boxes of what is on the image.
        tries: questions, the state that each of them sets, and its answer, which may set
            another.
    """

    module: ClassVar[str] = "default_box_explorer"
    page_state: ClassVar[tuple[str, ...]] = (
        "layouts",
        "layout_name",
        "feature_map",
        "cell",
        "ratios",
        "extra_box",
        "s_min",
        "s_max",
        "show",
        "gt_box",
        "things",
        "tries",
    )

    layouts = traitlets.Dict().tag(sync=True)
    layout_name = traitlets.Unicode("Caffe, VOC").tag(sync=True)
    feature_map = traitlets.Int(2).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [6, 7]).tag(sync=True)
    ratios = traitlets.List(traitlets.Int(), [2, 3]).tag(sync=True)
    extra_box = traitlets.Bool(default_value=True).tag(sync=True)
    s_min = traitlets.Float(0.2).tag(sync=True)
    s_max = traitlets.Float(0.9).tag(sync=True)
    show = traitlets.Enum(["cell", "map", "all"], "cell").tag(sync=True)
    gt_box = box_trait("an object")
    things = traitlets.List().tag(sync=True)

    @traitlets.default("things")
    def _names_and_boxes(self) -> list:
        scene = running_picture()
        return [list(pair) for pair in zip(scene.labels, rounded(scene.fractions), strict=True)]

    tries = traitlets.List().tag(sync=True)

    @traitlets.default("tries")
    def _questions(self) -> list[dict]:
        return questions(self.things)

    @traitlets.default("layouts")
    def _tables(self) -> dict:
        return {name: as_table(layout) for name, layout in LAYOUTS.items()}

    @traitlets.default("gt_box")
    def _the_cat(self) -> list[float]:
        scene = running_picture()
        return rounded(scene.fractions)[scene.labels.index("cat")]

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Choose a cell to see its boxes, and another map to see them grow. "
            "Drag the object: the smaller it is, the finer the map that has the box for it."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Caffe's layout for VOC, map by map, and how many of its boxes fit the object."""
        found = coverage(torch.tensor([self.gt_box]), SSD300_VOC)
        head = [
            "map",
            "step, pixels",
            "sizes, pixels",
            "boxes on each cell",
            "boxes",
            "with IoU 0.5 or more with the cat",
        ]
        rows = [
            [
                f"{row.grid} × {row.grid}",
                f"{row.step_px}",
                f"{row.min_size_px} to {row.max_size_px}",
                f"{row.boxes_per_cell}",
                f"{row.num_boxes}",
                f"{reaching}",
            ]
            for row, reaching in zip(SSD300_VOC.maps, found.num_reaching[0].tolist(), strict=True)
        ]
        total = [f"{SSD300_VOC.num_boxes}", f"{found.num_reaching.sum()}"]
        return head, [*rows, ["all", "", "", "", *total]]
