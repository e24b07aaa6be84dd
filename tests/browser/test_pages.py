"""Every page of the built book, as a reader meets it."""

import io
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from figure import LOOKS
from playwright.sync_api import expect
from watching import Watched, strictly_serving

HTML = Path(__file__).parents[2] / "_build/html"
PAGES = sorted(page.relative_to(HTML).as_posix() for page in HTML.rglob("*.html"))
TEXTS = [page for page in PAGES if page.startswith("book/")]
LOOKUPS = {
    "api",
    "api_data",
    "api_training",
    "bibliography",
    "differences",
    "errata",
    "faq",
    "glossary",
    "notation",
    "running",
}
STAGES = 12  # from boxes to training
ROAD = [page for page in TEXTS if Path(page).stem not in LOOKUPS]


def test_the_book_is_built():
    assert {"index.html", "search.html", "book/intro.html", "book/boxes.html"} <= set(PAGES)


def mount_all(page):
    """Scroll to every figure, and wait until each is alive."""
    for figure in page.locator("figure.ssd-widget").all():
        figure.scroll_into_view_if_needed()
    waiting = page.locator("figure.ssd-widget:not(.ssd-mounted)")
    expect(waiting).to_have_count(0)


def visits():
    """Each page by turns wide from http:// and as on a phone at night from file://.

    `make test-all` has all four. Barriers are looked for in half of the visits, by turns,
    so that `make test-all` looks in both widths.
    """
    for turn, path in enumerate(PAGES):
        for address in ("http", "file"):
            for width, dark in LOOKS:
                is_wide = width > 360
                is_usual = (address == "http") == is_wide == (turn % 2 == 0)
                look_for_barriers = (turn % 2 == 0) == (address == "http")
                marks = [] if is_usual else [pytest.mark.full]
                yield pytest.param(path, address, width, dark, look_for_barriers, marks=marks)


