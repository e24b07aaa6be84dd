"""The first page's road: a small picture of every chapter."""

import json
from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision import tv_tensors

from ssd_lib.assets import path
from ssd_lib.augment import PatchSampling
from ssd_lib.boxes import box_iou, cxcywh_to_xyxy, xyxy_to_cxcywh
from ssd_lib.data.toy import Scene
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.figures.blocks import Drawing, block, note, shade
from ssd_lib.figures.boxes import AROUND_THE_BIRD
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.intro import answers, detected
from ssd_lib.figures.matching import all_matched
from ssd_lib.figures.pictures import SIDE, Picture, Sheet
from ssd_lib.images import resize
from ssd_lib.matching import match
from ssd_lib.model import SSD

COMPANION = 892  # the default box that the book follows
TILE_PX = 300  # side of an image


def road(scene: Scene, model: SSD, threshold: float) -> Sheet:
    """A small picture of every chapter, in order, from a box to a trained network.

    Args:
        scene: the running picture.
        model: the small network.
        threshold: scores above it are shown.
    """
    image = resize(scene.image, TILE_PX)
    default = default_boxes(SSD300_VOC)
    drawn = {
        "boxes": _square_and_bird(scene, default),
        "feature maps": _grids(),
        "default boxes": _one_of_each_map(image, default),
        "backbone": _shrinking(),
        "heads": _rows(),
        "offsets": _moved(scene, default),
        "matching": all_matched(
            scene._replace(image=image),
            cxcywh_to_xyxy(default),
            match(scene.fractions, cxcywh_to_xyxy(default)),
        ),
        "loss": _wrong_and_right(),
        "augmentation": _patch(scene),
        "detections": _kept(scene, image, model, threshold),
        "evaluation": _classes(),
        "training": _falling(),
    }
    for number, (name, tile) in enumerate(drawn.items(), start=1):
        tile.title = f"{number}. {name}"
        if isinstance(tile, Picture):
            tile.boxes, tile.names = [], []
    return Sheet(list(drawn.values()), columns=4, rem=66, least=9)


def _square_and_bird(scene: Scene, default: Tensor) -> Picture:
    both = torch.stack([scene.fractions[2], cxcywh_to_xyxy(default[COMPANION])])
    iou = box_iou(both[:1], both[1:]).item()
    part, places = close_up(scene.image, AROUND_THE_BIRD, both)
    alt = f"A square over the smaller bird, with an IoU of {iou:.2f}."
    names = ["", f"IoU {iou:.2f}"]
    return Picture(part, places, names, ["bird", "default"], alt=alt, letters=48, weight=8)


