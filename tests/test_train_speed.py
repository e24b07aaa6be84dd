"""How long a step takes: what is measured, and what is said of it."""

import pytest
import torch

from ssd_lib.train import speed
from ssd_lib.train.speed import WAYS, Switches, float32_products, measure, random_batch, time_step


def test_a_way_is_called_by_what_is_on():
    assert [str(way) for way in WAYS] == [
        "fp32",
        "tf32",
        "bf16",
        "channels_last",
        "compiled",
        "tf32 + bf16 + channels_last",
        "tf32 + bf16 + channels_last + compiled",
    ]


def test_the_first_call_and_the_warm_up_are_not_counted():
    calls = []
    found = measure(lambda: calls.append(1), "cpu", repeats=3, warm_up=2)
    assert len(calls) == 6
    assert found["ms_least"] <= found["ms"] <= found["ms_most"]
    assert "peak_mib" not in found


@pytest.mark.parametrize("switches", [Switches(), Switches(channels_last=True)])
def test_a_step_is_timed_and_multiplied(switches):
    found = time_step("tiny", 2, "cpu", switches, repeats=1, warm_up=0)
    seconds = found["ms"] / 1e3
    assert found["images_per_s"] == pytest.approx(2 / seconds, abs=0.06)
    assert found["voc_hours"] == pytest.approx(120_000 * 32 * seconds / 2 / 3600, rel=0.02)


def test_float32_products_are_exact_again_afterwards():
    with float32_products(tf32=True):
        assert torch.get_float32_matmul_precision() == "high"
    assert torch.get_float32_matmul_precision() == "highest"


def test_noise_has_objects_that_can_be_matched():
    batch = random_batch(3, 64, "cpu", different=2)
    assert batch.images.shape == (3, 3, 64, 64)
    assert all(boxes.shape == (speed.OBJECTS, 4) for boxes in batch.gt_boxes)
    assert torch.equal(batch.gt_boxes[0], batch.gt_boxes[2])
    labels = torch.cat(batch.gt_labels)
    assert labels.min() >= 1
    assert labels.max() < 21