@pytest.mark.parametrize(
    ("path", "address", "width", "dark", "look_for_barriers"), list(visits()), indirect=["address"]
)
def test_a_page(watch, path, width, dark, look_for_barriers):
    """It loads without a complaint, a foreign host or much weight, fits, and can be read."""
    watched = watch(width, dark)
    sizes = []
    # the network's weights come when its figure does, in a file whose size has a test
    watched.page.on("response", lambda r: sizes.append(0 if WEIGHTS in r.url else size_of(r)))
    page = watched.open(path)
    if path in TEXTS:
        assert page.evaluate("document.documentElement.scrollWidth") == width
    mount_all(page)
    page.wait_for_load_state("networkidle")
    assert watched.trouble == []
    assert sum(sizes) < 1_500_000
    if path in TEXTS:
        has_title_icon_and_footer(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        formulas_can_be_scrolled(page)
    if path in ROAD:
        assert page.locator("nav.ssd-road li").count() == STAGES
        marked = page.locator("nav.ssd-road [aria-current=page]").count()
        assert marked == (Path(path).stem not in ("intro", "playground", "beyond"))
    if look_for_barriers:
        assert barriers(page) == []


def size_of(response):
    """Bytes of what was fetched; nothing for what a page makes itself."""
    if response.url.startswith("file:"):
        return Path(unquote(urlsplit(response.url).path)).stat().st_size
    if not response.url.startswith("http"):
        return 0
    return int(response.headers.get("content-length", 0))


def has_title_icon_and_footer(page):
    assert page.title().endswith("SSD, number by number")
    assert page.locator("link[rel='icon'], link[rel='shortcut icon']").count() >= 1
    footer = page.locator(".bd-footer-content").first.inner_text()
    assert "The SSD book authors" in footer
    assert "2026" in footer


def formulas_can_be_scrolled(page):
    """One that is too wide starts at its left, and keys scroll it."""
    for formula in page.locator("div.math").all():
        left, first, hidden, stop = formula.evaluate(
            """(math) => [
                math.getBoundingClientRect().left,
                math.querySelector('.base').getBoundingClientRect().left,
                math.scrollWidth - math.clientWidth,
                math.tabIndex,
            ]"""
        )
        assert first >= left
        assert (stop == 0) == (hidden > 0)


# Code and formulas are thousands of words in a dozen looks, and measuring the contrast of
# each takes most of the time. What decides it are the colours and the size: of words
# that agree in these, one stays visible.
ONE_OF_EACH_LOOK = """() => {
    const seen = new Set(), repeated = [];
    const named = "a, button, label, summary, h1, h2, h3, h4, th, .ssd-live-figure";
    for (const word of document.querySelectorAll("main span")) {
        if (word.children.length || word.closest(named)) continue;
        const { color, fontSize, fontWeight } = getComputedStyle(word);
        const look = [color, fontSize, fontWeight];
        for (let one = word; one; one = one.parentElement) {
            const { backgroundColor, opacity } = getComputedStyle(one);
            if (backgroundColor !== "rgba(0, 0, 0, 0)") look.push(backgroundColor);
            if (opacity !== "1") look.push(opacity);
        }
        seen.has(look.join()) ? repeated.push(word) : seen.add(look.join());
    }
    for (const word of repeated) word.style.visibility = "hidden";
}"""


def barriers(page, within=None):
    """What axe calls serious or worse; the page is of no more use then."""
    page.evaluate(ONE_OF_EACH_LOOK)
    options = {"resultTypes": ["violations"]}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


WEIGHTS = "_static/toy_tiny."
USED = """(figure) => {
    for (const details of figure.querySelectorAll("details")) details.open = true;
    for (const chip of figure.querySelectorAll(".ssd-chip")) chip.click(), chip.click();
    for (const one of figure.querySelectorAll("button.ssd-main:enabled, .ssd-dot")) one.click();
}"""


def days_and_nights():
    """Each page of the road by day or by night, by turns; `make test-all` has both."""
    for turn, path in enumerate(ROAD):
        for scheme in ("light", "dark"):
            is_usual = (turn % 2 == 0) == (scheme == "light")
            yield pytest.param(path, scheme, marks=[] if is_usual else [pytest.mark.full])


@pytest.mark.parametrize(("path", "scheme"), list(days_and_nights()))
def test_figures_that_have_been_used_raise_no_barrier(browser, http_address, path, scheme):
    """Each question is asked and answered, and all is unfolded."""
    with browser.new_context(reduced_motion="reduce", color_scheme=scheme) as context:
        page = Watched(context, http_address).open(path)
        mount_all(page)
        for figure in page.locator(".ssd-live-figure").all():
            figure.evaluate(USED)
        assert barriers(page, "figure.ssd-widget") == []


PALE = """() => {
    for (const kind of ["main .highlight span", "main p"]) {
        const seen = [...document.querySelectorAll(kind)].filter((one) =>
            one.checkVisibility() && /\\w{3}/.test(one.textContent));
        seen.at(-1).style.setProperty("color", "#ddd", "important");
    }
    document.querySelector(".ssd-live-figure").setAttribute("role", "nonsense");
}"""


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_a_barrier_would_be_found(watch):
    page = watch().open("book/boxes.html")
    mount_all(page)
    page.evaluate(PALE)
    found = dict(barriers(page))
    assert set(found) == {"color-contrast", "aria-roles"}
    code, text = sorted(found["color-contrast"], reverse=True)
    assert (code[:5], text[:3]) == ("<span", "<p ")


@pytest.mark.parametrize("path", TEXTS)
def test_no_script_holds_up_the_first_paint(path):
    head = (HTML / path).read_text(encoding="utf-8").split("</head>")[0]
    scripts = re.findall(r'<script[^>]* src="([^"]*)"[^>]*>', head)
    at_once = re.findall(r'<script(?![^>]* defer)[^>]* src="([^"]*)"', head)
    assert scripts[-1].endswith("start.js")  # which asks for the others after it
    # One has to: it chooses light or dark. It comes while the style sheets do.
    (choice,) = at_once
    assert head.index(choice) < head.index('rel="stylesheet"')
    assert (HTML / path).parent.joinpath(choice).stat().st_size < 1000


STOP = "document.activeElement.closest('[data-stop]')?.dataset.stop"
STOPS = """(figure) => {
    const controls = "a[href], button, input, select, textarea, summary, [tabindex]";
    const all = [...figure.querySelectorAll(controls)].filter((one) =>
        one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }));
    // a group of radio buttons is one stop: the arrows reach the rest of it; so is a table
    // of cells, which may be written again when one of them is lit
    const stops = all.map((one, k) => {
        const element = one.matches("td") ? one.closest("table") : one;
        return element.dataset.stop = one.type === "radio" ? one.name : k;
    });
    all[0]?.focus();
    return [...new Set(stops.map(String))];
}"""
HERE = "(figure) => figure.contains(document.activeElement)"


@pytest.fixture(scope="module", params=ROAD)
def calm(request, browser, http_address):
    """A page of a reader who asked that nothing moves, for as many tests as need it."""
    with browser.new_context(reduced_motion="reduce") as context:
        page = Watched(context, http_address).open(request.param)
        mount_all(page)
        yield page


def test_every_control_of_a_figure_can_be_reached_by_tab(calm):
    for figure in calm.locator(".ssd-live-figure").all():
        wanted, reached = figure.evaluate(STOPS), []
        while figure.evaluate(HERE) and len(reached) <= 2 * len(wanted):
            reached.append(calm.evaluate(STOP))
            calm.keyboard.press("Tab")
        # what can be done to a chosen thing is there only while it is chosen: it has no number
        assert set(reached) - {None} == set(wanted)


def test_nothing_moves_for_a_reader_who_asked_for_it(calm):
    for button in calm.locator(".ssd-live-figure button:enabled:visible").all()[:8]:
        button.click()
        assert calm.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("path", ["book/boxes.html", "book/train.html"])
def test_the_book_works_below_the_root_of_a_server(browser, tmp_path, path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books/ssd").symlink_to(HTML)
    with strictly_serving(tmp_path) as root:
        context = browser.new_context()
        watched = Watched(context, f"{root}books/ssd/")
        page = watched.open(path)
        mount_all(page)
        page.get_by_role("link", name="Glossary").first.click()
        assert page.url.endswith("/books/ssd/book/glossary.html")
        page.wait_for_load_state("networkidle")
        assert watched.trouble == []
        context.close()


def test_mathematics_is_set_with_its_fonts(watch):
    page = watch().open("book/boxes.html")
    page.wait_for_load_state("networkidle")
    assert page.locator(".katex-display .mfrac").count() >= 3
    assert page.locator(".katex-error").count() == 0
    assert page.evaluate("document.fonts.check('16px KaTeX_Math', 'x')")
    loaded = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    assert any("KaTeX" in family for family in page.evaluate(loaded))


def test_without_javascript_the_numbers_are_in_a_table(watch):
    page = watch(java_script_enabled=False).open("book/boxes.html")
    table = page.locator("figure[data-widget=iou_playground] table")
    assert table.is_visible()
    assert "shifted by half" in table.inner_text()
    assert "0.333" in table.inner_text()


def test_in_print_the_numbers_are_in_a_table(watch):
    page = watch().open("book/boxes.html")
    figure = page.locator("figure[data-widget=iou_playground]")
    figure.scroll_into_view_if_needed()
    page.locator("figure.ssd-mounted[data-widget=iou_playground]").wait_for()
    assert not figure.locator(".ssd-fallback").is_visible()
    page.emulate_media(media="print")
    assert figure.locator(".ssd-fallback").is_visible()
    assert not figure.locator(".ssd-live-figure").is_visible()


def test_a_chapter_as_a_pdf_carries_the_figures_tables_and_the_answers(watch):
    page = watch().open("book/boxes.html")
    mount_all(page)
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = " ".join(sheet.extract_text() for sheet in pdf.pages)
    assert len(pdf.pages) > 5
    assert "shifted by half" in text  # the playground's table
    assert "In print, the answers: 1: 0.3333" in text
