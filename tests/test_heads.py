"""Heads: the order of rows, channels, initialisation, torchvision as oracle."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from torchvision.models.detection.ssd import SSDHead

from ssd_lib.heads import Heads, caffe_xavier_, flatten_predictions, init_background_bias_


def test_rows_go_cell_by_cell_and_box_by_box():
    batch, k, width, height, wide = 2, 3, 4, 5, 6
    output = torch.zeros(batch, k * width, height, wide)
    for box in range(k):
        for number in range(width):
            for y in range(height):
                for x in range(wide):
                    output[:, box * width + number, y, x] = (y * wide + x) * 100 + box * 10 + number
    got = flatten_predictions(output, width)
    for y in range(height):
        for x in range(wide):
            for box in range(k):
                row = got[1, (y * wide + x) * k + box].tolist()
                assert row == [(y * wide + x) * 100 + box * 10 + n for n in range(width)]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_heads_equal_torchvisions(layout):
    channels, boxes, classes = [8, 16], [4, 6], 5
    ours, theirs = Heads(channels, boxes, classes), SSDHead(channels, boxes, classes)
    for pairs in (
        (ours.offsets, theirs.regression_head.module_list),
        (ours.logits, theirs.classification_head.module_list),
    ):
        pairs[1].load_state_dict(pairs[0].state_dict())
    maps = [torch.rand(2, 8, 5, 5), torch.rand(2, 16, 3, 3)]
    maps = [x.to(memory_format=layout) for x in maps]
    offsets, logits = ours(maps)
    expected = theirs(maps)
    assert offsets.shape == (2, 25 * 4 + 9 * 6, 4)
    torch.testing.assert_close(offsets, expected["bbox_regression"])
    torch.testing.assert_close(logits, expected["cls_logits"])


def test_initialisation_is_caffes():
    torch.manual_seed(0)
    head = Heads([512], [4], 21).logits[0]
    bound = math.sqrt(3 / (512 * 9))
    assert head.weight.abs().max() <= bound
    assert head.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.01)
    assert head.bias.abs().max() == 0


def test_initialisation_leaves_what_is_no_convolution_alone():
    layer = nn.Linear(3, 3)
    before = layer.weight.clone()
    caffe_xavier_(layer)
    assert torch.equal(layer.weight, before)
    caffe_xavier_(nn.Conv2d(3, 3, 1, bias=False))


def test_an_empty_batch_gives_no_rows():
    offsets, logits = Heads([8], [4], 3)([torch.zeros(0, 8, 2, 2)])
    assert offsets.shape == (0, 16, 4)
    assert logits.shape == (0, 16, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([8, 8], [4], 3), r"boxes_per_cell must have one entry per map \(2\), got 1"),
        (([8], [4], 1), "num_classes must be at least 2"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Heads(*arguments)


@pytest.mark.parametrize("prior", [0.01, 0.3])
def test_untrained_heads_can_be_made_to_expect_background(prior):
    heads = Heads([4, 6], [2, 3], 5)
    init_background_bias_(heads, prior)
    maps = [torch.zeros(1, 4, 3, 3), torch.zeros(1, 6, 2, 2)]
    offsets, logits = heads(maps)
    scores = logits.softmax(dim=-1)
    assert_close(1 - scores[..., 0], torch.full_like(scores[..., 0], prior))
    assert_close(scores[..., 1:], torch.full_like(scores[..., 1:], prior / 4))
    assert offsets.eq(0).all()


@pytest.mark.parametrize("prior", [0, 1, -0.1, float("nan")])
def test_a_prior_that_is_no_probability_is_refused(prior):
    with pytest.raises(ValueError, match=r"prior must be between 0 and 1, got"):
        init_background_bias_(Heads([4], [2], 3), prior)
