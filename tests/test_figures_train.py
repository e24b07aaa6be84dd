"""The figures of the chapter on training say what was computed and recorded."""

import json

import pytest
import torch

from ssd_lib.assets import path
from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.data import ToyScenes, running_picture
from ssd_lib.evaluate import GroundTruth, count_errors, name_errors
from ssd_lib.figures import gpu, live, train, verdicts
from ssd_lib.model import TINY, ssd_tiny
from ssd_lib.predict import Detections


def read(name):
    return json.loads(path(f"runs/{name}.json").read_text())


def scene(index=8):
    image, target = ToyScenes(200, seed=2)[index]
    return verdicts.Objects(image, *target.values(), ToyScenes.classes)


def said(boxes, labels, scores=None):
    scores = torch.linspace(0.99, 0.6, len(labels)) if scores is None else torch.tensor(scores)
    return Detections(boxes, scores, torch.as_tensor(labels))


def test_a_verdict_names_right_wrong_and_missed():
    one = scene()
    labels = one.labels.clone()
    labels[1] = labels[1] % 8 + 1  # another class
    far = torch.tensor([[0.0, 0.0, 3.0, 3.0]])
    boxes = torch.cat([one.boxes[:2], far])
    found = said(boxes, [*labels[:2].tolist(), 1])
    shown = verdicts.verdict(one, found, "here")
    count = len(one.labels)
    assert shown.title == f"here: 1 right, 2 wrong, {count - 1} missed"
    names = [ToyScenes.classes[label] for label in one.labels.tolist()]
    assert shown.names[0] == f"{names[0]} 0.99"
    assert shown.names[1] == f"{ToyScenes.classes[labels[1]]}: wrong class"
    assert shown.names[2] == "dog"
    assert shown.names[3:] == [f"{name}?" for name in names[1:]]


def test_a_verdict_leaves_out_what_is_not_sure():
    one = scene()
    found = said(one.boxes[:2], one.labels[:2], [0.9, 0.49])
    assert verdicts.verdict(one, found, "").title.startswith(": 1 right, 0 wrong")


def test_a_verdict_s_kinds_are_what_count_errors_counts():
    torch.manual_seed(0)
    for index in range(4):
        one = scene(index)
        boxes = one.boxes.repeat(3, 1) + 12 * torch.randn(3 * len(one.labels), 4)
        boxes = torch.cat([boxes[:, :2], torch.maximum(boxes[:, 2:], boxes[:, :2] + 1)], dim=1)
        found = said(boxes, torch.randint(1, 9, (len(boxes),)))
        truth = GroundTruth(one.boxes, one.labels, torch.zeros_like(one.labels).bool())
        counted = count_errors([found], [truth])._asdict()
        judged = name_errors(found, truth)
        assert {kind: judged.kinds.count(kind) for kind in verdicts.KINDS} == {
            kind: counted[kind] for kind in verdicts.KINDS
        }
        assert len(judged.missed) == counted["missed"]


def test_inputs_say_how_many_boxes_are_matched():
    one, labels = scene(), torch.zeros(1, TINY.num_boxes, dtype=torch.int64)
    labels[0, [3, 700]] = 2
    [picture] = verdicts.inputs([one], ssd_tiny(9).default_boxes, labels).pictures
    assert picture.title == f"{len(one.labels)} objects, 2 positives"
    assert len(picture.boxes) == 2 + len(one.labels)


def test_the_story_s_kinds_are_the_record_s():
    looks = read("story")["looks"]
    lines = repr(verdicts.kinds(looks, (0, 100, 1000))).splitlines()
    assert len(lines) == 4
    for line, step in zip(lines[1:], (0, 100, 1000), strict=True):
        [look] = [look for look in looks if look["step"] == step]
        numbers = [float(text.replace(",", "")) for text in line.split()]
        errors = {kind: n for kind, n in look["errors"].items() if kind != "double"}
        wanted = [step, look["map"], *errors.values()]
        assert numbers == pytest.approx(wanted, abs=6e-4)


def test_the_first_steps_are_measured_often():
    looks = read("story")["looks"]
    first, whole = repr(train.early(looks)).split("\n\n")
    assert sum(look["step"] <= 100 for look in looks) == 12
    assert first.startswith(f"{next(x for x in looks if x['step'] == 100)['map']:.3f}: ")
    assert whole.startswith(f"{looks[-1]['map']:.3f}: ")


def test_the_story_s_scenes_are_in_the_record():
    record = read("story")
    moments = {step: look["scenes"][1] for look in record["looks"] if (step := look["step"]) > 90}
    sheet = verdicts.verdicts(scene(record["scenes"][1]), moments)
    assert len(sheet.pictures) == len(moments)
    assert sheet.pictures[-1].title.startswith("1000: ")


