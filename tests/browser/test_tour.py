"""The two-minute tour beside the first page's detector: next, back, leave, and its links."""

import pytest
from figure import Figure
from playwright.sync_api import expect
from watching import places

CHAPTERS = ["boxes", "features", "heads", "default_boxes", "predict", "predict", "train"]
STAGES = ["image", "maps", "heads", "boxes", "threshold", "nms", "detections"]


class Tour(Figure):
    widget = "live_detector"
    ready = ".ssd-scene"
    path = "index.html"

    def press(self, name):
        inside = self.figure if name == "Two-minute tour" else self.card
        inside.get_by_role("button", name=name, exact=True).click()

    @property
    def card(self):
        return self.figure.get_by_role("region", name="Tour")

    @property
    def stage_open(self):
        return self.figure.locator(".ssd-inside > [data-stage]").get_attribute("data-stage")


@pytest.fixture
def tour(watch, width):
    tour = Tour(watch(width))
    yield tour
    assert tour.watched.trouble == []


def test_each_stop_opens_its_stage_and_leads_to_its_chapter(tour):
    expect(tour.card).to_be_hidden()
    tour.press("Two-minute tour")
    for number, (stage, chapter) in enumerate(zip(STAGES, CHAPTERS, strict=True)):
        expect(tour.card).to_contain_text(f"Stop {number + 1} of 7")
        assert tour.stage_open == stage
        link = tour.card.get_by_role("link")
        assert link.evaluate("(one) => one.href").endswith(f"book/{chapter}.html")
        tour.press("Finish" if number == 6 else "Next")
    expect(tour.card).to_be_hidden()


def test_back_goes_back_and_leaving_puts_everything_as_it_was(tour):
    threshold = tour.figure.get_by_label("Show detections with a score above")
    before = threshold.input_value(), tour.stage_open
    tour.press("Two-minute tour")
    expect(tour.card.get_by_role("button", name="Back")).to_be_disabled()
    for _ in range(4):
        tour.press("Next")
    assert threshold.input_value() == "0.05"
    tour.press("Back")
    assert tour.stage_open == "boxes"
    assert threshold.input_value() == before[0]
    tour.press("Next")
    tour.press("Leave")
    expect(tour.card).to_be_hidden()
    assert (threshold.input_value(), tour.stage_open) == before


def test_it_puts_a_challenge_away(tour):
    chip = tour.figure.locator(".ssd-chip", has_text="Hide the cat from it")
    chip.click()
    tour.figure.get_by_role("button", name="Show one way").click()
    goal = tour.figure.locator("[data-line=goal]")
    expect(goal).to_contain_text("Done!")
    tour.press("Two-minute tour")
    expect(goal).to_be_empty()
    expect(chip).to_have_attribute("aria-pressed", "false")


def test_it_works_by_keyboard(tour):
    tour.figure.get_by_role("button", name="Two-minute tour").focus()
    tour.page.keyboard.press("Enter")
    expect(tour.card.get_by_role("button", name="Next")).to_be_focused()
    tour.page.keyboard.press("Enter")
    expect(tour.card).to_contain_text("Stop 2 of 7")
    tour.page.keyboard.press("Escape")
    expect(tour.card).to_be_hidden()
    expect(tour.figure.get_by_role("button", name="Two-minute tour")).to_be_focused()


def test_only_the_whole_detector_has_a_tour(watch, width):
    watched = watch(width)
    page = watched.open("book/features.html")
    figure = page.locator("figure[data-widget=live_detector]")
    figure.scroll_into_view_if_needed()
    page.locator("figure.ssd-mounted[data-widget=live_detector]").wait_for()
    assert figure.get_by_role("button", name="Two-minute tour").count() == 0


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_scene_is_in_sight_while_the_first_stop_asks_to_drag_in_it(watch, size):
    tour = Tour(watch(size[0]))
    tour.page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    tour.press("Two-minute tour")

    def is_seen():
        scene, card = places(tour.stage, tour.card)
        return scene["y"] >= 0 and card["y"] + card["height"] <= size[1]

    tour.wait_until(is_seen)
    tour.press("Next")
    stage = tour.figure.locator(".ssd-inside-body .ssd-frame").first
    tour.wait_until(lambda: places(tour.card, stage)[1]["y"] < 0.6 * size[1])
    assert tour.watched.trouble == []
