"""The objects of a data set as boxes alone, for what is to be known before training."""

import torch
from torch import Tensor

from ssd_lib.boxes import scale_boxes
from ssd_lib.data.records import Records
from ssd_lib.samples import SampleSet, crowds

MOST_IMAGES = 300  # that are read where the boxes in pixels are not known without
MOST_OBJECTS = 5000  # where they are


def gt_boxes_of(dataset: SampleSet) -> Tensor:
    """Objects of a data set, chosen evenly, without crowds.

    Args:
        dataset: without transforms. Its images are read only if its boxes are not in
            place already, as :func:`ssd_lib.data.looking.look` leaves them; at most
            300 of them, and of boxes in place at most 5000 are taken.

    Returns:
        ``[N, 4]``, xyxy in fractions of their image.

    Example:
        >>> from ssd_lib.data import ToyScenes
        >>> gt_boxes_of(ToyScenes(5)).shape
        torch.Size([29, 4])
    """
    if isinstance(dataset, Records) and dataset.placed:
        return _boxes_in_place(dataset)
    found = [torch.zeros(0, 4)]
    count = min(MOST_IMAGES, len(dataset))
    for k in range(count):
        _, target = dataset[k * len(dataset) // count]
        height, width = target["boxes"].canvas_size
        boxes = target["boxes"].as_subclass(Tensor)[~crowds(target)]
        found.append(scale_boxes(boxes, 1 / height, 1 / width))
    return torch.cat(found)


def _boxes_in_place(dataset: Records) -> Tensor:
    rows = []
    for record in dataset.records:
        if record.size_px is None:
            continue  # of none whose boxes are in place
        height, width = record.size_px
        crowd = record.crowd or [False] * len(record.boxes)
        rows += [
            (x1 / width, y1 / height, x2 / width, y2 / height)
            for (x1, y1, x2, y2), is_crowd in zip(record.boxes, crowd, strict=True)
            if not is_crowd
        ]
    step = max(1, -(-len(rows) // MOST_OBJECTS))
    return torch.tensor(rows[::step], dtype=torch.float32).reshape(-1, 4)
