"""The figures of the chapters after the loss hold the numbers that they are given."""

import json
import re
from itertools import pairwise

import pytest
import torch

from ssd_lib.assets import path
from ssd_lib.boxes import box_iou
from ssd_lib.default_boxes import SSD300_VOC
from ssd_lib.evaluate import CocoAP, ErrorCounts
from ssd_lib.figures import (
    augment,
    bars,
    beyond,
    charts,
    evaluate,
    gpu,
    predict,
    suppression,
    train,
    views,
)

TWO_KINDS = {"one": "accent", "two": "mined"}
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


def test_shares_of_patches_are_percentages():
    found = augment.accepted_shares({"0.5": 0.179, "any": 0.931})
    assert row_of(found, "0.5").strip() == "18 %"


def test_patches_lie_on_the_pile_of_their_verdict():
    ious, accepted = torch.tensor([0.6, 0.2, 0.7]), torch.tensor([True, False, True])
    yes, no = repr(augment.two_piles(IMAGE, BOXES, ious, accepted)).split("\n\n")
    assert [line.split()[0] for line in yes.splitlines()] == ["accepted", "0.60", "0.70"]
    assert [line.split()[0] for line in no.splitlines()] == ["rejected", "0.20"]


def test_samples_have_the_colours_of_their_classes():
    target = {"boxes": 60 * BOXES[:1], "labels": torch.tensor([2])}
    sample = views.seen("one", IMAGE, target, ["cat", "dog"])
    found = views.sheet([sample, views.bare("none", IMAGE)])
    assert "var(--ssd-dog" in found.pictures[0].svg
    assert repr(found.pictures[0]) == "one\nbox 0.100 0.100 0.500 0.500"
    assert found.pictures[1].alt == "none: the image, no boxes drawn."


def test_a_life_says_how_wide_the_object_is_or_that_it_is_gone():
    target = {"boxes": 60 * BOXES[:1], "labels": torch.tensor([3])}
    assert views.life(IMAGE, target, 3, "as it is").title == "as it is: 120 px"
    assert views.life(IMAGE, target, 2).title == "gone"
    sample = views.measured("after", IMAGE, BOXES, ["dog", "cat", "bird"], [2, 0])
    assert sample.written == ["bird 90 px", "dog 120 px"]


def test_a_cut_names_who_keeps_a_box_and_who_does_not():
    patch, kept = torch.tensor([0.0, 0.0, 0.5, 0.5]), torch.tensor([True, False, False])
    found = augment.cut_by_centre(IMAGE, BOXES, ["dog", "cat", "bird"], patch, kept)
    before, after = repr(found).split("\n\n")
    assert before.splitlines()[-1] == "the patch 0.000 0.000 0.500 0.500"
    assert after.splitlines()[1:] == [
        "dog 0.200 0.200 1.000 1.000",
        "cat: no box 0.800 0.400 1.000 1.000",
    ]


def test_what_came_after_stands_by_its_year_and_in_its_kind_s_colour():
    found = beyond.timeline({2015: [("SSD", "one")], 2017: [("A", "two")]}, TWO_KINDS)
    assert repr(found) == "2015: SSD\n2017: A"
    assert "var(--ssd-accent" in found.svg
    assert "var(--ssd-mined" in found.svg


def test_speed_and_quality_are_those_of_the_table():
    found = beyond.speed_and_quality({"SSD300": (74.3, 46), "Fast YOLO": (52.7, 155)}, ["SSD300"])
    assert repr(found) == "SSD300: 74.3 at 46\nFast YOLO: 52.7 at 155"


