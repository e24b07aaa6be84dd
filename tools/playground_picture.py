"""Photograph what the playground's network finds after a run of the defaults.

make book && python tools/playground_picture.py

The picture is what a reader sees without JavaScript and on paper.
"""

import io
from pathlib import Path

from browser import launched
from PIL import Image

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "_build/html/book/playground.html"
PICTURE = ROOT / "data/playground.webp"
SIDE_PX, APART_PX, COLUMNS = 192, 8, 4
PAPER = (255, 255, 255)
SQUARE = ".ssd-playground .ssd-square-view { border-radius: 0 !important }"


def photographs():
    """The scenes with their boxes, and what is said of the run."""
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000}, device_scale_factor=2)
        page.goto(PAGE.as_uri())
        figure = page.locator("figure.ssd-mounted[data-widget=playground]")
        figure.locator("[data-line=about-scene]", has_text="Scene 1").wait_for()
        figure.locator(".ssd-run-bar .ssd-main").click()
        done = figure.locator("[data-line=notice]", has_text="Done in")
        done.wait_for(timeout=600_000)
        tiles = figure.locator(".ssd-small-scene .ssd-square-view").all()
        found = [Image.open(io.BytesIO(tile.screenshot(style=SQUARE))) for tile in tiles]
        said = figure.locator(".ssd-headline").inner_text()
    return found, said


def main():
    found, said = photographs()
    step, rows = SIDE_PX + APART_PX, -(-len(found) // COLUMNS)
    size = (COLUMNS * step - APART_PX, rows * step - APART_PX)
    sheet = Image.new("RGB", size, PAPER)
    for k, one in enumerate(found):
        scene = one.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
        sheet.paste(scene, (k % COLUMNS * step, k // COLUMNS * step))
    sheet.save(PICTURE, quality=55, method=6)
    print(" ".join(said.split()), PICTURE.stat().st_size, "bytes", sheet.size)


if __name__ == "__main__":
    main()
