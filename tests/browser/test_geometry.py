"""The page's arithmetic equals ssd_lib's, to the last bit."""

import base64
import json
from pathlib import Path

import pytest
import torch

from ssd_lib.boxes import box_area, box_iou
from ssd_lib.widgets import base

SOURCE = (Path(base.__file__).parent / "geometry.js").read_bytes()
MODULE = "data:text/javascript;base64," + base64.b64encode(SOURCE).decode()

EDGE_CASES = torch.tensor(
    [
        [0.0, 0.0, 1.0, 1.0],
        [1.0, 0.0, 2.0, 1.0],
        [0.5, 0.5, 0.5, 0.5],
        [0.9, 0.2, 0.1, 0.8],
        [0.9, 0.8, 0.1, 0.2],
        [-0.3, -0.2, 0.4, 1.7],
        [0.1, 0.1, 0.1 + 1e-7, 0.9],
    ]
)


@pytest.fixture(scope="module")
def blank(browser):
    page = browser.new_page()
    yield page
    page.close()


def boxes():
    generator = torch.Generator().manual_seed(0)
    return torch.cat([EDGE_CASES, torch.rand(200, 4, generator=generator)])


def test_iou_of_every_pair_is_the_same_number(blank):
    pairs = boxes()
    ious = blank.evaluate(
        """async ([module, boxes]) => {
            const { overlap } = await import(module);
            return boxes.map((a) => boxes.map((b) => overlap(a, b).iou));
        }""",
        [MODULE, pairs.tolist()],
    )
    assert torch.equal(torch.tensor(ious), box_iou(pairs, pairs))


def test_area_is_the_same_number(blank):
    areas = blank.evaluate(
        """async ([module, boxes]) => {
            const { boxArea } = await import(module);
            return boxes.map((box) => boxArea(box));
        }""",
        [MODULE, boxes().tolist()],
    )
    assert torch.equal(torch.tensor(areas), box_area(boxes()))


def test_nan_stays_nan(blank):
    script = """async (module) => {
        const { overlap } = await import(module);
        return Number.isNaN(overlap([NaN, 0, 1, 1], [0, 0, 1, 1]).iou);
    }"""
    assert json.dumps(blank.evaluate(script, MODULE)) == "true"
