"""All numbers of a validation in one place, as JSON and as a table."""

import json
import math

import pytest
import torch

from ssd_lib.evaluate import (
    GroundTruth,
    coco_average_precision,
    count_errors,
    mean_average_precision,
    summarize,
)
from ssd_lib.predict import Detections

CLASSES = ("background", "dog", "cat\x1b[2J")
BOXES = torch.tensor([[10.0, 10, 50, 50], [60, 10, 90, 40]])


@pytest.fixture
def validation():
    """Two images with a dog each, of which one is found, and one detection too many."""
    labels = torch.tensor([1])
    truth = [GroundTruth(BOXES[:1], labels, torch.tensor([False])) for _ in range(2)]
    found = Detections(BOXES, torch.tensor([0.9, 0.6]), torch.tensor([1, 1]))
    nothing = Detections(BOXES[:0], torch.zeros(0), torch.zeros(0, dtype=torch.int64))
    return [found, nothing], truth


def test_a_summary_is_what_each_function_gives(validation):
    summary = summarize(*validation, CLASSES, 0.4, "voc10", 0.7)
    voc = mean_average_precision(*validation, 3, 0.4, "voc10")
    assert summary.voc.mean == voc.mean == 0.5
    assert summary.voc.num_objects == [2, 0]
    assert summary.coco[:3] == coco_average_precision(*validation, 3)[:3]
    assert summary.errors == count_errors(*validation, 0.7, 0.4)
    assert (summary.errors.right, summary.errors.background, summary.errors.missed) == (1, 0, 1)


def test_json_has_none_where_there_is_no_number(validation):
    numbers = summarize(*validation, CLASSES).as_json()
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert numbers["pictures"] == 2
    assert numbers["by_class"][CLASSES[2]] == {"ap": None, "objects": 0}
    assert numbers["coco"]["small"] is None
    assert numbers["errors_from_score"] == 0.5
    assert numbers["errors"]["background"] == 1
    nothing = summarize([], [], CLASSES)
    assert math.isnan(nothing.voc.mean)
    assert nothing.as_json()["map"] is None


def test_a_table_has_a_row_for_each_class_with_objects(validation):
    lines = summarize(*validation, CLASSES).as_table().splitlines()
    assert lines[0].startswith("2 images, AP by voc07 at IoU 0.5")
    assert lines[1].split() == ["dog", "0.545", "of", "2", "objects"]
    assert lines[2].split() == ["mAP", "0.545"]
    assert "1 classes" in lines[3]
    assert "AP50 0.5" in lines[4]
    assert "0.5: 1 right" in lines[5]
    assert lines[5].endswith("1 objects missed")
    one = summarize(validation[0][:1], validation[1][:1], CLASSES[:2]).as_table()
    assert one.startswith("1 image, ")
    assert "without objects" not in one


def test_names_that_act_on_a_terminal_are_escaped(validation):
    found, truth = validation
    cats = [one._replace(labels=torch.tensor([2])) for one in truth]
    table = summarize(found, cats, CLASSES).as_table()
    assert r"cat\x1b[2J" in table
    assert "\x1b" not in table
