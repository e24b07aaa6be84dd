"""The hard-negative lab: which of nearly nine thousand mistakes are to count."""

from typing import ClassVar

import torch
import traitlets
from torch import Tensor
from torch.nn.functional import softplus

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.loss import hard_negatives
from ssd_lib.matching import match_ious
from ssd_lib.model.packed import as_table
from ssd_lib.widgets.base import BookWidget, rounded

ALL = 11  # the slider's last place: every negative counts
RATIOS = (0, 1, 3, 10)


def invented_answers(gt_boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Answers as a half-trained network might give them; no network gave these.

    How sure it is of background falls with the overlap of a default box with the
    nearest object, and it is sometimes wrong by up to 2 either way.

    Args:
        gt_boxes: ``[N, 4]`` in xyxy, fractions.

    Returns:
        ``margin``, ``[8732]``: the logit of background less that of the object; and
        ``is_positive``, ``[8732]``, by matching.
    """
    ious = box_iou(gt_boxes, cxcywh_to_xyxy(default_boxes(SSD300_VOC)))  # [N, P]
    index = torch.arange(ious.shape[1])
    noise = (index * 2654435761 % 2**32).double() / 2**32 * 4 - 2
    margin = 5 - 7 * ious.amax(dim=0).double() + noise
    return margin, match_ious(ious) >= 0


class HardNegativeLab(BookWidget):
    """The mined negatives as boxes on the image, and how few of all they are.

    Traits:
        ratio: negatives for each positive; 11 means all. Any other may be asked for.
        gt_boxes: the running picture's objects.
        names: of these objects.
        shown_map: whose boxes are drawn: 0 for all feature maps, 1 for the finest.
    """

    module: ClassVar[str] = "hard_negative_lab"
    page_state: ClassVar[tuple[str, ...]] = (
        "layout_table",
        "gt_boxes",
        "names",
        "ratio",
        "shown_map",
    )

    layout_table = traitlets.Dict().tag(sync=True)
    gt_boxes = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    ratio = traitlets.Float(3.0).tag(sync=True)
    shown_map = traitlets.Int(0, min=0, max=len(SSD300_VOC.maps)).tag(sync=True)

    @traitlets.default("layout_table")
    def _table_of_ssd300(self) -> dict:
        return as_table(SSD300_VOC)

    @traitlets.default("gt_boxes")
    def _all_objects(self) -> list[list[float]]:
        return rounded(running_picture().fractions)

    @traitlets.default("names")
    def _their_names(self) -> list[str]:
        return list(running_picture().labels)

    def count(self, ratio: float) -> dict[str, float]:
        """Mined negatives at a ratio, both losses, and their share of the gradient."""
        margin, positive = invented_answers(torch.tensor(self.gt_boxes))
        as_background = softplus(-margin)
        asked = len(margin) if ratio == ALL else ratio
        mined = hard_negatives(as_background[None], positive[None], asked)[0]
        pulls = margin[positive].sigmoid().sum(), (-margin[mined]).sigmoid().sum()
        return {
            "mined": int(mined.sum()),
            "positive_loss": softplus(margin[positive]).sum().item(),
            "negative_loss": as_background[mined].sum().item(),
            "share": (pulls[1] / sum(pulls)).item(),
        }

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Choose how many negatives count for each positive. Those that count are dots at "
            "their centres: they crowd around the objects. Frames: the costliest at each. "
            "No network gave these answers; they imitate a half-trained one."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """What is mined at some ratios, and how much of the gradient it makes."""
        head = ["negatives for each positive", "mined", "their loss", "their share of the gradient"]
        rows = []
        for ratio in (*RATIOS, ALL):
            found = self.count(ratio)
            name = "all" if ratio == ALL else f"{ratio}"
            rows.append(
                [
                    name,
                    f"{found['mined']}",
                    f"{found['negative_loss']:.1f}",
                    f"{found['share']:.0%}",
                ]
            )
        return head, rows
