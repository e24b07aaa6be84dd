"""The shipped split of toy scenes, and Pascal VOC joined from its years."""

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from ssd_lib.assets import path
from ssd_lib.augment import training_transform
from ssd_lib.data.records import collate
from ssd_lib.data.scenes import CLASSES, ToyScenes
from ssd_lib.data.voc import VOC_CLASSES, PascalVOC, VOCFolder
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.targets import encode_targets

LABEL = """<annotation><object><name>dog</name><difficult>{}</difficult><bndbox><xmin>1</xmin>
<ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"""


def toy():
    return path("toy/ImageSets/Main/val.txt").parents[2]


def test_the_shipped_split_is_what_the_scenes_are():
    data = VOCFolder(toy(), "val", CLASSES, strict=True)
    scenes = ToyScenes(64, 128, seed=2026)
    assert len(data) == 64
    for index in range(64):
        (read, target), (drawn, wanted) = data[index], scenes[index]
        assert torch.equal(target["boxes"], wanted["boxes"])
        assert torch.equal(target["labels"], wanted["labels"])
        assert (read.float() - drawn.float()).abs().mean() < 8  # a JPEG


def test_from_files_to_targets():
    data = VOCFolder(toy(), "val", CLASSES, training_transform(300))
    torch.manual_seed(0)
    batch = next(iter(DataLoader(data, batch_size=8, collate_fn=collate)))
    boxes = default_boxes(SSD300_VOC)
    offsets, labels = encode_targets(
        batch.gt_boxes, batch.gt_labels, boxes, num_classes=len(CLASSES)
    )
    assert batch.images.shape == (8, 3, 300, 300)
    assert offsets.isfinite().all()
    assert (labels > 0).any(dim=1).all()


@pytest.fixture
def devkit(tmp_path):
    for year, split in (("2007", "trainval"), ("2012", "trainval"), ("2007", "test")):
        root = tmp_path / "VOCdevkit" / f"VOC{year}"
        for part in ("Annotations", "JPEGImages", "ImageSets/Main"):
            (root / part).mkdir(parents=True, exist_ok=True)
        name = f"{year}_{split}"
        (root / f"Annotations/{name}.xml").write_text(
            LABEL.format(int(split == "test"))
        )
        (root / f"ImageSets/Main/{split}.txt").write_text(f"{name}\n")
        Image.new("RGB", (50, 60)).save(root / f"JPEGImages/{name}.jpg")
    return tmp_path


def test_the_years_are_joined(devkit):
    data = PascalVOC(devkit)
    assert len(data) == 2
    image, target = data[1]
    assert image.shape == (3, 60, 50)
    assert target["labels"].tolist() == [VOC_CLASSES.index("dog")]
    assert len(VOC_CLASSES) == 21
    [(_, test)] = [PascalVOC(devkit, "07-test")[0]]
    assert test["difficult"].tolist() == [True]


def test_sets_that_are_not_there_are_told(devkit, tmp_path):
    with pytest.raises(ValueError, match="got '08'"):
        PascalVOC(devkit, "08")
    with pytest.raises(
        FileNotFoundError, match=r"nowhere.*VOC2007: pass download=True"
    ):
        PascalVOC(tmp_path / "nowhere")
