"""The IoU playground in the page: by mouse, by touch, by keyboard, in numbers."""

import pytest
import torch
from figure import Figure

from ssd_lib.boxes import box_iou
from ssd_lib.widgets.iou_playground import IoUPlayground

ASKED = {  # pairs that questions set
    "shifted by half": "Half a box aside: half the IoU?",
    "nested": "One inside the other: is it 1?",
    "touching": "Only touching: what then?",
}


class Playground(Figure):
    widget = "iou_playground"
    path = "book/boxes.html"

    def box(self, name):
        return self.figure.locator(f".ssd-box.ssd-{name.lower()}")

    def corners(self, name):
        fields = self.figure.locator(f"input[aria-label^='Box {name}']").all()
        return [float(field.input_value()) for field in fields]

    def unfold(self):
        more = self.figure.locator("details.ssd-more")
        if more.get_attribute("open") is None:
            more.locator("summary").click()

    def press(self, preset):
        self.unfold()
        name = ASKED.get(preset, preset)  # a pair has one button
        self.figure.get_by_role("button", name=name, exact=True).click()
        self.settle()

    def settle(self):
        """Wait until the boxes have glided to where they belong."""
        self.rest()

    def drag(self, start, end):
        self.page.mouse.move(*self.to_page(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.to_page(*end), steps=4)
        self.page.mouse.up()

    def expected_iou(self):
        a, b = (torch.tensor([self.corners(name)]) for name in "AB")
        return f"{box_iou(a, b).item():.3f}"


@pytest.fixture
def playground(watch, width):
    figure = Playground(watch(width, has_touch=width == 360))
    yield figure
    assert figure.watched.trouble == []


def test_it_starts_with_the_state_that_python_wrote(playground):
    widget = IoUPlayground()
    assert playground.corners("A") == pytest.approx(widget.box_a)
    assert playground.corners("B") == pytest.approx(widget.box_b)
    assert playground.number("iou") == f"{widget.iou:.3f}"


def test_each_preset_shows_the_numbers_of_ssd_lib(playground):
    for name, a, b in IoUPlayground().presets:
        playground.press(name)
        assert playground.corners("A") == pytest.approx(a)
        assert playground.corners("B") == pytest.approx(b)
        assert playground.number("iou") == playground.expected_iou()


def test_the_mouse_drags_a_box(playground):
    playground.press("apart")
    mouse = playground.page.mouse
    mouse.move(*playground.to_page(0.2, 0.25))
    mouse.down()
    mouse.move(*playground.to_page(0.6, 0.55), steps=4)
    mouse.up()
    mouse.move(*playground.to_page(0.1, 0.1))
    assert playground.corners("A") == pytest.approx([0.45, 0.4, 0.75, 0.7], abs=0.01)
    assert playground.number("iou") == playground.expected_iou() != "0.000"


def test_the_mouse_drags_a_corner_no_further_than_the_opposite_one(playground):
    playground.press("nested")
    mouse = playground.page.mouse
    mouse.move(*playground.to_page(0.7, 0.6))  # B's lower right corner
    mouse.down()
    mouse.move(*playground.to_page(0.5, 0.5))
    assert playground.corners("B") == pytest.approx([0.3, 0.4, 0.5, 0.5], abs=0.01)
    assert playground.number("iou") == playground.expected_iou()
    mouse.move(*playground.to_page(0.1, 0.1))
    mouse.up()
    assert playground.corners("B") == pytest.approx([0.3, 0.4, 0.3, 0.4], abs=0.01)
    assert playground.number("iou") == "0.000"


def test_a_box_stays_inside_the_picture(playground):
    playground.press("overlapping")
    mouse = playground.page.mouse
    mouse.move(*playground.to_page(0.3, 0.35))
    mouse.down()
    mouse.move(*playground.to_page(-0.5, -0.3))
    mouse.up()
    assert playground.corners("A") == pytest.approx([0, 0, 0.4, 0.4], abs=1e-4)


def test_a_finger_drags_a_box_and_not_the_page(playground):
    """Up and down, too, and though nothing has chosen the box."""
    playground.press("apart")
    page = playground.page
    # Where each is, before a finger is there: below the header the picture may stick, and
    # every look at it moves the page on by the margin that is kept there.
    for _ in range(8):
        places = [playground.to_page(*at) for at in ((0.2, 0.25), (0.2, 0.35), (0.4, 0.45))]
    before = page.evaluate("scrollY")
    session = page.context.new_cdp_session(page)
    kinds = ("touchStart", "touchMove", "touchMove", "touchEnd")
    for kind, place in zip(kinds, [*places, None], strict=True):
        points = [dict(zip("xy", place, strict=True))] if place else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert playground.corners("A") == pytest.approx([0.25, 0.3, 0.55, 0.6], abs=0.01)
    assert page.evaluate("scrollY") == pytest.approx(before, abs=1)


def test_arrow_keys_move_and_resize_a_box(playground):
    playground.press("shifted by half")
    playground.box("B").focus()
    for _ in range(5):
        playground.page.keyboard.press("ArrowLeft")
    playground.page.keyboard.press("ArrowDown")
    assert playground.corners("B") == pytest.approx([0.35, 0.31, 0.75, 0.71])
    playground.page.keyboard.press("Shift+ArrowRight")
    playground.page.keyboard.press("Shift+ArrowUp")
    assert playground.corners("B") == pytest.approx([0.35, 0.31, 0.76, 0.70])
    assert playground.number("iou") == playground.expected_iou()


def test_every_control_is_reached_by_tab(playground):
    keyboard = playground.page.keyboard
    playground.box("A").focus()
    keyboard.press("Tab")
    assert "Box B" in playground.page.evaluate("document.activeElement.ariaLabel")
    names = []
    for _ in range(30):
        keyboard.press("Tab")
        names.append(playground.page.evaluate("document.activeElement.textContent"))
        if names[-1] == "More":
            keyboard.press("Enter")  # unfolds it
        if playground.page.evaluate("document.activeElement.tagName") == "SELECT":
            break
    presets = [name for name, _, _ in IoUPlayground().presets if name not in ASKED]
    assert [name for name in names if name in presets] == presets
    assert playground.figure.locator(".ssd-chip").all_inner_texts() == names[4:8]
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")  # the last of the pairs
    assert playground.corners("A") == pytest.approx(IoUPlayground().presets[-1][1])


def test_corners_can_be_typed_in_pixels_inverted_ones_too(playground):
    playground.press("equal")
    playground.figure.locator("select").select_option("600")
    field = playground.figure.get_by_label("Box B, left")
    assert field.input_value() == "180"
    field.fill("480")
    field.press("Enter")
    field.blur()
    assert playground.corners("B") == [480, 180, 420, 420]
    playground.settle()
    assert "ssd-inverted" in playground.box("B").get_attribute("class")
    assert playground.number("iou") == "0.000"
    assert playground.number("a") == "57600 px²"


def test_nonsense_in_a_field_changes_nothing(playground):
    playground.press("equal")
    field = playground.figure.get_by_label("Box A, left")
    field.fill("")
    field.press("Enter")
    field.blur()
    assert playground.corners("A") == pytest.approx([0.3, 0.3, 0.7, 0.7])


def test_every_handle_is_hit_at_its_centre(playground):
    handles = playground.figure.locator(".ssd-corner").all()
    assert len(handles) == 8
    for handle in handles:
        assert handle.evaluate("""(corner) => {
            const { x, y, width, height } = corner.getBoundingClientRect();
            return document.elementFromPoint(x + width / 2, y + height / 2) === corner;
        }""")


def test_a_question_reaches_no_goal(playground):
    chip = playground.figure.get_by_role("button", name="How far off is 0.90?")
    chip.click()
    playground.settle()
    assert float(playground.number("iou")) >= 0.9
    goal = playground.figure.locator(".ssd-goal")
    assert "ssd-reached" not in goal.get_attribute("class")
    assert "★" not in goal.inner_text()
    playground.box("A").focus()
    playground.page.keyboard.press("ArrowLeft")  # nearer, by hand
    assert "ssd-reached" in goal.get_attribute("class")


def test_who_fits_the_box_to_the_dog_is_cheered(playground):
    left, top, right, bottom = IoUPlayground().things[0][1]
    goal = playground.figure.locator(".ssd-goal")
    assert "0.90" in goal.inner_text()
    playground.drag(playground.corners("A")[:2], (left + 0.01, top + 0.01))
    assert "ssd-reached" not in goal.get_attribute("class")
    playground.drag(playground.corners("A")[2:], (right + 0.01, bottom + 0.01))
    assert float(playground.number("iou")) >= 0.9
    assert "ssd-reached" in goal.get_attribute("class")
    assert playground.number("iou") in goal.inner_text()  # the reader's best
    assert playground.figure.locator(".ssd-cheer").is_visible()
    playground.press("apart")
    playground.figure.get_by_role("button", name="Set it up").click()
    playground.settle()
    assert playground.corners("A") == pytest.approx(IoUPlayground().start)


def test_the_answers_are_true_of_what_is_shown(playground):
    for chip in playground.figure.locator(".ssd-chip").all():
        chip.click()
        playground.settle()
        assert playground.answered() == "Show the answer"
        chip.click()
        assert playground.number("iou") in playground.answered()


def test_pointing_at_an_area_lights_it(playground):
    pixels = """() => document.querySelector("figure[data-widget=iou_playground] canvas")
        .toDataURL()"""
    seen = {playground.page.evaluate(pixels)}
    for part in ("intersection", "union", "a", "b"):
        playground.figure.locator(
            ".ssd-key-row", has=playground.page.locator(f"[data-number={part}]")
        ).focus()
        playground.rest(100)
        seen.add(playground.page.evaluate(pixels))
    assert len(seen) == 5


def test_a_box_without_an_area_says_why(playground):
    goal = playground.figure.locator(".ssd-goal")
    reasons = {
        "inverted": "B's right edge lies left of its left edge",
        "no area": "B's top and bottom edges are the same",
    }
    for pair, reason in reasons.items():
        playground.press(pair)
        assert goal.inner_text() == f"{reason}, so its area counts as 0."
        assert playground.number("iou") == "0.000"
    playground.press("overlapping")
    assert "counts as 0" not in goal.inner_text()


def test_a_corner_is_taken_a_little_inside_it(playground):
    box = playground.box("B")
    frame = box.bounding_box()
    before = playground.corners("B")
    x, y = frame["x"] + frame["width"] - 16, frame["y"] + frame["height"] - 16
    playground.page.mouse.move(x, y)
    playground.page.mouse.down()
    playground.page.mouse.move(x - 20, y - 20, steps=3)
    playground.page.mouse.up()
    after = playground.corners("B")
    assert after[:2] == before[:2]
    assert after[2] < before[2]
