"""Write a split of 64 toy scenes in Pascal VOC's form, into data/toy/.

python tools/toy_split.py
"""

from pathlib import Path
from xml.etree import ElementTree

from torchvision.transforms.functional import to_pil_image

from ssd_lib.data.toy import CLASSES, ToyScenes

FOLDER = Path(__file__).parents[1] / "data" / "toy"
COUNT, SIDE_PX, SEED = 64, 128, 2026
EDGES = ("xmin", "ymin", "xmax", "ymax")


def element(parent, tag, text=None):
    child = ElementTree.SubElement(parent, tag)
    child.text = None if text is None else str(text)
    return child


def annotation(name, target):
    root = ElementTree.Element("annotation")
    element(root, "filename", f"{name}.jpg")
    size = element(root, "size")
    for tag, number in (("width", SIDE_PX), ("height", SIDE_PX), ("depth", 3)):
        element(size, tag, number)
    pairs = zip(target["boxes"].tolist(), target["labels"].tolist(), strict=True)
    for box, label in pairs:
        thing = element(root, "object")
        element(thing, "name", CLASSES[label])
        element(thing, "difficult", 0)
        frame = element(thing, "bndbox")
        for tag, edge in zip(EDGES, box, strict=True):
            element(frame, tag, int(edge))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def main():
    for part in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (FOLDER / part).mkdir(parents=True, exist_ok=True)
    scenes, names = ToyScenes(COUNT, SIDE_PX, SEED), []
    for index in range(COUNT):
        image, target = scenes[index]
        names.append(f"scene_{index:03}")
        to_pil_image(image).save(FOLDER / "JPEGImages" / f"{names[-1]}.jpg", quality=92)
        label = FOLDER / "Annotations" / f"{names[-1]}.xml"
        label.write_text(annotation(names[-1], target), encoding="utf-8")
    (FOLDER / "ImageSets/Main/val.txt").write_text("\n".join(names) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
