"""Features: shapes, rounding up, L2Norm at its edges."""

import pytest
import torch

from ssd_lib.features import L2Norm, PageFeatures, TinyFeatures, VGG16Features


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


def test_shapes_of_the_pages():
    assert grids(PageFeatures(), 64) == [(32, 16, 16), (48, 8, 8), (64, 4, 4)]
    assert [row[1] for row in grids(PageFeatures(), 48)] == [12, 6, 3]


@pytest.mark.parametrize("maps", [(1,), (2,), (3,), (1, 3), (2, 3)])
def test_the_pages_gives_the_maps_that_are_asked_for_and_has_no_layers_beyond(maps):
    torch.manual_seed(0)
    whole, part = PageFeatures().eval(), PageFeatures(maps).eval()
    state = part.state_dict()
    part.load_state_dict({name: whole.state_dict()[name] for name in state})
    images = torch.randn(1, 3, 32, 32)
    every, some = whole(images), part(images)
    assert [len(x[0]) for x in some] == list(part.out_channels)
    for found, k in zip(some, maps, strict=True):
        assert torch.equal(found, every[k - 1])
    assert len(part.steps) == maps[-1] - 1
    x = images
    for stage, found in zip(part.stages, some, strict=True):
        x = stage(x)
        assert torch.equal(x, found)


@pytest.mark.parametrize("maps", [(), (0, 1), (1, 4), (2, 1), (1, 1), (True, 2), ("1",)])
def test_maps_that_the_pages_has_not_are_refused(maps):
    with pytest.raises(ValueError, match="maps must be some of 1, 2 and 3, rising"):
        PageFeatures(maps)


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
