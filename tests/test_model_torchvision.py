"""The VGG16 weights that torchvision has, in our layers."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d
from torchvision.models import vgg16

from ssd_lib.features import VGG16Features
from ssd_lib.images import MEAN
from ssd_lib.model import load_torchvision_vgg16, load_vgg16, ssd300_vgg16, ssd_tiny
from ssd_lib.model.torchvision import IMAGENET_MEAN, IMAGENET_STD


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


def test_weights_with_a_classifier_take_our_images(vgg):
    features = VGG16Features()
    assert load_torchvision_vgg16(features, vgg.state_dict()) is True
    image = torch.rand(1, 3, 16, 16)
    column = [torch.tensor(v)[:, None, None] for v in (MEAN, IMAGENET_MEAN, IMAGENET_STD)]
    first = vgg.features[0]
    theirs = conv2d((image - column[1]) / column[2], first.weight, first.bias)
    ours = features.conv1_to_4[0]
    got = conv2d((image - column[0]) * 255, ours.weight, ours.bias)
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


def test_a_model_gets_the_weights_that_the_paper_starts_from(vgg, monkeypatch):
    monkeypatch.setattr(
        "ssd_lib.model.torchvision.torchvision_state_dict", lambda _: vgg.state_dict()
    )
    model = ssd300_vgg16(3)
    load_vgg16(model)
    assert torch.equal(model.features.conv1_to_4[2].weight, vgg.features[2].weight)
    with pytest.raises(ValueError, match="VGG16Features, got TinyFeatures"):
        load_vgg16(ssd_tiny(3))
