"""Checks of the exercises in the chapter on heads."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ssd_lib.checks import check
from ssd_lib.default_boxes import SSD300_VOC
from ssd_lib.heads import Heads, flatten_predictions


@check("for each map: convolve, channels last, cut. Then concatenate along the rows.")
def two_line_head(answer: Callable[..., Tensor]) -> str | None:
    """A function of maps, convolutions and a width that gives the rows of all maps."""
    generator = torch.Generator().manual_seed(0)
    for width in (4, 3):
        boxes = (2, 3)
        convs = [nn.Conv2d(2, k * width, 3, padding=1) for k in boxes]
        maps = [torch.rand(2, 2, *grid, generator=generator) for grid in ((3, 4), (2, 2))]
        blocks = [conv(x).detach() for conv, x in zip(convs, maps, strict=True)]
        wanted = torch.cat([flatten_predictions(block, width) for block in blocks], dim=1)
        got = answer(maps, convs, width).detach()
        if got.shape != wanted.shape:
            return f"the rows should be {list(wanted.shape)}, got {list(got.shape)}."
        if torch.allclose(got, wanted, atol=1e-6):
            continue
        unpermuted = torch.cat([block.reshape(2, -1, width) for block in blocks], dim=1)
        if torch.allclose(got, unpermuted, atol=1e-6):
            return "right shape, wrong numbers: each row mixes several cells."
        return "the shape is right, but these are not the rows in the order of the boxes."
    return None


@check("take the maps' counts off, one by one; then divide by boxes a cell, and by cells a row.")
def place_of_a_row(answer: Callable[[int], Sequence[int]]) -> str | None:
    """A function of SSD300's row that gives map, row, column and box."""
    start = 0
    for index, table in enumerate(SSD300_VOC.maps):
        k, last = table.boxes_per_cell, table.grid - 1
        places = {(0, 0, 0), (last // 2, last, 1), (last, last // 3, k - 1)}
        for row, column, box in sorted(places):
            number = start + (row * table.grid + column) * k + box
            got = tuple(answer(number))
            if len(got) != 4:
                return f"four numbers: map, row, column, box; got {len(got)}."
            if got == (index, column, row, box) and row != column:
                return f"row {number}: the cell's row and column are exchanged."
            if got[0] != index:
                return f"row {number} belongs to map {index}, got map {got[0]}."
            if got != (index, row, column, box):
                return f"row {number} should not be at {got}."
        start += table.num_boxes
    return None


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


@check("box by box: the first channel of each box is a multiple of the number of classes.")
def head_with_fewer_classes(answer: Callable[..., nn.Conv2d]) -> str | None:
    """A function of a logit head, its number of classes and those to keep."""
    for boxes, classes, kept in [(2, 5, [0, 2, 3]), (3, 4, [0, 3, 1])]:
        conv = Heads([3], [boxes], classes).logits[0]
        nn.init.normal_(conv.get_parameter("bias"))
        x = torch.rand(1, 3, 3, 3)
        wanted = flatten_predictions(conv(x), classes)[..., kept]
        got = answer(conv, classes, kept)(x)
        if got.shape[1] != boxes * len(kept):
            return f"{boxes} boxes and {len(kept)} classes: not {got.shape[1]} channels."
        if got.shape[2:] != x.shape[2:]:
            return "the grid must stay: mind the padding."
        gap = (flatten_predictions(got, len(kept)) - wanted).detach()
        if gap.abs().max() > 1e-5:
            gap = gap.unflatten(1, (-1, boxes))  # by cell: a bias is off by the same on all
            if torch.allclose(gap[:, 1:], gap[:, :-1], atol=1e-5):
                return "the weights are right, the biases are not."
            return "each box should keep its own logits of these classes, in this order."
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
