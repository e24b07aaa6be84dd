"""An SSD so small that a step takes milliseconds, for tests that take many."""

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

import ssd_lib
from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes
from ssd_lib.default_boxes import layout_from_scales
from ssd_lib.model import SSD
from ssd_lib.train import adamw_one_cycle, fit

PACKAGE = str(Path(ssd_lib.__file__).parent)
LAYOUT = layout_from_scales(64, (8,), (0.3, 0.6), [(2,)])


class SmallFeatures(nn.Module):
    """One map, without batch normalisation: each image is on its own."""

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


class Death(NamedTuple):
    """The moment at which a process kills itself, the same on every machine."""

    steps: int  # after so many steps of its own,
    function: str  # in ssd_lib's function of that name,
    calls: int  # at so many calls of it or from it


def run_in(folder, num_steps, death=None):
    """Train from wherever the folder's run was left, and keep the weights at the end."""
    own = itertools.count(1)

    def tell(*_):
        if death and next(own) == death.steps:
            sys.setprofile(killing(death))

    torch.set_num_threads(1)
    model = small_ssd()
    if death and death.steps == 0:
        sys.setprofile(killing(death))
    fit(
        model,
        small_scenes(),
        adamw_one_cycle(model, num_steps),
        num_steps,
        2,
        folder=folder,
        resume=True,
        checkpoint_every=1,
        num_workers=0,
        progress=False,
        on_step=tell,
    )
    torch.save(model.state_dict(), folder / "weights.pt")


def killing(death):
    """What Python is to call at every call, until it is the last one."""
    calls = itertools.count(1)

    def at_call(frame, event, _):
        code = frame.f_code
        is_there = code.co_name == death.function and PACKAGE in code.co_filename
        if event in ("call", "c_call") and is_there and next(calls) == death.calls:
            os.kill(os.getpid(), signal.SIGKILL)

    return at_call