def test_each_region_is_cut_into_its_own_cells():
    found = beyond.window_and_regions(IMAGE, [0.2, 0.2, 0.4, 0.4], BOXES[:2])
    shared, wide, tall = found.pictures
    lines = [len(re.findall(r"V\d+\.\dM", frame.svg)) for frame in (shared, wide, tall)]
    assert lines == [2 * 4, 2 * 8, 2 * 8]  # around three cells, or seven; over a halo
    for frame, box in ((wide, BOXES[0]), (tall, BOXES[1])):
        assert repr(frame).endswith(" ".join(f"{edge:.3f}" for edge in box.tolist()))


def test_a_pyramid_has_a_head_for_each_map_and_detr_a_line_for_each_object():
    found = beyond.pyramid([8, 4, 2])
    assert repr(found) == "8 × 8, 4 × 4, 2 × 2"
    found = beyond.detr(100, ["cat", "dog"])
    assert repr(found) == "100 queries; cat, dog; the rest no object"
    assert "var(--ssd-cat" in found.svg


def test_points_lost_are_written_behind_their_bars():
    found = augment.points_lost({"no à trous": 0.1, "no augmentation": 8.8})
    assert row_of(found, "no augmentation").strip() == "8.8"
    assert found.svg.count("var(--ssd-accent") == 1


def test_what_was_learned_is_the_mean_of_the_seeds():
    def run(name, last):
        curve = [{"step": 1, "seen": 0.0, "unseen": 0.0}]
        return {"name": name, "curve": [*curve, {"step": 2, "seen": last, "unseen": last / 2}]}

    runs = [run("with", 0.2), run("without", 0.4), run("with", 0.4), run("without", 0.8)]
    seen, unseen = repr(augment.learned(runs)).split("\n\n")
    assert "without: 1 0, 2 0.6" in seen
    assert "with: 1 0, 2 0.15" in unseen


def test_positives_are_counted_by_map():
    ever = torch.zeros(8732, dtype=torch.bool)
    ever[[0, 1, 4, 8731]] = True
    [found] = augment.where_it_learns(IMAGE, SSD300_VOC, {"once": ever}).pictures
    assert repr(found).splitlines()[:2] == ["once: 4 default boxes", "38 × 38: 3"]
    assert found.svg.count('h0"') == 2 * 6 - 2 * 4  # two maps have dots, each drawn twice


def test_sizes_say_the_shares_that_the_text_quotes():
    sides = torch.tensor([0.05, 0.05, 0.2, 0.6])
    found = augment.sizes({"one": sides, "two": 2 * sides, "three": sides / 2})
    assert repr(found).splitlines()[0] == "one: median 0.050, below 0.1 50%, above 0.5 25%"


def test_detections_carry_class_score_and_colour():
    found = predict.detected(IMAGE, BOXES, ["dog", "cat", "dog"], torch.tensor([0.9, 0.5, 0.4]))
    assert repr(found).splitlines()[1] == "cat 0.50 0.400 0.200 0.900 0.800"
    assert found.svg.count("var(--ssd-dog") == 4  # two lines, two names


def test_a_row_s_scores_stand_at_their_classes():
    names = ("background", "dog", "bird")
    found = predict.one_row(IMAGE, BOXES, names, (0.67, 0.06, 0.27), 752)
    picture, bars = repr(found).split("\n\n")
    iou = box_iou(BOXES[:1], BOXES[2:]).item()
    assert picture.splitlines()[0] == f"its box, moved: IoU {iou:.2f}"
    assert bars.splitlines()[1:] == ["background 0.67", "dog 0.06", "bird 0.27"]
    svg = found.pictures[1].svg
    widths = {name: width(svg, token) for name, token in (("none", "dropped"), ("bird", "bird"))}
    assert widths["none"] / widths["bird"] == pytest.approx(0.67 / 0.27, rel=1e-3)
    assert found.pictures[0].boxes == BOXES[1:].tolist()


def width(svg, token):
    """Of the block that has a colour."""
    [found] = re.findall(rf'width="([\d.]+)" height="[\d.]+" rx="4" fill="var\(--ssd-{token},', svg)
    return float(found)


