"""Links land where they lead, and nothing moves while widgets come to life."""

import pytest
from test_pages import ROAD, TEXTS
from watching import Watched

# Waits for the widgets above a place, and says how far from the window's top it lies
# then, but for the room that is left there on purpose. At the page's end it only has
# to be seen.
OFF = """async (id) => {
    const place = document.getElementById(id);
    const frame = () => new Promise((go) => requestAnimationFrame(go));
    const above = [...document.querySelectorAll("figure.ssd-widget")].filter((figure) =>
        figure.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING);
    await document.fonts.ready;
    while (!above.every((figure) => figure.matches(".ssd-mounted"))) await frame();
    for (let k = 0; k < 8; k += 1) await frame();
    const root = document.documentElement, { top } = place.getBoundingClientRect();
    const isEnd = root.scrollHeight - root.clientHeight - scrollY < 2;
    if (isEnd && top >= 0 && top < innerHeight) return 0;
    return Math.round(top - parseFloat(getComputedStyle(root).scrollPaddingTop)
        - parseFloat(getComputedStyle(place).scrollMarginTop));
}"""
SECTIONS = "all => all.map(one => one.id)"
NEAR_PX = 8


# Every shift of what is on the screen that no click has caused, with what has moved.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
        if (hadRecentInput) continue;
        shifts.push([value, sources.map(({ node }) => (node?.outerHTML ?? "").slice(0, 80))]);
    }
}).observe({ type: "layout-shift", buffered: true });
"""


def visits():
    """Half of the chapters, wide and as on a phone by turns; `make test-all` has all in both."""
    for turn, path in enumerate(TEXTS):
        for width in (1440, 390):
            is_usual = path in ROAD and turn % 4 == (0 if width == 1440 else 2)
            yield pytest.param(width, path, marks=[] if is_usual else [pytest.mark.full])


EVERYWHERE = pytest.mark.parametrize(("page", "path"), list(visits()), indirect=["page"])


@pytest.fixture(scope="module")
def page(request, browser, http_address):
    """A page of a reader with a mouse or a phone; it visits one place after another."""
    size = {"width": request.param, "height": 844}
    with browser.new_context(viewport=size) as context:
        watched = Watched(context, http_address)
        watched.page.add_init_script(WATCH_SHIFTS)
        yield watched


def missed(found):
    return {place: off for place, off in found.items() if abs(off) > NEAR_PX}


@EVERYWHERE
def test_an_address_with_a_section_lands_there(page, path):
    ids = page.open(path).locator("article section[id]").evaluate_all(SECTIONS)
    some = dict.fromkeys(ids[len(ids) * k // 4] for k in (1, 2, 3))
    found = {}
    for name in some:
        page.open("search.html")  # a change of the hash alone would load nothing
        found[name] = page.open(f"{path}#{name}").evaluate(OFF, name)
    assert missed(found) == {}


@EVERYWHERE
def test_every_entry_of_the_contents_lands(page, path):
    opened = page.open(path)
    links = opened.locator(".bd-toc-nav a.nav-link[href^='#']")
    names = links.evaluate_all("all => all.map(one => one.hash.slice(1)).filter(Boolean)")
    found = {}
    for name in names[::-1]:  # the last one first, while most widgets sleep
        opened.evaluate(
            "(id) => document.querySelector(`.bd-toc-nav a[href='#${id}']`).click()", name
        )
        found[name] = opened.evaluate(OFF, name)
    assert missed(found) == {}


@EVERYWHERE
def test_nothing_moves_while_a_chapter_loads(page, path):
    opened = page.open(path)
    opened.wait_for_load_state("networkidle")
    opened.locator("figure.ssd-widget:not(.ssd-mounted)").first.wait_for(state="detached")
    shifts = opened.evaluate("shifts")
    assert sum(value for value, _ in shifts) < 0.05, shifts


def test_a_widget_whose_script_is_missing_leaves_its_table(browser, http_address):
    with browser.new_context() as context:
        watched = Watched(context, http_address)
        context.route("**/iou_playground.js", lambda route: route.abort())
        figure = watched.open("book/boxes.html").locator("[data-widget=iou_playground]")
        figure.scroll_into_view_if_needed()
        figure.locator("table").first.wait_for()
