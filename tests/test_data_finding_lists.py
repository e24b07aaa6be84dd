"""Lists of images: which label files their lines mean, and that they open no others."""

import pytest

from ssd_lib.data.finding.lists import listed_labels, lists_among, read_list
from ssd_lib.data.problems import Problems

NAMES = ["a", "b", "my p 0", "my", "v1.2", "x-1"]


@pytest.fixture
def labels(tmp_path):
    """Label files by name, empty: nothing reads them."""
    folder = tmp_path / "voc/Annotations"
    folder.mkdir(parents=True)
    files = [folder / f"{name}.xml" for name in NAMES]
    for file in files:
        file.touch()
    return files


def chosen(labels, content, strict=True):
    """The names that a list means."""
    file = labels[0].parents[1] / "ImageSets/Main/some.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = Problems(strict)
    return [f.stem for f in listed_labels(file, labels, problems)], problems


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("b\na\n", ["b", "a"]),
        ("b\n\n  \n a \nb\nB\n", ["b", "a"]),
        ("\ufeffb\r\na\r\n", ["b", "a"]),
        ("b\na\n".encode("utf-16"), ["b", "a"]),
        ("b\na\n".encode("utf-16-le"), ["b", "a"]),
        ("my p 0\n", ["my p 0"]),
        ("my p 0 1\nmy p 0.jpg 7\nmy p 0.jpg\t2\n", ["my p 0"]),
        ("my p 7\n", ["my"]),  # the first word, for want of the whole line
        ("v1.2\n", ["v1.2"]),
        ("a.jpg\nb.XML\nmy p 0.png", ["a", "b", "my p 0"]),
        ("JPEGImages/a.jpg\n./images/b.jpg\n", ["a", "b"]),
        ("/home/you/VOC/JPEGImages/a.jpg\nC:\\data\\b.jpg\n", ["a", "b"]),
        ("JPEGImages/a.jpg Annotations/a.xml\n", ["a"]),
        ("a.jpg 10,20,40,60,0 1,2,3,4,1\n", ["a"]),
        ("my%20p%200.jpg\n", ["my p 0"]),
        ("# made by hand\na\n", ["a"]),
        ("a  1\nb -1\nmy  0\nx-1\n", ["a", "my", "x-1"]),
        ("A\n", ["a"]),
    ],
)
def test_lines_mean_label_files(content, names, labels):
    assert chosen(labels, content)[0] == names


def test_a_class_that_is_in_none_of_its_images_leaves_none(labels):
    assert chosen(labels, "a -1\nb -1\n")[0] == []


def test_what_is_listed_and_not_there_is_counted(labels):
    names, problems = chosen(labels, "a\nzebra\nlion 1\n", strict=False)
    assert names == ["a"]
    [line] = problems.left_out()
    assert line.startswith("2 label files: listed and not there (first: ")
    assert line.endswith("some.txt, line 2: 'zebra')")
    with pytest.raises(ValueError, match=r"some\.txt, line 2: 'zebra': listed and not"):
        chosen(labels, "a\nzebra\n")


@pytest.mark.parametrize("strict", [False, True])
def test_a_list_of_other_images_is_an_error_that_names_the_first(labels, strict):
    with pytest.raises(FileNotFoundError, match=r"some\.txt must .*line 2: 'zebra'"):
        chosen(labels, "\nzebra\nlion\n", strict)


def test_a_long_line_is_told_shortly(labels):
    with pytest.raises(FileNotFoundError) as caught:
        chosen(labels, "x" * 5000)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "line",
    [
        "../outside",
        "../Annotations/../../outside.xml",
        "ABSOLUTE",
        "\0",
        "..",
        "/",
        "~/outside",
        "file:///outside",
    ],
)
def test_no_line_leads_out_of_the_folder(line, labels, tmp_path):
    outside = tmp_path / "outside.xml"
    outside.touch()
    line = str(outside) if line == "ABSOLUTE" else line
    names, problems = chosen(labels, f"a\n{line}\n", strict=False)
    assert names == ["a"]
    assert sum(problems.counts.values()) == 1


def test_a_name_that_fits_two_label_files_is_left_out_and_both_are_named(labels, tmp_path):
    twins = [tmp_path / f"voc/{part}/c.xml" for part in ("one", "two")]
    names, problems = chosen(labels + twins, "a\nc\ntwo/c.jpg\n", strict=False)
    assert names == ["a", "c"]
    [line] = problems.left_out()
    assert "line 2" in line
    assert all(str(file) in line for file in twins)


def test_annotations_come_before_other_folders(labels, tmp_path):
    copies = [
        tmp_path / f"voc/{folder}/{name}.xml"
        for folder in ("A backup", "a/Annotations", "z/Annotations")
        for name in NAMES
    ]
    file = tmp_path / "voc/ImageSets/Main/some.txt"
    file.parent.mkdir(parents=True)
    file.write_text("a\nb\n")
    assert listed_labels(file, copies + labels, Problems()) == labels[:2]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\n\0"])
def test_a_list_of_nothing_is_told(content, tmp_path):
    (tmp_path / "some.txt").write_bytes(content)
    with pytest.raises(ValueError, match=r"some\.txt lists no image"):
        read_list(tmp_path / "some.txt")


def test_a_list_in_another_encoding_is_told(tmp_path):
    (tmp_path / "some.txt").write_bytes("斑".encode("gbk"))
    with pytest.raises(ValueError, match=r"some\.txt must be text in UTF-8 or UTF-16"):
        read_list(tmp_path / "some.txt")


def test_lists_are_those_of_main_nearest_to_the_root(tmp_path):
    def found(*names):
        files = [tmp_path / name for name in names]
        return {
            split: [file.relative_to(tmp_path).as_posix() for file in lists]
            for split, lists in lists_among(files, tmp_path).items()
        }

    assert found("imagesets/main/train.TXT", "readme.txt", "ImageSets/Main/x.md") == {
        "train": ["imagesets/main/train.TXT"]
    }
    assert found("ImageSets/val.txt", "ImageSets/Segmentation/val.txt") == {
        "val": ["ImageSets/val.txt"]
    }
    assert found("ImageSets/val.txt", "ImageSets/Main/val.txt") == {
        "val": ["ImageSets/Main/val.txt"]
    }
    years = ["VOC2007/ImageSets/Main/val.txt", "VOC2012/ImageSets/Main/val.txt"]
    assert found(*years) == {"val": years}
    assert found(*years, "ImageSets/val.txt") == {"val": ["ImageSets/val.txt"]}
