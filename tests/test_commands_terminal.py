"""Commands in any language's terminal, into a pipe that ends, onto a disk that is full."""

import errno
import io
import json
import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from ssd_lib.commands import main
from ssd_lib.commands.terminal import explain
from ssd_lib.model import save_weights, ssd_tiny

KOREAN = "사진"
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def korean_folder(tmp_path):
    """Weights, a photo, a COCO file and a VOC folder with Korean names in them."""
    save_weights(ssd_tiny(2), tmp_path / f"{KOREAN}.safetensors", ("background", "개"))
    root = tmp_path / "mine"
    for part in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (root / part).mkdir(parents=True)
    photo = root / f"JPEGImages/{KOREAN}.jpg"
    Image.effect_noise((60, 40), 90).convert("RGB").save(photo)
    edges = "<xmin>5</xmin><ymin>5</ymin><xmax>30</xmax><ymax>30</ymax>"
    label = f"<object><name>개</name><bndbox>{edges}</bndbox></object>"
    (root / f"Annotations/{KOREAN}.xml").write_text(
        f"<annotation>{label}</annotation>", encoding="utf-8"
    )
    (root / "ImageSets/Main/목록.txt").write_text(f"{KOREAN}\n", encoding="utf-8")
    coco = {
        "images": [{"id": 1, "file_name": f"{KOREAN}.jpg", "width": 60, "height": 40}],
        "categories": [{"id": 1, "name": "개"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [5, 5, 25, 25]}],
    }
    text = json.dumps(coco, ensure_ascii=False)
    (photo.parent / "목록.json").write_text(text, encoding="utf-8")
    return tmp_path


RUN_ALL = f"""
from ssd_lib.commands import main
weights = ["--weights", "{KOREAN}.safetensors"]
print(main(["detect", "mine/JPEGImages/{KOREAN}.jpg", "없다.jpg", *weights, "--score", "0.6"]))
print(main(["evaluate", "--data", "mine", "--split", "목록", *weights]))
print(main(["evaluate", "--data", "mine/JPEGImages/목록.json", *weights]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file names are Unicode there")
def test_names_of_any_language_work_where_only_ascii_can_be_printed(korean_folder):
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; exec(sys.stdin.buffer.read())"],
        cwd=korean_folder,
        env=os.environ | ASCII,
        input=as_arguments(RUN_ALL),
        capture_output=True,
    )
    out, err = ran.stdout.decode("ascii"), ran.stderr.decode("ascii")
    assert [line for line in out.splitlines() if line in "012"] == ["2", "0", "0"], err
    assert r"  \uac1c " in out  # the class, in all three tables
    assert out.count(" of     1 objects") == 2
    errors = [line for line in err.splitlines() if not line.startswith("warning: no font")]
    assert [line.split("jpg: ")[1] for line in errors] == ["No such file or directory"], err
    assert len(list(korean_folder.glob("*_boxes.png"))) == 1


def as_arguments(code):
    """Texts as a shell hands them over: bytes that the locale may not understand."""
    for text in (KOREAN, "없다", "목록"):
        decoded = text.encode().decode("ascii", "surrogateescape")
        code = code.replace(text, ascii(decoded)[1:-1])
    return code.encode("ascii")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp949", "utf-8"])
def test_what_an_encoding_lacks_is_printed_as_an_escape(encoding, weights, tmp_path, monkeypatch):
    photo = tmp_path / "café 개 🐕.png"
    Image.new("RGB", (9, 9)).save(photo)
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    options = ("--weights", weights, "--out", str(tmp_path), "--score", "1")
    assert main(["detect", str(photo), f"{photo}.none", *options]) == 2
    for stream, count in zip(streams, (2, 1), strict=True):
        text = stream.buffer.getvalue().decode(encoding)
        shown = "café 개 🐕".encode(encoding, "backslashreplace").decode(encoding)
        assert text.count(shown) == count


def test_an_error_comes_after_what_was_printed_before_it(weights, photo, tmp_path, monkeypatch):
    other = shutil.copy(photo, tmp_path / "other.jpg")
    both = io.BytesIO()  # as with 2>&1
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(both, encoding="utf-8"))
    options = ("--weights", weights, "--out", str(tmp_path), "--score", "1")
    assert main(["detect", photo, "none.jpg", str(other), *options]) == 2
    lines = both.getvalue().decode().splitlines()
    assert [line.startswith("error") for line in lines].index(True) == 3
    assert len(lines) == 7


COMMANDS = {
    "detect": ["PHOTO", "--out", "OUT", "--score", "1"],
    "detect --json": ["PHOTO", "--out", "OUT", "--json", "--score", "1"],
    "evaluate": ["--data", "toy", "--scenes", "2"],
}


def stream_without_reader(buffering=-1):
    read, write = os.pipe()
    os.close(read)
    return os.fdopen(write, "w", buffering=buffering, encoding="utf-8")


@pytest.fixture
def arguments(weights, photo, tmp_path):
    """What a command is called with."""
    names = {"PHOTO": photo, "OUT": str(tmp_path)}

    def of(command):
        given = [names.get(one, one) for one in COMMANDS[command]]
        return [command.split()[0], *given, "--weights", weights]

    return of


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("buffering", [-1, 1])
def test_a_pipe_without_reader_ends_a_command_quietly(
    command, buffering, arguments, monkeypatch, capsys
):
    stream = stream_without_reader(buffering)
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(arguments(command)) == 141
    stream.close()  # as at the interpreter's end: nothing is left that could fail
    assert capsys.readouterr().err == ""


def test_a_program_whose_pipe_ends_says_nothing(weights, photo, tmp_path):
    program = [sys.executable, "-m", "ssd_lib", "detect", photo, "--weights", weights]
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [*program, "--out", str(tmp_path), "--score", "1"], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_help_into_a_pipe_without_reader_is_quiet(monkeypatch, capsys):
    stream = stream_without_reader()
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    stream.close()
    assert left.value.code == 0
    assert capsys.readouterr().err == ""


def test_another_broken_pipe_is_an_error_as_others_are(monkeypatch, weights, capsys):
    def broken(*_):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("ssd_lib.commands.evaluate.open_named", broken)
    assert main(["evaluate", "--weights", weights, "--data", "toy"]) == 2
    assert capsys.readouterr().err == "error: [Errno 32] Broken pipe\n"


def test_errors_that_nobody_reads_change_nothing(monkeypatch, capsys):
    stream = stream_without_reader()
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(["evaluate", "--weights", "none", "--data", "toy"]) == 2
    stream.close()
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("command", COMMANDS)
def test_numbers_that_cannot_be_written_are_one_line(command, arguments, monkeypatch, capsys):
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(arguments(command)) == 2
    assert capsys.readouterr().err == "error: [Errno 28] No space left on device\n"


def test_a_lack_of_memory_is_said():
    assert explain(MemoryError()) == "there is not enough memory"
