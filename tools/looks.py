"""Look at every page of the built book, and measure it.

python tools/looks.py              pictures in screenshots/, and a table by chapter
python tools/looks.py --reserve    measures how tall the widgets are, for the pages to
                                   keep that much room free until they are alive
"""

import argparse
import json
from pathlib import Path

import browser
from serving import serving

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build/html"
SHOTS = ROOT / "screenshots"
HEIGHTS = ROOT / "book/_ext/heights.json"
WIDTHS = (320, 390, 768, 1200, 1280, 1440)  # where nothing may stick out of the page
RESERVED = (390, 1200, 1440)  # for phones, what lies between, and wide screens
LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
PHONE = 600  # narrower ones are held in a hand
HIGH = {390: 844, 768: 1024}
MOUNT = """async () => {
    const widgets = [...document.querySelectorAll("figure.ssd-widget")];
    for (const widget of widgets) {
        widget.scrollIntoView({ behavior: "instant" });
        while (!widget.matches(".ssd-mounted")) await new Promise((go) => setTimeout(go, 20));
    }
    await document.fonts.ready;
    scrollTo({ top: 0, behavior: "instant" });
}"""
SETTLED = "new Promise((go) => requestAnimationFrame(() => setTimeout(go, 60)))"
MEASURE = """() => {
    const shown = (one) => one.checkVisibility() && one.getBoundingClientRect().height > 0;
    const spans = (selector) => [...document.querySelectorAll(selector)].filter(shown)
        .map((one) => one.getBoundingClientRect())
        .map(({ top, bottom }) => [top + scrollY, bottom + scrollY]);
    const article = document.querySelector("article").getBoundingClientRect();
    const printed = [...document.querySelectorAll(".cell_output .output.stream")].filter(shown);
    return {
        tall: article.height,
        code: spans("article .cell_input"),
        pictures: spans("article :is(figure, svg[role=img], img)"),
        lines: printed.map((one) => one.textContent.trim().split("\\n").length),
        beyond: document.documentElement.scrollWidth - innerWidth,
        widgets: [...document.querySelectorAll("figure.ssd-widget")].map((one) => ({
            name: one.dataset.widget,
            tall: Math.round(one.getBoundingClientRect().height),
            image: Math.round(Math.max(0, ...[...one.querySelectorAll("img, canvas")]
                .map((image) => image.getBoundingClientRect().width))),
        })),
    };
}"""


def covered(spans):
    """How many pixels of height some spans, as (top, bottom), cover together."""
    total, reached = 0, float("-inf")
    for top, bottom in sorted(spans):
        total += max(0, bottom - max(top, reached))
        reached = max(reached, bottom)
    return total


def summary(name, by_width):
    """A chapter's line of the table, from what was measured at each width.

    Returns:
        The chapter; the share of its height that is code, in percent; where its first
        picture begins; printed columns of six lines or more; widths at which something
        sticks out.
    """
    wide = by_width[1440]
    first = min((top for top, _ in wide["pictures"]), default=None)
    return (
        name,
        round(100 * covered(wide["code"]) / wide["tall"]),
        "-" if first is None else round(first),
        sum(lines >= 6 for lines in wide["lines"]),
        " ".join(str(width) for width in by_width if by_width[width]["beyond"] > 0) or "none",
    )


def widget_rows(name, by_width):
    """Of each widget of a chapter: height at 1440, 1200 and 390, and widths of its image."""
    ordered = [by_width[width]["widgets"] for width in reversed(RESERVED)]
    return [
        (name, same[0]["name"], *(f"{one['tall']} ({one['image']})" for one in same))
        for same in zip(*ordered, strict=True)
    ]


def table(head, rows):
    """Columns of text, each as wide as what is in it."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, wide)).rstrip() for line in lines)


def open_page(context, address, name):
    page = context.new_page()
    page.goto(f"{address}book/{name}.html")
    page.locator("html[data-started]").wait_for(state="attached")
    page.evaluate(MOUNT)
    page.wait_for_load_state("networkidle")
    return page


def measured(chromium, address, name, widths):
    """What a page is like at each of some widths: on phones, and on desks."""
    found = {}
    phones, desks = [w for w in widths if w < PHONE], [w for w in widths if w >= PHONE]
    for group in filter(None, (phones, desks)):
        with look(chromium, group[0]) as context:
            page = open_page(context, address, name)
            for width in group:
                page.set_viewport_size({"width": width, "height": HIGH.get(width, 900)})
                page.evaluate(SETTLED)
                found[width] = page.evaluate(MEASURE)
    return found


def look(chromium, width, scheme="light"):
    """A browser's context of a width; a narrow one is a phone's."""
    is_phone = width < PHONE
    return chromium.new_context(
        viewport={"width": width, "height": HIGH.get(width, 900)},
        color_scheme=scheme,
        reduced_motion="reduce",
        is_mobile=is_phone,
        has_touch=is_phone,
    )


def shoot(chromium, address, name):
    """The top of a page and each of its widgets, in every look."""
    for width, scheme in [*LOOKS, (1200, "light")]:
        with look(chromium, width, scheme) as context:
            page = open_page(context, address, name)
            page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png")
            if (width, scheme) not in LOOKS:
                continue
            widgets = page.locator("figure.ssd-widget")
            for number in range(widgets.count()):
                widget = widgets.nth(number)
                file = f"{name}-{number + 1}-{widget.get_attribute('data-widget')}"
                widget.screenshot(path=SHOTS / f"{file}-{width}-{scheme}.png")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="*", help="names of pages, such as boxes; all, if none")
    parser.add_argument("--reserve", action="store_true", help="write heights.json")
    options = parser.parse_args()
    names = options.pages or sorted(page.stem for page in (HTML / "book").glob("*.html"))
    SHOTS.mkdir(exist_ok=True)
    with serving(HTML) as address, browser.launched() as chromium:
        widths = RESERVED if options.reserve else WIDTHS
        found = {name: measured(chromium, address, name, widths) for name in names}
        if not options.reserve:
            for name in names:
                shoot(chromium, address, name)
    if options.reserve:
        reserve(found)
        return
    chapters = [summary(*item) for item in found.items()]
    print(table(("page", "code %", "first picture", "printed", "too wide at"), chapters))
    rows = [row for item in found.items() for row in widget_rows(*item)]
    heads = (f"height (image) at {width}" for width in reversed(RESERVED))
    print("\n" + table(("page", "widget", *heads), rows))
    print(f"\nThe pictures are in {SHOTS}")


def reserve(found):
    """Write the widgets' heights into the file from which pages keep their places."""
    known = json.loads(HEIGHTS.read_text(encoding="utf-8"))
    for name, by_width in found.items():
        tall = [[one["tall"] for one in by_width[width]["widgets"]] for width in RESERVED]
        known[name] = [list(same) for same in zip(*tall, strict=True)]
    lines = [f'  "{name}": {json.dumps(known[name])}' for name in sorted(known) if known[name]]
    HEIGHTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
