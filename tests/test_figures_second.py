"""The figures of the chapters from the loss on hold the numbers that they are given."""

import json
import re
from itertools import pairwise

import pytest
import torch

from ssd_lib.assets import path
from ssd_lib.evaluate import CocoAP, ErrorCounts
from ssd_lib.figures import augment, bars, beyond, charts, evaluate, loss, predict, train

IMAGE = torch.zeros(3, 60, 60, dtype=torch.uint8)
BOXES = torch.tensor([[0.1, 0.1, 0.5, 0.5], [0.4, 0.2, 0.9, 0.8], [0.0, 0.5, 0.3, 1.0]])


def read(name):
    return json.loads(path(f"runs/{name}.json").read_text())


def floats(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)]


def row_of(figure, name):
    """What stands behind a name in a chart of bars or dots."""
    [row] = [line for line in repr(figure).splitlines() if line.startswith(f"{name}  ")]
    return row.removeprefix(name)


def test_three_losses_and_their_slopes():
    d = torch.tensor([-2.0, 0.0, 2.0])
    pairs = {"L2": (d * d / 2, d), "L1": (d.abs(), d.sign()), "smooth L1": (d.abs() - 0.5, d)}
    values, slopes = repr(loss.three_losses(d, pairs)).split("\n\n")
    assert "L1: -2 2, 0 0, 2 2" in values
    assert "L1: -2 -1, 0 0, 2 1" in slopes


def test_hardest_draws_every_box_as_mined():
    assert loss.hardest(IMAGE, BOXES).svg.count('stroke="var(--ssd-mined') == 3


def test_shares_of_patches_are_percentages():
    found = augment.accepted_shares({"0.5": 0.179, "any": 0.931})
    assert row_of(found, "0.5").strip() == "17.9%"


def test_patches_lie_on_the_pile_of_their_verdict():
    ious, accepted = torch.tensor([0.6, 0.2, 0.7]), torch.tensor([True, False, True])
    yes, no = repr(augment.two_piles(IMAGE, BOXES, ious, accepted)).split("\n\n")
    assert [line.split()[0] for line in yes.splitlines()] == ["accepted", "0.60", "0.70"]
    assert [line.split()[0] for line in no.splitlines()] == ["rejected", "0.20"]


def test_views_have_the_colours_of_their_classes():
    sheet = augment.views([(IMAGE, BOXES[:1], ["dog"]), (IMAGE, BOXES[:0], [])])
    assert "var(--ssd-dog" in sheet.pictures[0].svg
    assert "no object" in sheet.pictures[1].alt


def test_sizes_say_the_shares_that_the_text_quotes():
    sides = torch.tensor([0.05, 0.05, 0.2, 0.6])
    found = augment.sizes({"one": sides, "two": 2 * sides, "three": sides / 2})
    assert repr(found).splitlines()[0] == "one: median 0.050, below 0.1 50%, above 0.5 25%"


def test_detections_carry_class_score_and_colour():
    found = predict.detected(IMAGE, BOXES, ["dog", "cat", "dog"], torch.tensor([0.9, 0.5, 0.4]))
    assert repr(found).splitlines()[1] == "cat 0.50 0.400 0.200 0.900 0.800"
    assert found.svg.count("var(--ssd-dog") == 4  # two lines, two names
    bundles = predict.bundles(IMAGE, BOXES, ["dog", "cat", "dog"])
    assert "<text" not in bundles.svg
    assert bundles.svg.count("var(--ssd-dog") == 2


def test_the_filed_curve_marks_eleven_points():
    found = evaluate.filed_teeth([0.25, 0.5], [1, 1], lambda r: 1.0 if r <= 0.5 else 0.0)
    teeth, marks = repr(found).splitlines()
    assert teeth == "after each detection: 0.25 1, 0.5 1"
    assert marks.count(",") == 10
    assert marks.endswith("0.5 1, 0.6 0, 0.7 0, 0.8 0, 0.9 0, 1 0")


def test_coco_s_numbers_stand_under_their_words():
    numbers = CocoAP(0.67, 0.94, 0.79, 0.66, 0.7, float("nan"))
    coco, own = repr(evaluate.coco_numbers(numbers._asdict(), {"0 to 0.1": 0.76})).split("\n\n")
    assert "IoU 0.75      0.79" in coco
    assert "large         none there (nan)" in coco
    assert own == "0 to 0.1  0.76"


