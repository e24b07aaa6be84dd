"""The augmentation lab: the running picture, augmented nine times, and how it was done."""

from typing import ClassVar

import torch
import traitlets

from ssd_lib.augment.patches import MIN_IOUS, TRIALS, sample_patches
from ssd_lib.data.toy import running_picture
from ssd_lib.widgets.base import BookWidget, rounded

CONSTRAINTS = ["drawn", "whole", *(f"{bound}" for bound in MIN_IOUS), "any"]


STEPS = ["distort", "zoom", "patch", "mirror"]


class AugmentationLab(BookWidget):
    """Nine draws of SSD's augmentation, and the story of the one that is pressed.

    Traits:
        seed: of the first of the nine draws; the others follow it.
        chosen: which of them, 0 to 8, shows its four steps; -1 for none.
        constraint: of the patch; ``"drawn"`` lets Caffe's rule choose.
        steps: those of ``distort``, ``zoom``, ``patch`` and ``mirror`` that are taken.
    """

    module: ClassVar[str] = "augmentation_lab"
    page_state: ClassVar[tuple[str, ...]] = (
        "gt_boxes",
        "names",
        "seed",
        "chosen",
        "constraint",
        "constraints",
        "steps",
        "trials",
    )

    gt_boxes = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    seed = traitlets.Int(44).tag(sync=True)
    chosen = traitlets.Int(-1, min=-1, max=8).tag(sync=True)
    constraint = traitlets.Enum(CONSTRAINTS, "drawn").tag(sync=True)
    constraints = traitlets.List(traitlets.Unicode(), CONSTRAINTS[2:]).tag(sync=True)
    steps = traitlets.List(traitlets.Enum(STEPS), STEPS).tag(sync=True)
    trials = traitlets.Int(TRIALS).tag(sync=True)

    @traitlets.default("gt_boxes")
    def _all_objects(self) -> list[list[float]]:
        return rounded(running_picture().fractions)

    @traitlets.default("names")
    def _their_names(self) -> list[str]:
        return list(running_picture().labels)

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Nine times the same image, as the network meets it in training. Press one to see "
            "how it came about, and look for objects that lost their box (dashed). The browser’s "
            "own filters change the colours; they are nearly SSD's."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """How often a patch is accepted, by constraint, on the running picture."""
        patches = sample_patches(
            torch.tensor(self.gt_boxes),
            (*MIN_IOUS, 0.0),
            trials=2000,
            generator=torch.Generator().manual_seed(0),
        )
        shares = patches.accepted.float().mean(dim=1).tolist()
        rows = [[name, f"{share:.0%}"] for name, share in zip(CONSTRAINTS[2:], shares, strict=True)]
        return ["IoU with an object, at least", "patches accepted"], rows
