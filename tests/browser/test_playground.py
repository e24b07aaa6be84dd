"""The playground: an SSD that trains in the page, and what a reader can do with it."""

import json

import pytest
from figure import Figure
from playwright.sync_api import expect

from ssd_lib.model import load_weights
from ssd_lib.widgets import Playground as Widget
from ssd_lib.widgets.modules import module_source
from ssd_lib.widgets.playground import EXPERIMENTS

QUICK = "imageSize=48&batchSize=4&steps=60&evaluateEvery=20"
HIDE = """() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
AS_JUPYTER = """async ([source, state]) => {
    delete window.ssdLoad;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const widget = (await import(url)).default;
    const el = document.createElement("div");
    document.querySelector("article").prepend(el);
    el.id = "own";
    const model = { get: (name) => state[name], set: (name, value) => { state[name] = value; },
        on() {}, off() {}, save_changes() {} };
    window.end = widget.render({ model, el });
}"""
HEAP = "() => performance.memory.usedJSHeapSize"


class Playground(Figure):
    widget = "playground"
    ready = ".ssd-look .ssd-square-view"

    def __init__(self, watched, settings=QUICK):
        self.path = f"book/playground.html#{settings}" if settings else "book/playground.html"
        super().__init__(watched)
        expect(self.line("about-scene")).to_contain_text("found")

    def line(self, name):
        return self.figure.locator(f"[data-line={name}]")

    def press(self, name):
        self.figure.get_by_role("button", name=name, exact=True).click()

    def turn_to(self, name):
        """Open a folder, unless it is open."""
        tab = self.figure.get_by_role("tab", name=name, exact=True)
        if tab.get_attribute("aria-selected") != "true":
            tab.click()

    def settings(self, group):
        self.turn_to("Settings")
        self.figure.get_by_role("tab", name=group).click()

    def chip(self, experiment):
        self.turn_to("Questions")
        name = experiment.name[0].upper() + experiment.name[1:]
        return self.figure.get_by_role("button", name=name, exact=True)

    def slow_down(self, speed):
        self.figure.locator(".ssd-panel > .ssd-more > summary").click()
        self.figure.get_by_label("Speed").select_option(label=speed)

    def step(self):
        return int(self.line("steps").inner_text().split()[1])

    def run_to_the_end(self):
        self.press("Train")
        expect(self.line("notice")).to_contain_text("Done in")

    def knob(self, key, control="select"):
        return self.figure.locator(f"[data-knob={key}] {control}")

    def rows(self):
        return self.figure.locator(".ssd-kept-table tbody tr")

    def saved(self, button, folder):
        """The file that a button saves."""
        with self.page.expect_download() as waiting:
            self.press(button)
        path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path


@pytest.fixture
def playground(watch, width):
    made = Playground(watch(width, dark=width < 600))
    yield made
    assert made.watched.trouble == []


def test_nothing_begins_by_itself_and_the_untrained_network_guesses(playground):
    assert playground.step() == 0
    expect(playground.line("notice")).to_contain_text("Untrained")
    play = "Train it" if playground.page.viewport_size["width"] > 600 else "Train"
    expect(playground.figure.get_by_role("button", name=play, exact=True)).to_be_visible()
    expect(playground.figure.locator(".ssd-small-scene:visible")).to_have_count(8)
    playground.page.wait_for_timeout(400)
    assert playground.step() == 0


def test_a_run_of_60_steps_learns_and_ends_by_itself(playground):
    playground.run_to_the_end()
    assert playground.step() == 60
    losses = playground.figure.locator("path.ssd-confidence:not(.ssd-raw)")
    heights = [float(at.split()[1]) for at in losses.get_attribute("d")[1:].split("L")]
    assert len(heights) == 60
    assert heights[-1] > heights[0] + 5  # further down in the plot
    assert playground.figure.locator("path.ssd-now").get_attribute("d").count("L") == 3
    expect(playground.figure.get_by_role("button", name="Train again")).to_be_visible()
    expect(playground.figure.locator(".ssd-cover")).to_be_hidden()


def test_the_scene_that_it_begins_with_is_the_same_at_the_end(playground):
    scene = playground.figure.get_by_role("button", name="Scene 7: ")
    expect(scene).to_have_attribute("aria-pressed", "true")
    ticks = playground.figure.locator(".ssd-plot:last-of-type .ssd-level + text")
    before = ticks.evaluate_all("(all) => all.map((one) => one.textContent)")
    playground.run_to_the_end()
    expect(scene).to_have_attribute("aria-pressed", "true")
    after = ticks.evaluate_all("(all) => all.map((one) => one.textContent)")
    assert before == after == ["0.2", "0.5", "1", "2", "5", "10"]  # of the losses


def test_one_button_leads_at_a_time(watch, width):
    playground = Playground(watch(width), QUICK.replace("steps=60", "steps=2000"))  # not yet over
    lead = """() => {
        const probe = document.querySelector(".ssd-playground")
            .appendChild(document.createElement("i"));
        probe.style.background = "var(--ssd-accent)";
        const accent = getComputedStyle(probe).backgroundColor;
        probe.remove();
        return [...document.querySelectorAll(".ssd-playground .ssd-main")]
            .filter((one) => one.checkVisibility()
                && getComputedStyle(one).backgroundColor === accent)
            .map((one) => one.textContent);
    }"""

    def leads(text):
        playground.page.mouse.move(0, 0)
        playground.wait_until(lambda: playground.page.evaluate(lead) == [text])

    leads("Train it" if playground.page.viewport_size["width"] > 600 else "Train")
    playground.chip(EXPERIMENTS[-1]).click()
    leads("Train this")
    playground.press("Train this")
    playground.wait_until(lambda: playground.step() > 0)
    leads("Pause")
    playground.press("Pause")
    leads("Go on")


def test_the_large_number_has_a_name(playground):
    expect(playground.figure.locator(".ssd-headline > span").first).to_be_visible()
    assert playground.figure.locator(".ssd-headline").inner_text().startswith("mAP: how well")


def test_it_pauses_does_one_step_and_starts_again(playground):
    playground.slow_down("2 steps a second")
    playground.press("Train")
    playground.wait_until(lambda: playground.step() > 0)
    playground.press("Pause")
    expect(playground.figure.get_by_role("button", name="Go on")).to_be_visible()
    playground.page.wait_for_timeout(700)  # the step that was being done
    paused = playground.step()
    playground.press("One step")
    playground.wait_until(lambda: playground.step() == paused + 1)
    playground.page.wait_for_timeout(700)
    assert playground.step() == paused + 1
    playground.press("Start again")
    playground.wait_until(lambda: playground.step() == 0)
    expect(playground.line("notice")).to_contain_text("Untrained")


def test_a_seed_gives_the_same_run_again(playground):
    def losses():
        playground.press("One step")
        playground.wait_until(lambda: playground.step() == 1)
        return playground.line("read").inner_text()

    first = losses()
    playground.press("Start again")
    playground.wait_until(lambda: playground.step() == 0)
    assert losses() == first
    playground.settings("Scene")
    playground.press("Next seed")
    expect(playground.line("notice")).to_contain_text("Needs a new start: Seed: 2")
    playground.press("Start again")
    playground.wait_until(lambda: playground.step() == 0)
    assert losses() != first


def test_a_knob_says_whether_it_needs_a_new_start(playground):
    figure = playground.figure
    playground.press("One step")
    playground.wait_until(lambda: playground.step() == 1)
    playground.settings("Loss")
    playground.knob("mining").select_option(label="1")
    expect(playground.line("notice")).to_be_empty()  # the run has taken it up
    playground.settings("Scene")
    playground.knob("imageSize").select_option(label="64 × 64 pixels")
    expect(playground.line("notice")).to_contain_text("Needs a new start: Image size")
    expect(figure.locator("[data-knob=imageSize] .ssd-waits")).to_have_text("Needs a new start. ")
    playground.press("Start again")
    expect(playground.line("about-scene")).to_contain_text("64 × 64 pixels")
    figure.get_by_role("button", name="Negatives for each positive: 1: set back").click()
    expect(figure.get_by_role("tab", name="Loss", exact=True)).to_be_visible()  # none changed


def test_every_knob_leads_to_its_chapter(playground):
    links = playground.figure.locator(".ssd-knob a")
    targets = {link.get_attribute("href") for link in links.all()}
    assert targets == {
        f"{stem}.html"
        for stem in ("features", "default_boxes", "offsets", "matching", "loss", "augment", "train")
    }


def test_the_default_boxes_show_what_matches_and_are_dragged(playground):
    figure = playground.figure
    playground.settings("Matching")
    playground.knob("iouThreshold", "input").fill("0.9")
    expect(figure.get_by_role("radio", name="Default boxes")).to_be_checked()
    expect(playground.line("about-scene")).to_contain_text("by force")
    handle = figure.get_by_role("slider", name="Box size of the coarse map")
    before = int(handle.get_attribute("aria-valuenow"))
    handle.focus()
    handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuenow", f"{before + 1}")
    x, y = playground.to_page(0.9, 0.9)
    box = handle.bounding_box()
    playground.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    playground.page.mouse.down()
    playground.page.mouse.move(x, y)
    playground.page.mouse.up()
    expect(handle).to_have_attribute("aria-valuenow", "80")


def test_what_the_batch_teaches(playground):
    playground.figure.get_by_label("What the batch teaches").check()
    expect(playground.line("about-scene")).to_contain_text("Take a step")
    playground.press("One step")
    expect(playground.line("about-scene")).to_contain_text("4 images of the batch of step 1, with")
    assert playground.line("about-scene").inner_text().endswith("negatives.")


def test_a_question_sets_everything_and_its_answer_is_recorded(playground):
    one = next(one for one in EXPERIMENTS if one.name == "no hard negatives")
    chip = playground.chip(one)
    chip.click()
    expect(playground.line("question")).to_have_text(one.ask)
    expect(playground.line("watch")).to_have_text(one.watch)
    expect(playground.line("steps")).to_contain_text("of 250")
    expect(playground.figure.get_by_role("button", name="Image size")).to_have_count(0)
    chip.click()
    expect(playground.figure.locator(".ssd-answer")).to_contain_text("recorded runs")


def test_a_question_is_trained_where_it_is_asked_and_nothing_moves(playground):
    figure = playground.figure
    below = figure.locator("figcaption")
    chip = playground.chip(EXPERIMENTS[-1])
    expect(figure.get_by_role("button", name="Train this")).to_be_hidden()
    before = below.evaluate("(one) => one.offsetTop")
    chip.click()
    if playground.page.viewport_size["width"] > 600:
        assert below.evaluate("(one) => one.offsetTop") == before
    playground.press("Train this")
    playground.wait_until(lambda: playground.step() > 0)
    playground.press("Pause")


@pytest.mark.parametrize("phone", [False, True])
def test_training_a_question_brings_the_scene_into_sight(watch, phone):
    playground = Playground(watch(390 if phone else 1280, dark=phone, reduced_motion="reduce"))
    playground.chip(EXPERIMENTS[-1]).click()
    playground.figure.locator(".ssd-folders").evaluate("(one) => one.scrollIntoView()")
    playground.press("Train this")
    top = playground.stage.evaluate("(one) => one.getBoundingClientRect().top")
    assert 0 < top < 200  # at once: nothing glides for who wants no motion
    playground.press("Pause")
    assert playground.watched.trouble == []


def test_all_questions_are_read_whole_and_the_knobs_wait(playground):
    tabs = playground.figure.locator(".ssd-folder-tabs button[aria-selected=true]")
    expect(tabs).to_have_count(int(playground.page.viewport_size["width"] > 600))
    playground.chip(EXPERIMENTS[0])
    expect(playground.figure.locator(".ssd-chip:visible")).to_have_count(len(EXPERIMENTS))
    cut = """(chips) => chips.filter((chip) => {
        const [own, line] = [chip, chip.parentElement].map((one) => one.getBoundingClientRect());
        return own.right > line.right + 1 || chip.scrollWidth > chip.clientWidth + 1;
    }).length"""
    assert playground.figure.locator(".ssd-chip").evaluate_all(cut) == 0
    panels = playground.figure.locator(".ssd-knob-panel:visible")
    expect(panels).to_have_count(0)
    playground.settings("Matching")
    expect(panels).to_have_count(1)
    expect(playground.figure.locator(".ssd-chip:visible")).to_have_count(0)


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_an_address_may_name_a_question(watch):
    one = Playground(watch(), "overfit-one-scene")
    expect(one.line("watch")).to_contain_text("Watch the only scene")
    expect(one.figure.locator(".ssd-small-scene:visible")).to_have_count(1)
    assert one.watched.trouble == []


def test_two_runs_lie_over_each_other_with_what_differs(playground):
    playground.run_to_the_end()
    playground.settings("Optimizer")
    playground.knob("learningRate").select_option(label="0.002")
    expect(playground.line("notice")).to_contain_text("Needs a new start: Learning rate: 0.002")
    playground.press("Train again")
    expect(playground.line("notice")).to_contain_text("Done in")
    expect(playground.rows()).to_have_count(2)
    expect(playground.rows().nth(1)).to_contain_text("Learning rate: 0.002")
    expect(playground.figure.locator("path.ssd-kept-run")).to_have_count(3)  # mAP, two losses
    playground.figure.get_by_role("button", name="Remove run A").click()
    expect(playground.figure.locator("path.ssd-kept-run")).to_have_count(0)


def test_a_link_brings_the_settings_back(playground, watch):
    playground.settings("Loss")
    playground.knob("loss").select_option(label="focal loss")
    playground.turn_to("Save and share")
    playground.press("Link to these settings")
    url = playground.figure.get_by_role("textbox", name="Link").input_value()
    assert url == playground.page.url
    again = Playground(watch(), url.split("#")[1])
    again.settings("Loss")
    expect(again.knob("loss")).to_have_value(json.dumps("focal"))
    expect(again.line("steps")).to_contain_text("of 60")


def test_what_is_taken_along(playground, tmp_path):
    playground.run_to_the_end()
    playground.turn_to("Save and share")
    model, classes = load_weights(playground.saved("Weights", tmp_path))
    assert list(classes) == ["background", "disc", "square", "triangle"]
    assert model.layout.image_px == 48
    curve = playground.saved("Curve as CSV", tmp_path).read_text().splitlines()
    assert curve[0] == "step,localization_loss,confidence_loss,learning_rate,map"
    assert len(curve) == 61
    playground.press("Python code")
    code = playground.figure.locator(".ssd-exports pre").inner_text()
    compile(code, "page.py", "exec")
    assert "ssd_page(" in code
    assert "DefaultBoxLayout(" in code


def test_it_stops_while_nobody_sees_it_and_its_worker_ends_with_the_page(playground):
    playground.slow_down("10 steps a second")
    playground.press("Train")
    playground.wait_until(lambda: playground.step() > 2)
    playground.page.evaluate(HIDE)
    expect(playground.line("notice")).to_contain_text("Paused while this page was out of sight")
    playground.wait_until(lambda: len(playground.page.workers) == 1)
    playground.page.goto("about:blank")
    playground.wait_until(lambda: not playground.page.workers)


def test_a_new_start_ends_the_old_worker(playground):
    for _ in range(3):
        playground.press("One step")
        playground.wait_until(lambda: playground.step() == 1)
        playground.press("Start again")
        playground.wait_until(lambda: playground.step() == 0)
    playground.wait_until(lambda: len(playground.page.workers) == 1)


@pytest.mark.full
@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_300_steps_leave_nothing_behind(watch):
    one = Playground(watch(), QUICK.replace("steps=60", "steps=360"))
    one.press("Train")
    one.wait_until(lambda: one.step() >= 60)
    session = one.page.context.new_cdp_session(one.page)
    session.send("HeapProfiler.collectGarbage")
    before, nodes = one.page.evaluate(HEAP), one.page.locator("*").count()
    one.wait_until(lambda: one.step() == 360)
    session.send("HeapProfiler.collectGarbage")
    assert one.page.evaluate(HEAP) < before + 6e6
    assert one.page.locator("*").count() < nodes + 60
    assert one.watched.trouble == []


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_it_is_done_by_keyboard_alone(watch):
    one = Playground(watch())
    one.figure.get_by_role("button", name="One step").focus()
    one.page.keyboard.press("Enter")
    one.wait_until(lambda: one.step() == 1)
    one.figure.get_by_role("tab", name="Questions").focus()
    one.page.keyboard.press("ArrowRight")
    expect(one.figure.get_by_role("tab", name="Settings")).to_be_focused()
    tab = one.figure.get_by_role("tab", name="Scene")
    tab.focus()
    one.page.keyboard.press("ArrowRight")
    expect(one.figure.get_by_role("tab", name="Default boxes")).to_be_focused()
    expect(one.knob("ratios")).to_be_visible()
    curves = one.figure.get_by_role("slider", name="Curves")
    curves.focus()
    one.page.keyboard.press("End")
    expect(curves).to_have_attribute("aria-valuetext", one.line("read").inner_text())
    assert "Step 1: confidence" in one.line("read").inner_text()
    assert one.watched.trouble == []


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_who_wants_no_motion_sees_stills(watch):
    one = Playground(watch(reduced_motion="reduce"), f"{QUICK}&seed=3")
    one.page.evaluate("""() => {
        window.seen = new Set();
        const line = document.querySelector("[data-line=steps]");
        new MutationObserver(() => window.seen.add(line.textContent.split(" ")[1]))
            .observe(line, { childList: true, characterData: true, subtree: true });
    }""")
    one.run_to_the_end()
    assert one.page.evaluate("window.seen.size") <= 6  # three evaluations, beginning and end


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_a_browser_that_cannot_train_says_so(watch):
    watched = watch()
    watched.page.add_init_script("delete window.Worker")

    class Broken(Playground):
        def __init__(self):
            self.path = "book/playground.html"
            Figure.__init__(self, watched)

    one = Broken()
    expect(one.line("notice")).to_contain_text("Training does not work here")


@pytest.mark.parametrize("width", [1440, 390, 320])
@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_it_fits_and_can_be_touched(watch, width):
    one = Playground(watch(width, has_touch=True))
    page = one.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width == 1440:
        assert one.stage.bounding_box()["width"] >= 560
    if width < 600:
        small = page.evaluate("""() => [...document.querySelectorAll(
            ".ssd-playground :is(button, select, label.ssd-check)")]
            .filter((one) => one.checkVisibility()
                && one.getBoundingClientRect().height < 43.5 && matchMedia("(pointer: coarse)").matches)
            .map((one) => one.textContent)""")
        assert small == []
    assert one.watched.trouble == []


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_in_jupyter_the_worker_comes_over_a_trait_and_ends_with_the_view(watch):
    watched = watch()
    page = watched.open("book/faq.html")
    widget = Widget(config={"imageSize": 48, "batchSize": 4, "steps": 20})
    state = {name: getattr(widget, name) for name in ("config", "experiments", "trainer")}
    page.evaluate(AS_JUPYTER, [module_source("playground"), state])
    own = page.locator("#own")
    own.get_by_role("button", name="Train", exact=True).click()
    expect(own.locator("[data-line=notice]")).to_contain_text("Done in")
    assert own.locator("a").count() == 0  # there are no chapters beside a notebook's view
    assert own.get_by_role("button", name="Link to these settings").count() == 0
    page.evaluate("window.end()")
    page.wait_for_function("true")
    for _ in range(100):
        if not page.workers:
            break
        page.wait_for_timeout(50)
    assert page.workers == []
    assert watched.trouble == []


def test_a_run_that_is_kept_moves_no_question(watch):
    playground = Playground(watch(1280))
    chip = playground.chip(EXPERIMENTS[0])
    table = playground.figure.locator(".ssd-kept")
    after = "(one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING"
    assert chip.evaluate(after, table.element_handle())
    assert playground.watched.trouble == []
