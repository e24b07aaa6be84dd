"""The training replay in the page: what it shows is what was recorded."""

import pytest
from figure import Figure
from watching import places

from ssd_lib.widgets.training_replay import TrainingReplay, replay

RECORD = replay()
LAST = len(RECORD["moments"]) - 1


class Replay(Figure):
    widget = "training_replay"
    path = "book/train.html"

    @property
    def slider(self):
        return self.figure.get_by_role("slider", name="Step", exact=True)

    def go_to(self, moment):
        self.slider.focus()
        self.page.keyboard.press("Home")
        for _ in range(moment):
            self.page.keyboard.press("ArrowRight")

    def number(self, name):
        return self.figure.locator(f"[data-number={name}]").text_content()

    def place(self, scene, x, y):
        """Where in the window a place of a scene is, of the large one where that is one."""
        frame = self.stage.bounding_box()
        if frame["height"] < frame["width"] / 2:
            return self.to_page((scene + x) / 3, y)
        return self.to_page(2 * x / 3, y)

    def more(self):
        self.figure.locator("summary").click()


@pytest.fixture
def player(watch, width):
    figure = Replay(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_each_moment_shows_its_own_numbers(player):
    objects = sum(map(len, RECORD["objects"]))
    for moment in (0, 9, LAST):
        player.go_to(moment)
        recorded = RECORD["moments"][moment]
        assert player.number("map") == f"{recorded['map']:.3f}"
        assert player.number("step") == str(recorded["step"])
        assert player.number("right") == str(TrainingReplay().right(moment))
        mined = sum(len(scene["mined"]) for scene in recorded["scenes"])
        assert player.number("mined") == str(mined)
        assert int(player.number("right")) + int(player.number("missed")) == objects


def test_no_loss_stands_where_none_was_written(player):
    player.go_to(0)
    assert RECORD["moments"][0]["step"] < RECORD["loss"][0][0]
    assert player.number("loss") == f"none before step {RECORD['loss'][0][0]}"
    assert player.figure.locator(".ssd-plot .ssd-here").first.get_attribute("visibility") == (
        "hidden"
    )


def test_the_first_loss_is_on_the_axis(player):
    step, place, kind = RECORD["loss"][0]
    player.go_to(1)
    assert RECORD["moments"][1]["step"] == step
    assert player.number("loss") == f"{place + kind:.2f}"
    plot = player.figure.locator(".ssd-plot").first
    plot.evaluate("(svg) => svg.getAnimations({ subtree: true }).forEach((one) => one.finish())")
    dot, frame = places(plot.locator(".ssd-here"), plot)
    assert dot["y"] > frame["y"]
    ticks = plot.locator("text:not([class])").all_text_contents()
    assert ticks[:4] == ["2", "5", "10", "20"]


def test_it_is_scrubbed_on_the_curve(player):
    plot = player.figure.locator(".ssd-plot").last
    plot.scroll_into_view_if_needed()
    frame = plot.bounding_box()
    y = frame["y"] + frame["height"] / 2
    player.page.mouse.move(frame["x"] + 0.1 * frame["width"], y)
    player.page.mouse.down()
    steps = []
    for share in (0.1, 0.4, 0.97):
        player.page.mouse.move(frame["x"] + share * frame["width"], y)
        steps.append(int(player.number("step")))
    player.page.mouse.up()
    assert steps == sorted(set(steps))
    assert steps[-1] == RECORD["steps"]
    player.page.mouse.move(frame["x"] + 0.4 * frame["width"], y)  # without a button
    assert player.number("step") == str(RECORD["steps"])


WATCH = """(number) => {
    window.steps = [];
    const note = () => window.steps.push(number.textContent);
    new MutationObserver(note).observe(number, { childList: true, characterData: true, subtree: true });
}"""


def test_it_plays_from_the_beginning_and_pauses(player):
    player.figure.locator("[data-number=step]").evaluate(WATCH)
    player.figure.get_by_role("button", name="Play the run").click()
    player.wait_until(lambda: len(set(player.page.evaluate("steps"))) > 2)
    player.press_anew(player.figure.get_by_role("button", name="Pause"))
    steps = [int(step) for step in dict.fromkeys(player.page.evaluate("steps"))]
    assert steps == [moment["step"] for moment in RECORD["moments"][: len(steps)]]
    assert player.figure.get_by_role("button", name="Play the run").count() == 1


def test_a_double_click_on_play_plays(player):
    player.figure.get_by_role("button", name="Play the run").dblclick()
    player.page.wait_for_timeout(500)
    assert player.figure.get_by_role("button", name="Pause").count() == 1


def test_playing_hurries_to_the_first_find(player):
    first = next(k for k in range(LAST) if TrainingReplay().right(k))
    player.page.clock.install(time=0)
    player.page.clock.pause_at(60_000)
    player.figure.get_by_role("button", name="Play the run").click()
    player.page.clock.run_for(200 * first + 20)
    assert player.number("step") == str(RECORD["moments"][first]["step"])
    player.page.clock.run_for(700)
    assert player.number("step") == str(RECORD["moments"][first]["step"])
    player.page.clock.run_for(100)
    assert player.number("step") == str(RECORD["moments"][first + 1]["step"])


def test_page_keys_go_further(player):
    player.go_to(3)
    player.page.keyboard.press("PageUp")
    assert player.number("step") == str(RECORD["moments"][7]["step"])
    player.page.keyboard.press("PageDown")
    assert player.number("step") == str(RECORD["moments"][3]["step"])


def test_no_number_stands_on_a_title(player):
    for moment in range(1, 5):
        player.go_to(moment)
        for plot in player.figure.locator(".ssd-plot").all():
            plot.evaluate(
                "(svg) => svg.getAnimations({ subtree: true }).forEach((a) => a.finish())"
            )
            title, number = places(
                *(plot.locator(f".ssd-{name}") for name in ("plot-title", "here-text"))
            )
            assert number["y"] >= title["y"] + title["height"] - 4


def test_no_tick_stands_on_the_first_step_on_a_phone(watch):
    player = Replay(watch(390))
    on_it = """(plot) => {
        const texts = [...plot.querySelectorAll("text")];
        const first = texts.find((one) => one.textContent === "step 0");
        const step = first.getBoundingClientRect();
        return texts.filter((one) => one !== first).map((one) => one.getBoundingClientRect())
            .filter((one) => one.left < step.right && one.right > step.left
                && one.top < step.bottom && one.bottom > step.top).length;
    }"""
    for plot in player.figure.locator(".ssd-plot").all():
        assert plot.evaluate(on_it) == 0
    assert player.watched.trouble == []


def test_a_higher_threshold_shows_less(player):
    player.go_to(LAST)
    player.more()
    slider = player.figure.get_by_label("with a score of at least")
    slider.focus()
    player.page.keyboard.press("Home")
    low = [int(player.number(name)) for name in ("right", "wrong")]
    player.page.keyboard.press("End")
    high = [int(player.number(name)) for name in ("right", "wrong")]
    assert sum(high) < sum(low)


def test_the_mined_negatives_are_painted_on_request(player):
    before = player.stage.screenshot()
    player.more()
    player.figure.get_by_label("Paint the mined negatives").check()
    player.wait_until(lambda: player.stage.screenshot() != before)


def test_a_question_that_paints_negatives_says_what_is_pink(player):
    line = player.figure.locator("[data-line=box]")
    assert "Pink" not in line.inner_text()
    player.figure.get_by_role("button", name="Which negatives does it learn from?").click()
    assert "Pink: the negatives" in line.inner_text()
    player.figure.get_by_role("button", name="Show less certain boxes?").click()
    assert "Pink" not in line.inner_text()


def test_a_box_that_is_pointed_at_says_why_it_counts(player):
    player.go_to(LAST)
    line = player.figure.locator("[data-line=box]")
    [x1, y1, x2, y2] = RECORD["objects"][0][1][1]  # the large cat
    player.page.mouse.move(*player.place(0, (x1 + x2) / 2, (y1 + y2) / 2))
    assert "cat, right: score 0." in line.inner_text()
    player.figure.get_by_text("missed").first.hover()
    assert "a box to see why" in line.inner_text()
    player.stage.focus()
    player.page.keyboard.press("ArrowRight")
    assert "missed: no right" in line.inner_text()
    player.page.keyboard.press("ArrowLeft")
    assert "right: score" in line.inner_text()


def test_the_answers_of_the_chips_are_true(player):
    first = next(k for k in range(LAST) if TrainingReplay().right(k))
    step = RECORD["moments"][first]["step"]
    at_500 = next(one for one in RECORD["moments"] if one["step"] == 500)
    shown = TrainingReplay(threshold=0.3)
    for ask, says in {
        "When is the first object found?": f"at step {step}, after {16 * step} images",
        "Nearly flat after step 500": f"from {at_500['map']:.2f} to",
        "Which negatives does it learn from?": "At step 1, 9 % of them",
        "Show less certain boxes?": f"0.30 on, {shown.right(LAST)} are right",
    }.items():
        chip = player.figure.get_by_role("button", name=ask)
        chip.click()
        chip.click()
        assert says in player.answered()
    assert player.number("right") == str(shown.right(LAST))


def test_a_small_scene_is_enlarged_by_a_press(player, width):
    """Where there is no room for three, one is large."""
    if width > 600:
        return
    line = player.figure.locator("[data-line=box]")
    player.go_to(LAST)
    [x1, y1, x2, y2] = RECORD["objects"][1][0][1]
    player.page.mouse.click(*player.to_page(5 / 6, 1 / 4))
    player.page.mouse.move(*player.place(1, (x1 + x2) / 2, (y1 + y2) / 2))
    assert RECORD["classes"][RECORD["objects"][1][0][0]] in line.inner_text()
