"""What comes late keeps its place, so that no text moves under a reader.

Pictures say their size, and load when they come near the screen; the first one of a page
loads at once. Widgets say how tall they will be on a phone, in the middle and on a wide
screen, as ``tools/looks.py --reserve`` has measured them (``heights.json``).
"""

import itertools
import json
import re
from pathlib import Path

import imagesize

HEIGHTS = Path(__file__).with_name("heights.json")
LOOKS = ("on-phone", "in-middle", "when-wide")
PICTURE = re.compile(r'<img (?=[^>]*src="([^":]*_images/[^"]+)")(?![^>]*\b(?:height|loading)=)')
STATE = re.compile(r'[^>]*data-widget="\w+" data-state="[^"]*&quot;picture&quot;: &quot;([\w.]+)')
WIDGET = re.compile(r'<figure class="ssd-widget"( style="[^"]*")?')


def keep(page: str, file: Path) -> str:
    """The text of a page in which pictures and widgets keep their places.

    Args:
        page: the page's HTML.
        file: where it lies, beside which its pictures are found.
    """
    heights = json.loads(HEIGHTS.read_text(encoding="utf-8")).get(file.stem, [])
    numbers, widgets = itertools.count(), iter(heights)

    def sized(match: re.Match) -> str:
        width, height = imagesize.get(file.parent / match[1])
        lazy = 'loading="lazy" ' if next(numbers) else ""
        return f'<img width="{width}" height="{height}" decoding="async" {lazy}'

    def reserved(match: re.Match) -> str:
        tall = next(widgets, ())
        style = ";".join(f"--ssd-tall-{look}:{px}px" for look, px in zip(LOOKS, tall, strict=False))
        figure = '<figure class="ssd-widget"' + (f' style="{style}"' if style else "")
        early = asked_for_early(match)
        return figure if match.string[: match.start()].endswith(early) else early + figure

    return WIDGET.sub(reserved, PICTURE.sub(sized, page))


def asked_for_early(figure: re.Match) -> str:
    """A link that fetches a widget's picture at once, if it opens the page."""
    page, start = figure.string, figure.start()
    found = STATE.match(page, figure.end())
    if not found or "<h2" in page[page.find("<article") : start]:
        return ""
    return (
        f'<link rel="preload" as="image" href="../_static/pictures/{found[1]}" '
        'fetchpriority="high">'
    )