def test_errors_are_counts():
    found = evaluate.errors(ErrorCounts(809, 7, 8, 2, 1, 5, 133)._asdict())
    assert row_of(found, "wrong place").strip() == "8"
    assert row_of(found, "missed").strip() == "133"


def test_average_precisions_are_those_of_the_record():
    results = read("bccd_tiny")["test"]["by_class"]
    found = bars.average_precisions(results, digits=3)
    for name, row in results.items():
        assert f"{row['ap']:.3f} of {row['objects']} objects" in repr(found)
        assert name in repr(found)


def test_schedules_end_where_their_rates_do():
    paper, cycle = repr(train.schedules([1e-3] * 80 + [1e-4] * 40, [0.1, 0.2, 0.0])).split("\n\n")
    assert paper.endswith("120 0.0001")
    assert cycle == "one cycle: 1 0.1, 2 0.2, 3 0"


def test_learning_ends_at_the_last_map():
    log = json.loads(path("weights/toy_tiny.json").read_text())["log"]
    last = [row["map"] for row in log if "map" in row][-1]
    assert repr(train.learning(log)).split("\n\n")[1].startswith(f"{last:.3f}: ")


def test_ours_and_torchvision_s_end_where_the_record_does():
    record = read("learning")
    ends = {row["side"]: row["map"] for row in record["rows"]}
    assert f"this book {ends['ours']:.2f}: " in repr(train.beside_torchvision(record))
    assert f"torchvision {ends['torchvision']:.2f}: " in repr(train.beside_torchvision(record))


def test_every_sick_run_has_its_curve_in_both_panels():
    record = read("sick")
    assert [name for name, *_ in train.SICK] == [run["name"] for run in record["runs"]]
    for panel in repr(train.sick_runs(record)).split("\n\n"):
        assert len(panel.splitlines()) == 5


def test_an_ablation_says_mean_and_seeds():
    runs = read("ablations")["runs"]
    values = [run["result"]["map"] for run in runs if run["name"] == "with augmentation"]
    assert floats(row_of(train.ablation(runs), "with augmentation")) == pytest.approx(
        [sum(values) / 3, *values], abs=5e-4
    )


def test_gpu_steps_are_those_of_the_record():
    record = read("gpu_steps")
    ours = {row["name"]: row for row in record["rows"]}
    small, large = repr(train.gpu_steps({"steps": record})).split("\n\n")
    row = ours["ours ssd300, batch 32, tf32 + bf16 + channels_last + compiled"]
    [line] = [line for line in small.splitlines() if line.startswith("all, compiled")]
    assert floats(line) == [round(row["ms"]), round(row["images_per_s"])]
    assert len(small.splitlines()) == sum("ssd300, batch 32" in name for name in ours)
    assert len(large.splitlines()) == sum("ssd512, batch 32" in name for name in ours)


def test_gpu_learning_has_a_curve_for_each_record():
    records = {"toy": read("gpu_toy"), "folder": read("gpu_folder")}
    lines = repr(train.gpu_learning(records)).splitlines()
    for line, record in zip(lines, records.values(), strict=True):
        looks = record["rows"][0]["looks"]
        points = floats(line.split(": ")[1])
        assert points[::2] == pytest.approx([look["seconds"] for look in looks])
        assert points[1::2] == pytest.approx([look["map"] for look in looks], rel=1e-3)


def test_without_a_record_there_is_no_figure():
    assert train.gpu_steps({}) is None
    assert train.gpu_learning({}) is None
    assert len(repr(train.gpu_learning({"toy": read("gpu_toy")})).splitlines()) == 1


def test_the_afterword_s_lines_are_means_over_seeds():
    runs = read("beyond")["runs"]
    plain = [run for run in runs if run["name"] == "plain"]
    [line] = [one for one in repr(beyond.by_size(runs)).splitlines() if one.startswith("plain:")]
    means = [sum(run["by_size"][size]["ap"] for run in plain) / 3 for size in beyond.SIZES]
    assert floats(line)[1::2] == pytest.approx(means, rel=1e-3)


def test_names_at_the_lines_do_not_meet():
    svg = beyond.by_size(read("beyond")["runs"]).svg
    names = ("plain", "pyramid", "without the way down", "focal loss", "pyramid and focal loss")
    found = re.findall(r"<text [^>]*?y=\"([\d.]+)\"[^>]*>([^<]+)</text>", svg)
    heights = sorted(float(y) for y, text in found if text in names)
    assert len(heights) == 5
    assert all(high - low >= charts.LETTERS for low, high in pairwise(heights))
