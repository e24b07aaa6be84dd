"""Checks of the exercises in the chapter on heads."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ssd_lib.checks import check, hint
from ssd_lib.default_boxes import SSD300_VOC
from ssd_lib.heads import Heads, flatten_predictions


@check("one box needs its four offsets once, and a logit for each class.")
def channels_for_coco(answer: int) -> str | None:
    """Output channels of both heads of a map with 6 boxes and 80 kinds of objects."""
    return hint(
        answer,
        6 * (4 + 81),
        (6 * (4 + 80), "background is a class, too: C is 81."),
        (6 * 4 * 81, "the offsets are predicted once a box, not once a class."),
        otherwise="4 offsets and C logits for each of 6 boxes.",
    )


@check("one head has 6 x 4 output channels, the other 6 x 21.")
def parameters_of_heads(answer: int) -> str | None:
    """Weights and biases of conv7's two heads with 21 classes."""
    heads = Heads([1024], [6], 21)
    wanted = sum(p.numel() for p in heads.parameters())
    return hint(
        answer,
        wanted,
        (wanted - 150, "the biases are missing: one for each output channel."),
        otherwise="3 x 3 x 1024 weights and a bias for each output channel: how many are there?",
    )


@check("three counts: boxes of the maps before, of the cells before, of this cell.")
def row_of_a_box(answer: Callable[[int, int, int, int], int]) -> str | None:
    """A function of map, row, column and box that gives SSD300's row."""
    start = 0
    for index, table in enumerate(SSD300_VOC.maps):
        places = {
            (0, 0, 0),
            (table.grid - 1, 0, 1),
            (table.grid // 2, table.grid - 1, 3),
        }
        for row, column, box in sorted(places):
            wanted = start + (row * table.grid + column) * table.boxes_per_cell + box
            got = answer(index, row, column, box)
            if got != wanted:
                return f"map {index}, row {row}, column {column}, box {box}: {got}?"
        start += table.num_boxes
    return None


@check("5776 and 2166 rows come first; then 6 boxes a cell and 10 cells a row.")
def place_of_row_8000(answer: Sequence[int]) -> str | None:
    """Map, row, column and box of SSD300's row 8000."""
    if len(answer) != 4:
        return f"four numbers: map, row, column, box; got {len(answer)}."
    if answer[0] != 2:
        return "row 8000 belongs to another map: sum the counts of the maps."
    if list(answer) == [2, 9, 0, 4]:
        return "rows and columns are exchanged."
    return None if list(answer) == [2, 0, 9, 4] else "divide what is left by 6, then by 10."


@check("three loops: rows, columns, boxes; each box takes its next few channels.")
def rows_by_loops(answer: Callable[[Tensor, int], Tensor]) -> str | None:
    """A function like :func:`ssd_lib.heads.flatten_predictions`."""
    for shape, width in [((1, 6, 2, 3), 3), ((2, 8, 3, 3), 4), ((1, 4, 1, 1), 4)]:
        output = torch.arange(torch.Size(shape).numel()).float().reshape(shape)
        wanted, got = flatten_predictions(output, width), answer(output, width)
        if got.shape != wanted.shape:
            return f"{list(shape)} should give {list(wanted.shape)}, got {list(got.shape)}."
        if not torch.equal(got, wanted):
            return "the numbers are there, in another order: cells first, then boxes."
    return None


@check("which weights make a convolution a plain sum? Mind padding and bias.")
def convolution_that_counts(answer: nn.Conv2d) -> str | None:
    """A 3 x 3 convolution that says how many of a cell's neighbours there are."""
    counted = answer(torch.ones(1, 1, 3, 4))[0, 0].round(decimals=4)
    if counted.shape != (3, 4):
        return f"a 3 x 4 map should stay 3 x 4, got {list(counted.shape)}."
    wanted = torch.tensor([[4.0, 6, 6, 4], [6, 9, 9, 6], [4, 6, 6, 4]])
    if torch.equal(counted, wanted):
        return None
    return f"a map of ones should give {wanted.tolist()}, got {counted.tolist()}."
