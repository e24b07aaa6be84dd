"""python -m ssd_lib detect: nothing is lost, of what it finds or of what was there."""

import errno
import io
import json
import os
import sys
import warnings
from functools import partial

import pytest
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ssd_lib.commands import detect as command
from ssd_lib.commands import main
from ssd_lib.commands.terminal import MANY
from ssd_lib.images import read_image
from ssd_lib.model import save_weights, ssd_tiny


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def detect(weights, out, capsys):
    """Run the command; its exit code, what it found, and its lines on stderr."""

    def run(*photos_and_options):
        arguments = map(str, photos_and_options)
        options = ("--weights", weights, "--out", str(out), "--score", "1", "--json")
        code = main(["detect", *options, *arguments])
        told = capsys.readouterr()
        return code, json.loads(told.out), told.err.splitlines()

    return run


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def noise(path, side=40):
    path.parent.mkdir(exist_ok=True)
    Image.effect_noise((side, side), 90).convert("RGB").save(path)
    return path


def test_a_drawing_of_its_own_is_replaced(detect, photo, out):
    for _ in range(2):
        _, [result], _ = detect(photo)
        assert result["picture"] == str(out / "holiday_boxes.png")
    assert names(out) == ["holiday_boxes.png"]


def a_file(path, _):
    path.write_bytes(b"a day's work")


def an_image(path, _):
    Image.new("RGB", (9, 9)).save(path)


def an_image_of_another_program(path, _):
    info = PngInfo()
    info.add_text("Software", "GIMP")
    Image.new("RGB", (9, 9)).save(path, pnginfo=info)


def a_folder(path, _):
    path.mkdir()


def a_link(path, elsewhere):
    elsewhere.write_bytes(b"a day's work")
    path.symlink_to(elsewhere)


def a_link_to_nothing(path, elsewhere):
    path.symlink_to(elsewhere)


def a_link_to_its_own(path, elsewhere):
    info = PngInfo()
    info.add_text("Software", "ssd_lib detect")
    Image.new("RGB", (9, 9)).save(elsewhere, format="PNG", pnginfo=info)
    path.symlink_to(elsewhere)


def content(path):
    return path.read_bytes() if path.is_file() else path.exists()


@pytest.mark.parametrize(
    "obstacle",
    [
        a_file,
        an_image,
        an_image_of_another_program,
        a_folder,
        a_link,
        a_link_to_nothing,
        a_link_to_its_own,
    ],
)
def test_what_it_did_not_write_is_kept(detect, photo, out, tmp_path, obstacle):
    there, elsewhere = out / "holiday_boxes.png", tmp_path / "elsewhere"
    obstacle(there, elsewhere)
    before = content(there), content(elsewhere), there.is_symlink()
    for _ in range(2):  # the second time it finds its own
        code, [result], errors = detect(photo)
        assert (code, errors) == (0, [])
        assert result["picture"] == str(out / "holiday_boxes-2.png")
    assert before == (content(there), content(elsewhere), there.is_symlink())
    assert names(out) == ["holiday_boxes-2.png", "holiday_boxes.png"]


@pytest.mark.parametrize("obstacle", [a_file, an_image, a_link, a_link_to_nothing])
def test_force_writes_over_it_but_through_no_link(detect, photo, out, tmp_path, obstacle):
    there, elsewhere = out / "holiday_boxes.png", tmp_path / "elsewhere"
    obstacle(there, elsewhere)
    before = content(elsewhere)
    _, [result], _ = detect(photo, "--force")
    assert result["picture"] == str(there)
    assert not there.is_symlink()
    assert read_image(there).shape == (3, 240, 480)
    assert content(elsewhere) == before


def test_a_folder_is_kept_even_by_force_and_the_detections_are_told(detect, photo, out):
    (out / "holiday_boxes.png").mkdir()
    code, [result], [line] = detect(photo, "--force", "--score", "0.8")
    assert code == 2
    assert f"{photo} cannot be drawn: {out / 'holiday_boxes.png'}" in line
    assert result["detections"]


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a/x.png", "b/x.png"),
        ("a/x.jpg", "a/x.png"),
        ("a/X.png", "a/x.jpg"),
        ("a/\u00e9.png", "a/e\u0301.jpg"),
    ],
)
def test_two_photos_never_share_a_drawing(detect, out, tmp_path, first, second, force):
    photos = [noise(tmp_path / name) for name in (first, second)]
    _, results, _ = detect(*photos, *force)
    drawn = [result["picture"] for result in results]
    assert drawn == [
        str(out / f"{photos[0].stem}_boxes.png"),
        str(out / f"{photos[1].stem}_boxes-2.png"),
    ]
    assert len(names(out)) == 2


def test_a_photo_of_the_run_is_not_written_over(detect, photo, out):
    _, [first], _ = detect(photo)
    drawing = first["picture"]
    before = read_image(drawing)
    for force in ((), ("--force",)):
        _, results, _ = detect(photo, drawing, *force)
        assert results[0]["picture"] == str(out / "holiday_boxes-2.png")
        assert torch.equal(read_image(drawing), before)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_photo_is_not_written_over_by_another_way_to_its_folder(detect, photo, out, tmp_path):
    _, [first], _ = detect(photo)
    drawing = first["picture"]
    (tmp_path / "link").symlink_to(out)
    _, results, _ = detect(photo, drawing, "--out", tmp_path / "link")
    assert results[0]["picture"] == str(tmp_path / "link/holiday_boxes-2.png")


