"""The offset lab: a prediction to drag, its offsets, the target's, and their loss."""

from typing import ClassVar

import torch
import traitlets

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy, xyxy_to_cxcywh
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.offsets import encode
from ssd_lib.widgets.base import BookWidget, box_trait, rounded


class OffsetLab(BookWidget):
    """A default box, an object and a prediction between them.

    Traits:
        default_box, gt_box, prediction: xyxy in fractions; the last two are moved.
        variances: whether offsets are divided by 0.1 and 0.2.
        arrows: which are drawn from box to box: 0 those that move, 1 those that stretch, 2 all.
        lesson: ``"offsets"``, the way from the default box to the prediction, or
            ``"descent"``, how the loss pulls the prediction to the object.

    Example:
        >>> OffsetLab(lesson="descent").prediction
        [0.46, 0.04, 0.97, 0.46]
    """

    module: ClassVar[str] = "offset_lab"
    page_state: ClassVar[tuple[str, ...]] = (
        "default_box",
        "gt_box",
        "prediction",
        "variances",
        "arrows",
        "lesson",
    )

    default_box = box_trait("the default box")
    gt_box = box_trait("the object")
    prediction = box_trait("the prediction")
    variances = traitlets.Bool(default_value=True).tag(sync=True)
    arrows = traitlets.Int(0, min=0, max=2).tag(sync=True)
    lesson = traitlets.Enum(["offsets", "descent"], "offsets").tag(sync=True)

    @traitlets.default("gt_box")
    def _the_dog(self) -> list[float]:
        scene = running_picture()
        return rounded(scene.fractions)[scene.labels.index("dog")]

    @traitlets.default("default_box")
    def _best_of_the_dog(self) -> list[float]:
        corners = cxcywh_to_xyxy(default_boxes(SSD300_VOC))
        best = box_iou(torch.tensor([self.gt_box]), corners).argmax(dim=1)
        return rounded(corners[best])[0]

    @traitlets.default("prediction")
    def _off_in_all_four(self) -> list[float]:
        is_far = self.lesson == "descent"
        return [0.46, 0.04, 0.97, 0.46] if is_far else [0.22, 0.41, 0.7, 0.91]

    def caption(self) -> str:
        """What the figure is for."""
        if self.lesson == "descent":
            return (
                "The prediction (solid) begins far from its object (dashed). Each arrow is the "
                "loss’s pull on one of the four offsets: at most 1, however far off it is. Play "
                "the descent: its steps are equally long at first, then shorter and shorter."
            )
        return (
            "Arrows turn the default box (grey) into the prediction (solid): two move its middle, "
            "two stretch its sides. Drag the prediction, or pull at a corner. The dashed box is "
            "the object: its offsets are what training wants."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Offsets of the prediction and of the object, and what the loss makes of them."""
        start, *others = xyxy_to_cxcywh(
            torch.tensor([self.default_box, self.prediction, self.gt_box])
        )
        answer, target = (encode(box, start) for box in others)
        loss = torch.nn.functional.smooth_l1_loss(answer, target, reduction="none")
        head = ["", "answer", "target", "smooth L1"]
        names = ("x", "y", "width", "height")
        rows = zip(names, answer.tolist(), target.tolist(), loss.tolist(), strict=True)
        return head, [[name, *(f"{v:.2f}" for v in values)] for name, *values in rows]
