"""The shipped toy scenes, moved into each form in which data sets come."""

import json
import shutil
from typing import NamedTuple

from PIL import Image

from ssd_lib.assets import path
from ssd_lib.data import VOCFolder

TO_STORED = {  # by EXIF's orientation: how an image is stored that is to be turned back
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
TOY = path("toy/ImageSets/Main/val.txt").parents[2]


class Scene(NamedTuple):
    image: object  # a path
    size: tuple  # (width, height)
    things: list  # of name and box


def scenes(first, last):
    """Some of the shipped scenes."""
    data = VOCFolder(TOY)
    return [
        Scene(
            record.image,
            record.size_px[::-1],
            [
                (data.classes[label], box)
                for label, box in zip(record.labels, record.boxes, strict=True)
            ],
        )
        for record in data.records[first:last]
    ]


def xml(scene, filename=None):
    width, height = scene.size
    things = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin>"
        f"<xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
        for name, (x1, y1, x2, y2) in scene.things
    )
    return (
        f"<annotation><filename>{filename or scene.image.name}</filename>"
        f"<size><width>{width}</width><height>{height}</height></size>{things}</annotation>"
    )


def names_of(some):
    return sorted({name for scene in some for name, _ in scene.things})


def coco(some, names):
    return json.dumps(
        {
            "images": [
                {"id": k, "file_name": s.image.name, "width": s.size[0], "height": s.size[1]}
                for k, s in enumerate(some)
            ],
            "categories": [{"id": 7 * k, "name": n} for k, n in enumerate(names)],
            "annotations": [
                {
                    "id": 100 * k + j,
                    "image_id": k,
                    "category_id": 7 * names.index(name),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                }
                for k, scene in enumerate(some)
                for j, (name, (x1, y1, x2, y2)) in enumerate(scene.things)
            ],
        }
    )


def rows(scene, names):
    """YOLO's lines."""
    width, height = scene.size
    return "".join(
        f"{names.index(name)} {(x1 + x2) / 2 / width} {(y1 + y2) / 2 / height} "
        f"{(x2 - x1) / width} {(y2 - y1) / height}\n"
        for name, (x1, y1, x2, y2) in scene.things
    )


def put(scene, folder):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(scene.image, folder)


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def voc_in(root, some, labels, images, ending=".xml"):
    for scene in some:
        put(scene, root / images)
        write(root / labels / f"{scene.image.stem}{ending}", xml(scene))


def coco_in(root, some, labels, images, names=None):
    for scene in some:
        put(scene, root / images)
    write(root / labels, coco(some, names or names_of(some)))


def yolo_in(root, some, labels, images, names=None):
    for scene in some:
        put(scene, root / images)
        write(
            root / labels / f"{scene.image.stem}.txt",
            rows(scene, names or names_of(some)),
        )


def yaml(names, **parts):
    lines = [f"{key}: {value}" for key, value in parts.items()]
    return "\n".join([*lines, f"nc: {len(names)}", f"names: {json.dumps(names)}", ""])


def yolo_with_yaml(root, some):
    yolo_in(root, some, "labels", "images")
    write(root / "data.yaml", yaml(names_of(some)))


def yolo_with_classes(root, some):
    yolo_in(root, some, "", "")
    write(root / "classes.txt", "\n".join(names_of(some)))


def darknet(root, some):
    yolo_in(root, some, "obj_train_data", "obj_train_data")
    write(root / "obj.names", "\n".join(names_of(some)))
    write(
        root / "obj.data",
        "classes = 8\ntrain = data/train.txt\nnames = data/obj.names\n",
    )
    listed = [f"data/obj_train_data/{scene.image.name}" for scene in some]
    write(root / "train.txt", "\n".join(listed))


def in_sub_folders(root, some):
    for k, scene in enumerate(some):
        voc_in(root, [scene], f"annotations/day{k % 3}", f"images/day{k % 3}")


FORMS = {  # of a folder without parts
    "voc": lambda root, some: voc_in(root, some, "Annotations", "JPEGImages"),
    "voc-images": lambda root, some: voc_in(root, some, "annotations", "images"),
    "voc-annots": lambda root, some: voc_in(root, some, "annots", "IMGS", ".XML"),
    "voc-labels": lambda root, some: voc_in(root, some, "labels", "photos"),
    "voc-beside": lambda root, some: voc_in(root, some, "", ""),
    "voc-deep": lambda root, some: voc_in(root, some, "export/voc/a", "export/voc/i"),
    "voc-sub-folders": in_sub_folders,
    "coco-beside": lambda root, some: coco_in(root, some, "_annotations.coco.json", ""),
    "coco-images": lambda root, some: coco_in(root, some, "result.json", "images"),
    "coco-cvat": lambda root, some: coco_in(
        root, some, "annotations/instances_default.json", "images/default"
    ),
    "yolo": yolo_with_yaml,
    "yolo-beside": yolo_with_classes,
    "yolo-darknet": darknet,
}


def roboflow_voc(root, parts):
    for name, some in parts.items():
        voc_in(root / name, some, "", "")


def roboflow_coco(root, parts):
    for name, some in parts.items():
        coco_in(root / name, some, "_annotations.coco.json", "", all_names(parts))


def roboflow_yolo(root, parts):
    for name, some in parts.items():
        yolo_in(root / name, some, "labels", "images", all_names(parts))
    entries = {name: f"../{name}/images" for name in parts}
    write(root / "data.yaml", yaml(all_names(parts), **entries))


def ultralytics(root, parts):
    for name, some in parts.items():
        yolo_in(root, some, f"labels/{name}", f"images/{name}", all_names(parts))
    entries = {name: f"images/{name}" for name in parts}
    write(root / "data.yaml", yaml(all_names(parts), path="/elsewhere", **entries))


def official_coco(root, parts):
    for name, some in parts.items():
        file = f"annotations/instances_{name}2017.json"
        coco_in(root, some, file, f"{name}2017", all_names(parts))


def voc_lists(root, parts):
    for name, some in parts.items():
        voc_in(root, some, "Annotations", "JPEGImages")
        listed = "\n".join(scene.image.stem for scene in some)
        write(root / f"ImageSets/Main/{name}.txt", listed)


def voc_in_parts(root, parts):
    for name, some in parts.items():
        voc_in(root, some, f"Annotations/{name}", f"JPEGImages/{name}")


def all_names(parts):
    return names_of([scene for some in parts.values() for scene in some])


WITH_PARTS = {
    "voc-roboflow": roboflow_voc,
    "voc-in-parts": voc_in_parts,
    "voc-lists": voc_lists,
    "coco-roboflow": roboflow_coco,
    "coco-official": official_coco,
    "yolo-roboflow": roboflow_yolo,
    "yolo-ultralytics": ultralytics,
}