def test_a_photo_that_cannot_be_read_does_not_end_the_others(detect, photo, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no image")
    missing = tmp_path / "missing.jpg"
    code, results, errors = detect(missing, photo, broken, noise(tmp_path / "last.png"))
    assert code == 2
    assert ["error" in result for result in results] == [True, False, True, False]
    assert results[0] == {
        "photo": str(missing),
        "error": f"{missing}: No such file or directory",
    }
    assert results[2]["error"].startswith(f"{broken} cannot be read as an image")
    assert errors == [f"error: {results[k]['error']}" for k in (0, 2)]
    assert all(os.path.exists(results[k]["picture"]) for k in (1, 3))


def test_folders_are_gone_through_and_drawings_of_equal_names_kept_apart(detect, tmp_path, out):
    photos = [noise(tmp_path / name) for name in ("a/x.png", "b/x.png", "b/y.png")]
    noise(tmp_path / "b/.hidden.png")
    for _ in range(2):  # the second time its drawings are there
        code, results, errors = detect(tmp_path / "a", tmp_path / "b", "--out", out)
        assert (code, errors) == (0, [])
        assert [result["photo"] for result in results] == [str(p) for p in photos]
        drawn = [os.path.basename(result["picture"]) for result in results]
        assert drawn == ["x_boxes.png", "x_boxes-2.png", "y_boxes.png"]
    assert names(out) == sorted(drawn)


def test_drawings_beside_the_photos_are_not_looked_at_again(detect, tmp_path):
    photo = noise(tmp_path / "p/a.png")
    for _ in range(2):
        _, [result], _ = detect(tmp_path / "p", "--out", tmp_path / "p")
        assert result["photo"] == str(photo)
    assert names(tmp_path / "p") == ["a.png", "a_boxes.png"]


def test_what_holds_no_images_is_told_and_the_others_are_done(detect, photo, tmp_path):
    empty, pattern = tmp_path / "empty", str(tmp_path / "*.bmp")
    empty.mkdir()
    (tmp_path / "broken.png").symlink_to("gone")
    code, results, errors = detect(empty, pattern, tmp_path / "broken.png", photo)
    assert code == 2
    assert ["error" in result for result in results] == [True, True, True, False]
    assert errors == [f"error: {result['error']}" for result in results[:3]]
    for name, line in zip((empty, pattern, tmp_path / "broken.png"), errors, strict=True):
        assert str(name) in line


def failing_once(monkeypatch, name, error):
    """Let a function of detect fail the first time that it is called."""
    function = getattr(command, name)
    errors = [error]

    def fails(*arguments, **options):
        if errors:
            raise errors.pop()
        return function(*arguments, **options)

    monkeypatch.setattr(command, name, fails)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "there is not enough memory"),
        (RuntimeError("CUDA out of memory.\nTried"), "CUDA out of memory. Tried"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
@pytest.mark.parametrize("name", ["read_image", "detect_image"])
def test_an_error_of_one_photo_names_it_and_ends_no_other(
    detect, photo, tmp_path, monkeypatch, name, error, said
):
    failing_once(monkeypatch, name, error)
    code, results, [line] = detect(photo, noise(tmp_path / "last.png"))
    assert code == 2
    assert line == f"error: {results[0]['error']}"
    assert line.startswith(f"error: {photo}: ")
    assert said in line
    assert os.path.exists(results[1]["picture"])


def test_what_was_found_is_printed_if_it_is_stopped(detect, photo, tmp_path, monkeypatch):
    for name in ("b.png", "a.png"):
        noise(tmp_path / name)
    monkeypatch.setattr(command, "read_image", partial(stopping, "a.png"))
    code, results, errors = detect(photo, tmp_path / "a.png", tmp_path / "b.png")
    assert (code, errors) == (130, ["stopped"])
    assert "picture" in results[0]
    assert results[1:] == [{"photo": str(tmp_path / "a.png")}]


def stopping(name, path):
    if path.endswith(name):
        raise KeyboardInterrupt
    return read_image(path)


def test_a_warning_on_a_file_names_it(detect, photo, monkeypatch):
    def warns(path):
        warnings.warn("Corrupt EXIF data", stacklevel=1)
        return read_image(path)

    monkeypatch.setattr(command, "read_image", warns)
    code, _, lines = detect(photo)
    assert (code, lines) == (0, [f"warning: {photo}: Corrupt EXIF data"])


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
@pytest.mark.parametrize("count", [2, MANY])
def test_progress_is_shown_on_a_terminal_if_there_are_many(
    weights, tmp_path, monkeypatch, capsys, stream, count
):
    for k in range(count):
        noise(tmp_path / f"many/{k}.png")
    stderr = stream()
    monkeypatch.setattr(sys, "stderr", stderr)
    options = ("--weights", weights, "--out", str(tmp_path), "--score", "1", "--json")
    assert main(["detect", str(tmp_path / "many"), *options]) == 0
    assert len(json.loads(capsys.readouterr().out)) == count
    shown = stderr.getvalue()
    assert (f"/{count} [" in shown) == (stream is Terminal and count == MANY)
    if stream is io.StringIO:
        assert shown == ""


@pytest.mark.usefixtures("few_fonts")
def test_names_that_cannot_be_drawn_are_told_once_for_all_photos(tmp_path, capsys):
    torch.manual_seed(0)
    path = tmp_path / "korean.safetensors"
    save_weights(ssd_tiny(3), path, ("background", "개", "고양이"))
    photos = [str(noise(tmp_path / f"{k}.png")) for k in range(2)]
    options = ("--weights", str(path), "--out", str(tmp_path / "out"), "--score", "0.6")
    assert main(["detect", *photos, *options]) == 0
    out, err = capsys.readouterr()
    assert "  개 " in out
    assert err.splitlines() == [
        "warning: no font here has all letters of these names, drawn as numbers: #1 개, #2 고양이"
    ]


def test_detections_are_printed_even_if_they_cannot_be_drawn(
    detect, weights, photo, out, monkeypatch, capsys
):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, [result], [line] = detect(photo, "--score", "0.8")
    assert code == 2
    assert result["detections"]
    assert result["picture"] is None
    assert line == f"error: {result['error']}"
    assert "holiday.jpg cannot be drawn: " in line
    assert "No space left on device" in line
    assert names(out) == []
    main(["detect", photo, "--weights", weights, "--out", str(out), "--score", "0.8"])
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(result["detections"])


def test_a_very_large_image_is_one_clear_warning(detect, photo, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 320 * 160 - 1)
    code, _, lines = detect(photo)
    assert code == 0
    assert lines == [f"warning: {photo} is very large, 320 x 160 pixels: it is drawn smaller"]
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 320)
    code, [result], lines = detect(photo)
    assert code == 2
    assert lines == [f"error: {result['error']}"]
    assert "(51200 pixels) exceeds limit" in lines[0]


