"""What a file is that was given in the place of another, by its first bytes."""

import zipfile
from pathlib import Path

CHECKPOINT = "a checkpoint"
WEIGHTS = "a weight file"
BEGINNINGS = {
    b"version https://git-lfs": "a pointer of Git LFS (git lfs pull fetches the file)",
    b"\xff\xd8\xff": "an image",
    b"\x89PNG": "an image",
    b"GIF8": "an image",
    b"\x1f\x8b": "a compressed archive",
    b"\x80\x02": "a PyTorch file (.pth)",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"<?xml": "an XML file",
}
MEMBERS = {  # of a zip file, by the end of a name
    "archive_format": "a network of torch.export (.pt2)",
    "serialized_exported_program.json": "a network of torch.export (.pt2)",
    "constants.pkl": "a network of TorchScript",
    "data.pkl": "a PyTorch file (.pth)",
}
LARGEST_PICKLE = 1 << 24  # bytes; without its tensors a checkpoint's has some kilobytes


def kind_of_file(path: Path) -> str | None:
    """A file in a few words, or None if it is none that is known here.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "net.pth"
        >>> file.write_bytes(b"<!DOCTYPE html><title>404</title>")
        33
        >>> kind_of_file(file)
        'a web page'
    """
    try:
        with path.open("rb") as file:
            first = file.read(64)
        if first.startswith(b"PK"):
            return _kind_of_zip(path)
    except Exception:  # a damaged zip file leads to whatever error it likes
        return None
    if not first:
        return "an empty file"
    if first[8:9] == b"{" and int.from_bytes(first[:8], "little") < 1 << 27:
        return WEIGHTS
    if first[:1] == b"\x08" and path.suffix == ".onnx":
        return "a network of ONNX"
    text = first.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    known = (
        kind
        for beginning, kind in BEGINNINGS.items()
        if first.startswith(beginning) or text.startswith(beginning)
    )
    return next(known, None)


def _kind_of_zip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        found = [
            (kind, member)
            for end, kind in MEMBERS.items()
            for member in members
            if member.filename.rpartition("/")[2] == end
        ]
        if not found:
            return "a zip file"
        kind, member = found[0]
        if kind != MEMBERS["data.pkl"] or member.file_size > LARGEST_PICKLE:
            return kind
        return CHECKPOINT if b"ssd_lib checkpoint" in archive.read(member) else kind
