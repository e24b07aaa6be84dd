"""Self-checks in the page: right answers, wrong answers, and every one by keyboard."""

import re

import pytest
from figure import Figure
from playwright.sync_api import expect

from ssd_lib.widgets.asking import QUESTIONS, read_questions
from ssd_lib.widgets.self_check import SelfCheck

STILL = """(figure) => figure.getAnimations({ subtree: true })
    .every((one) => one.playState !== "running")"""
BELOW = """(part) => part.getBoundingClientRect().top
    - part.closest("figure").getBoundingClientRect().top"""
DRAWINGS = QUESTIONS.parent / "question_drawings.js"
CHAPTERS = sorted(file.stem for file in QUESTIONS.glob("*.toml"))


class Questions(Figure):
    widget = "self_check"
    path = "book/boxes.html"
    ready = ".ssd-questions"

    def item(self, name):
        return self.figure.locator(f"[data-question='{name}']")

    def turn_to(self, name):
        number = self.figure.locator("[data-question]").evaluate_all(
            "(all, name) => all.findIndex((one) => one.dataset.question === name) + 1", name
        )
        self.figure.get_by_role("button", name=f"Question {number}:").click()
        return self.item(name)

    def verdict(self, name):
        return self.item(name).locator("[role=status]").inner_text()

    def type_number(self, name, text):
        self.turn_to(name).get_by_role("textbox").fill(text)
        self.page.keyboard.press("Enter")
        return self.verdict(name)

    def choose(self, name, text):
        self.turn_to(name).get_by_role("button", name=text, exact=True).click()
        return self.verdict(name)