@pytest.mark.parametrize("size", [(1, 65_535), (65_535, 1)])
def test_a_sliver_is_looked_at_and_drawn(detect, tmp_path, size):
    Image.new("RGB", size).save(tmp_path / "sliver.png")
    code, [result], errors = detect(tmp_path / "sliver.png")
    assert (code, errors) == (0, [])
    assert (result["width"], result["height"]) == size
    with Image.open(result["picture"]) as drawing:
        assert max(drawing.size) <= 9600


HOSTILE = "\x1b[2J\rdog\u202e\u2028\ud800"
ACTING = ("\x1b", "\r", "\u202e", "\u2028", "\ud800")


@pytest.fixture
def hostile_weights(tmp_path):
    """Of a network that finds one class with a name that acts on a terminal."""
    torch.manual_seed(0)
    path = tmp_path / "hostile.safetensors"
    save_weights(ssd_tiny(2), path, ("background", HOSTILE))
    return str(path)


@pytest.mark.skipif(sys.platform == "win32", reason="no such file names there")
def test_names_that_act_on_a_terminal_are_shown_escaped(hostile_weights, tmp_path, capsys):
    photo = noise(tmp_path / "a\x1b[2J\r\u202eb.png")
    missing = "c\x1b[2J\r\u202ed.png"
    options = ("--weights", hostile_weights, "--out", str(tmp_path), "--score", "0.7")
    assert main(["detect", str(photo), missing, *options]) == 2
    out, err = capsys.readouterr()
    assert r"\x1b[2J\rdog\u202e\u2028\ud800" in out
    assert out.count(r"a\x1b[2J\r\u202eb") == 2  # the photo and its drawing
    assert r"c\x1b[2J" in err
    assert not any(character in out + err for character in ACTING)


def test_errors_and_numbers_show_names_escaped(hostile_weights, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["detect", "x", "--weights", "y", "--what\x1b[2J"])
    main(["evaluate", "--weights", hostile_weights, "--data", "toy", "--scenes", "2"])
    main(["evaluate", "--weights", hostile_weights, "--data", "\x1b[2Jtoy"])
    labels = {
        "images": [{"id": 1, "file_name": "x.png", "width": 40, "height": 40}],
        "categories": [{"id": 1, "name": HOSTILE}],
        "annotations": [
            {"image_id": 1, "category_id": 1, "bbox": [1, 1, 30, 30]},
            {"image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 30]},
        ],
    }
    noise(tmp_path / "x.png")
    (tmp_path / "l\x1b[2J.json").write_text(json.dumps(labels), encoding="utf-8")
    main(
        [
            "evaluate",
            "--weights",
            hostile_weights,
            "--data",
            str(tmp_path / "l\x1b[2J.json"),
        ]
    )
    out, err = capsys.readouterr()
    assert r"\x1b[2J\rdog\u202e\u2028\ud800" in out  # of the weights
    assert err.count(r"\x1b[2J") == 3
    assert not any(character in out + err for character in ACTING)
