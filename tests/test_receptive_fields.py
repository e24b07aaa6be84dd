"""Receptive fields against the gradient: which pixels does a cell depend on?"""

import pytest
import torch
from torch import nn

from ssd_lib.features import TinyFeatures, VGG16Features
from ssd_lib.receptive_fields import ReceptiveField, receptive_fields


def sum_of_one_channel(layer):
    """The layer's window as a sum over one channel, so that every pixel counts."""
    if isinstance(layer, nn.MaxPool2d):
        weights = layer.kernel_size
        layer = nn.Conv2d(1, 1, weights, layer.stride, layer.padding, bias=False)
    elif isinstance(layer, nn.Conv2d):
        layer = nn.Conv2d(
            1, 1, layer.kernel_size, layer.stride, layer.padding, layer.dilation, bias=False
        )
    else:
        return nn.Identity()
    nn.init.ones_(layer.weight)
    return layer


def seen_by_gradient(layers, side, row, column, head_kernel):
    """First and last pixel, along x and y, that the cell's head depends on."""
    net = nn.Sequential(*map(sum_of_one_channel, layers))
    image = torch.ones(1, 1, side, side, requires_grad=True)
    around = head_kernel // 2
    rows = slice(row - around, row + around + 1)
    columns = slice(column - around, column + around + 1)
    net(image)[0, 0, rows, columns].sum().backward()
    rows, columns = image.grad[0, 0].nonzero(as_tuple=True)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def layers_up_to(stages, index):
    for stage in stages[: index + 1]:
        yield from (layer for layer in stage.modules() if not list(layer.children()))


with torch.device("meta"):  # the layers' settings are enough
    SSD300, SSD512 = VGG16Features(300).stages, VGG16Features(512).stages
    TINY = TinyFeatures().stages

CASES = [
    *((SSD300, index, 3) for index in range(6)),
    (SSD300, 1, 1),
    (SSD512, 4, 3),
    ([nn.Conv2d(1, 1, 4, stride=2, padding=1)], 0, 3),  # SSD512's last kernel is even
    *((TINY, index, 1) for index in range(5)),
    (TINY, 2, 3),
]


@pytest.mark.parametrize(("stages", "index", "head_kernel"), CASES)
def test_the_field_is_where_the_gradient_is_not_zero(stages, index, head_kernel):
    field = receptive_fields(stages, head_kernel)[index]
    # An image so large that the cell's field lies inside it.
    row = column = field.size_px // field.step_px // 2 + 3
    column += 1
    side = int(field.box_px(row, column)[2]) + 40 + field.size_px // 2
    seen = seen_by_gradient(layers_up_to(stages, index), side, row, column, head_kernel)
    assert seen == field.box_px(row, column)


def test_the_six_fields_of_ssd300_with_its_heads():
    sizes = [f.size_px for f in receptive_fields(SSD300)]
    assert sizes == [108, 452, 516, 644, 772, 900]


def test_steps_and_centres_of_ssd300():
    fields = receptive_fields(SSD300)
    assert [f.step_px for f in fields] == [8, 16, 32, 64, 64, 64]
    assert [f.centre_px for f in fields] == [4, 8, 8, 8, 72, 136]


def test_nothing_in_nothing_out_and_one_layer_that_sees_a_pixel():
    assert receptive_fields([]) == []
    alone = receptive_fields([nn.Sequential(nn.ReLU())], head_kernel=1)
    assert alone == [ReceptiveField(1, 1, 0.5)]


def test_a_dilated_window_is_as_wide_as_its_taps():
    [field] = receptive_fields([nn.Conv2d(1, 1, 3, padding=6, dilation=6)], 1)
    assert field == ReceptiveField(13, 1, 0.5)


def test_padding_by_name_is_refused():
    with pytest.raises(ValueError, match="padding must be a number, got 'same'"):
        receptive_fields([nn.Conv2d(1, 1, 3, padding="same")])
