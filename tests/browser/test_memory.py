"""What the book remembers of a reader's answers, in this browser alone."""

import json

import pytest
from playwright.sync_api import expect
from test_self_check import Questions

from ssd_lib.widgets.asking import read_questions

KEPT = "JSON.parse(localStorage.getItem('ssd-book'))"
HOURS_LATER = """(hours) => {
    const kept = JSON.parse(localStorage.getItem("ssd-book"));
    for (const one of Object.values(kept.questions)) one.since -= hours * 60 * 60 * 1000;
    localStorage.setItem("ssd-book", JSON.stringify(kept));
}"""
REFUSED = """for (const name of ["getItem", "setItem", "removeItem"]) {
    const known = Storage.prototype[name];
    Storage.prototype[name] = function (key, ...more) { // the theme asks, too, and does not cope
        if (key.startsWith("ssd-book")) throw new DOMException("denied", "SecurityError");
        return known.call(this, key, ...more);
    };
}"""
WRONG = read_questions("boxes")["touching"]["wrong"][0][0]


class Recap(Questions):
    """The questions from before at the top of a later chapter."""

    def __init__(self, watched, path):
        self.page = watched.open(path)
        mounted = self.page.locator("figure.ssd-mounted[data-widget=self_check]")
        self.page.locator("figure[data-widget=self_check]").first.scroll_into_view_if_needed()
        mounted.first.wait_for()
        self.figure = mounted.first


def stops(page):
    return page.locator(".ssd-road li[data-chapter]")


@pytest.fixture
def reader(watch, width):
    watched = watch(width)
    yield watched
    assert watched.trouble == []


def test_an_answer_is_there_again_after_a_reload(reader):
    check = Questions(reader)
    assert check.choose("boxes.touching", WRONG).startswith("Not yet.")
    assert check.choose("boxes.touching", "0").startswith("Right.")
    assert check.type_number("boxes.half-shift", "1/3").startswith("Right.")
    check = Questions(reader)
    assert check.number("score") == "2 right, 1 at the first try"
    assert check.turn_to("boxes.half-shift").get_by_role("textbox").input_value() == "1/3"
    touching = check.turn_to("boxes.touching")
    expect(touching.locator("[aria-pressed=true]")).to_have_text("0")
    expect(check.figure.locator(".ssd-dot[data-late]")).to_have_count(1)
    kept = check.page.evaluate(KEPT)["questions"]
    assert {name: one["again"] for name, one in kept.items()} == {
        "boxes.touching": 1,
        "boxes.half-shift": 0,
    }


def test_a_missed_question_comes_back_in_a_later_chapter_and_after_a_day(reader):
    check = Questions(reader)
    check.choose("boxes.touching", WRONG)
    usual = len(read_questions("boxes"))
    assert check.figure.locator("[data-question]").count() == usual
    recap = Recap(reader, "book/features.html")
    expect(recap.item("boxes.touching")).to_contain_text("You missed this one before")
    assert recap.choose("boxes.touching", "0").startswith("Right.")
    recap = Recap(reader, "book/default_boxes.html")
    assert recap.item("boxes.touching").count() == 0  # right since: not twice on one day
    page = recap.page
    page.evaluate(HOURS_LATER, 25)
    page = reader.open("index.html")
    asked = page.locator(".ssd-way-again [data-question='boxes.touching']")
    asked.get_by_role("button", name="0", exact=True).click()
    expect(asked.get_by_role("status")).to_contain_text("Right.")
    assert page.evaluate(KEPT)["questions"]["boxes.touching"]["again"] == 0
    page = reader.open("index.html")
    page.locator("figure.ssd-mounted").first.wait_for()
    assert page.locator(".ssd-way-again figure").count() == 0


def test_a_miss_comes_back_although_the_clock_was_wrong_for_a_time(reader):
    check = Questions(reader)
    check.choose("boxes.touching", WRONG)
    check.page.evaluate(HOURS_LATER, -9000)  # it was a year ahead
    page = reader.open("index.html")
    expect(page.locator(".ssd-way-again [data-question='boxes.touching']")).to_be_visible()