def test_each_sick_run_says_something_of_the_scene():
    one = scene()
    said = [[int(one.labels[0]), 0.9, (one.boxes[0] / 128).tolist()]]
    names = ("healthy", "dogs taken for background")
    record = {"runs": [{"name": name, "scenes": [[], said, []]} for name in names]}
    first, second = verdicts.sick_answers(one, 1, record).pictures
    count = len(one.labels)
    assert first.title == f"healthy: 1 right, 0 wrong, {count - 1} missed"
    assert second.title.startswith("no dogs: ")


def test_mined_negatives_come_to_lie_on_objects():
    run = read("replay")
    table = repr(verdicts.mined(run, ssd_tiny(9).default_boxes, (0, -1))).splitlines()
    moment, corners = run["moments"][-1], cxcywh_to_xyxy(ssd_tiny(9).default_boxes)
    near = [
        box_iou(torch.tensor([box for _, box in objects]), corners[one["mined"]]).amax(0) > 0.1
        for one, objects in zip(moment["scenes"], run["objects"], strict=True)
    ]
    assert table[-1].endswith(f"{torch.cat(near).float().mean():.0%}")


def test_the_smaller_bird_s_rows_in_ssd300_are_the_twins():
    bird = running_picture().fractions[2]
    lines = repr(verdicts.rows_that_fit(bird, ssd_tiny(9).default_boxes)).splitlines()
    assert lines[2].split() == ["SSD300", "892,", "1044", "0.51"]


def test_balls_are_found_first():
    lines = repr(verdicts.found_first(read("replay"))).splitlines()
    assert lines[1].split() == ["ball", "5", "130", "160"]
    objects = sum(len(one) for one in read("replay")["objects"])
    assert sum(int(line.split()[1]) for line in lines[1:]) == objects


def test_stages_are_those_of_the_records():
    cpu, h100 = (
        ("story", "replay", "stages_cpu", "bccd_tiny", "step_cpu"),
        ("toy", "folder", "steps"),
    )
    records = {name: read(name) for name in (*cpu, *(f"gpu_{part}" for part in h100))}
    lines = repr(gpu.stages(records)).splitlines()
    assert len(lines) == len(records["stages_cpu"]["rows"]) + 12
    assert "62 days" in lines[-2]
    assert "51 min to 5.9 h" in lines[-1]
    [toy] = records["gpu_toy"]["rows"]
    [line] = [line for line in lines if line.startswith(f"{toy['steps']:,} steps")]
    assert f"{toy['seconds']:.0f} s" in line
    heads = [line for line in lines if "  " not in line]
    assert [head.split(",")[0].split(":")[0] for head in heads] == [
        "The small network",
        "SSD300",
        "SSD300 on VOC",
    ]


def test_parts_of_a_data_set_stand_side_by_side():
    cells = read("bccd_tiny")
    lines = repr(verdicts.kinds_of_parts({"test": cells["test"]})).splitlines()
    assert lines[1].split() == ["mAP", f"{cells['test']['map']:.3f}"]
    assert [int(line.split()[-1]) for line in lines[2:]] == list(cells["test"]["errors"].values())


def test_ssd300_finds_all_of_the_running_picture_in_the_end():
    picture = running_picture()
    labels = torch.tensor([ToyScenes.classes.index(name) for name in picture.labels])
    there = verdicts.Objects(picture.image, picture.boxes, labels, ToyScenes.classes)
    [run] = read("gpu_toy")["rows"]
    sheet = verdicts.on_the_running_picture(there, run["moments"], (14, run["steps"]))
    first, last = [one.title for one in sheet.pictures]
    assert first.startswith("step 14: 0 right, ")
    assert last == f"step {run['steps']}: 7 right, 1 wrong, 0 missed"


def test_memory_is_the_record_s():
    rows = read("gpu_steps")["rows"]
    first = repr(gpu.memory(rows)).splitlines()[1]
    peak = {row["name"]: row["peak_mib"] / 1024 for row in rows}
    assert f"{peak['ours ssd300, batch 32, fp32']:.1f}" in first


def test_your_steps_say_what_did_not_fit():
    found = {"ms": 100.4, "images_per_s": 19.9, "voc_hours": 53.6}
    lines = repr(gpu.your_steps({"fp32": found, "bf16": {}})).splitlines()
    assert lines[1].split() == ["fp32", "100", "19.9", "·", "53.6"]
    assert "out of memory" in lines[2]


class Handle:
    def __init__(self):
        self.shown = []

    def update(self, figure):
        self.shown.append(figure)


def test_a_live_curve_is_drawn_in_one_place(monkeypatch):
    handle, first = Handle(), []

    def display(figure, display_id):
        assert display_id
        first.append(figure)
        return handle

    monkeypatch.setattr(live, "display", display)
    curve = live.LiveCurve(every_s=1000)
    curve({"step": 10, "localization": 3.0, "confidence": 9.0})
    curve({"step": 20, "localization": 2.0, "confidence": 6.0})  # too soon
    curve({"step": 20, "map": 0.25})
    assert (len(first), len(handle.shown)) == (1, 1)
    losses, maps = repr(handle.shown[0]).split("\n\n")
    assert "confidence: 10 9, 20 6" in losses
    assert maps == "0.250: 20 0.25"
