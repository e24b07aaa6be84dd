"""Receptive fields: the pixels of the image that one cell of a feature map can see.

What is computed here is the theoretical field, all pixels that can change a cell's
value. Most of them hardly do: many paths lead to a cell from the middle of its field and
few from the rim, so the effective field is smaller. It depends on the weights, and is
measured, not computed.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from torch import nn

HEAD_KERNEL = 3


class ReceptiveField(NamedTuple):
    """The square that a cell can see, and how it moves from cell to cell.

    Attributes:
        size_px: side of the square.
        step_px: from one cell's square to the next one's.
        centre_px: where the middle of cell 0's square lies, along one side; the
            image begins at 0, and its first pixel ends at 1.
    """

    size_px: int
    step_px: int
    centre_px: float

    def box_px(self, row: int, column: int) -> tuple[float, float, float, float]:
        """The square of one cell, xyxy in pixels; what is beyond the image is padding.

        Example:
            >>> ReceptiveField(size_px=108, step_px=8, centre_px=4).box_px(0, 10)
            (30.0, -50.0, 138.0, 58.0)
        """
        x = self.centre_px + column * self.step_px
        y = self.centre_px + row * self.step_px
        half = self.size_px / 2
        return x - half, y - half, x + half, y + half


def receptive_fields(
    stages: Sequence[nn.Module], head_kernel: int = HEAD_KERNEL
) -> list[ReceptiveField]:
    r"""The receptive field of each map's cells, the head's own window included.

    A layer with kernel k, dilation d and padding p takes k cells that stand d apart.
    With cells that are :math:`step` pixels apart before the layer,

    .. math::
        \begin{aligned}
        size' &= size + (k - 1)\, d\, step \\
        centre' &= centre + \left(\frac{(k - 1)\, d}{2} - p\right) step \\
        step' &= step \cdot stride
        \end{aligned}

    Args:
        stages: the layers up to the first map, from there to the second, and so on:
            the ``stages`` of our feature modules. Square convolutions and poolings
            count; all other layers see one cell.
        head_kernel: side of the head's kernel, which is padded to keep the map's
            size; 1 leaves the head out.

    Returns:
        One for each stage.

    References:
        Luo et al. 2016, Understanding the Effective Receptive Field in Deep
        Convolutional Neural Networks: why the effective field is smaller.

    Example:
        >>> stage = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.MaxPool2d(2))
        >>> receptive_fields([stage], head_kernel=1)
        [ReceptiveField(size_px=4, step_px=2, centre_px=1.0)]
    """
    size, step, centre = 1, 1, 0.5
    fields = []
    for stage in stages:
        for kernel, stride, padding, dilation in _windows(stage):
            window = (kernel - 1) * dilation  # from its first cell to its last
            size += window * step
            centre += (window / 2 - padding) * step
            step *= stride
        seen = size + (head_kernel - 1) * step
        fields.append(ReceptiveField(seen, step, centre))
    return fields


def _windows(stage: nn.Module) -> Iterator[tuple[int, int, int, int]]:
    """Kernel, stride, padding and dilation of the layers that look around."""
    for layer in stage.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            yield (
                _side(layer.kernel_size),
                _side(layer.stride),
                _side(layer.padding),
                _side(layer.dilation),
            )


def _side(number: int | str | tuple[int, ...]) -> int:
    """A setting of a layer along one side; a square layer has it once or twice."""
    if isinstance(number, str):
        raise ValueError(f"padding must be a number, got {number!r}")
    return number if isinstance(number, int) else number[0]
