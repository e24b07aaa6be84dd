"""What a reader does on a page: read by night, search, unfold, print, find the way.

Each from http:// under the strictest policy that a host may set, and from file://.
"""

import re

import pytest
from playwright.sync_api import expect
from watching import POLICY, ROOT, Watched, strictly_serving

# The look at the moment when the first part of the text is there to be painted.
FIRST_LOOK = """
new MutationObserver((_, observer) => {
  if (!document.body) return;
  window.firstLook = document.documentElement.dataset.theme;
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""


@pytest.fixture
def read(watch):
    """Open a page; in the end, nothing may have been complained of."""
    opened = []

    def make(path, first="", **how):
        opened.append(watch(**how))
        opened[-1].page.add_init_script(first)
        return opened[-1].open(path)

    yield make
    assert [line for watched in opened for line in watched.trouble] == []


def look(page):
    return page.locator("html").get_attribute("data-theme")


def test_the_book_tells_a_host_the_policy():
    assert POLICY in (ROOT / "book/running.md").read_text(encoding="utf-8")


def test_what_the_policy_forbids_is_complained_of(browser, tmp_path):
    (tmp_path / "page.html").write_text(
        "<script>window.ran = 1</script><img src='http://elsewhere.test/a.png'>"
    )
    with strictly_serving(tmp_path) as root:
        context = browser.new_context()
        watched = Watched(context, root)
        response = watched.page.goto(f"{root}page.html")
        assert response.headers["content-security-policy"] == POLICY
        watched.page.wait_for_load_state("networkidle")
        assert watched.page.evaluate("window.ran") is None
        context.close()
    forbidden = re.findall(r"forbidden by the policy: (\S+)", "\n".join(watched.trouble))
    assert forbidden == ["script-src-elem", "img-src"]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("before", ["", "light", "dark"])
def test_light_or_dark_is_chosen_before_anything_is_painted(read, dark, before):
    chosen = f'localStorage.mode = localStorage.theme = "{before}";' if before else ""
    page = read("book/intro.html", first=chosen + FIRST_LOOK, dark=dark)
    wanted = before or ("dark" if dark else "light")
    assert page.evaluate("window.firstLook") == wanted
    assert look(page) == wanted


def test_the_reader_can_switch_to_the_dark(read):
    page = read("book/intro.html")
    button = page.locator(".theme-switch-button:visible").first
    for _ in range(3):
        button.click()
        if look(page) == "dark":
            break
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert look(page) == "dark"
    assert background != "rgb(255, 255, 255)"


def test_search_finds_a_word_of_the_text(read):
    page = read("search.html?q=jaccard")
    link = page.locator(".ssd-found a", has_text="IoU").first
    expect(page.locator(".search-summary")).to_contain_text("found")
    page.wait_for_load_state("networkidle")  # leaving would break off what it fetches
    link.click()
    page.wait_for_url(re.compile(r"book/boxes\.html"))


def test_the_search_button_opens_the_field(read):
    page = read("book/intro.html")
    page.locator(".search-button__button:visible").first.click()
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_solution_unfolds(read):
    page = read("book/boxes.html")
    solution = page.locator("details.hide").first
    code = solution.locator("pre").first
    expect(code).not_to_be_visible()
    solution.locator("summary").click()
    expect(code).to_be_visible()


def test_a_figure_comes_to_life_and_reacts(read):
    page = read("book/boxes.html")
    figure = page.locator("figure[data-widget=iou_playground]")
    figure.scroll_into_view_if_needed()
    number = figure.locator("[data-number=iou]")
    figure.get_by_role("button", name="Only touching").click()
    expect(number).to_have_text("0.000")
    figure.get_by_role("button", name="One inside the other").click()
    expect(number).not_to_have_text("0.000")


def test_the_buttons_above_a_page_print_it_and_fill_the_screen(read):
    page = read("book/boxes.html")
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Download this page").click()
    page.locator(".btn-download-pdf-button").click()
    assert page.evaluate("window.printed")
    page.locator(".btn-fullscreen-button").click()
    expect(page.locator("html:fullscreen")).to_have_count(1)


def test_on_a_phone_both_lists_open_and_lead_on(read):
    page = read("book/boxes.html", width=360)
    chapters, places = ".bd-sidebar-primary", ".bd-sidebar-secondary"
    expect(page.locator(f"{places} a").first).not_to_be_in_viewport()
    page.locator(".secondary-toggle").click()
    page.locator(places).get_by_role("link", name="Clipping").click()
    page.wait_for_url("**#clipping")
    page.wait_for_load_state("networkidle")
    page.goto(page.url.split("#")[0])
    expect(page.locator(f"{chapters} a").first).not_to_be_in_viewport()
    page.wait_for_load_state("networkidle")
    page.locator(".primary-toggle").click()
    page.locator(chapters).get_by_role("link", name="Glossary").click()
    page.wait_for_url("**/book/glossary.html")


def test_without_javascript_no_button_does_nothing(watch):
    page = watch(java_script_enabled=False).open("book/boxes.html")
    assert page.locator(".theme-switch-button, .search-button__button").count() == 3
    for button in page.locator(".theme-switch-button, .search-button__button").all():
        expect(button).not_to_be_visible()
    expect(page.locator(".logo__image:visible")).to_have_count(1)
