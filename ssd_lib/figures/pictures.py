"""Images with boxes on them, in the page's colours: the image is a WebP inside an SVG."""

import base64
import html
import io
from collections.abc import Sequence
from typing import Protocol

from PIL import Image
from torch import Tensor

from ssd_lib.figures.style import FACE, colours

SIDE = 600  # of the drawing, in its own units
LETTERS = 19  # in the same units, where the drawing has one column
QUALITY = 82
GAP_PX = 14  # between pictures


class Frame(Protocol):
    """What stands in a sheet: a drawing, and what is written above it."""

    title: str
    svg: str


class Picture:
    """An image, the boxes on it and their names.

    A box is drawn in its colour over a halo, so that it is seen on any ground, and its
    name stands on that colour.

    Args:
        image: ``[3, H, W]``, uint8, or floats in 0 to 1.
        boxes: ``[N, 4]``, xyxy, in fractions of the image.
        names: to write at the boxes; none are written without.
        tokens: the boxes' colours, of ``tokens.css``; one for all, or one for each.
        alt: what is to be seen.
        title: above the image.
        dash: a dash pattern of SVG, such as ``"10 6"``; one for all, or one for each.
        letters: how large the names are, in units of which the image is 600 wide.
        weight: how wide the lines are, in the same units; one for all, or one for each.
        grid: how many cells of a map to draw along each side; 0 draws none.

    Raises:
        ValueError: if names, tokens, dashes or weights are not as many as boxes.
    """

    def __init__(
        self,
        image: Tensor,
        boxes: Tensor | None = None,
        names: Sequence[str] = (),
        tokens: Sequence[str] = ("ink",),
        *,
        alt: str,
        title: str = "",
        dash: str | Sequence[str] = "",
        letters: float = LETTERS,
        weight: float | Sequence[float] = 4,
        grid: int = 0,
    ) -> None:
        corners = [] if boxes is None else boxes.tolist()
        tokens = list(tokens) * len(corners) if len(tokens) == 1 else list(tokens)
        dashes = [dash] * len(corners) if isinstance(dash, str) else list(dash)
        weights = [weight] * len(corners) if isinstance(weight, float | int) else list(weight)
        given = {"names": names or corners, "tokens": tokens, "dash": dashes, "weight": weights}
        for kind, found in given.items():
            if len(found) != len(corners):
                raise ValueError(f"{kind} must be {len(corners)}, got {len(found)}")
        self.alt, self.title = alt, title
        self.names = list(names) or [""] * len(corners)
        self.boxes = corners
        scale = SIDE / image.shape[2]
        height = image.shape[1] * scale
        sides = [
            [v * side for v, side in zip(box, (SIDE, height) * 2, strict=True)] for box in corners
        ]
        drawn = _cells(grid, height) + "".join(
            _outline(*looks) for looks in zip(sides, tokens, dashes, weights, strict=True)
        )
        written = _names(sides, self.names, tokens, letters, height)
        label = html.escape(alt, quote=True)
        self.svg = (
            f'<svg role="img" aria-label="{label}" viewBox="0 0 {SIDE} {height:.0f}" '
            'style="width: 100%; height: auto; display: block; border-radius: 8px">'
            f'<image width="{SIDE}" height="{height:.0f}" href="{_address(image)}"/>'
            f'<g fill="none">{drawn}</g>{written}</svg>'
        )

    def __repr__(self) -> str:
        lines = [
            f"{name or 'box'} {' '.join(f'{v:.3f}' for v in box)}"
            for name, box in zip(self.names, self.boxes, strict=True)
        ]
        return "\n".join([*([self.title] if self.title else []), *lines]) or self.alt

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        return {"text/html": _grid([self], "1fr", 34), "text/plain": repr(self)}


