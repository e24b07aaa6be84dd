"""The network as a figure, drawn from the model itself: layers, shapes, heads."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from IPython.display import HTML
from torch import Tensor, nn

from ssd_lib.features import L2Norm
from ssd_lib.model import SSD

WIDTH, LINE, GAP = 360, 16, 16  # of the drawing, its text lines, and between rows
BAR_MIDDLE, TEXT_LEFT, HEAD_LEFT = 52, 112, 258
HEAD_MIDDLE = (HEAD_LEFT + WIDTH - 2) / 2
_Layer = nn.Conv2d | nn.MaxPool2d  # those that make a row


class Row(NamedTuple):
    """One row of the figure: some layers, and what comes out of the last one."""

    layers: tuple[str, ...]
    shape: tuple[int, int, int]  # channels, height, width
    name: str = ""  # of the feature map, where a head reads it
    head: tuple[str, ...] = ()


@runtime_checkable
class Staged(Protocol):
    """Features whose layers come in stages, one per map."""

    @property
    def map_names(self) -> Sequence[str]:
        """What the maps are called."""
        ...

    @property
    def stages(self) -> Sequence[nn.Module]:
        """The layers up to the first map, from there to the second, and so on."""
        ...


def architecture(model: SSD) -> HTML:
    """An SSD from the image to its rows, as an SVG to be read from top to bottom.

    Args:
        model: its features must have ``stages`` and ``map_names``. Shapes alone are run
            through it; its weights do not matter.

    Returns:
        For a notebook to display. Its text is text, it says all of it once more in a
        description for screen readers, and it takes the colour of the page.

    Raises:
        TypeError: if the features have no stages.
    """
    side = model.layout.image_px
    rows = [Row(("image",), (3, side, side)), *_rows(model)]
    drawn, lines, y, joined = [], [], 4, 0.0
    for row in rows:
        middle = y + _height(row) / 2
        drawn.append(_draw(row, y, row is rows[0], side))
        if row.head:
            drawn.append(_head(row.head, middle, joined))
            joined = middle + LINE + 3
        y += _height(row) + GAP
        lines.append(_say(row))
    last = f"{model.layout.num_boxes} rows of 4 offsets and {model.heads.num_classes} logits"
    drawn.append(_arrow(HEAD_MIDDLE, joined, y - 8))
    drawn.append(_text(WIDTH - 4, y + 6, last, "end", bold=True))
    title = f"The layers of an SSD for {side} pixels"
    return HTML(
        f'<svg viewBox="0 0 {WIDTH} {y + 14}" role="img" xmlns="http://www.w3.org/2000/svg"'
        ' style="width: 100%; max-width: 32rem; display: block; font: 12px var(--ssd-face-ui, sans-serif)"'
        f' fill="currentColor"><title>{escape(title)}</title>'
        f"<desc>{escape(' '.join([*lines, last + '.']))}</desc>\n" + "\n".join(drawn) + "\n</svg>"
    )


def _rows(model: SSD) -> Iterator[Row]:
    """The layers of all stages, a row for each change of size, and their heads."""
    features = model.features
    if not (isinstance(features, nn.Module) and isinstance(features, Staged)):
        raise TypeError(f"model must have features in stages, got {type(features).__name__}")
    shapes, classes = _shapes(features, model.layout.image_px), model.heads.num_classes
    normed = any(isinstance(layer, L2Norm) for layer in features.modules())
    maps = zip(features.map_names, model.layout.maps, strict=True)
    for stage, (name, table) in zip(features.stages, maps, strict=True):
        *groups, group = _groups(stage)
        for before in groups:
            yield Row(_layers(before), shapes[before[-1]])
        head = f"{table.boxes_per_cell} × (4 + {classes})", f"{table.num_boxes} boxes"
        layers = _layers(group)
        if normed and stage is features.stages[0]:
            layers += ("for the heads: L2 norm",)
        yield Row(layers, shapes[group[-1]], name, head)


def _shapes(features: nn.Module, side: int) -> dict[nn.Module, tuple[int, int, int]]:
    """What comes out of each convolution and pooling, found without numbers."""
    shapes: dict[nn.Module, tuple[int, int, int]] = {}

    def note(layer: nn.Module, _inputs: tuple, output: Tensor) -> None:
        _, channels, height, width = output.shape
        shapes[layer] = channels, height, width

    hooks = [
        layer.register_forward_hook(note)
        for layer in features.modules()
        if isinstance(layer, _Layer)
    ]
    state = [*features.named_parameters(), *features.named_buffers()]
    empty = {name: torch.empty_like(value, device="meta") for name, value in state}
    images = torch.empty(2, 3, side, side, device="meta")
    torch.func.functional_call(features, empty, images)
    for hook in hooks:
        hook.remove()
    return shapes


def _groups(stage: nn.Module) -> Iterator[list[_Layer]]:
    """Layers that make one row: a new one begins where the map shrinks."""
    group: list[_Layer] = []
    for layer in stage.modules():
        if not isinstance(layer, _Layer):
            continue
        pool = isinstance(layer, nn.MaxPool2d)
        squeezed = bool(group) and group[-1].kernel_size == (1, 1)
        shrinks = not pool and layer.stride != (1, 1) and not squeezed
        if group and (pool or shrinks):
            yield group
            group = []
        group.append(layer)
    yield group


def _layers(group: list[_Layer]) -> tuple[str, ...]:
    """A line for each kind of layer; equal ones in a row are counted."""
    alike = [(words, len(list(same))) for words, same in groupby(map(_words, group))]
    return tuple(f"{n} × {words}" if n > 1 else words for words, n in alike)


def _words(layer: _Layer) -> str:
    numbers = (layer.kernel_size, layer.stride, layer.dilation)
    kernel, stride, dilation = (n if isinstance(n, int) else n[0] for n in numbers)
    kind = "max pool" if isinstance(layer, nn.MaxPool2d) else "conv"
    words = f"{kind} {kernel} × {kernel}"
    words += f", stride {stride}" if stride > 1 else ""
    return words + (f", dilation {dilation}" if dilation > 1 else "")


def _height(row: Row) -> int:
    return LINE * (len(row.layers) + 1) + 4


def _draw(row: Row, y: int, first: bool, image_px: int) -> str:
    """One row: a bar as wide as the square root of the map, its text, its head."""
    channels, height, width = row.shape
    bar, tall = 96 * (width / image_px) ** 0.5, _height(row)
    shape = f"{height} × {width} × {channels}"
    parts = [
        f'<rect x="{BAR_MIDDLE - bar / 2:.1f}" y="{y}" width="{bar:.1f}" height="{tall}"'
        f' rx="2" stroke="currentColor" fill-opacity="{0.45 if row.name else 0.12}"/>'
    ]
    if not first:
        parts.append(_arrow(BAR_MIDDLE, y - GAP + 1, y - 2))
    for i, line in enumerate(row.layers):
        parts.append(_text(TEXT_LEFT, y + 13 + LINE * i, line))
    bottom = y + 13 + LINE * len(row.layers)
    label = f"{row.name}: {shape}" if row.name else shape
    parts.append(_text(TEXT_LEFT, bottom, label, bold=bool(row.name)))
    return "".join(parts)


def _head(lines: tuple[str, ...], middle: float, joined: float) -> str:
    """The channels and boxes of a map's heads, under those of the map before.

    Where those end is ``joined``; 0 if these are the first.
    """
    top = middle - LINE - 3
    if joined:
        above = f'<path d="M{HEAD_MIDDLE} {joined}V{top}" stroke="currentColor"/>'
    else:
        above = _text(HEAD_MIDDLE, top - 8, "heads, 3 × 3", "middle", bold=True)
    box = (
        f'<rect x="{HEAD_LEFT}" y="{top}" width="{WIDTH - HEAD_LEFT - 2}"'
        f' height="{2 * LINE + 6}" rx="6" fill="none" stroke="currentColor"/>'
    )
    texts = (
        _text(HEAD_MIDDLE, top + 15 + LINE * i, line, "middle") for i, line in enumerate(lines)
    )
    return above + box + "".join(texts)


def _arrow(x: float, top: float, bottom: float) -> str:
    path = f"M{x} {top}V{bottom}m-4 -4l4 4l4 -4"
    return f'<path d="{path}" fill="none" stroke="currentColor"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'


def _say(row: Row) -> str:
    channels, height, width = row.shape
    said = f"{', then '.join(row.layers)}: {height} by {width} by {channels}"
    if row.head:
        said += f", the map {row.name}; its heads have {row.head[0]} channels for {row.head[1]}"
    return said + "."