def test_the_funnel_is_as_wide_as_its_counts_have_digits():
    stages = [("all", 49_088, "each"), ("above", 165, "few"), ("shown", 7, "to look at")]
    found = predict.funnel([predict.Stage(*stage) for stage in stages])
    assert repr(found).splitlines()[0] == "all: 49,088 (each)"
    assert "165 (above), then 7 (shown)" in found.alt
    assert all(f">{count}<" in found.svg for count in ("49,088", "165", "7"))


def test_stages_draw_every_box_in_the_colour_of_its_class():
    found = predict.stages(
        IMAGE, [("3 left", BOXES, ["dog", "cat", "dog"]), ("1", BOXES[:1], ["cat"])]
    )
    assert [len(picture.boxes) for picture in found.pictures] == [3, 1]
    assert found.pictures[0].svg.count("var(--ssd-dog") == 2
    assert repr(found).split("\n\n")[1].startswith("1\nbox 0.100")


def test_the_mean_of_all_boxes_is_drawn_with_its_best_iou():
    found = suppression.averaged(IMAGE, BOXES, BOXES[:2])
    mean = BOXES.mean(dim=0)
    assert found.boxes[-1] == pytest.approx(mean.tolist())
    best = box_iou(mean[None], BOXES[:2]).max().item()
    assert found.names[-1] == f"the mean: IoU {best:.2f} at best"


def test_suppression_says_what_is_kept_and_how_many_go():
    scores = torch.tensor([0.9, 0.8, 0.3])
    steps = [suppression.Step(0, [1]), suppression.Step(2, [])]
    found = suppression.suppression(IMAGE, BOXES, scores, steps)
    titles = [picture.title for picture in found.pictures]
    assert titles == ["3 boxes", "1. keep 0.90, drop 1", "2. keep 0.30, drop 0", "2 are left"]
    kept = [picture.svg.count('stroke="var(--ssd-kept') for picture in found.pictures]
    assert kept == [0, 1, 2, 2]
    assert found.pictures[1].svg.count("stroke-dasharray") == 1
    assert sorted(filter(None, found.pictures[-1].names)) == ["0.30", "0.90"]


def test_two_birds_overlap_more_than_suppression_allows():
    flock = suppression.two_birds()
    assert flock.labels == ("bird", "bird")
    assert box_iou(flock.fractions[:1], flock.fractions[1:]).item() > 0.3
    boxes = torch.cat([flock.fractions, flock.fractions[:1]])
    found = suppression.merged_birds(flock, boxes, torch.tensor([0.9, 0.8, 0.7]), 0.1)
    there, before, after = found.pictures
    assert before.names == after.names == ["0.90", "0.80"]
    assert "var(--ssd-dropped" in after.svg
    spared = suppression.merged_birds(flock, boxes, torch.tensor([0.9, 0.8, 0.7]), 0.9)
    assert "var(--ssd-dropped" not in spared.pictures[2].svg
    assert len(there.boxes) == 2


def test_classes_moved_apart_keep_their_boxes():
    found = suppression.apart(BOXES, ["dog", "cat", "dog"])
    where, moved = found.pictures
    assert where.numbers.splitlines()[1] == "cat 0.400 0.200 0.900 0.800"
    assert moved.numbers == "dog, cat"
    for picture in found.pictures:
        assert len(re.findall('stroke="var[(]--ssd-dog', picture.svg)) == 2


def test_the_soft_rule_s_factor_falls_and_the_hard_one_s_drops():
    hard, soft = repr(suppression.softer(0.5, 0.45)).splitlines()
    assert hard == "NMS: 0 1, 0.45 1, 0.45 0, 1 0"
    assert soft.endswith("1 0.1353")


def test_right_detections_are_green_and_wrong_ones_dashed():
    found = evaluate.judged(IMAGE, BOXES, ["dog", "cat", "dog"], [True, False, True], "A")
    assert found.alt == "3 boxes, 2 of them right."
    assert found.svg.count('stroke="var(--ssd-kept') == 2
    assert found.svg.count("stroke-dasharray") == 1