def test_the_first_page_shows_what_is_done(reader):
    page = reader.open("index.html")
    way = page.locator(".ssd-way-so-far")
    expect(page.locator(".ssd-way-elsewhere")).to_be_visible()
    expect(way).to_be_hidden()  # there is nothing to say yet
    check = Questions(reader)
    for name, question in read_questions("boxes").items():
        if "right" in question:
            check.choose(f"boxes.{name}", question["right"].replace("`", "").replace("*", ""))
        else:
            check.type_number(f"boxes.{name}", str(question["number"]))
    page = reader.open("index.html")
    expect(way.locator(".ssd-way-words")).to_contain_text("1 of 12 chapters done")
    expect(page.locator(".ssd-way-elsewhere")).to_be_hidden()
    assert stops(page).first.get_attribute("data-done") == "done"
    assert stops(page).first.get_by_role("link", name="boxes, done").count() == 1
    assert stops(page).nth(1).get_attribute("data-done") == ""


def test_everything_can_be_saved_loaded_and_forgotten(reader, tmp_path):
    check = Questions(reader)
    check.choose("boxes.touching", WRONG)
    page = reader.open("index.html")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save to a file").click()
    file = tmp_path / "memory.json"
    download.value.save_as(file)
    assert list(json.loads(file.read_text())["questions"]) == ["boxes.touching"]
    page.get_by_role("button", name="Forget everything").click()
    assert page.evaluate("localStorage.getItem('ssd-book')") is None
    page.get_by_role("button", name="Take it back").click()
    assert list(page.evaluate(KEPT)["questions"]) == ["boxes.touching"]
    page.get_by_role("button", name="Forget everything").click()
    page = reader.open("index.html")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="load the file").click()
    chooser.value.set_files(file)
    expect(page.locator(".ssd-way-so-far .ssd-way-said")).to_have_text("Loaded: 1 question.")
    assert list(page.evaluate(KEPT)["questions"]) == ["boxes.touching"]


def test_what_the_book_does_not_ask_is_not_loaded(reader, tmp_path):
    answers = {"boxes": {"given": "0", "verdict": "wrong", "first": False, "at": 1}}
    missed = {"answers": answers, "again": 1, "since": 1}
    names = ["boxes.touching", "boxes.of-another-book", "constructor.name"]
    file = tmp_path / "other.json"
    told = {"format": "ssd-book memory 1", "questions": dict.fromkeys(names, missed)}
    file.write_text(json.dumps(told))
    page = reader.open("index.html")
    page.locator(".ssd-way-so-far input[type=file]").set_input_files(file)
    expect(page.locator(".ssd-way-so-far .ssd-way-said")).to_have_text("Loaded: 1 question.")
    assert list(page.evaluate(KEPT)["questions"]) == ["boxes.touching"]
    expect(page.locator(".ssd-way-again [data-question='boxes.touching']")).to_be_visible()


@pytest.mark.parametrize(
    "text",
    [
        "none",
        "[]",
        '{"format": "another"}',
        '{"format": "ssd-book memory 1", "questions": []}',
        '{"format": "ssd-book memory 1", "questions": {}}' + " " * 1_000_000,
    ],
    ids=["no JSON", "a list", "another format", "no questions", "too large"],
)
def test_a_file_that_is_none_of_ours_is_refused(reader, tmp_path, text):
    page = reader.open("index.html")
    file = tmp_path / "other.json"
    file.write_text(text)
    page.locator(".ssd-way-so-far input[type=file]").set_input_files(file)
    expect(page.locator(".ssd-way-elsewhere .ssd-way-said")).to_contain_text("got other.json")
    assert page.evaluate("localStorage.getItem('ssd-book')") is None


def test_what_is_unsound_in_a_memory_is_left_out(reader):
    page = reader.open("index.html")
    answer = {"given": "0", "verdict": "right", "first": True, "at": 1}
    sound = {"answers": {"boxes": answer}, "again": 0, "since": 1}
    page.evaluate(
        "(text) => localStorage.setItem('ssd-book', text)",
        json.dumps(
            {
                "format": "ssd-book memory 1",
                "questions": {
                    "boxes.touching": sound,
                    "boxes.half-shift": sound | {"again": 7},
                    "boxes.nested": sound | {"answers": {"boxes": answer | {"given": 5}}},
                    "<b>": sound,
                },
            }
        ),
    )
    page = reader.open("index.html")
    expect(page.locator(".ssd-way-words")).to_contain_text("1 question answered")


def test_without_a_memory_everything_works_and_nothing_is_said(watch, width):
    watched = watch(width)
    watched.page.add_init_script(REFUSED)
    page = watched.open("index.html")
    page.locator("figure.ssd-mounted").first.wait_for()
    expect(page.locator(".ssd-way-so-far")).to_be_hidden()
    expect(page.locator(".ssd-way-elsewhere")).to_be_hidden()
    check = Questions(watched)
    assert check.choose("boxes.touching", "0").startswith("Right.")
    assert check.number("score") == "1 right"
    assert watched.trouble == []
