"""An SSD so small that a step takes milliseconds, for tests that take many."""

import torch
from torch import nn

from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes
from ssd_lib.default_boxes import layout_from_scales
from ssd_lib.model import SSD
from ssd_lib.train import adamw_one_cycle, fit

LAYOUT = layout_from_scales(64, (8,), (0.3, 0.6), [(2,)])


class SmallFeatures(nn.Module):
    """One map, without batch normalisation: each picture is on its own."""

    out_channels = (6,)

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5, stride=8, padding=2)

    def forward(self, images):
        return [self.conv(images / 100).relu()]


def small_ssd(num_classes=9):
    torch.manual_seed(0)
    return SSD(SmallFeatures(), LAYOUT, num_classes)


def small_scenes(count=6):
    return ToyScenes(count, 64, transforms=evaluation_transform(64))


def run_in(folder, num_steps, begun=None):
    """Train from wherever the folder's run was left, and keep the weights at the end."""

    def tell(*_):
        if begun:
            begun.set()

    torch.set_num_threads(1)
    model = small_ssd()
    fit(
        model, small_scenes(), adamw_one_cycle(model, num_steps), num_steps, 2,
        folder=folder, resume=True, checkpoint_every=1, num_workers=0, progress=False,
        on_step=tell,
    )  # fmt: skip
    torch.save(model.state_dict(), folder / "weights.pt")
