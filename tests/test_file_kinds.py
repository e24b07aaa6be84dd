"""Files that are given in the place of others, and what is said of them."""

import json
import zipfile

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from small_ssd import small_ssd
from torch import nn

from ssd_lib.file_kinds import kind_of_file
from ssd_lib.model import load_weights
from ssd_lib.train import adamw_one_cycle, save_checkpoint

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"


def write_checkpoint(path):
    model = small_ssd()
    save_checkpoint(path, model, *adamw_one_cycle(model, 3), 1)


def write_zip(path, name="labels.json", text="{}"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, text)


def write_pt2(path):
    program = torch.export.export(nn.Identity(), (torch.zeros(1),))
    torch.export.save(program, path)


def write_old_pth(path):
    torch.save({"a": torch.zeros(1)}, path, _use_new_zipfile_serialization=False)


KINDS = {
    "last.ckpt": (write_checkpoint, "a checkpoint"),
    "w.safetensors": (lambda p: save_file({"a": torch.zeros(1)}, p), "a weight file"),
    "empty": (lambda p: p.touch(), "an empty file"),
    "lfs": (
        lambda p: p.write_text(POINTER),
        "a pointer of Git LFS (git lfs pull fetches the file)",
    ),
    "page": (lambda p: p.write_text("\n <!DOCTYPE html><p>404"), "a web page"),
    "page2": (lambda p: p.write_text("\ufeff<HTML lang='en'>", "utf-8"), "a web page"),
    "label.xml": (lambda p: p.write_text("<?xml version='1.0'?>"), "an XML file"),
    "net.pth": (lambda p: torch.save({"a": torch.zeros(1)}, p), "a PyTorch file (.pth)"),
    "old.pth": (write_old_pth, "a PyTorch file (.pth)"),
    "net.pt2": (write_pt2, "a network of torch.export (.pt2)"),
    "net.pt": (lambda p: write_zip(p, "net/constants.pkl"), "a network of TorchScript"),
    "net.onnx": (lambda p: p.write_bytes(b"\x08\x0a\x12\x07pytorch"), "a network of ONNX"),
    "data.zip": (write_zip, "a zip file"),
    "photo.jpg": (lambda p: Image.new("RGB", (2, 2)).save(p), "an image"),
    "photo.png": (lambda p: Image.new("RGB", (2, 2)).save(p), "an image"),
    "w.tar.gz": (lambda p: p.write_bytes(b"\x1f\x8b\x08\x00"), "a compressed archive"),
    "labels.json": (lambda p: p.write_text(json.dumps({"a": 1})), None),
    "cut.zip": (lambda p: p.write_bytes(b"PK\x03\x04 and no more"), None),
    "short": (lambda p: p.write_bytes(b"\x01"), None),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_file_is_known_by_its_beginning(tmp_path, name):
    write, kind = KINDS[name]
    write(tmp_path / name)
    assert kind_of_file(tmp_path / name) == kind


@pytest.mark.parametrize("name", [*KINDS][2:])
def test_what_is_no_weight_file_is_told_in_our_words(tmp_path, name):
    write, kind = KINDS[name]
    write(tmp_path / name)
    with pytest.raises(ValueError, match="cannot be read as weights") as raised:
        load_weights(tmp_path / name)
    line = str(raised.value)
    wanted = f"must be a weight file (.safetensors), got {kind or 'something else: '}"
    assert line.startswith(f"{tmp_path / name} cannot be read as weights: it {wanted}")
    assert kind is None or line.endswith(kind)


def test_a_checkpoint_in_the_place_of_weights_says_where_they_are(tmp_path):
    path = tmp_path / "last.ckpt"
    write_checkpoint(path)
    start = "got a checkpoint"
    with pytest.raises(ValueError, match=f"{start} of a run that has written no weight"):
        load_weights(path)
    (tmp_path / "weights.safetensors").touch()
    with pytest.raises(
        ValueError, match=f"{start}; the weights are {tmp_path}/weights.safetensors$"
    ):
        load_weights(path)


def test_a_folder_in_the_place_of_weights_says_where_they_are(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"weights at {tmp_path}: it is a folder$"):
        load_weights(tmp_path)
    (tmp_path / "weights.safetensors").touch()
    with pytest.raises(
        FileNotFoundError,
        match=f"folder; the weights are {tmp_path}/weights.safetensors$",
    ):
        load_weights(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no weights at .*/none$"):
        load_weights(tmp_path / "none")


@pytest.mark.parametrize("keep", [0.1, 0.9])
def test_a_weight_file_that_is_cut_short_is_told(tmp_path, keep):
    path = tmp_path / "w"
    save_file({"a": torch.zeros(100)}, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(ValueError, match="as weights: it is damaged or cut short: "):
        load_weights(path)
