"""The augmentation lab in the page: its patches are judged by ssd_lib's rule."""

import json
import re

import pytest
import torch
from figure import Figure
from watching import places

from ssd_lib.boxes import box_iou
from ssd_lib.widgets.augmentation_lab import AugmentationLab

NAMES = AugmentationLab().names
STEPS = ["distort colours", "zoom out", "cut a patch", "mirror"]


class Lab(Figure):
    widget = "augmentation_lab"
    path = "book/augment.html"
    ready = ".ssd-swap >> nth=0"

    def tile(self, k):
        return self.figure.get_by_role("button", name=f"Result {k + 1}:")

    def open(self, k):
        self.tile(k).click()
        self.figure.get_by_role("button", name="Back to all nine").wait_for()

    def press(self, name):
        self.figure.get_by_role("button", name=name, exact=True).click()

    def line(self, step):
        return self.figure.locator(f"[data-line={step}]").inner_text()

    def settings(self):
        self.figure.locator("summary").click()

    def choose(self, value):
        self.figure.get_by_role("combobox").select_option(value)

    def kept(self):
        """How many boxes each result has, by the tiles themselves."""
        return self.page.locator(".ssd-sheet:not(.ssd-story) .ssd-shot").evaluate_all(
            """(shots) => shots.map((shot) =>
                shot.querySelectorAll("i:not([hidden], .ssd-lost)").length)"""
        )

    def fates(self):
        """What became of the objects of the result that tells its story."""
        return {
            kind.get_attribute("data-fate"): [
                text.replace("\xa0", " ") for text in kind.locator("> span").all_inner_texts()
            ]
            for kind in self.figure.locator("[data-fate]").all()
        }

    def trials(self):
        rows = self.figure.locator("[data-patch]")
        return [
            (
                torch.tensor(json.loads(row.get_attribute("data-patch"))),
                *row.locator("td").all_inner_texts()[1:],
            )
            for row in rows.all()
        ]


