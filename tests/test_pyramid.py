"""The feature pyramid: its sizes, and which map tells which."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from ssd_lib.features import TinyFeatures, VGG16Features
from ssd_lib.model import SSD, TINY
from ssd_lib.pyramid import FeaturePyramid


class Given(nn.Module):
    """Features that are the numbers it was given."""

    def __init__(self, *maps):
        super().__init__()
        self.maps = list(maps)
        self.out_channels = tuple(x.shape[1] for x in maps)

    def forward(self, _images):
        return self.maps


def test_the_grids_stay_and_the_channels_are_alike():
    pyramid = FeaturePyramid(TinyFeatures(), 24)
    maps = pyramid(torch.rand(2, 3, 128, 128))
    assert [x.shape for x in maps] == [(2, 24, g, g) for g in (32, 16, 8, 4, 2)]


def test_grids_that_are_not_halves_of_each_other_fit_too():
    with torch.device("meta"):
        pyramid = FeaturePyramid(VGG16Features(300), 8).eval()
        maps = pyramid(torch.empty(1, 3, 300, 300))
    assert [x.shape[-1] for x in maps] == [38, 19, 10, 5, 3, 1]


def test_the_sum_by_hand():
    fine, coarse = torch.rand(1, 2, 4, 4), torch.rand(1, 3, 2, 2)
    pyramid = FeaturePyramid(Given(fine, coarse), 5).eval()
    one, two = (block[0].weight[:, :, 0, 0] for block in pyramid.lateral)
    eps = pyramid.lateral[0][1].eps
    kernel = pyramid.smooth[0][0].weight
    for bn in (m for m in pyramid.modules() if isinstance(m, nn.BatchNorm2d)):
        assert bn.running_var.eq(1).all()
    down = torch.einsum("oc,bchw->bohw", two, coarse) / (1 + eps) ** 0.5
    larger = down[:, :, [0, 0, 1, 1]][:, :, :, [0, 0, 1, 1]]
    total = torch.einsum("oc,bchw->bohw", one, fine) / (1 + eps) ** 0.5 + larger
    smoothed = nn.functional.conv2d(total, kernel, padding=1) / (1 + eps) ** 0.5
    with torch.no_grad():
        assert_close(pyramid(None)[0], smoothed.relu())


@pytest.mark.parametrize("to", range(3))
def test_a_map_is_reached_by_all_that_are_coarser_and_by_none_that_is_finer(to):
    maps = [torch.rand(1, c, g, g, requires_grad=True) for c, g in ((2, 8), (3, 4), (4, 2))]
    out = FeaturePyramid(Given(*maps), 5).eval()(None)
    slopes = torch.autograd.grad(out[to].sum(), maps, allow_unused=True)
    assert [slope is not None and bool(slope.any()) for slope in slopes] == [
        index >= to for index in range(3)
    ]


@pytest.mark.parametrize("train", [True, False])
def test_a_detector_on_a_pyramid_has_the_same_default_boxes(train):
    model = SSD(FeaturePyramid(TinyFeatures(), 16), TINY, 9).train(train)
    offsets, logits = model(torch.rand(2, 3, 128, 128))
    assert offsets.shape == (2, TINY.num_boxes, 4)
    assert logits.shape == (2, TINY.num_boxes, 9)
    (offsets.sum() + logits.sum()).backward()
    assert all(p.grad is not None for p in model.parameters())
