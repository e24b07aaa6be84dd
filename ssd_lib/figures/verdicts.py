"""What a network learns from, and what it says: images with boxes, right, wrong and missed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.evaluate import GroundTruth, name_errors
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.table import Table
from ssd_lib.figures.train import Record, short
from ssd_lib.predict import Detections

KINDS = {  # of detections, as the chapter calls them
    "right": "right",
    "wrong_class": "wrong class",
    "wrong_place": "wrong place",
    "both": "class and place",
    "double": "double",
    "background": "background",
}
SURE = 0.5  # the score from which a detection is drawn


class Objects(NamedTuple):
    """An image, what is in it, and what its classes are called."""

    image: Tensor  # [3, H, W]
    boxes: Tensor  # [N, 4], xyxy in pixels
    labels: Tensor  # [N]
    classes: Sequence[str]


def inputs(scenes: Sequence[Objects], own: Tensor, labels: Tensor) -> Sheet:
    """What a network learns from: each image, its objects, and the boxes that are matched.

    Args:
        scenes: the images of a batch, as the network gets them.
        own: ``[P, 4]``, cxcywh: the network's default boxes.
        labels: ``[B, P]``: the target of each default box, 0 for none.
    """
    default, pictures = cxcywh_to_xyxy(own), []
    for scene, target in zip(scenes, labels, strict=True):
        matched = target.nonzero().flatten()
        names = [scene.classes[int(label)] for label in scene.labels]
        gt = scene.boxes / scene.image.shape[2]
        pictures.append(
            Picture(
                scene.image,
                torch.cat([default[matched], gt]),
                [*[""] * len(matched), *names],
                [*(scene.classes[int(i)] for i in target[matched]), *["truth"] * len(names)],
                alt=(
                    f"A toy scene with {len(names)} objects, each in a dark box, and "
                    f"{len(matched)} thin default boxes around them."
                ),
                title=f"{len(names)} objects, {len(matched)} positives",
                weight=[*[2.0] * len(matched), *[4.5] * len(names)],
                letters=30,
            )
        )
    return Sheet(pictures, columns=4, rem=62, least=13)


def rows_that_fit(box: Tensor, own: Tensor) -> Table:
    """The default boxes that overlap an object by half or more, of two networks.

    Args:
        box: ``[4]``, xyxy in fractions.
        own: ``[P, 4]``, cxcywh: the default boxes of the network that is trained.
    """
    rows = []
    for name, table in (("this network", own), ("SSD300", default_boxes(SSD300_VOC))):
        ious = box_iou(box[None], cxcywh_to_xyxy(table))[0]
        fit = (ious >= 0.5).nonzero().flatten().tolist()
        rows.append([name, ", ".join(map(str, fit)) or "none", ious.max().item()])
    return Table(rows, ["", "rows", "best IoU"], ["", "", ".2f"])


def verdict(scene: Objects, said: Detections, title: str, least: float = SURE) -> Picture:
    """What a network said of an image: right in green, wrong in red, missed dashed.

    Args:
        scene: the image and its objects.
        said: boxes in pixels, by falling score.
        title: above the image.
        least: detections with this score or more are drawn.
    """
    sure = said.scores >= least
    said = Detections(said.boxes[sure], said.scores[sure], said.labels[sure])
    there = torch.zeros_like(scene.labels, dtype=torch.bool)
    judged = name_errors(said, GroundTruth(scene.boxes, scene.labels, there))
    names = [
        f"{scene.classes[label]} {score:.2f}" if kind == "right" else _wrong(kind, scene, label)
        for kind, label, score in zip(
            judged.kinds, said.labels.tolist(), said.scores.tolist(), strict=True
        )
    ]
    found = [gt for kind, gt in zip(judged.kinds, judged.objects, strict=True) if kind == "right"]
    lost = [gt for gt in range(len(scene.labels)) if gt not in found]
    names += [f"{scene.classes[label]}?" for label in scene.labels[lost].tolist()]
    right = judged.kinds.count("right")
    wrong = len(judged.kinds) - right
    counts = f"{right} right, {wrong} wrong, {len(lost)} missed"
    tokens = ["kept" if kind == "right" else "car" for kind in judged.kinds]
    return Picture(
        scene.image,
        torch.cat([said.boxes, scene.boxes[lost]]) / scene.image.shape[2],
        names,
        [*tokens, *["truth"] * len(lost)],
        alt=f"{title}: of the objects of a toy scene, {counts}.",
        title=f"{title}: {counts}",
        dash=[*[""] * len(tokens), *["12 9"] * len(lost)],
        weight=5,
        letters=24,
    )


def _wrong(kind: str, scene: Objects, label: int) -> str:
    """What stands at a wrong detection: its class, and what is wrong; alone it is on nothing."""
    name = scene.classes[label]
    return name if kind == "background" else f"{name}: {KINDS[kind]}"


def verdicts(scene: Objects, moments: Mapping[str, Sequence[Sequence]], columns: int = 3) -> Sheet:
    """What a network said of one image at several moments.

    Args:
        scene: the image and its objects.
        moments: of each title its detections: label, score, box in fractions.
        columns: how many images stand side by side.
    """
    side = scene.image.shape[2]
    pictures = [
        verdict(
            scene,
            Detections(
                torch.tensor([box for *_, box in rows]).reshape(-1, 4) * side,
                torch.tensor([score for _, score, _ in rows]),
                torch.tensor([label for label, *_ in rows], dtype=torch.int64),
            ),
            title,
        )
        for title, rows in moments.items()
    ]
    return Sheet(pictures, columns=columns, rem=62, least=15)


def on_the_running_picture(
    picture: Objects, moments: Sequence[Mapping], steps: Sequence[int]
) -> Sheet:
    """What SSD300 said of the running picture at some steps of its run on a GPU.

    Args:
        picture: the running picture and its objects.
        moments: of the run in ``runs/gpu_toy.json``.
        steps: which of them.
    """
    side = picture.image.shape[2]
    said = {
        f"step {moment['step']}": [
            (picture.classes.index(one["class"]), one["score"], [v / side for v in one["box_px"]])
            for one in moment["detections"]
        ]
        for moment in moments
        if moment["step"] in steps
    }
    return verdicts(picture, said)


def kinds(looks: Sequence[Mapping], steps: Sequence[int]) -> Table:
    """How many detections were of which kind at some steps of a run, doubles left out.

    Args:
        looks: of ``runs/story.json``.
        steps: which of them.
    """
    shown = [kind for kind in KINDS if kind != "double"]
    rows = []
    for look in looks:
        if look["step"] in steps:
            counts = [look["errors"][kind] for kind in (*shown, "missed")]
            rows.append([look["step"], look["map"], *counts])
    names = [KINDS[kind] for kind in shown]
    names[-1] = "on nothing"  # narrower than "background"
    heads = ["step", "mAP", *names, "missed"]
    return Table(rows, heads, [",", ".3f", *[","] * (len(heads) - 2)])


def kinds_of_parts(parts: Mapping[str, Mapping]) -> Table:
    """The mAP of some parts of a data set, and how many detections were of which kind.

    Args:
        parts: of each name its results, of ``runs/bccd_tiny.json``.
    """
    rows = [["mAP", *(f"{part['map']:.3f}" for part in parts.values())]]
    for kind, words in {**KINDS, "missed": "missed"}.items():
        rows.append([words, *(part["errors"][kind] for part in parts.values())])
    return Table(rows, ["", *parts], align="<" + ">" * len(parts))


def sick_answers(scene: Objects, place: int, record: Record) -> Sheet:
    """What some runs, healthy or with one thing wrong, say of a scene at their end.

    Args:
        scene: the image and its objects.
        place: which of the record's scenes it is.
        record: ``runs/sick_scenes.json``.
    """
    moments = {short(run["name"]): run["scenes"][place] for run in record["runs"]}
    return verdicts(scene, moments, columns=2 if len(moments) < 3 else 3)


def mined(run: Record, own: Tensor, moments: Sequence[int]) -> Table:
    """How many of the mined negatives overlap an object, with an IoU above 0.1.

    Args:
        run: ``runs/replay.json``.
        own: ``[P, 4]``, cxcywh: the default boxes of the network that was trained.
        moments: which of the run's moments.
    """
    corners, rows = cxcywh_to_xyxy(own), []
    for moment in (run["moments"][k] for k in moments):
        near = []
        for scene, objects in zip(moment["scenes"], run["objects"], strict=True):
            there = torch.tensor([box for _, box in objects])
            near.append(box_iou(there, corners[scene["mined"]]).amax(dim=0) > 0.1)
        share = torch.cat(near).float().mean().item()
        rows.append([moment["step"], moment["map"], share])
    return Table(rows, ["step", "mAP", "mined ones that overlap an object"], ["", ".2f", ".0%"])


def found_first(run: Record) -> Table:
    """When each class was first found in the scenes of a run, and when half of it was.

    Args:
        run: ``runs/replay.json``.
    """
    counts = dict.fromkeys(run["classes"][1:], 0)
    for objects in run["objects"]:
        for label, _ in objects:
            counts[run["classes"][label]] += 1
    first: dict[str, int] = {}
    half: dict[str, int] = {}
    for moment in run["moments"]:
        right = dict.fromkeys(counts, 0)
        for scene, objects in zip(moment["scenes"], run["objects"], strict=True):
            for label in _found(scene["detections"], objects):
                right[run["classes"][label]] += 1
        for name, count in right.items():
            if count:
                first.setdefault(name, moment["step"])
            if 2 * count >= counts[name] > 0:
                half.setdefault(name, moment["step"])
    rows = [
        [name, count, first.get(name, "never"), half.get(name, "never")]
        for name, count in sorted(counts.items(), key=lambda one: first.get(one[0], 10**9))
        if count
    ]
    heads = ["class", "objects", "first found at step", "half of them at step"]
    return Table(rows, heads, align="<>>>", marks=[name for name, *_ in rows])


def _found(said: Sequence[Sequence], objects: Sequence[Sequence]) -> list[int]:
    """The labels of the right detections of a recorded scene."""
    sure = [one for one in said if one[1] >= SURE]
    labels = torch.tensor([label for label, *_ in sure], dtype=torch.int64)
    boxes = torch.tensor([box for *_, box in sure]).reshape(-1, 4)
    gt_labels = torch.tensor([label for label, _ in objects])
    there = GroundTruth(
        torch.tensor([box for _, box in objects]), gt_labels, torch.zeros(len(objects)).bool()
    )
    scores = torch.tensor([score for _, score, _ in sure])
    kinds = name_errors(Detections(boxes, scores, labels), there).kinds
    return [label for label, kind in zip(labels.tolist(), kinds, strict=True) if kind == "right"]
