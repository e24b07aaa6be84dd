"""The augmentation lab: the running picture through every step, and each patch tried."""

from typing import ClassVar

import torch
import traitlets

from ssd_lib.augment.patches import MIN_IOUS, TRIALS, sample_patches
from ssd_lib.data.toy import running_picture
from ssd_lib.widgets.base import BookWidget, rounded

CONSTRAINTS = ["drawn", "whole", *(f"{bound}" for bound in MIN_IOUS), "any"]


class AugmentationLab(BookWidget):
    """One draw of SSD's augmentation, step by step, and the next at a press.

    Traits:
        seed: of the draw.
        stage: 0 to 3: distorted, zoomed out, patch, result.
        constraint: of the patch; ``"drawn"`` lets Caffe's rule choose.
    """

    module: ClassVar[str] = "augmentation_lab"
    page_state: ClassVar[tuple[str, ...]] = (
        "gt_boxes",
        "names",
        "seed",
        "stage",
        "constraint",
        "constraints",
        "trials",
    )

    gt_boxes = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)
    stage = traitlets.Int(2, min=0, max=3).tag(sync=True)
    constraint = traitlets.Enum(CONSTRAINTS, "drawn").tag(sync=True)
    constraints = traitlets.List(traitlets.Unicode(), CONSTRAINTS[2:]).tag(sync=True)
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
            "The augmentation lab. Draw again with the button; choose a step and a "
            "constraint. The colours are changed by the browser's own filters, which "
            "are nearly SSD's."
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
