"""The head walk: from one cell's window, step by step, to rows of the joined tensor."""

from typing import ClassVar

import torch
import traitlets
from torch import Tensor

from ssd_lib.heads import Heads
from ssd_lib.widgets.base import BookWidget

CHANNELS, GRIDS, BOXES, CLASSES = 2, (4, 2), 2, 3


def _small_whole_numbers(shape: tuple[int, ...], low: int, seed: int) -> Tensor:
    """Whole numbers from low to low + 2, the same on every machine."""
    values, state = [], seed + 1
    for _ in range(torch.Size(shape).numel()):
        state = state * 48271 % 2147483647  # Park and Miller's generator
        values.append(state // 7 % 3 + low)
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def small_maps() -> list[Tensor]:
    """Two feature maps ``[1, 2, 4, 4]`` and ``[1, 2, 2, 2]`` of 0, 1 and 2."""
    shapes = [(1, CHANNELS, grid, grid) for grid in GRIDS]
    return [_small_whole_numbers(shape, 0, seed) for seed, shape in enumerate(shapes)]


def small_heads() -> Heads:
    """Heads for them, two boxes per cell and three classes, with weights -1, 0 and 1."""
    heads = Heads([CHANNELS] * len(GRIDS), [BOXES] * len(GRIDS), CLASSES)
    with torch.no_grad():
        for seed, (name, value) in enumerate(heads.named_parameters()):
            low = -1 if name.endswith("weight") else 0
            value.copy_(_small_whole_numbers(tuple(value.shape), low, seed))
    return heads


class HeadWalk(BookWidget):
    """A cell's window, its numbers, its rows; every number can be done by hand.

    Traits:
        step: 0 to 4: window, products, channels, rows, joined; -1: the whole way.
        feature_map, cell: which cell of which map.
        channel: which of the cell's output channels is computed.
    """

    module: ClassVar[str] = "head_walk"
    page_state: ClassVar[tuple[str, ...]] = (
        "maps",
        "weights",
        "biases",
        "boxes_per_cell",
        "num_classes",
        "step",
        "feature_map",
        "cell",
        "channel",
    )

    maps = traitlets.List().tag(sync=True)
    weights = traitlets.List().tag(sync=True)
    biases = traitlets.List().tag(sync=True)
    boxes_per_cell = traitlets.Int(BOXES).tag(sync=True)
    num_classes = traitlets.Int(CLASSES).tag(sync=True)
    step = traitlets.Int(-1, min=-1, max=4).tag(sync=True)
    feature_map = traitlets.Int(0).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [1, 2]).tag(sync=True)
    channel = traitlets.Int(0).tag(sync=True)

    @traitlets.default("maps")
    def _maps(self) -> list:
        return [_whole(x[0]) for x in small_maps()]

    @traitlets.default("weights")
    def _weights(self) -> list:
        return _of_both_heads("weight")

    @traitlets.default("biases")
    def _biases(self) -> list:
        return _of_both_heads("bias")

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "One cell of a small feature map, and its answer. Step by step: its 3 × 3 window "
            "meets a kernel, the products add up to one number, and fourteen such numbers "
            "make the rows of its two boxes. Press a number, and see it made."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """The rows of one cell of the joined tensors."""
        with torch.no_grad():
            offsets, logits = small_heads()(small_maps())
        row, column = self.cell
        first = (row * GRIDS[0] + column) * BOXES
        head = ["cell (row 1, column 2) of the 4 × 4 map", "row", "offsets", "logits"]
        return head, [
            [
                f"box {box}",
                f"{first + box}",
                _text(offsets[0, first + box]),
                _text(logits[0, first + box]),
            ]
            for box in range(BOXES)
        ]


def _of_both_heads(name: str) -> list:
    """A parameter's values for each map: the offset channels', then the logit channels'."""
    heads = small_heads()
    return [
        _whole(heads.get_parameter(f"offsets.{number}.{name}"))
        + _whole(heads.get_parameter(f"logits.{number}.{name}"))
        for number in range(len(GRIDS))
    ]


def _whole(values: Tensor) -> list:
    return values.detach().int().tolist()


def _text(values: Tensor) -> str:
    return ", ".join(f"{value:.0f}" for value in values.tolist())
