"""Checks of the exercises in the chapter on the backbone."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear

from ssd_lib.checks import check, hint
from ssd_lib.features import L2Norm


@check("a row of the matrix has channel 0's 3 x 2 numbers first, then channel 1's.")
def linear_as_conv(answer: Callable[[Tensor], Tensor]) -> str | None:
    """A function from Linear weights for 4 x 3 x 2 inputs to a convolution's."""
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(6, 4 * 3 * 2, generator=generator)
    x = torch.randn(5, 4, 3, 2, generator=generator)
    kernel = answer(weight)
    if kernel.shape != (6, 4, 3, 2):
        return f"the kernels should be [6, 4, 3, 2], got {list(kernel.shape)}."
    same = torch.allclose(conv2d(x, kernel).flatten(1), linear(x.flatten(1), weight), atol=1e-5)
    return None if same else "the shape is right, the order is not: channels come first."


@check("slices do it all: [::4] for the outputs, [::3] for rows and columns; the bias, too.")
def reduced_fc6(answer: Callable[[nn.Linear], nn.Conv2d]) -> str | None:
    """A function from a small fc6, 2 channels of 7 x 7 to 8, to its decimated convolution."""
    torch.manual_seed(2)
    dense = nn.Linear(2 * 7 * 7, 8)
    conv = answer(dense)
    if not isinstance(conv, nn.Conv2d):
        return f"an nn.Conv2d is wanted, got {type(conv).__name__}."
    if conv.weight.shape != (2, 2, 3, 3):
        return (
            f"8 outputs become 2, 7 x 7 becomes 3 x 3; the weights are {list(conv.weight.shape)}."
        )
    kept = dense.weight.detach().reshape(8, 2, 7, 7)[::4, :, ::3, ::3]
    if not torch.equal(conv.weight.detach(), kept):
        return "the shape is right; keep every fourth output, and rows and columns 0, 3 and 6."
    if conv.bias is None or not torch.equal(conv.bias.detach(), dense.bias.detach()[::4]):
        return "the weights are right, the bias is not."
    if conv.dilation != (6, 6):
        return (
            f"the weights are right; pool5 keeps its grid, so a dilation of {conv.dilation} is not."
        )
    if conv.padding != (6, 6):
        return "all but the padding: 19 x 19 cells should stay 19 x 19."
    return None


@check("halve a stride, and the same pixels lie twice as many cells apart: twice now.")
def dilation_of_fc6(answer: int) -> str | None:
    """The dilation that fc6 needed if pool4, too, had stride 1."""
    return hint(
        answer,
        12,
        (6, "6 goes with pool5's stride of 1; now the map is twice as fine again."),
        otherwise="every third tap was kept: 3 cells apart on the coarse map.",
    )


@check("the root of 0 has an infinite slope: add something tiny before you take it.")
def norm_of_channels(answer: Callable[[Tensor], Tensor]) -> str | None:
    """A function that scales each position of [B, C, H, W] to length 20, safely."""
    x = torch.randn(2, 5, 3, 4, generator=torch.Generator().manual_seed(0))
    wanted = L2Norm(5)(x)
    got = answer(x)
    if got.shape != x.shape:
        return f"the shape must stay {list(x.shape)}, got {list(got.shape)}."
    if not torch.allclose(got, wanted, atol=1e-4):
        return "each position's channels should have length 20 (sum over channels)."
    zero = torch.zeros(1, 5, 1, 1, requires_grad=True)
    answer(zero).sum().backward()
    if zero.grad is None or not zero.grad.isfinite().all():
        return "right, but at an all-zero position the gradient is not finite."
    return None


@check("the first is 512 / 8 and each next one half of it; the last comes from a kernel of 4.")
def grids_of_512(answer: Sequence[int]) -> str | None:
    """Cells along a side of SSD512's seven maps."""
    got = [int(grid) for grid in answer]
    if len(got) != 7:
        return f"SSD512 has seven maps, got {len(got)} numbers."
    wanted = [64, 32, 16, 8, 4, 2, 1]
    wrong = [name for name, a, b in zip("1234567", got, wanted, strict=True) if a != b]
    return f"map {wrong[0]} has another grid." if wrong else None
