"""Draw the pictures that links to the book's pages are shown with.

python tools/cards.py             writes book/_static/cards/NAME.jpg, one a chapter

A card has the chapter's title, its sentence, and a picture of its page, as the built book
shows it: the first one, unless a later one says more.
"""

import html
import sys
from pathlib import Path

import browser
from serving import serving

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build/html"
CARDS = ROOT / "book/_static/cards"
sys.path.insert(0, str(ROOT / "book/_ext"))
import road  # noqa: E402
import sharing  # noqa: E402

WIDE, HIGH = sharing.CARD_PX
LATER = {"features": 1, "beyond": 2, "loss": 3, "matching": 3, "train": 1}  # pictures before it
PICTURE = "article :is(.ssd-still, .ssd-frame, .cell_output svg, .cell_output img)"
CARD = """<!DOCTYPE html><html data-theme="light"><head>
<link rel="stylesheet" href="../_static/site.css"><style>
body {{ margin: 0; width: {wide}px; height: {high}px; display: grid; align-items: center;
  grid-template-columns: 520px 540px; gap: 50px; padding-left: 60px; box-sizing: border-box;
  background: var(--ssd-paper); overflow: hidden; }}
h1 {{ font: 640 64px/1.05 var(--ssd-face-text); letter-spacing: -0.02em; margin: 0 0 24px; }}
p {{ font: 400 29px/1.4 var(--ssd-face-text); color: var(--ssd-soft); margin: 0; text-wrap: balance; }}
p.of {{ font: 600 21px/1 var(--ssd-face-ui); color: var(--ssd-accent); margin: 0 0 26px; }}
img {{ width: 540px; max-height: 540px; object-fit: contain; margin: auto; border-radius: 12px; }}
</style></head><body><div><p class="of">{of}</p><h1>{title}</h1><p>{about}</p></div>
<img src="{picture}" alt=""></body></html>"""


def picture_of(context, address, stem):
    """A picture of a page that is large enough, and the page's title."""
    page = context.new_page()
    page.goto(f"{address}book/{stem}.html")
    page.wait_for_load_state("networkidle")
    title = page.locator("article h1").evaluate("(one) => one.firstChild.textContent")
    found, left = page.locator(PICTURE), LATER.get(stem, 0)
    for number in range(found.count()):
        one = found.nth(number)
        one.scroll_into_view_if_needed()
        size = one.bounding_box()
        if not size or size["width"] <= 280 or not 200 < size["height"] < 1.6 * size["width"]:
            continue
        if left == 0:
            return title, one.screenshot(style=".bd-header-article { visibility: hidden }")
        left -= 1
    sys.exit(f"{stem} must have a picture of some size, got none")


def draw(context, address, stem, title, about, picture):
    """Take the picture of a card, in which the page's picture stands."""
    page = context.new_page()
    page.set_viewport_size({"width": WIDE, "height": HIGH})
    page.route("**/picture.png", lambda route: route.fulfill(body=picture))
    told = {"of": "SSD, number by number" if stem != "intro" else "An interactive book"}
    told |= {"title": title, "about": about}
    told = {name: html.escape(text) for name, text in told.items()}
    text = CARD.format(wide=WIDE, high=HIGH, picture="picture.png", **told)
    page.route("**/card.html", lambda route: route.fulfill(body=text, content_type="text/html"))
    page.goto(f"{address}book/card.html")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=CARDS / f"{stem}.jpg", type="jpeg", quality=82, scale="css")


def main():
    CARDS.mkdir(exist_ok=True)
    about = {Path(name).name: text for name, text in road.SENTENCES.items()}
    about["intro"] = sharing.ABOUT.split(". ")[0] + "."
    with serving(HTML) as address, browser.launched() as chromium:
        for stem, text in about.items():
            size = {"width": 1100, "height": 1000}
            with chromium.new_context(viewport=size, device_scale_factor=2) as context:
                title, picture = picture_of(context, address, stem)
                draw(context, address, stem, title, text, picture)
    print(f"{len(about)} cards in {CARDS}")


if __name__ == "__main__":
    main()
