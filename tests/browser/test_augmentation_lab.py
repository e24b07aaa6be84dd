"""The augmentation lab in the page: its patches are judged by ssd_lib's rule."""

import json
import re

import pytest
import torch
from figure import Figure

from ssd_lib.boxes import box_iou
from ssd_lib.widgets.augmentation_lab import AugmentationLab


class Lab(Figure):
    widget = "augmentation_lab"
    path = "book/augment.html"
    ready = ".ssd-layers"

    def line(self):
        return self.figure.locator("[data-line=step]").inner_text()

    def choose(self, value):
        self.figure.get_by_role("combobox").select_option(value)

    def trials(self):
        rows = self.figure.locator("[data-patch]")
        return [
            (
                torch.tensor(json.loads(row.get_attribute("data-patch"))),
                *row.locator("td").all_inner_texts()[1:],
            )
            for row in rows.all()
        ]

    def again(self):
        self.figure.get_by_role("button", name="draw again").click()


@pytest.fixture
def lab(watch, width):
    figure = Lab(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_every_trial_is_judged_by_the_rule(lab):
    lab.figure.get_by_label("2 zoomed out").check()
    while lab.line() != "not zoomed out this time":
        lab.again()
    for bound in ("0.1", "0.5", "any"):
        lab.choose(bound)
        trials = lab.trials()
        assert len(trials) == 12
        verdicts = judged([patch for patch, *_ in trials], 0.0 if bound == "any" else float(bound))
        assert [(iou, verdict) for _, iou, verdict in trials] == verdicts


def judged(patches, least):
    """The IoU of each patch with the object nearest to it, and what the rule says."""
    gt = torch.tensor(AugmentationLab().gt_boxes)
    centres = (gt[:, :2] + gt[:, 2:]) / 2
    verdicts, good = [], "taken"
    for patch in patches:
        best = box_iou(patch[None], gt).max().item()
        inside = ((centres >= patch[:2]) & (centres <= patch[2:])).all(dim=1).any()
        if best < least:
            verdict = "overlaps too little"
        elif not inside:
            verdict = "no centre inside"
        else:
            verdict, good = good, "would do"
        verdicts.append((f"{best:.2f}", verdict))
    return verdicts


def test_each_step_says_what_it_did(lab):
    for name, words in (
        ("1 distorted", "brightness ×"),
        ("3 patch", "taken"),
        ("4 result", "of 7 objects stay"),
    ):
        lab.figure.get_by_label(name).check()
        assert words in lab.line()
        assert lab.line() in lab.stage.get_attribute("aria-label")


def test_the_whole_picture_keeps_all_objects(lab):
    lab.choose("whole")
    lab.figure.get_by_label("4 result").check()
    assert re.findall(r"\d+ × \d+", lab.line()) == ["300 × 300"] * 2
    assert lab.line().endswith("7 of 7 objects stay")
    assert lab.trials() == []


def test_drawing_again_by_keyboard_changes_the_draw(lab):
    lab.choose("0.3")
    first = [iou for _, iou, _ in lab.trials()]
    lab.figure.get_by_role("button", name="draw again").focus()
    lab.page.keyboard.press("Enter")
    assert [iou for _, iou, _ in lab.trials()] != first


def test_strict_bounds_are_accepted_less_often(lab):
    totals = dict.fromkeys(["0.1", "0.3", "0.5", "0.7", "0.9"], 0)
    for _ in range(5):
        for name in totals:
            totals[name] += int(lab.figure.locator(f"[data-accepted='{name}']").inner_text())
        lab.again()
    assert list(totals.values()) == sorted(totals.values(), reverse=True)
    assert totals["0.1"] > totals["0.5"]
