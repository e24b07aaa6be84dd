"""Heads: from feature maps to offsets and logits, one row per default box."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn


def caffe_xavier_(module: nn.Module) -> None:
    r"""Initialise a convolution as Caffe's "xavier" filler does; its bias is 0.

    .. math:: W \sim U\left(-\sqrt{3 / fan_{in}}, \sqrt{3 / fan_{in}}\right)

    :func:`torch.nn.init.xavier_uniform_` is another distribution: it averages the
    numbers of inputs and outputs. Modules other than convolutions are left alone.
    """
    if isinstance(module, nn.Conv2d):
        fan_in = module.weight[0].numel()
        nn.init.uniform_(module.weight, -math.sqrt(3 / fan_in), math.sqrt(3 / fan_in))
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def init_background_bias_(heads: "Heads", prior: float = 0.01) -> None:
    r"""Let untrained heads say "background" everywhere, which is nearly always right.

    .. math:: b_0 = \log \frac{(1 - \pi)(C - 1)}{\pi}

    is the bias of each background logit: with all other logits at 0 the softmax then
    gives all objects together the score :math:`\pi`. The focal loss needs it: its first
    steps would otherwise be the sum over all of the background.

    Args:
        heads: their biases are changed.
        prior: the score of "some object"; between 0 and 1.

    References:
        Lin et al. 2017, "Focal Loss for Dense Object Detection", section 4.1,
        "Initialization", for sigmoids.
    """
    if not 0 < prior < 1:
        raise ValueError(f"prior must be between 0 and 1, got {prior}")
    others = heads.num_classes - 1
    for head in heads.logits:
        bias = head.get_parameter("bias").data  # [A * C]
        bias = bias.unflatten(0, (-1, heads.num_classes))  # [k, C], a view
        bias[:, 0] = math.log((1 - prior) * others / prior)


class Heads(nn.Module):
    """Two 3x3 convolutions on each feature map: one for offsets, one for logits.

    Args:
        in_channels: channels of each map.
        boxes_per_cell: k, default boxes per cell, of each map.
        num_classes: C, background included.

    Raises:
        ValueError: if there are not as many numbers of boxes as maps, or fewer than
            two classes.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        boxes_per_cell: Sequence[int],
        num_classes: int,
    ) -> None:
        super().__init__()
        if len(in_channels) != len(boxes_per_cell):
            raise ValueError(
                f"boxes_per_cell must have one entry per map ({len(in_channels)}), "
                f"got {len(boxes_per_cell)}"
            )
        if num_classes < 2:
            raise ValueError(
                f"num_classes must be at least 2 (background counts), got {num_classes}"
            )
        self.num_classes = num_classes
        pairs = list(zip(in_channels, boxes_per_cell, strict=True))
        self.offsets = nn.ModuleList(
            nn.Conv2d(channels, k * 4, 3, padding=1) for channels, k in pairs
        )
        self.logits = nn.ModuleList(
            nn.Conv2d(channels, k * num_classes, 3, padding=1) for channels, k in pairs
        )
        self.apply(caffe_xavier_)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Offsets ``[B, P, 4]`` and logits ``[B, P, C]``, in default-box order.

        Args:
            maps: ``[B, channels, H, W]`` each, finest first.
        """
        offsets = [
            flatten_predictions(head(x), 4) for head, x in zip(self.offsets, maps, strict=True)
        ]
        logits = [
            flatten_predictions(head(x), self.num_classes)
            for head, x in zip(self.logits, maps, strict=True)
        ]
        return torch.cat(offsets, dim=1), torch.cat(logits, dim=1)


def flatten_predictions(output: Tensor, width: int) -> Tensor:
    """The numbers of each default box in a row: cell by cell, in a cell box by box.

    Args:
        output: ``[B, A * width, H, W]``, of one head.
        width: numbers that belong to one box.

    Returns:
        ``[B, H * W * A, width]``.

    Example:
        >>> flatten_predictions(torch.arange(8.0).reshape(1, 4, 1, 2), 2)
        tensor([[[0., 2.],
                 [4., 6.],
                 [1., 3.],
                 [5., 7.]]])
    """
    by_cell = output.permute(0, 2, 3, 1)  # [B, H, W, A * width]
    by_box = by_cell.unflatten(3, (-1, width))  # [B, H, W, A, width]
    return by_box.flatten(1, 3)  # [B, H * W * A, width]
