"""Checks of the exercises in the chapter on default boxes."""

from collections.abc import Callable, Sequence

import torch

from ssd_lib.checks import check
from ssd_lib.coverage import coverage
from ssd_lib.default_boxes import (
    SSD300_COCO,
    SSD300_VOC,
    SSD512_VOC,
    DefaultBoxLayout,
    FeatureMap,
    default_boxes,
)

MOST_BOXES = 25_000
TEXT = (4.0, 5.0, 6.5, 8.0, 9.0)  # ratios of lines of text


def _as_rows(layout: DefaultBoxLayout) -> list[tuple]:
    return [
        (row.grid, row.step_px, row.min_size_px, row.max_size_px, row.aspect_ratios)
        for row in layout.maps
    ]


@check("map by map, row by row, cell by cell; in a cell the square, the extra box, then ratios.")
def generator(answer: Callable) -> str | None:
    """A function of rows of a layout that gives all its default boxes."""
    small = DefaultBoxLayout(300, (FeatureMap(2, 150, 60, 90, (2,)), FeatureMap(1, 300, 90, 120)))
    for layout in (small, SSD300_VOC):
        got = torch.as_tensor(answer(_as_rows(layout)), dtype=torch.float32)
        wanted = default_boxes(layout)
        if got.shape != wanted.shape:
            return (
                f"{len(layout.maps)} maps make {list(wanted.shape)} numbers, got {list(got.shape)}."
            )
        off = (got - wanted).abs().amax(dim=1) > 1e-5
        if off.any():
            row = int(off.nonzero()[0])
            say = [
                ", ".join(f"{300 * value:.1f}" for value in box[row].tolist())
                for box in (wanted, got)
            ]
            return f"row {row} should be {say[0]} in pixels, got {say[1]}."
    return None


@check("the lowest percentage, then equal whole steps up to the highest, in front of it the first.")
def caffes_ladder(answer: Callable[..., Sequence[int]]) -> str | None:
    """A function of side, percentages and number of maps that gives the sizes in pixels."""
    for args, layout in (
        ((300, 10, 20, 90, 6), SSD300_VOC),
        ((300, 7, 15, 90, 6), SSD300_COCO),
        ((512, 7, 15, 90, 7), SSD512_VOC),
    ):
        wanted = [row.min_size_px for row in layout.maps] + [layout.maps[-1].max_size_px]
        got = list(answer(*args))
        if len(got) != len(wanted):
            return f"{args[-1]} maps have {len(wanted)} sizes with the extra one, got {len(got)}."
        if got != wanted:
            return f"{args} should give {wanted}, got {got}."
    return None


@check("one ratio reaches from itself divided by 2.25 to itself times 2.25.")
def ratios_for_lines_of_text(answer: Sequence[float]) -> str | None:
    """As few aspect ratios as will reach objects that are 4 to 9 times as wide as it is high."""
    ratios = [float(value) for value in answer]
    for wanted in TEXT:
        apart = [max(ratio / wanted, wanted / ratio) for ratio in ratios]
        best = max((1 / (2 * factor**0.5 - 1) for factor in apart), default=0)
        if best < 0.5 - 1e-9:
            return f"a line of ratio {wanted:g} has an IoU of {best:.2f} at most."
    if len(ratios) > 1:
        return "all are reached; but can you do with fewer?"
    return None


@check("a 12-pixel box that is 2 pixels off both ways still has an IoU of 0.53.")
def layout_for_small_things(answer: DefaultBoxLayout) -> str | None:
    """A layout that reaches 95 % of squares of 12 pixels in 300, with few boxes."""
    if answer.num_boxes > MOST_BOXES:
        return f"at most {MOST_BOXES} boxes, got {answer.num_boxes}."
    rand = torch.Generator().manual_seed(5)
    corner = torch.rand(400, 2, generator=rand) * (1 - 12 / 300)
    squares = torch.cat([corner, corner + 12 / 300], dim=1)  # [400, 4]
    share = (coverage(squares, answer).best_iou >= 0.5).float().mean().item()
    if share < 0.95:
        return f"{share:.0%} are reached: are the centres close enough to each other?"
    return None
