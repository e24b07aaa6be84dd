"""Notes beside the text, the list of chapters, the way to the figure, paper, and zoom."""

import io
import operator
import re

import pypdf
import pytest
from playwright.sync_api import expect
from waiting import wait_until
from watching import places

NOTED = "book/features.html"
# What reaches over the edge of a page that clips it, but for what scrolls by itself.
CUT_OFF = """() => [...document.querySelectorAll(".bd-article :is(p, h1, h2, h3, li, figure)")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1
        && !one.closest("table, .ssd-live, .ssd-scroll, .ssd-fallback"))
    .map((one) => one.outerHTML.slice(0, 80))"""
HEIGHTS = """() => [...document.querySelectorAll(".bd-article :is(p, li)")]
    .map((one) => one.offsetHeight).filter((height) => height > 0)"""
HAS_STAND_INS = """() => ["Source Serif", "Inter"].every((name) => [...document.fonts].some(
    (face) => face.family.endsWith(`as ${name}`) && face.status === "loaded"))"""
PER_LINE = """() => {
    const column = document.querySelector(".bd-article section > p:not(.ssd-head)");
    const ruler = column.cloneNode();
    ruler.style.cssText = "width: max-content; white-space: nowrap; max-width: none";
    ruler.textContent = [...document.querySelectorAll(".bd-article section > p")]
        .map((p) => p.textContent).join(" ").slice(0, 2000);
    column.before(ruler);
    const letters = 2000 * column.clientWidth / ruler.getBoundingClientRect().width;
    ruler.remove();
    return [letters, getComputedStyle(column).fontSize];
}"""


@pytest.mark.parametrize("wide", [True, False])
def test_a_note_stands_beside_its_words_or_below_and_leads_back(watch, wide):
    page = watch(1280 if wide else 1200).open(NOTED)
    reference = page.locator("a.footnote-reference").first
    note = page.locator(".footnote").first
    bar = page.locator(".bd-sidebar-secondary")
    text, aside, bar = places(reference.locator("xpath=.."), note, bar)
    if wide:
        assert aside["x"] >= text["x"] + text["width"]
        assert abs(aside["y"] - text["y"]) < 12
        assert aside["x"] + aside["width"] <= bar["x"]
    else:
        assert aside["y"] >= text["y"] + text["height"]
    reference.click()
    expect(note).to_be_in_viewport()
    assert page.evaluate("location.hash") == f"#{note.get_attribute('id')}"
    note.locator("a[role=doc-backlink]").click()
    assert page.evaluate("location.hash") == f"#{reference.get_attribute('id')}"


@pytest.mark.parametrize("stem", ["boxes", "matching", "train", "errata"])
def test_the_list_of_chapters_shows_this_one_and_moves_no_further_than_it_must(watch, stem):
    page = watch().open(f"book/{stem}.html")
    here = page.locator(".bd-sidebar-primary li.current > a").first
    expect(here).to_be_in_viewport(ratio=0.9)
    bar = page.locator(".bd-sidebar-primary")
    scrolled = bar.evaluate("(one) => one.scrollTop")
    bottom = here.bounding_box()["y"] + scrolled
    assert scrolled == 0 or bottom > 700


def test_the_list_stays_where_the_reader_left_it(watch):
    page = watch().open("book/train.html")
    bar = page.locator(".bd-sidebar-primary")
    bar.evaluate("(one) => { one.scrollTop = 120; }")
    page.locator(".bd-sidebar-primary").get_by_role("link", name="After SSD").click()
    page.wait_for_url("**/beyond.html")
    page.wait_for_load_state("networkidle")
    assert bar.evaluate("(one) => one.scrollTop") == 120


def test_the_second_tab_stop_leads_to_the_figure(watch):
    page = watch().open("book/boxes.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the figure")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    figure = page.locator("figure[data-widget=iou_playground]")
    expect(figure).to_be_in_viewport()
    figure.locator(".ssd-box").first.wait_for()
    page.keyboard.press("Tab")
    assert figure.evaluate("(one) => one.contains(document.activeElement)")


def test_copy_buttons_and_links_of_headings_work(watch):
    page = watch(permissions=["clipboard-read", "clipboard-write"]).open("book/boxes.html")
    button = page.locator("button.copybtn").first
    assert button.get_attribute("tabindex") == "-1"
    heading = page.get_by_role("heading", name="Clipping")
    heading.hover()
    link = heading.locator("a.headerlink")
    expect(link).to_have_css("opacity", "1")
    assert link.get_attribute("href") == "#clipping"


def printed(watched):
    """A chapter as a PDF, all of its figures alive."""
    page = watched.open("book/boxes.html")
    for figure in page.locator("figure.ssd-widget").all():
        figure.scroll_into_view_if_needed()
    expect(page.locator("figure.ssd-widget:not(.ssd-mounted)")).to_have_count(0)
    return page, pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))


