"""Making SSD300's 8732 default boxes, ours beside torchvision's.

python benchmarks/default_boxes.py
"""

from timing import report  # first: it sets how torch's threads wait

import torch
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList

from ssd_lib.default_boxes import SSD300_VOC, default_boxes


def main():
    rows = SSD300_VOC.maps
    generator = DefaultBoxGenerator(
        [list(row.aspect_ratios) for row in rows],
        scales=[0.1, 0.2, 0.37, 0.54, 0.71, 0.88, 1.05],
        steps=[row.step_px for row in rows],
        clip=False,
    )
    images = ImageList(torch.zeros(1, 3, 300, 300), [(300, 300)])
    maps = [torch.zeros(1, 1, row.grid, row.grid) for row in rows]
    report(
        "8732 default boxes",
        lambda: default_boxes(SSD300_VOC),
        lambda: generator(images, maps),
    )


if __name__ == "__main__":
    main()
