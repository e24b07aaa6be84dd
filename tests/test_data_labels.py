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
                {"image_id": 7, "bbox": [x1, y1, x2 - x1, y2 - y1]} for x1, y1, x2, y2 in rows
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
        (
            "three.json",
            '{"images": [{"id": 1, "width": 2, "height": 2}], '
            '"annotations": [{"image_id": 1, "bbox": [1, 2, 3]}]}',
        ),
        ("three.txt", "0 0.5 0.5 0.1"),
        ("words.txt", "dog 0.5 0.5 0.1 wide"),
    ],
)
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
    with pytest.raises(FileNotFoundError) as caught:
        read_label_boxes(tmp_path)
    message = str(caught.value)
    assert str(tmp_path) in message
    assert all(form in message for form in (".xml", ".json", ".txt"))
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("classes.txt", b"cat\nroute 66 1\ndog\n"),
        ("train.txt", b"data/images/a.jpg\n"),
        ("aeroplane_val.txt", b"000001 -1\n000002  1\n"),
        ("README.txt", b"At 20 \xb0C, 2 and 3 photos.\n"),
        ("requirements.txt", b"torch>=2\n"),
        (".a.txt", b"0 0.5"),
        ("._b.xml", b"\0\5\x16\7"),
        ("__MACOSX/a.txt", b"0 0.5"),
        ("pom.xml", b"<project/>"),
        ("notes.json", b"{}"),
        ("a.jpg", b""),
        ("data.yaml", b"names: [cat]"),
    ],
)
def test_what_is_no_label_file_in_a_folder_is_passed_over(name, content, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content)
    (tmp_path / "b.txt").write_text(yolo())
    torch.testing.assert_close(read_label_boxes(tmp_path), BOXES)


@pytest.mark.parametrize("name", ["a.XML", "a.Txt", "train/deep/a.txt", "train/a.xml"])
def test_a_folder_is_read_with_its_folders_and_endings_in_any_case(name, tmp_path):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(voc() if name.lower().endswith("xml") else yolo())
    torch.testing.assert_close(read_label_boxes(tmp_path), BOXES)
    torch.testing.assert_close(read_label_boxes(tmp_path / name), BOXES)


def test_the_one_coco_file_of_a_folder_is_read(tmp_path):
    (tmp_path / "_annotations.coco.JSON").write_text(coco())
    (tmp_path / "README.txt").write_text("two photos")
    torch.testing.assert_close(read_label_boxes(tmp_path), BOXES)
    (tmp_path / "other.json").write_text(coco())
    with pytest.raises(FileNotFoundError, match=r"several \.json files, one"):
        read_label_boxes(tmp_path)


def test_objects_that_two_forms_describe_are_not_counted_twice(tmp_path):
    for name, text in (("Annotations/a.xml", voc()), ("labels/a.txt", yolo())):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"one form, got \.xml and \.txt for a"):
        read_label_boxes(tmp_path)


def test_two_splits_may_have_label_files_of_one_name(tmp_path):
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
        (tmp_path / split / "a.txt").write_text(yolo())
    assert len(read_label_boxes(tmp_path)) == 4


@pytest.mark.parametrize(
    "row",
    [
        "0 0.5 0.75 0.5 0.5 0.93",
        "0\t0.5\t0.75\t0.5\t0.5",
        "cat 0.5 0.75 0.5 0.5",
        "0 0.25 0.5 0.75 0.5 0.5 1",
        "0 0.25 0.75 0.5 0.5 0.75 0.75 0.5 1",
    ],
)
def test_scores_outlines_and_names_in_yolo_files_are_understood(row, tmp_path):
    (tmp_path / "a.txt").write_text(f"# by hand\n{row}\n")
    torch.testing.assert_close(read_label_boxes(tmp_path / "a.txt"), BOXES[:1])


def test_key_points_are_no_outline_where_data_yaml_tells_of_them(tmp_path):
    (tmp_path / "data.yaml").write_text("kpt_shape: [2, 2]\nnames: [cat]\n")
    (tmp_path / "a.txt").write_text("0 0.5 0.75 0.5 0.5 0.9 0.9 0.1 0.1\n")
    torch.testing.assert_close(read_label_boxes(tmp_path), BOXES[:1])


def test_a_line_that_makes_no_sense_is_named_with_its_file(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text(yolo() + "0 320 240 50 60\n")
    with pytest.raises(ValueError, match=r"a\.txt cannot .*line 4: .*pixels\?") as caught:
        read_label_boxes(tmp_path)
    assert str(tmp_path / "sub" / "a.txt") in str(caught.value)


def test_a_label_file_may_have_a_namespace_and_a_multi_byte_encoding(tmp_path):
    text = voc().replace("<annotation>", '<annotation xmlns="http://example.org/voc">')
    text = '<?xml version="1.0" encoding="gb2312"?>' + text.replace("<size>", "<!-- 狗 --><size>")
    (tmp_path / "a.xml").write_bytes(text.encode("gb2312"))
    torch.testing.assert_close(read_label_boxes(tmp_path / "a.xml"), BOXES)


def test_a_crowd_is_no_object(tmp_path):
    labels = json.loads(coco())
    labels["annotations"][1]["iscrowd"] = 1
    (tmp_path / "a.json").write_text(json.dumps(labels))
    torch.testing.assert_close(read_label_boxes(tmp_path / "a.json"), BOXES[:1])
