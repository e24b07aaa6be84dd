"""The figures of the chapter on the loss hold the record's numbers, and those they are given."""

import json
import math
import re

import pytest
import torch

from ssd_lib.assets import path
from ssd_lib.figures import loss

RECORD = json.loads(path("runs/answers.json").read_text())


@pytest.fixture(scope="module")
def answers():
    return loss.Answers(RECORD)


def test_the_answers_are_one_for_each_default_box(answers):
    assert len(answers.labels) == RECORD["default_boxes"]
    assert int((answers.labels > 0).sum()) == len(RECORD["labels"])
    assert all(len(one) == len(answers.labels) for one in answers.losses.values())
    assert list(answers.losses) == [1, 130, 900]


def test_after_one_step_an_answer_costs_about_as_much_as_a_guess(answers):
    assert answers.losses[1].mean() == pytest.approx(math.log(9), rel=0.03)


@pytest.mark.parametrize("step", [1, 130, 900])
def test_a_bill_has_three_groups_that_make_up_the_whole(answers, step):
    rows = answers.bill(step)
    assert [name for name, *_ in rows] == list(loss.GROUPS)
    assert sum(count for _, count, _ in rows) == len(answers.labels)
    assert sum(total for *_, total in rows) == pytest.approx(answers.losses[step].sum().item())
    assert rows[1][1] == 3 * rows[0][1]
    means = [total / count for _, count, total in rows]
    assert means[1] > means[2]


def test_the_bars_carry_sum_count_and_mean(answers):
    said = repr(loss.bill(answers.bill(130), "step 130")).splitlines()
    assert said[0].split()[-4:] == ["85", "(31", "×", "2.74)"]
    assert said[2].split()[-4:] == ["603", "(6012", "×", "0.10)"]
    assert len(loss.bills(answers, (1, 130)).figures) == 2


def test_the_run_s_curves_are_the_record_s_sums():
    said = repr(loss.over_the_run(RECORD["moments"])).splitlines()
    for line, key in zip(said, ("positives", "mined", "others"), strict=True):
        last = float(line.split()[-1])
        assert last == pytest.approx(RECORD["moments"][-1][key]["loss"], rel=1e-3)


def test_the_hardest_are_background_and_drawn_as_mined(answers):
    image = torch.zeros(3, 60, 60, dtype=torch.uint8)
    corners = torch.rand(len(answers.labels), 4)
    one, other = loss.hardest(image, answers, corners, (1, 900), 5).pictures
    assert (one.title, other.title) == ("step 1", "step 900")
    assert one.svg.count('stroke="var(--ssd-mined') == 5
    assert len(other.boxes) == 5


def test_three_losses_and_their_slopes():
    z = torch.tensor([-2.0, 0.0, 2.0])
    pairs = {"L2": (z * z / 2, z), "L1": (z.abs(), z.sign()), "smooth L1": (z.abs() - 0.5, z)}
    values, slopes = repr(loss.three_losses(z, pairs)).split("\n\n")
    assert "L1: -2 2, 0 0, 2 2" in values
    assert "L1: -2 -1, 0 0, 2 1" in slopes


def test_losses_over_the_score_are_the_curves_given():
    found = loss.of_the_score([0.5, 1.0], {"plain": [0.69, 0.0], "focal": [0.17, 0.0]})
    assert repr(found).splitlines() == ["plain: 0.5 0.69, 1 0", "focal: 0.5 0.17, 1 0"]


def test_twelve_boxes_sum_up_what_counts():
    found = loss.twelve([0, 1, 0, 0, 0, 0], ["background", "cat"], [0.9, 0.5, 0.8, 0.3, 0.6, 0.99])
    kinds = [re.split(r" {2,}", line)[-1] for line in repr(found).splitlines()[1:-1]]
    assert kinds == ["dropped", "object", *["hard"] * 3, "dropped"]
    total = -sum(math.log(score) for score in (0.5, 0.8, 0.3, 0.6))
    assert f"{total:.3f}" in repr(found).splitlines()[-1]