def test_on_paper_the_solutions_come_last_and_no_button_is_left(watch):
    _page, pdf = printed(watch())
    text = "\n".join(sheet.extract_text() for sheet in pdf.pages)
    body, solutions = text.split("\nSolutions\n")
    names = re.findall(r"(?m)^(\d)\. ", solutions)
    assert names == ["1", "2", "3", "4", "5"]
    assert "def iou_or_zero" in solutions
    assert "def iou_or_zero" not in body
    buttons = ("Show the solution", "Set-up", "Search", "Skip to", "Code", "Next\n")
    assert [one for one in buttons if one in text] == []


def test_on_paper_each_figure_is_a_picture_and_a_table(watch):
    watched = watch(dark=True)
    watched.page.add_init_script("""window.stills = [];
        addEventListener("afterprint", () => {
            for (const one of document.querySelectorAll(".ssd-stills")) stills.push(
                one.querySelectorAll("img, svg").length);
        });""")
    page, pdf = printed(watched)
    assert page.evaluate("stills") == [1]  # the self-check is a table alone
    assert sum(len(sheet.images) for sheet in pdf.pages) >= 4
    assert page.locator(".ssd-stills, .ssd-solutions").count() == 0
    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_on_paper_the_live_detector_is_its_scene_once_and_a_table(watch):
    watched = watch()
    page = watched.open("book/intro.html")
    figure = page.locator("figure.ssd-mounted[data-widget=live_detector]")
    figure.locator(".ssd-live", has_text="Detections").wait_for(state="attached")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(figure.locator(".ssd-stills > div")).to_have_count(1)
    expect(figure.locator(".ssd-still")).to_be_hidden()  # the same scene once more
    expect(figure.locator(".ssd-fallback table")).to_be_visible()
    assert watched.trouble == []


@pytest.mark.parametrize("path", ["book/boxes.html", "book/loss.html", "search.html?q=iou"])
@pytest.mark.parametrize("narrow", [320, 640])
def test_nothing_has_to_be_scrolled_sideways(watch, path, narrow):
    page = watch(narrow).open(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == narrow
    assert page.evaluate(CUT_OFF) == []


def test_text_moves_little_when_its_faces_come(watch):
    """What the system has stands for them, made as wide."""
    heights = []
    for is_there in (False, True):
        watched = watch(1440)
        if not is_there:
            watched.page.route("**/*.woff2", lambda route: route.abort())
        page = watched.open("book/boxes.html")
        if not is_there and not page.evaluate(HAS_STAND_INS):
            pytest.skip("no face of this system stands for the book's")
        heights.append(page.evaluate(HEIGHTS))
    early, own = heights
    assert len(early) == len(own) > 100
    assert abs(sum(early) - sum(own)) < 0.01 * sum(own)
    assert sum(map(operator.ne, early, own)) < 0.2 * len(own)


def test_a_line_has_about_68_letters(watch):
    page = watch(1440).open("book/boxes.html")
    letters, size = page.evaluate(PER_LINE)
    assert 64 <= letters <= 73
    assert size == "18px"


STILLS = """() => {
    dispatchEvent(new Event("beforeprint"));
    const seen = [...document.querySelectorAll(".ssd-stills > div")].map((still) => [
        ...[...still.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()),
        ...[...still.querySelectorAll(".ssd-box")].map((box) => getComputedStyle(box).outline),
    ]);
    dispatchEvent(new Event("afterprint"));
    return seen;
}"""


def prints_alike(page):
    """Whether all pictures have come: a little later it prints the same."""
    have_come = page.evaluate(
        "[...document.querySelectorAll('.ssd-stage img')].every((one) => one.complete)"
    )
    before = page.evaluate(STILLS)
    page.wait_for_timeout(800)
    return have_come and page.evaluate(STILLS) == before


@pytest.mark.parametrize("address", ["http"], indirect=True)
@pytest.mark.parametrize(("chapter", "pictures"), [("loss", 4), ("augment", 1), ("boxes", 1)])
def test_paper_is_as_white_by_night_as_by_day(watch, chapter, pictures):
    by_day, by_night = [], []
    for seen, dark in [(by_day, False), (by_night, True)]:
        watched = watch(dark=dark, reduced_motion="reduce")
        # What a canvas says is written in whatever face has come by then: let none come.
        watched.page.route("**/*.woff2", lambda route: route.abort())
        page = watched.open(f"book/{chapter}.html")
        for figure in page.locator("figure.ssd-widget").all():
            figure.scroll_into_view_if_needed()
        expect(page.locator("figure.ssd-widget:not(.ssd-mounted)")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        wait_until(lambda page=page: prints_alike(page), pause=lambda: None)
        seen += page.evaluate(STILLS)
    assert len(by_day) == pictures
    assert by_night == by_day


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_wide_code_that_was_folded_is_reached_by_tab_once_it_is_open(watch):
    page = watch(390).open("book/matching.html")
    folded = page.locator("details.hide", has=page.locator("pre")).first
    code = folded.locator("pre").first
    folded.locator("summary").click()
    is_wide = code.evaluate("(one) => one.scrollWidth > one.clientWidth")
    expect(code).to_have_attribute("tabindex", "0" if is_wide else "-1")
    assert is_wide
