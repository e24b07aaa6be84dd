"""Every page of the built book, as a reader meets it."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from figure import LOOKS

HTML = Path(__file__).parents[2] / "_build/html"
PAGES = sorted(page.relative_to(HTML).as_posix() for page in HTML.rglob("*.html"))
TEXTS = [page for page in PAGES if page.startswith("book/")]


def test_the_book_is_built():
    assert {"index.html", "search.html", "book/intro.html", "book/boxes.html"} <= set(
        PAGES
    )


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_without_a_complaint_or_a_foreign_host(watch, path):
    watched = watch()
    page = watched.open(path)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert watched.trouble == []


@pytest.mark.parametrize("address", ["http"], indirect=True)
@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_page_has_no_serious_barrier(watch, path, width, dark):
    page = watch(width, dark).open(path)
    for figure in page.locator("figure.ssd-widget").all():
        figure.scroll_into_view_if_needed()
    unmounted = (
        "document.querySelectorAll('figure.ssd-widget:not(.ssd-mounted)').length"
    )
    page.wait_for_function(f"{unmounted} === 0")
    found = Axe().run(page).response["violations"]
    serious = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("path", TEXTS)
def test_a_page_on_a_phone_does_not_scroll_sideways(watch, path):
    page = watch(360).open(path)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("path", TEXTS)
def test_a_page_has_a_title_an_icon_and_its_authors(watch, path):
    page = watch().open(path)
    assert page.title().endswith("SSD, number by number")
    assert page.locator("link[rel='icon'], link[rel='shortcut icon']").count() >= 1
    footer = page.locator(
        "footer.bd-footer-content, .bd-footer-content"
    ).first.inner_text()
    assert "The SSD book authors" in footer
    assert "2026" in footer


@pytest.mark.parametrize("path", TEXTS)
def test_a_page_carries_the_strip(watch, path):
    strip = watch().open(path).locator("p.ssd-road")
    assert strip.inner_text().startswith("You are here: picture")
    assert strip.locator("strong").count() == 1


def test_mathematics_is_set_with_its_fonts(watch):
    page = watch().open("book/boxes.html")
    page.wait_for_load_state("networkidle")
    assert page.locator(".katex-display .mfrac").count() >= 3
    assert page.locator(".katex-error").count() == 0
    assert page.evaluate("document.fonts.check('16px KaTeX_Math', 'x')")
    loaded = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    assert any("KaTeX" in family for family in page.evaluate(loaded))


@pytest.mark.parametrize("path", TEXTS)
def test_a_wide_formula_on_a_phone_starts_at_its_left_and_can_be_scrolled(watch, path):
    page = watch(360).open(path)
    page.wait_for_load_state("load")
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


def test_search_finds_a_word_of_the_text(watch):
    page = watch().open("search.html?q=jaccard")
    link = page.locator("#search-results a", has_text="IoU").first
    link.wait_for(timeout=10_000)
    link.click()
    assert page.url.split("?")[0].endswith("book/boxes.html")


def test_the_reader_can_switch_to_the_dark(watch):
    page = watch().open("book/intro.html")
    button = page.locator(".theme-switch-button:visible").first
    for _ in range(3):
        button.click()
        if page.locator("html").get_attribute("data-theme") == "dark":
            break
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert background != "rgb(255, 255, 255)"


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
