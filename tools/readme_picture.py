"""Photograph the built chapter on boxes for the README, into .github/page.webp.

make book && python tools/readme_picture.py
"""

import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "_build/html/book/boxes.html"
PICTURE = ROOT / ".github/page.webp"


def photograph():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(PAGE.as_uri())
        page.locator("figure.ssd-widget").scroll_into_view_if_needed()
        page.locator("figure.ssd-mounted").wait_for()
        page.get_by_role("button", name="dog and cat").click()
        page.wait_for_timeout(500)  # the page scrolls smoothly
        page.evaluate(
            "document.querySelector('#play-with-it').scrollIntoView({ behavior: 'instant' })"
        )
        page.wait_for_timeout(500)
        png = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(png)).convert("RGB")


if __name__ == "__main__":
    photograph().save(PICTURE, quality=80, method=6)
    print(f"{PICTURE}: {PICTURE.stat().st_size} bytes")