@pytest.fixture
def check(watch, width):
    figure = Questions(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_a_number_can_be_written_in_many_ways(check):
    for text in ("1/3", "0.333", "0,333", " 33.3 % ", "33%"):
        assert check.type_number("boxes.half-shift", "7").startswith("Not ")
        assert check.type_number("boxes.half-shift", text).startswith("Right.")


def test_a_wrong_number_is_answered_with_what_leads_to_it(check):
    for text, says in {
        "0.5": "share of one square",
        "7": "Try once more",
    }.items():
        verdict = check.type_number("boxes.half-shift", text)
        assert verdict.startswith("Not yet.")
        assert says in verdict
    for text in ("a third", ""):  # nothing to judge
        assert check.type_number("boxes.half-shift", text).startswith("That is no number.")
        assert check.item("boxes.half-shift").get_attribute("data-verdict") is None


def test_a_wrong_choice_names_the_misconception_and_a_right_one_counts(check):
    score = check.figure.locator("[data-number=score]")
    expect(score).to_have_text("0 right")
    expect(score).to_have_css("display", "inline")  # WebKit sets an inline-block one too high
    wrong = read_questions("boxes")["touching"]["wrong"][0]
    assert wrong[1] in check.choose("boxes.touching", wrong[0])
    assert check.number("score") == "0 right"
    assert check.choose("boxes.touching", "0").startswith("Right.")
    assert check.number("score").startswith("1 right")


def test_what_was_right_stays_right_while_one_looks_at_the_others(check):
    wrong = read_questions("boxes")["touching"]["wrong"][0]
    assert check.choose("boxes.touching", "0").startswith("Right.")
    told = check.choose("boxes.touching", wrong[0])
    assert told.startswith("Not this one.")
    assert wrong[1] in told
    assert check.number("score") == "1 right"
    assert check.type_number("boxes.nested", "1/4").startswith("Right.")
    assert check.number("score") == "2 right"
    check.page.keyboard.press("Backspace")  # another answer, and none is graded yet
    assert check.verdict("boxes.nested") == ""
    assert check.number("score") == "2 right"


def test_the_score_tells_what_was_right_at_once(check):
    wrong = read_questions("boxes")["touching"]["wrong"][0]
    check.choose("boxes.touching", wrong[0])
    check.choose("boxes.touching", "0")
    assert check.number("score") == "1 right, 0 at the first try"


def test_a_question_that_is_not_answered_can_be_skipped(check):
    assert check.figure.get_by_role("button", name="Skip for now").count() == 1
    check.type_number("boxes.half-shift", "1/3")
    assert check.figure.get_by_role("button", name="Next question").count() == 1


def test_one_question_stands_there_and_the_others_keep_their_verdicts(check):
    shown = check.figure.locator("[data-question]:visible")
    assert shown.count() == 1
    assert check.choose("boxes.touching", "0").startswith("Right.")
    seen = []
    for _ in range(7):  # and round again, by way of the result
        check.figure.locator(".ssd-next").click()
        seen.append(shown.count())
    assert seen == [1, 1, 1, 0, 1, 1, 1]
    assert shown.get_attribute("data-question") == "boxes.touching"
    assert shown.get_attribute("data-verdict") == "right"
    assert check.figure.get_by_role("button", name="Question 3: right").count() == 1


def test_what_is_pressed_to_go_on_stays_under_the_pointer(check):
    """However tall the next card is; else a second press would be of what lies below it."""
    button = check.figure.locator(".ssd-next")
    check.figure.evaluate("(one) => one.scrollIntoView({ block: 'end', behavior: 'instant' })")
    place = button.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    heights = []
    for number in (2, 3, 4, 5, 6):
        check.page.mouse.click(x, y)
        shown = check.figure.locator(".ssd-questions > .ssd-shown")
        expect(shown).to_have_attribute("aria-label", f"Question {number} of 6")
        heights.append(check.stage.bounding_box()["height"])
    assert heights == sorted(heights)
    check.page.mouse.click(x, y)
    assert check.figure.locator(".ssd-result").is_visible()


def test_nothing_moves_while_a_question_is_answered(check):
    """On a phone the card grows with its verdict, and what stands above stays."""
    is_phone = check.page.viewport_size["width"] < 600
    for name in ("boxes.touching", "boxes.half-shift"):
        item = check.turn_to(name)
        part = item.locator(".ssd-ask") if is_phone else check.figure.locator(".ssd-quiz-foot")
        check.wait_until(lambda: check.figure.evaluate(STILL))
        top = part.evaluate(BELOW)
        for button in item.get_by_role("button").all():
            button.click()
            assert part.evaluate(BELOW) == top


def test_after_two_wrong_answers_the_answer_is_shown_and_does_not_count(check):
    offer = check.figure.get_by_role("button", name="Show the answer")
    check.type_number("boxes.half-shift", "a third")  # is no answer
    check.type_number("boxes.half-shift", "7")
    assert offer.count() == 0
    check.type_number("boxes.half-shift", "0.5")
    offer.click()
    assert check.verdict("boxes.half-shift").startswith("The answer: 0.3333.")
    assert check.type_number("boxes.half-shift", "1/3").startswith("Right.")
    assert check.number("score") == "0 right"
    assert offer.count() == 0


def test_the_result_counts_what_was_right_at_the_first_try(check):
    wrong = read_questions("boxes")["touching"]["wrong"][0][0]
    check.choose("boxes.touching", wrong)
    for number, question in enumerate(SelfCheck("boxes").questions, start=1):
        check.figure.get_by_role("button", name=f"Question {number}:").click()
        item = check.item(question["name"])
        if "choices" in question:
            item.locator("[data-right]").click()
        else:
            check.type_number(question["name"], f"{question['number']}")
    check.figure.get_by_role("button", name="See the result").click()
    assert check.number("first") == "5 of 6 right at the first try"
    assert not check.figure.locator("[data-number=score]").is_visible()  # one verdict
    assert check.figure.locator("[data-line=again]").inner_text().endswith("question 3")
    marks = check.figure.locator(".ssd-result-marks i")
    assert marks.count() == 6
    late = marks.evaluate_all("(all) => all.map((one) => one.hasAttribute('data-late'))")
    assert late == [False, False, True, False, False, False]
    assert check.figure.get_by_role("button", name="Question 3: right, later").count() == 1


def test_the_result_comes_after_the_last_question_whatever_it_is(check):
    check.figure.get_by_role("button", name="Question 6:").click()
    check.figure.get_by_role("button", name="See the result").click()
    assert check.number("first") == "0 of 6 right at the first try"
    again = check.figure.locator("[data-line=again]")
    assert again.inner_text() == "No right answer yet: questions 1, 2, 3, 4, 5, 6"
    check.figure.get_by_role("button", name="To the open questions").click()
    assert check.figure.locator(".ssd-shown").get_attribute("data-question").startswith("boxes.")


def test_each_card_is_as_high_as_it_needs(check):
    heights = set()
    for number, question in enumerate(SelfCheck("boxes").questions, start=1):
        check.figure.get_by_role("button", name=f"Question {number}:").click()
        check.wait_until(lambda: check.figure.evaluate(STILL))
        heights.add(check.figure.bounding_box()["height"])
        if "choices" in question:
            check.item(question["name"]).locator("[data-right]").click()
        else:
            check.type_number(question["name"], f"{question['number']}")
        shown = check.item(question["name"])
        assert shown.evaluate("(one) => one.scrollHeight - one.clientHeight") <= 1
    assert len(heights) > 2
    check.figure.get_by_role("button", name="See the result").click()
    assert check.number("first") == "All 6 right at the first try"


def test_a_drawing_tells_what_decides_a_question_once_it_is_graded(check):
    drawing = check.item("boxes.half-shift").locator(".ssd-drawn")
    told = drawing.locator(".ssd-drawn-answer")
    assert told.evaluate("(one) => getComputedStyle(one).opacity") == "0"
    check.type_number("boxes.half-shift", "0.5")  # wrong: the drawing does not give it away
    check.rest()
    assert told.evaluate("(one) => getComputedStyle(one).opacity") == "0"
    check.type_number("boxes.half-shift", "1/3")
    both, together = (int(n) for n in re.findall(r"\d+", told.text_content()))
    assert both / together == pytest.approx(1 / 3)
    check.wait_until(lambda: told.evaluate("(one) => getComputedStyle(one).opacity") == "1")
    check.type_number("boxes.half-shift", "a third")  # is no answer
    check.wait_until(lambda: told.evaluate("(one) => getComputedStyle(one).opacity") == "0")


DRAWN = re.findall(
    r'^  "([a-z_]+)\.([a-z-]+)": ', DRAWINGS.read_text(encoding="utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(("chapter", "name"), DRAWN)
def test_what_is_drawn_is_asked(chapter, name):
    assert name in read_questions(chapter)


def test_all_of_it_goes_by_keyboard(check):
    check.figure.get_by_role("textbox").first.focus()
    page = check.page
    page.keyboard.type("1/3")
    page.keyboard.press("Tab")  # the button
    page.keyboard.press("Space")
    assert check.verdict("boxes.half-shift").startswith("Right.")
    for _ in range(2):
        check.figure.locator(".ssd-next").focus()
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # from the card to its first answer
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert check.verdict("boxes.touching").startswith("Right.")


@pytest.mark.parametrize("address", ["http"], indirect=True)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_right_answer_of_a_chapter_is_graded_as_right(watch, chapter):
    watched = watch()
    page = watched.open(f"book/{chapter}.html")
    asked = SelfCheck(chapter).questions
    figure = page.locator("figure[data-widget=self_check]").last
    figure.scroll_into_view_if_needed()
    figure.locator(".ssd-questions").wait_for()
    for number, question in enumerate(asked, start=1):
        figure.get_by_role("button", name=f"Question {number}:").click()
        item = figure.locator(f"[data-question='{question['name']}']")
        if "choices" in question:
            right = [is_right for _, is_right, _ in question["choices"]].index(True)
            item.get_by_role("button").nth(right).click()
        else:
            item.get_by_role("textbox").fill(f"{question['number']}")
            item.get_by_role("button").click()
        assert item.get_attribute("data-verdict") == "right"
    assert figure.locator("[data-number=score]").inner_text() == f"all {len(asked)} right"
    assert watched.trouble == []
