"""What stands around a figure: its caption, and a close-up of the image that it shows."""

import html
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import resize

CLOSE_UP_PX = 600  # side of an enlarged part of an image
UNDER = "margin: 8px 0 0; padding: 0; text-align: left"  # a caption


class Shown(Protocol):
    """What a notebook shows by its own words, such as a picture or a chart."""

    def _repr_mimebundle_(self, **_kwargs: object) -> dict: ...


class Captioned:
    """A figure with a line under it that says what to notice.

    Args:
        figure: what is shown.
        words: the caption.
    """

    def __init__(self, figure: Shown, words: str) -> None:
        self.figure, self.words = figure, words

    def __repr__(self) -> str:
        return repr(self.figure)

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str | bytes]:
        bundle = self.figure._repr_mimebundle_()
        caption = f'<figcaption style="{UNDER}">{html.escape(self.words)}</figcaption>'
        page = f'<figure style="margin: 0; padding: 0">{bundle["text/html"]}{caption}</figure>'
        return bundle | {"text/html": page}


def close_up(image: Tensor, window: Sequence[float], boxes: Tensor) -> tuple[Tensor, Tensor]:
    """A part of an image, enlarged, and where boxes lie in it.

    Args:
        image: ``[3, H, W]``.
        window: left, top, right and bottom of the part, in fractions of the image.
        boxes: ``[N, 4]``, xyxy in fractions of the image.

    Returns:
        The part, square and enlarged, and the boxes in fractions of it.

    Example:
        >>> part, boxes = close_up(
        ...     torch.zeros(3, 60, 60), (0.5, 0.5, 1, 1), torch.tensor([[0.5, 0.5, 0.75, 1.0]])
        ... )
        >>> part.shape, boxes
        (torch.Size([3, 600, 600]), tensor([[0.0000, 0.0000, 0.5000, 1.0000]]))
    """
    height, width = image.shape[1:]
    left, top, right, bottom = window
    columns = slice(round(left * width), round(right * width))
    rows = slice(round(top * height), round(bottom * height))
    size = [CLOSE_UP_PX, CLOSE_UP_PX]
    part = resize(image[:, rows, columns], size, InterpolationMode.BICUBIC)
    corner = torch.tensor([columns.start, rows.start] * 2) / torch.tensor([width, height] * 2)
    sides = torch.tensor([columns.stop - columns.start, rows.stop - rows.start] * 2)
    return part, (boxes - corner) * torch.tensor([width, height] * 2) / sides
