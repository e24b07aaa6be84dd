"""python -m ssd_lib export: a file that others can run, or one line."""

import json
import re
import sys

import onnxruntime
import pytest
import torch

from ssd_lib.commands import main
from ssd_lib.model import TINY, load_weights, save_weights, ssd_tiny


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(0)
    file = tmp_path / "w.safetensors"
    save_weights(ssd_tiny(3), file, ("background", "cat", "dog"))
    return file


@pytest.mark.slow
def test_onnx_gives_the_same_numbers_for_any_batch(weights, tmp_path, capsys):
    out = tmp_path / "net.onnx"
    assert main(["export", "--weights", str(weights), "--out", str(out)]) == 0
    assert "largest difference" in capsys.readouterr().out
    session = onnxruntime.InferenceSession(out)
    images = torch.randn(5, 3, 128, 128)
    offsets, logits = session.run(["offsets", "logits"], {"images": images.numpy()})
    with torch.no_grad():
        wanted = load_weights(weights).model(images)
    torch.testing.assert_close(torch.from_numpy(offsets), wanted[0], atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.from_numpy(logits), wanted[1], atol=1e-4, rtol=0)
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["classes"]) == ["background", "cat", "dog"]
    assert len(json.loads(metadata["default_boxes"])) == TINY.num_boxes
    assert not list(tmp_path.glob("*.part*"))


def test_torch_export_gives_the_same_numbers(weights, tmp_path):
    out = tmp_path / "net.pt2"
    assert main(["export", "--weights", str(weights), "--out", str(out)]) == 0
    images = torch.randn(2, 3, 128, 128)
    with torch.no_grad():
        found = torch.export.load(out).module()(images)
        wanted = load_weights(weights).model(images)
    torch.testing.assert_close(found, wanted)


def test_a_page_holds_the_network_its_classes_and_no_address(weights, tmp_path, capsys):
    out = tmp_path / "new" / "net.html"
    assert main(["export", "--weights", str(weights), "--page", str(out)]) == 0
    assert "opens in a browser without a connection" in capsys.readouterr().out
    text = out.read_text(encoding="utf-8")
    assert "<title>A detector of cat, dog</title>" in text
    assert '"classes": ["background", "cat", "dog"]' in text
    assert not re.search(r"""(?:src|href|url|from|import)\s*[=(]?\s*["']?https?:""", text)
    assert len(text) < 2_500_000
    assert main(["export", "--weights", str(weights), "--page", "net.txt"]) == 2
    assert "must end in .html, got net.txt" in capsys.readouterr().err


def test_an_export_that_differs_is_not_kept(weights, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("ssd_lib.commands.export._difference", lambda *_: 0.5)
    out = tmp_path / "net.pt2"
    out.write_bytes(b"the old one")
    assert main(["export", "--weights", str(weights), "--out", str(out)]) == 2
    assert "a difference of 5.0e-01; nothing is kept" in capsys.readouterr().err
    assert out.read_bytes() == b"the old one"
    assert main(["export", "--weights", str(weights), "--out", "net.txt"]) == 2
    assert "must end in .onnx or .pt2, got net.txt" in capsys.readouterr().err


@pytest.fixture
def full_disk():
    """Files may have 100 kB: torch's own writing of them ends the program."""
    resource = pytest.importorskip("resource", reason="limits are POSIX's")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_export_onto_a_full_disk_is_one_line(weights, tmp_path, capsys, full_disk):
    out = tmp_path / "net.pt2"
    out.write_bytes(b"the old one")
    full_disk()
    assert main(["export", "--weights", str(weights), "--out", str(out)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {out} cannot be written: File too large")
    assert err.count("\n") == 1
    assert out.read_bytes() == b"the old one"
    assert not list(tmp_path.glob("*.part*"))


@pytest.mark.parametrize("out", ["new/net.pt2", "a/b/c/net.pt2"])
def test_a_folder_that_is_missing_is_made(weights, tmp_path, out):
    assert main(["export", "--weights", str(weights), "--out", str(tmp_path / out)]) == 0
    assert (tmp_path / out).is_file()


def test_an_export_that_fails_makes_no_folder(weights, tmp_path, capsys, monkeypatch):
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(b"no weights")
    out = tmp_path / "new/net.pt2"
    assert main(["export", "--weights", str(wrong), "--out", str(out)]) == 2
    assert f"{wrong} cannot be read as weights" in capsys.readouterr().err
    monkeypatch.setattr("ssd_lib.commands.export._difference", lambda *_: 0.5)
    assert main(["export", "--weights", str(weights), "--out", str(out)]) == 2
    assert not out.parent.exists()


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("net.txt", "out must end in .onnx or .pt2, got net.txt"),
        ("new/net", "out must end in .onnx or .pt2, got new/net"),
        ("", "out must be a file, got the folder ."),
        ("folder.onnx", "out must be a file, got the folder folder.onnx"),
        ("file/net.pt2", "out must be in a folder, got file/net.pt2: file is none"),
        ("file/a/net.pt2", "out must be in a folder, got file/a/net.pt2: file is none"),
    ],
)
def test_what_cannot_be_written_is_told_at_once(tmp_path, capsys, monkeypatch, out, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "file").touch()
    assert main(["export", "--weights", "not looked at", "--out", out]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder.onnx"]


def test_packages_that_are_missing_are_told_at_once(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    assert main(["export", "--weights", "not looked at", "--out", "net.onnx"]) == 2
    assert capsys.readouterr().err.startswith("error: ONNX needs onnxscript: pip install ")
