"""The default-box explorer: every default box over the running picture."""

from typing import ClassVar

import torch
import traitlets

from ssd_lib.coverage import coverage
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import (
    SSD300_COCO,
    SSD300_TORCHVISION,
    SSD300_VOC,
    DefaultBoxLayout,
    layout_from_scales,
    linear_scales,
)
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


def as_table(layout: DefaultBoxLayout) -> dict:
    """The layout as the page's JavaScript reads it."""
    maps = [
        {
            "grid": row.grid,
            "step": row.step_px,
            "min": row.min_size_px,
            "max": row.max_size_px,
            "ratios": list(row.aspect_ratios),
        }
        for row in layout.maps
    ]
    return {"image": layout.image_px, "maps": maps, "clampSizes": layout.clamp_sizes}


class DefaultBoxExplorer(BookWidget):
    """Default boxes by map and cell, their number, and what they reach.

    Traits:
        layout_name: a key of ``LAYOUTS``, or ``"your scales"`` for s_min and s_max.
        feature_map: index of the map looked at.
        cell: its row and column.
        ratios, extra_box: which kinds of boxes there are.
        show: ``"cell"``, ``"map"`` or ``"all"``.
        gt_box: an object, xyxy in fractions, to drag.
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
    )

    layouts = traitlets.Dict().tag(sync=True)
    layout_name = traitlets.Unicode("Caffe, VOC").tag(sync=True)
    feature_map = traitlets.Int(2).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [6, 6]).tag(sync=True)
    ratios = traitlets.List(traitlets.Int(), [2, 3]).tag(sync=True)
    extra_box = traitlets.Bool(default_value=True).tag(sync=True)
    s_min = traitlets.Float(0.2).tag(sync=True)
    s_max = traitlets.Float(0.9).tag(sync=True)
    show = traitlets.Enum(["cell", "map", "all"], "cell").tag(sync=True)
    gt_box = box_trait("an object")

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
            "The default-box explorer. Point at a cell, tap it or move to it with the "
            "arrow keys, and see its boxes. The black box is an object: drag it, and "
            "see the default box that fits it best."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Caffe's layout for VOC, map by map, and what it reaches of the object."""
        found = coverage(torch.tensor([self.gt_box]), SSD300_VOC)
        head = [
            "map",
            "step, pixels",
            "sizes, pixels",
            "boxes a cell",
            "boxes",
            "of which reach the cat",
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