def _grids() -> Drawing:
    parts, side = [], 170
    grids = [row.grid for row in SSD300_VOC.maps]
    for place, grid in enumerate(grids):
        x, y = 20 + 195 * (place % 3), 60 + 270 * (place // 3)
        steps = [side * k / grid for k in range(grid + 1)]
        path = "".join(f"M{x + s:.1f} {y}v{side}M{x} {y + s:.1f}h{side}" for s in steps)
        ink, weight = shade(f"map-{place + 1}"), 1.2 if grid > 10 else 4
        parts.append(f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{weight}"/>')
        parts.append(
            note(f"{grid} × {grid}", x + side / 2, y + side + 46, side="middle", letters=37)
        )
    said = ", ".join(f"{grid} by {grid}" for grid in grids)
    return Drawing(parts, SIDE, alt=f"Six grids: {said} cells.", title="", numbers=said)


def _one_of_each_map(image: Tensor, default: Tensor) -> Picture:
    counts = [row.num_boxes for row in SSD300_VOC.maps]
    boxes = []
    for row, part in zip(SSD300_VOC.maps, default.split(counts), strict=True):
        middle = row.grid // 2
        boxes.append(part[(middle * row.grid + middle) * row.boxes_per_cell])
    tokens = [f"map-{place}" for place in range(1, len(counts) + 1)]
    alt = "Six squares, one of each map, from a thirtieth of the image's area to nearly all of it."
    corners = cxcywh_to_xyxy(torch.stack(boxes)).clamp(0, 1)
    return Picture(image, corners, (), tokens, alt=alt, weight=8)


def _shrinking() -> Drawing:
    """VGG16's five sizes as bars, and how many numbers a cell holds."""
    parts, side, said = [], 300, []
    for place, channels in enumerate((64, 128, 256, 512, 512)):
        high = 24 * side**0.5
        y = 300 - high / 2
        parts.append(block((30 + 112 * place, y, 88, high), "default"))
        parts.append(note(f"{side}", 74 + 112 * place, y - 14, side="middle", letters=38))
        said.append(f"{side} by {side} with {channels} channels")
        side = -(-side // 2)  # rounded up, as Caffe's pooling does
    alt = "Five bars, each lower than the one before: the sides of VGG16's maps."
    return Drawing(parts, SIDE, alt=alt, title="", numbers=", ".join(said))


def _rows() -> Drawing:
    parts = []
    for box in range(4):
        y = 130 + 100 * box
        parts.append(note(f"{COMPANION + box}", 120, y + 45, side="end", letters=40))
        for k in range(25):
            token = "prediction" if k < 4 else "default" if k == 4 else "positive"
            parts.append(block((140 + 18 * k, y, 14, 62), token))
    parts.append(note("4 offsets, 21 logits", 365, 590, side="middle", letters=38))
    alt = "Four rows of 25 small blocks: four offsets and 21 logits for each box of a cell."
    return Drawing(parts, SIDE, alt=alt, title="", numbers="4 offsets and 21 logits, 25 a row")


def _moved(scene: Scene, default: Tensor) -> Picture:
    """The companion, dashed, and a line to the bird's box, onto which it moves."""
    both = torch.stack([cxcywh_to_xyxy(default[COMPANION]), scene.fractions[2]])
    part, places = close_up(scene.image, AROUND_THE_BIRD, both)
    alt = "A dashed square, and a line from its middle to that of the smaller bird's box."
    dash, tokens = ("16 12", ""), ("default", "prediction")
    picture = Picture(part, places, (), tokens, alt=alt, dash=dash, weight=8)
    (x1, y1), (x2, y2) = (SIDE * xyxy_to_cxcywh(places)[:, :2]).tolist()
    tip = f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"
    arrow = "".join(
        f'<path d="{tip}" stroke="{shade(token)}" stroke-width="{wide}" stroke-linecap="round"/>'
        f'<circle cx="{x2:.1f}" cy="{y2:.1f}" r="{wide}" fill="{shade(token)}"/>'
        for token, wide in (("on-box", 14), ("accent", 8))
    )
    picture.svg = picture.svg.replace("</svg>", f"{arrow}</svg>")
    return picture


def _curve(points: Sequence[tuple[float, float]], token: str) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="{path}" fill="none" stroke="{shade(token)}" stroke-width="9"/>'


def _ground() -> str:
    return _curve([(50, 40), (50, 540), (580, 540)], "edge").replace('"9"', '"3"')


def _wrong_and_right() -> Drawing:
    score = torch.linspace(0.01, 1, 60)
    points = zip((50 + 530 * score).tolist(), (540 + 108 * score.log()).tolist(), strict=True)
    words = note("−log(score)", 240, 150, letters=40)
    alt = "The loss of a score: steep near 0, nothing at 1."
    parts = [_ground(), _curve(list(points), "mined"), words]
    return Drawing(parts, SIDE, alt=alt, title="", numbers="-log(score)")


def _patch(scene: Scene) -> Picture:
    frame = {"format": "XYXY", "canvas_size": tuple(scene.image.shape[1:])}
    boxes = tv_tensors.BoundingBoxes(scene.boxes, **frame)
    target = {"boxes": boxes, "labels": torch.arange(1, 1 + len(scene.labels))}
    cut = PatchSampling(generator=torch.Generator().manual_seed(5))
    image, kept = cut(scene.image, target)
    places = torch.as_tensor(kept["boxes"]) / torch.tensor([image.shape[2], image.shape[1]] * 2)
    names = [scene.labels[k - 1] for k in kept["labels"].tolist()]
    alt = f"A part of the running picture, enlarged, with {len(names)} of its objects."
    warped = resize(image, TILE_PX)
    return Picture(warped, places, (), names, alt=alt, weight=8)


def _kept(scene: Scene, image: Tensor, model: SSD, threshold: float) -> Picture:
    boxes, scores = answers(scene, model)
    likely = boxes[scores[:, 1:].amax(dim=1) > threshold]
    found = detected(scene, model, threshold).boxes
    every = torch.cat([likely, found])
    tokens = ["dropped"] * len(likely) + ["kept"] * len(found)
    weights = [3.0] * len(likely) + [8.0] * len(found)
    alt = "Bundles of grey boxes; the best of each bundle is drawn bold."
    return Picture(image, every, (), tokens, alt=alt, weight=weights)


def _classes() -> Drawing:
    """The small network's AP of each class on scenes that it has not seen."""
    record = json.loads(path("weights/toy_tiny.json").read_text(encoding="utf-8"))
    by_class = record["shipped"]["all"]["by_class"]
    parts, said = [], []
    for place, (name, value) in enumerate(by_class.items()):
        y = 40 + 66 * place
        parts.append(note(name, 130, y + 40, side="end", letters=36))
        parts.append(block((150, y, 430 * value["ap"], 50), name))
        said.append(f"{name} {value['ap']:.2f}")
    alt = "A bar for each class: how well the small network finds it."
    return Drawing(parts, SIDE, alt=alt, title="", numbers=", ".join(said))


def _falling() -> Drawing:
    record = json.loads(path("runs/replay.json").read_text(encoding="utf-8"))
    last = record["steps"]
    parts = [_ground()]
    for column, token in ((1, "prediction"), (2, "mined")):
        points = [(50 + 530 * one[0] / last, 540 - 36 * one[column]) for one in record["loss"]]
        parts.append(_curve(points, token))
    alt = f"Two losses that fall over {last} steps, steeply at first."
    return Drawing(parts, SIDE, alt=alt, title="", numbers=f"{last} steps")
