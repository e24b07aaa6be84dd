"""Features: shapes, rounding up, L2Norm at its edges, VGG16's weights."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d
from torchvision.models import vgg16

from ssd_lib.features import (
    CAFFE_MEAN,
    IMAGENET_MEAN,
    IMAGENET_STD,
    L2Norm,
    TinyFeatures,
    VGG16Features,
    load_torchvision_vgg16,
)
from ssd_lib.images import MEAN


def grids(module, side):
    meta = module.to("meta")
    maps = meta(torch.empty(2, 3, side, side, device="meta"))
    return [(x.shape[1], x.shape[2], x.shape[3]) for x in maps]


@pytest.mark.parametrize("batch_norm", [False, True])
def test_shapes_at_300(batch_norm):
    features = VGG16Features(300, batch_norm)
    channels = (512, 1024, 512, 256, 256, 256)
    sides = (38, 19, 10, 5, 3, 1)  # 38: pool3 rounds 75 / 2 up
    assert features.out_channels == channels
    assert grids(features, 300) == [(c, s, s) for c, s in zip(channels, sides, strict=True)]


def test_shapes_at_512():
    features = VGG16Features(512)
    sides = (64, 32, 16, 8, 4, 2, 1)
    expected = [(c, s, s) for c, s in zip(features.out_channels, sides, strict=True)]
    assert grids(features, 512) == expected


def test_shapes_of_the_tiny_one():
    assert [row[1] for row in grids(TinyFeatures(), 128)] == [32, 16, 8, 4, 2]


def test_another_size_is_refused():
    with pytest.raises(ValueError, match="image_px must be 300 or 512, got 321"):
        VGG16Features(321)


def test_l2norm_gives_each_position_the_learnt_length():
    norm = L2Norm(64)
    y = norm(torch.rand(2, 64, 3, 3))
    torch.testing.assert_close(y.norm(dim=1), torch.full((2, 3, 3), 20.0))


def test_l2norm_scales_each_channel_by_itself():
    norm = L2Norm(2)
    norm.scale.data = torch.tensor([1.0, 10.0])
    y = norm(torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1))
    torch.testing.assert_close(y.flatten(), torch.tensor([0.6, 8.0]))


def test_l2norm_of_a_position_that_is_all_zero_is_zero_with_a_finite_gradient():
    x = torch.zeros(1, 8, 2, 2, requires_grad=True)
    y = L2Norm(8)(x)
    y.sum().backward()
    assert y.abs().max() == 0
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_l2norm_is_right_in_half_precision_where_squares_overflow(dtype):
    x = torch.full((1, 512, 1, 1), 6e4, dtype=dtype)
    y = L2Norm(512).to(dtype)(x)
    assert y.dtype == dtype
    torch.testing.assert_close(y.float().norm(dim=1).item(), 20.0, atol=0.1, rtol=0)


@pytest.fixture(scope="module")
def vgg():
    torch.manual_seed(0)
    return vgg16(weights=None).eval()


def test_weights_without_a_classifier_are_copied_as_they_are(vgg):
    weights = {
        name: torch.full_like(value, torch.nan) if "classifier" in name else value
        for name, value in vgg.state_dict().items()
    }
    features = VGG16Features()
    before = features.conv5_to_7[8].weight.clone()
    assert load_torchvision_vgg16(features, weights) is False
    assert torch.equal(features.conv5_to_7[8].weight, before)
    x = torch.randn(1, 3, 64, 64)  # a side that never rounds
    with torch.no_grad():
        conv4_3 = vgg.features[:23](x)
        conv5_3 = vgg.features[23:30](conv4_3)
        ours = features.conv1_to_4(x)
        torch.testing.assert_close(ours, conv4_3)
        torch.testing.assert_close(features.conv5_to_7[:7](ours), conv5_3)


def test_weights_with_a_classifier_take_our_pictures(vgg):
    features = VGG16Features()
    assert load_torchvision_vgg16(features, vgg.state_dict()) is True
    picture = torch.rand(1, 3, 16, 16)
    column = [torch.tensor(v)[:, None, None] for v in (CAFFE_MEAN, IMAGENET_MEAN, IMAGENET_STD)]
    first = vgg.features[0]
    theirs = conv2d((picture - column[1]) / column[2], first.weight, first.bias)
    ours = features.conv1_to_4[0]
    got = conv2d((picture - column[0]) * 255, ours.weight, ours.bias)
    torch.testing.assert_close(got, theirs, atol=1e-4, rtol=1e-4)


def test_fc6_and_fc7_keep_every_fourth_channel_and_every_third_position(vgg):
    features = VGG16Features()
    load_torchvision_vgg16(features, vgg.state_dict())
    fc6, fc7 = features.conv5_to_7[8], features.conv5_to_7[10]
    weight = vgg.classifier[0].weight
    for out, channel, y, x in ((0, 0, 0, 0), (5, 7, 1, 2), (1023, 511, 2, 1)):
        flat = channel * 49 + 3 * y * 7 + 3 * x
        assert fc6.weight[out, channel, y, x] == weight[4 * out, flat]
    assert torch.equal(fc6.bias, vgg.classifier[0].bias[::4])
    assert fc7.weight[3, 9, 0, 0] == vgg.classifier[3].weight[12, 36]


@pytest.mark.parametrize("convert", [nn.Identity(), nn.SyncBatchNorm.convert_sync_batchnorm])
def test_weights_do_not_go_into_a_network_with_batch_norm(vgg, convert):
    features = convert(VGG16Features(batch_norm=True))
    with pytest.raises(ValueError, match="must be without batch_norm"):
        load_torchvision_vgg16(features, vgg.state_dict())


def test_the_mean_is_the_one_that_pictures_are_normalised_with():
    assert CAFFE_MEAN == MEAN
