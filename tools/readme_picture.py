"""Photograph the built chapter on boxes for the README, into .github/page.webp.

make book && python tools/readme_picture.py
"""

import io
from pathlib import Path

from browser import launched
from PIL import Image

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "_build/html/book/boxes.html"
PICTURE = ROOT / ".github/page.webp"


def photograph():
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(PAGE.as_uri())
        page.locator("figure[data-widget=iou_playground]").scroll_into_view_if_needed()
        page.locator("figure.ssd-mounted[data-widget=iou_playground]").wait_for()
        page.get_by_role("button", name="dog and cat").click()
        page.wait_for_timeout(500)  # the page scrolls smoothly
        page.evaluate(
            "document.querySelector('#play-with-it').scrollIntoView({ behavior: 'instant' })"
        )
        page.wait_for_timeout(500)
        png = page.screenshot()
    return Image.open(io.BytesIO(png)).convert("RGB")


if __name__ == "__main__":
    photograph().save(PICTURE, quality=80, method=6)
    print(f"{PICTURE}: {PICTURE.stat().st_size} bytes")