class Sheet:
    """Pictures side by side, in fewer columns where the page is narrow.

    Args:
        pictures: row by row.
        columns: how many stand in a row if there is room.
        rem: how wide the whole is at most, in rem.
        least: how wide each picture is at least, in rem.
    """

    def __init__(
        self, pictures: Sequence[Frame], columns: int, rem: float = 62, least: float = 9
    ) -> None:
        self.pictures, self.columns, self.rem, self.least = list(pictures), columns, rem, least

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.pictures))

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        room = f"calc((100% - {GAP_PX * (self.columns - 1)}px) / {self.columns})"
        wanted = f"repeat(auto-fill, minmax(min(100%, max({self.least}rem, {room})), 1fr))"
        return {"text/html": _grid(self.pictures, wanted, self.rem), "text/plain": repr(self)}


def _grid(pictures: Sequence[Frame], columns: str, rem: float) -> str:
    parts = "".join(f"<div>{_title(picture.title)}{picture.svg}</div>" for picture in pictures)
    return (
        f'<div style="display: grid; grid-template-columns: {columns}; gap: {GAP_PX}px; '
        f'max-width: {rem}rem">{parts}</div>'
    )


def _title(text: str) -> str:
    style = f"font: 600 0.9375rem/1.4 {FACE}; color: var(--ssd-ink); margin: 0 0 4px"
    return f'<div style="{style}">{html.escape(text)}</div>' if text else ""


def _address(image: Tensor) -> str:
    """The image as a WebP inside an address."""
    pixels = image.detach().cpu()
    if pixels.is_floating_point():
        pixels = (255 * pixels.clamp(0, 1)).round().byte()
    file = io.BytesIO()
    Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(
        file, format="WEBP", quality=QUALITY, method=6
    )
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def _var(token: str) -> str:
    return f"var(--ssd-{token}, {colours()[token]})"


def _outline(box: Sequence[float], token: str, dash: str, weight: float) -> str:
    x1, y1, x2, y2 = box
    place = f'x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}"'
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<rect {place} stroke="{_var("on-box")}" stroke-width="{weight + 2.5:g}" opacity="0.85"/>'
        f'<rect {place} stroke="{_var(token)}" stroke-width="{weight:g}"{dashes}/>'
    )


def _cells(count: int, height: float) -> str:
    """The lines between a map's cells, light over dark, so that they are seen on any ground."""
    parts = [k / count for k in range(1, count)]
    path = "".join(
        f"M{part * SIDE:.1f} 0V{height:.0f}M0 {part * height:.1f}H{SIDE}" for part in parts
    )
    looks = (("ink", 2.2, 0.35), ("on-box", 1.1, 0.9))
    return "".join(
        f'<path d="{path}" stroke="{_var(token)}" stroke-width="{width}" opacity="{opacity}"/>'
        for token, width, opacity in looks
        if parts
    )


def _names(
    boxes: Sequence[Sequence[float]],
    names: Sequence[str],
    tokens: Sequence[str],
    letters: float,
    height: float,
) -> str:
    """Names on their boxes' colours, above the box if there is room, none over another."""
    taken: list[tuple[float, float, float, float]] = []
    parts = []
    for (x1, y1, x2, y2), name, token in zip(boxes, names, tokens, strict=True):
        if not name:
            continue
        high, wide = 1.45 * letters, (0.6 * len(name) + 0.8) * letters
        places = [
            (x, y)
            for y in (y1 - high, y1, y2 - high, y2)
            for x in (x1 - 2, x2 + 2 - wide)
            if 0 <= y <= height - high and 0 <= x <= SIDE - wide
        ]
        held = min(max(x1, 0), SIDE - wide), min(max(y1, 0), height - high)
        free = [p for p in places if not any(_meet(p, wide, high, other) for other in taken)]
        x, y = [*free, *places, held][0]
        taken.append((x, y, x + wide, y + high))
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="4" '
            f'fill="{_var(token)}"/><text x="{x + wide / 2:.1f}" y="{y + 0.73 * high:.1f}" '
            f'fill="{_var("on-box")}">{html.escape(name)}</text>'
        )
    style = f"font: 650 {letters:g}px {FACE}; text-anchor: middle"
    return f'<g style="{style}">{"".join(parts)}</g>' if parts else ""


def _meet(
    place: tuple[float, float], wide: float, high: float, other: tuple[float, float, float, float]
) -> bool:
    x, y = place
    return x < other[2] and other[0] < x + wide and y < other[3] and other[1] < y + high
