"""Photograph the live detector's first scene, and record what the network says of it.

make book && python tools/live_detector.py

The picture is what a reader sees before the network runs, without JavaScript and on paper.
"""

import io
import json
import re
from pathlib import Path

from browser import launched
from PIL import Image

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "_build/html/book/intro.html"
DATA = ROOT / "data"
SIDE_PX, RATIO = 800, 1.4  # of the picture; and pixels of the screen in one of the page
SQUARE = ".ssd-scene, .ssd-scene > * { border-radius: 0 !important }"
DETECTION = re.compile(r"(\w+) (\d\.\d\d)")


def photograph():
    """The scene with its boxes, and the name and score of each detection."""
    with launched() as browser:
        view = {"width": 1440, "height": 1000}
        page = browser.new_page(viewport=view, device_scale_factor=RATIO)
        page.goto(PAGE.as_uri())
        figure = page.locator("figure.ssd-mounted[data-widget=live_detector]")
        spoken = figure.locator(".ssd-live", has_text="Detections")
        spoken.wait_for(state="attached")
        png = figure.locator(".ssd-scene").screenshot(style=SQUARE)
        said = spoken.text_content()
    return Image.open(io.BytesIO(png)).convert("RGB"), said


def main():
    picture, said = photograph()
    picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS).save(
        DATA / "live_detector.webp", quality=72, method=6
    )
    found = [[name, float(score)] for name, score in DETECTION.findall(said)]
    record = {"command": ["make book", "python tools/live_detector.py"], "detections": found}
    lines = (f' "{name}": {json.dumps(value)}' for name, value in record.items())
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (DATA / "live_detector.json").write_text(text, encoding="utf-8")
    print(said, (DATA / "live_detector.webp").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
