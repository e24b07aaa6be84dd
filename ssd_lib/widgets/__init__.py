"""Figures a reader can take hold of, in Jupyter and in the page alike."""

from typing import TYPE_CHECKING

from ssd_lib.lazy import exports

if TYPE_CHECKING:
    from ssd_lib.widgets.augmentation_lab import AugmentationLab
    from ssd_lib.widgets.default_box_explorer import DefaultBoxExplorer
    from ssd_lib.widgets.feature_map_explorer import FeatureMapExplorer
    from ssd_lib.widgets.hard_negative_lab import HardNegativeLab
    from ssd_lib.widgets.head_walk import HeadWalk
    from ssd_lib.widgets.iou_playground import IoUPlayground
    from ssd_lib.widgets.live_detector import LiveDetector
    from ssd_lib.widgets.matching_explorer import MatchingExplorer
    from ssd_lib.widgets.nms_stepper import NMSStepper
    from ssd_lib.widgets.offset_lab import OffsetLab
    from ssd_lib.widgets.playground import Playground
    from ssd_lib.widgets.precision_recall_explorer import PrecisionRecallExplorer
    from ssd_lib.widgets.self_check import SelfCheck
    from ssd_lib.widgets.training_replay import TrainingReplay
else:
    __getattr__, __dir__ = exports(
        __name__,
        {
            "AugmentationLab": "ssd_lib.widgets.augmentation_lab",
            "DefaultBoxExplorer": "ssd_lib.widgets.default_box_explorer",
            "FeatureMapExplorer": "ssd_lib.widgets.feature_map_explorer",
            "HardNegativeLab": "ssd_lib.widgets.hard_negative_lab",
            "HeadWalk": "ssd_lib.widgets.head_walk",
            "IoUPlayground": "ssd_lib.widgets.iou_playground",
            "LiveDetector": "ssd_lib.widgets.live_detector",
            "MatchingExplorer": "ssd_lib.widgets.matching_explorer",
            "NMSStepper": "ssd_lib.widgets.nms_stepper",
            "OffsetLab": "ssd_lib.widgets.offset_lab",
            "Playground": "ssd_lib.widgets.playground",
            "PrecisionRecallExplorer": "ssd_lib.widgets.precision_recall_explorer",
            "SelfCheck": "ssd_lib.widgets.self_check",
            "TrainingReplay": "ssd_lib.widgets.training_replay",
        },
    )

__all__ = [
    "AugmentationLab",
    "DefaultBoxExplorer",
    "FeatureMapExplorer",
    "HardNegativeLab",
    "HeadWalk",
    "IoUPlayground",
    "LiveDetector",
    "MatchingExplorer",
    "NMSStepper",
    "OffsetLab",
    "Playground",
    "PrecisionRecallExplorer",
    "SelfCheck",
    "TrainingReplay",
]
