"""Label files of the reader's own: three forms, one meaning, clear errors."""

import json

import pytest
import torch

from ssd_lib.data.labels import read_label_boxes

BOXES = torch.tensor([[0.25, 0.5, 0.75, 1.0], [0.1, 0.2, 0.3, 0.3]])
SIZE = (200, 100)  # width, height


def voc(boxes=BOXES, size=SIZE):
    scale = torch.tensor([*size, *size])
    names = ("xmin", "ymin", "xmax", "ymax")
    things = "".join(
        "<object><bndbox>"
        + "".join(f"<{n}>{v}</{n}>" for n, v in zip(names, box, strict=True))
        + "</bndbox></object>"
        for box in (boxes * scale).tolist()
    )
    width, height = size
    sides = f"<width>{width}</width><height>{height}</height>"
    return f"<annotation><size>{sides}</size>{things}</annotation>"


def coco(boxes=BOXES, size=SIZE):
    rows = (boxes * torch.tensor([*size, *size])).tolist()
    return json.dumps(
        {
            "images": [{"id": 7, "width": size[0], "height": size[1]}],
            "annotations": [
                {"image_id": 7, "bbox": [x1, y1, x2 - x1, y2 - y1]}
                for x1, y1, x2, y2 in rows
            ],
        }
    )


def yolo(boxes=BOXES):
    lines = [
        f"3 {(x1 + x2) / 2} {(y1 + y2) / 2} {x2 - x1} {y2 - y1}"
        for x1, y1, x2, y2 in boxes.tolist()
    ]
    return "\n\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("name", "text"), [("a.xml", voc()), ("a.json", coco()), ("a.txt", yolo())]
)
def test_each_form_gives_the_boxes_as_fractions(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    torch.testing.assert_close(read_label_boxes(tmp_path / name), BOXES)


def test_a_byte_order_mark_and_another_encoding_are_no_problem(tmp_path):
    head = '<?xml version="1.0" encoding="utf-16"?>'
    (tmp_path / "a.xml").write_bytes((head + voc()).encode("utf-16"))
    (tmp_path / "b.json").write_bytes(b"\xef\xbb\xbf" + coco().encode())
    (tmp_path / "c.txt").write_bytes(b"\xef\xbb\xbf" + yolo().encode())
    for name in ("a.xml", "b.json", "c.txt"):
        torch.testing.assert_close(read_label_boxes(tmp_path / name), BOXES)


def test_a_folder_is_read_file_by_file(tmp_path):
    (tmp_path / "b.xml").write_text(voc(BOXES[:1], size=(50, 60)))
    (tmp_path / "a.xml").write_text(voc(BOXES[1:]))
    torch.testing.assert_close(read_label_boxes(tmp_path), BOXES.flip(0))


def test_boxes_without_area_are_left_out(tmp_path):
    flat = torch.tensor([[0.5, 0.2, 0.5, 0.9], [0.6, 0.2, 0.3, 0.9]])
    (tmp_path / "a.json").write_text(coco(torch.cat([flat, BOXES])))
    torch.testing.assert_close(read_label_boxes(str(tmp_path / "a.json")), BOXES)


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.xml", voc(BOXES[:0])), ("a.json", coco(BOXES[:0])), ("a.txt", "")],
)
def test_a_file_without_objects_gives_no_boxes(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    assert read_label_boxes(tmp_path / name).shape == (0, 4)


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb">]><annotation>&b;</annotation>'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cut.xml", voc()[:-20]),
        ("bomb.xml", BOMB),
        ("no-size.xml", "<annotation/>"),
        ("zero.xml", voc(size=(0, 10))),
        ("no-box.xml", voc().replace("xmin", "left")),
        ("words.xml", voc().replace("<xmin>50.0", "<xmin>left")),
        ("cut.json", coco()[:-5]),
        ("list.json", "[1, 2]"),
        ("deep.json", "[" * 100_000),
        ("endless.json", coco().replace("50.0", "1e999")),
        ("nan.xml", voc().replace("<xmin>50.0", "<xmin>nan")),
        ("inf.txt", "0 0.5 0.5 inf 0.1"),
        ("not-utf-8.txt", b"\xff"),
        ("other-image.json", coco().replace('"image_id": 7', '"image_id": 8')),
        ("three.json", '{"images": [{"id": 1, "width": 2, "height": 2}], '
         '"annotations": [{"image_id": 1, "bbox": [1, 2, 3]}]}'),
        ("three.txt", "0 0.5 0.5 0.1"),
        ("words.txt", "dog 0.5 0.5 0.1 wide"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_understood_is_named(name, text, tmp_path):
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name} cannot be read as labels"):
        read_label_boxes(tmp_path / name)


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(ValueError, match=r"must end in .xml, .json or .txt"):
        read_label_boxes(tmp_path / "a.csv")


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_label_boxes(tmp_path / "a.xml")
    with pytest.raises(FileNotFoundError, match=r"has no \.xml or \.txt file"):
        read_label_boxes(tmp_path)