@pytest.fixture
def lab(watch, width):
    figure = Lab(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_every_trial_is_judged_by_the_rule(lab):
    lab.settings()
    lab.figure.get_by_label("zoom out").uncheck()  # the boxes are where they are known
    lab.open(0)
    for bound in ("0.1", "0.5", "any"):
        lab.choose(bound)
        trials = lab.trials()
        assert len(trials) == 12
        verdicts = judged([patch for patch, *_ in trials], 0.0 if bound == "any" else float(bound))
        assert [(iou, verdict) for _, iou, verdict in trials] == verdicts
        taken = [verdict for *_, verdict in trials].index("taken") + 1
        assert f"Trial {taken} succeeds" in lab.line("patch")


def judged(patches, least):
    """The IoU of each patch with the object nearest to it, and what the rule says."""
    gt = torch.tensor(AugmentationLab().gt_boxes)
    verdicts, good = [], "taken"
    for patch in patches:
        best = box_iou(patch[None], gt).max().item()
        if best < least:
            verdict = "overlaps too little"
        elif not centres_inside(gt, patch).any():
            verdict = "no centre inside"
        else:
            verdict, good = good, "would do"
        verdicts.append((f"{best:.2f}", verdict))
    return verdicts


def centres_inside(boxes, patch):
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return ((centres >= patch[:2]) & (centres <= patch[2:])).all(dim=1)


def test_the_result_keeps_the_objects_whose_centre_the_patch_has(lab):
    lab.settings()
    lab.figure.get_by_label("zoom out").uncheck()
    lab.choose("0.3")
    gt = torch.tensor(AugmentationLab().gt_boxes)
    kept = lab.kept()
    for k in range(9):
        lab.open(k)
        [patch] = [patch for patch, _, verdict in lab.trials() if verdict == "taken"] or [None]
        if patch is not None:
            inside = centres_inside(gt, patch)
            assert kept[k] == int(inside.sum())
            assert f"{kept[k]} of 7 objects keep their box" in lab.line("result")
            width, height = (300 * (patch[2:] - patch[:2])).tolist()
            [numbers] = re.findall(r"^(\d+) × (\d+) of", lab.line("result"))
            assert [int(n) for n in numbers] == pytest.approx([width, height], abs=0.51)
        lab.press("Back to all nine")


def test_the_numbers_beside_the_nine_are_those_of_the_tiles(lab):
    assert lab.number("kept") == str(sum(lab.kept()))
    rows = [int(lab.number(f"object-{k}").split()[0]) for k in range(len(NAMES))]
    assert sum(rows) == sum(lab.kept())
    assert 20 < sum(rows) < 63
    assert max(lab.kept()) == 7 > min(lab.kept()) > 0


def test_a_row_lights_its_object_and_a_result_the_rows_of_what_it_has(lab):
    lab.page.set_viewport_size({"width": 1280, "height": 1000})  # to hover, a mouse
    lab.figure.locator(".ssd-key-row").nth(4).hover()
    lit = lab.page.locator(".ssd-sheet:not(.ssd-story) .ssd-frame-of.ssd-lit")
    assert set(lit.all_text_contents()) == {"cat", "cat: lost"}
    assert lit.count() == 9
    kept = lab.kept()
    for k in (0, 2, 8):
        lab.tile(k).hover()
        assert lab.figure.locator(".ssd-key-row.ssd-lit").count() == kept[k]


def test_the_draw_is_the_seeds_and_the_next_nine_are_others(lab):
    def state():
        return [lab.tile(k).get_attribute("aria-label") for k in range(9)]

    first = state()
    assert len(set(first)) > 5
    button = lab.figure.get_by_role("button", name="Draw nine more")
    button.focus()
    lab.page.keyboard.press("Enter")
    second = state()
    assert second != first
    lab.press("In sight, but no box?")  # begins with the nine of the first state
    lab.press("Back to all nine")
    assert state() == first


def test_the_story_is_reached_and_left_by_keyboard(lab):
    lab.tile(3).focus()
    lab.page.keyboard.press("Enter")
    assert lab.figure.locator(".ssd-told").is_visible()
    assert lab.tile(3).count() == 0  # nothing of the nine is in the way
    lab.figure.get_by_role("button", name="Back to all nine").focus()
    lab.page.keyboard.press("Enter")
    assert lab.tile(3).evaluate("(tile) => tile === document.activeElement")


def test_without_any_step_all_nine_are_the_image_itself(lab):
    lab.settings()
    for step in STEPS:
        lab.figure.get_by_label(step, exact=True).uncheck()
    assert lab.kept() == [7] * 9
    lab.open(5)
    assert lab.line("distort") == "The colours stay as they are this time."
    assert lab.line("zoom") == "Not this time."
    assert lab.line("patch") == "The whole image is taken."
    assert lab.line("result").startswith("All 300 × 300 pixels stay")
    assert lab.trials() == []


@pytest.mark.parametrize("dark", [False, True])
def test_the_colours_change_by_day_and_night(lab, dark):
    lab.page.emulate_media(color_scheme="dark" if dark else "light")
    filters = lab.page.locator(".ssd-sheet img").evaluate_all(
        "(images) => images.map((image) => getComputedStyle(image).filter)"
    )
    assert len(set(filters)) > 5
    assert "none" not in filters


def test_the_answers_to_the_questions_are_true(lab):
    def answer_of(ask):
        lab.press(ask)
        lab.press(ask)
        return lab.answered()

    text = answer_of("In sight, but no box?")
    [[share, name]] = re.findall(r"shows (\d+) % of the (.+)'s box", text)
    assert 20 < int(share) < 100
    assert f"{name} {share} %" in lab.fates()["lost"]
    text = answer_of("Overlap of 0.9?")
    labels = [lab.tile(k).get_attribute("aria-label") for k in range(9)]
    cut = [label for label in labels if "All 300 × 300 pixels stay" not in label]
    assert f"{len(cut) or 'none'} of these nine found a patch" in text
    text = answer_of("Only zoom out?")
    assert text.startswith("All 63 boxes stay")
    widths = lab.page.locator(".ssd-sheet:not(.ssd-story) img").evaluate_all(
        "(images) => images.map((image) => parseFloat(image.style.width))"
    )
    zoomed = [width for width in widths if width < 100]
    assert len(zoomed) >= 6
    assert f"of these nine, of {len(zoomed)}." in text
    assert lab.kept() == [7] * 9
    smallest = min(box[2] - box[0] for box in AugmentationLab().gt_boxes)
    wide = 300 * smallest
    assert f"a bird of {wide:.0f} pixels to {wide / 4:.0f}." in lab.figure.inner_text()
    text = answer_of("Only cut?")
    assert text.startswith(f"{sum(lab.kept())} of 63 boxes stay")


def test_names_are_written_in_full_inside_the_image(lab):
    cut = """(spans) => spans.filter((span) => {
        if (span.parentElement.hidden) return false;
        const [name, image] = [span, span.closest(".ssd-shot")]
            .map((one) => one.getBoundingClientRect());
        return name.left < image.left - 1 || name.right > image.right + 1
            || name.top < image.top - 1;
    }).map((span) => span.textContent)"""
    lab.press("Only zoom out?")
    lab.open(0)
    lab.rest()
    first = lab.page.locator(".ssd-story .ssd-tile").first
    assert first.locator(".ssd-frame-of > span").evaluate_all(cut) == []
    names = lab.page.locator(".ssd-story .ssd-step").all_inner_texts()
    assert names == ["1 Distorted", "2 Zoomed out", "3 Patch", "4 Result"]


def test_names_in_the_story_lie_on_no_other_name_and_its_tiles_in_line(lab):
    lie = """(spans) => spans.flatMap((one, k) => spans.slice(k + 1).filter((other) => {
        const [a, b] = [one, other].map((span) => span.getBoundingClientRect());
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    }).map((other) => `${one.textContent}, ${other.textContent}`))"""
    lab.open(0)
    lab.rest()
    for tile in lab.page.locator(".ssd-story .ssd-tile").all():
        names = tile.locator(".ssd-frame-of:not([hidden], .ssd-nameless) > span")
        assert names.count() > 1
        assert names.evaluate_all(lie) == []
    tops = [shot.bounding_box()["y"] for shot in lab.page.locator(".ssd-story .ssd-shot").all()]
    assert tops[0] == pytest.approx(tops[1], abs=1)


def test_a_hue_that_is_turned_back_has_a_true_minus_sign(lab):
    told = ""
    for k in range(9):
        lab.open(k)
        told += lab.line("distort")
        lab.press("Back to all nine")
    assert "turned by −" in told
    assert "-" not in told


def test_two_objects_of_a_class_differ_in_colour(lab):
    colours = lab.figure.locator(".ssd-key-row .ssd-key").evaluate_all(
        "(keys) => keys.map((key) => getComputedStyle(key).backgroundColor)"
    )
    assert len(set(colours)) == len(NAMES)


def test_the_questions_come_before_what_is_second(lab):
    lab.page.set_viewport_size({"width": 390, "height": 900})
    lab.open(2)
    parts = (".ssd-story", ".ssd-told", ".ssd-chip", "summary")
    tops = [place["y"] for place in places(*(lab.figure.locator(part).first for part in parts))]
    assert tops == sorted(tops)
    assert tops[2] - tops[1] < 420  # no empty room between them


def test_the_untouched_image_stands_beside_the_nine(lab):
    image = lab.figure.locator(".ssd-plain img")
    assert image.is_visible()
    assert image.evaluate("(one) => getComputedStyle(one).filter") == "none"
    assert lab.figure.locator(".ssd-plain .ssd-frame-of:visible").count() == 0


def test_a_small_object_is_seen_in_its_box(lab):
    """Its line is thin and stands off from it, up to the image's edges."""
    lines = lab.page.locator(
        ".ssd-sheet:not(.ssd-story) .ssd-frame-of:not([hidden], .ssd-lost)"
    ).evaluate_all("""(all) => all.map((one) => {
        const [box, image] = [one, one.parentElement].map((part) => part.getBoundingClientRect());
        const { borderTopWidth, inset, ...line } = getComputedStyle(one, "::before");
        return { side: Math.min(box.width, box.height), line: parseFloat(borderTopWidth),
            rims: ["top", "right", "bottom", "left"].map((edge) => ({
                gap: -parseFloat(line[edge]) - parseFloat(borderTopWidth),
                room: Math.abs(box[edge] - image[edge]) })) };
    })""")
    small = [line for line in lines if line["side"] < 20]
    assert len(small) > 5
    for line in small:
        assert line["line"] <= 1
        assert all(rim["gap"] >= 0.9 for rim in line["rims"] if rim["room"] > 4)
    assert max(line["line"] for line in lines) == 2


def test_each_step_counts_in_how_many_of_the_nine_it_was_taken(lab):
    said = [int(lab.number(step).split()[0]) for step in ("distort", "zoom", "patch")]
    found = [0, 0, 0]
    for k in range(9):
        lab.open(k)
        same = lab.page.locator(".ssd-story .ssd-tile").evaluate_all(
            "(all) => all.map((one) => one.classList.contains('ssd-same'))"
        )
        found = [times + (not is_same) for times, is_same in zip(found, same, strict=False)]
        lab.press("Back to all nine")
    assert said == found
    lab.figure.get_by_label("zoom out").uncheck()
    assert lab.number("zoom") == "0 of 9"


def test_the_story_says_what_became_of_every_object(lab):
    for k in (0, 3, 8):
        lab.open(k)
        fates = lab.fates()
        kept = len(fates.get("kept", []) + fates.get("clipped", []))
        assert f"{kept} of 7 objects keep their box" in lab.line("result")
        assert sum(map(len, fates.values())) == len(NAMES)
        lost = lab.page.locator(".ssd-story .ssd-tile:nth-child(4) .ssd-lost:not([hidden])")
        assert lost.count() == len(fates.get("lost", []))
        lab.press("Back to all nine")


@pytest.mark.parametrize("wide", [1280, 390])
def test_the_story_is_as_wide_as_the_nine(lab, wide):
    lab.page.set_viewport_size({"width": wide, "height": 900})
    lab.open(4)
    nine, story = lab.page.locator(".ssd-sheet").evaluate_all(
        "(all) => all.map((one) => [one.offsetLeft, one.offsetWidth])"
    )
    assert nine == story


def test_escape_leaves_the_story(lab):
    lab.open(3)
    lab.figure.get_by_role("button", name="Next one").press("Escape")
    assert lab.tile(3).evaluate("(tile) => tile === document.activeElement")


def test_a_result_marks_what_is_in_sight_and_has_no_box(lab):
    lost = lab.page.locator(".ssd-sheet:not(.ssd-story) .ssd-frame-of.ssd-lost:not([hidden])")
    styles = lost.evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one, '::before').outlineStyle)"
    )
    assert len(styles) > 0
    assert set(styles) == {"dashed"}
    assert all(text.endswith(": lost") for text in lost.all_text_contents())
    assert "box lost" in lab.figure.locator(".ssd-lines-of").inner_text()


def test_a_step_that_changes_nothing_is_pale_and_says_so(lab):
    lab.tile(0).click()
    said = [lab.line(name) for name in ("distort", "zoom", "patch")]
    nothing = [
        said[0].startswith("The colours stay"),
        said[1] == "Not this time.",
        said[2].startswith("The whole image") or "no cut" in said[2],
        False,
    ]
    assert any(nothing)
    pale = lab.page.locator(".ssd-story .ssd-tile").evaluate_all(
        "(all) => all.map((one) => one.classList.contains('ssd-same'))"
    )
    assert pale == nothing