def test_the_walk_has_a_numbered_point_for_each_detection():
    found = evaluate.walk([True, False], [0.25, 0.25], [1, 0.5])
    assert repr(found) == "after each detection: 0.25 1, 0.25 0.5"
    assert all(f">{number}<" in found.svg for number in (1, 2))
    assert "var(--ssd-mined" in found.svg


def test_three_areas_say_what_they_average():
    averages = {"VOC 2007": 0.545, "VOC 2010": 0.5, "COCO": 0.505}
    found = evaluate.areas([0.25, 0.5], [1, 1], lambda r: 1.0 if r <= 0.5 else 0.0, averages)
    posts = [figure.svg.count("opacity: 0.42") for figure in found.figures]
    assert posts == [11, 0, 101]
    lines = repr(found).split("\n\n")
    assert lines[0] == "VOC 2007: mean of 11 posts, 0.545"
    assert lines[1] == "VOC 2010: the whole area, 0.500"


def test_a_crop_shows_the_detection_over_its_object():
    scene = torch.zeros(3, 128, 128, dtype=torch.uint8)
    box, thing = torch.tensor([40.0, 40, 60, 60]), torch.tensor([50.0, 50, 90, 80])
    wrong = evaluate.Crop("both", scene, box, "kite 0.94", thing, "dog")
    missed = evaluate.Crop("missed", scene, thing, "", None, "ball")
    one, other = evaluate.gallery([wrong, missed]).pictures
    assert one.names == ["dog", "kite 0.94"]
    assert other.names == ["ball"]
    assert "kite 0.94 where there is dog" in one.alt
    left, _, right, _ = one.boxes[1]  # the window is 1.5 times as wide as both, 75 pixels
    assert right - left == pytest.approx(20 / 75, abs=0.01)
    assert "var(--ssd-mined" in one.svg
    assert "var(--ssd-mined" not in other.svg


def test_missed_objects_are_counted_by_size():
    found = evaluate.missed_by_size({"below 0.1": (224, 76), "above": (377, 31)})
    assert row_of(found, "below 0.1").strip() == "76 of 224"


def test_reliability_says_how_many_are_right_of_how_many():
    found = evaluate.reliability([0.02, 0.55], [0.003, 0.727], [4214, 33])
    assert repr(found).splitlines() == [
        "score 0.02: 0.003 right of 4214",
        "score 0.55: 0.727 right of 33",
    ]


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
    small, large = repr(gpu.gpu_steps({"steps": record})).split("\n\n")
    row = ours["ours ssd300, batch 32, tf32 + bf16 + channels_last + compiled"]
    [line] = [line for line in small.splitlines() if line.startswith("all, compiled")]
    assert floats(line) == [round(row["ms"]), round(row["images_per_s"])]
    assert len(small.splitlines()) == sum("ssd300, batch 32" in name for name in ours)
    assert len(large.splitlines()) == sum("ssd512, batch 32" in name for name in ours)


def test_gpu_learning_has_a_curve_for_each_record():
    records = {"toy": read("gpu_toy"), "folder": read("gpu_folder")}
    lines = repr(gpu.gpu_learning(records)).splitlines()
    for line, record in zip(lines, records.values(), strict=True):
        looks = record["rows"][0]["looks"]
        points = floats(line.split(": ")[1])
        assert points[::2] == pytest.approx([look["seconds"] for look in looks])
        assert points[1::2] == pytest.approx([look["map"] for look in looks], rel=1e-3)


def test_without_a_record_there_is_no_figure():
    assert gpu.gpu_steps({}) is None
    assert gpu.gpu_learning({}) is None
    assert len(repr(gpu.gpu_learning({"toy": read("gpu_toy")})).splitlines()) == 1


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
