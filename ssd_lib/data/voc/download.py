"""The download of Pascal VOC 2007 and 2012, from where torchvision knows it to be."""

import re
import shutil
from functools import partial
from pathlib import Path

from torchvision.datasets.voc import DATASET_YEAR_DICT

from ssd_lib.data.voc.archives import unpack
from ssd_lib.download import check_digest, download, locked, scratch_beside

WANTED = r"(?:\./)?VOCdevkit/VOC{}/((?:Annotations|ImageSets/Main|JPEGImages)/[\w-]+\.\w+)"


def fetch(folder: Path, year: str, split: str) -> None:
    """Put one part of Pascal VOC in place, unless it is there.

    The archive stays beside ``VOCdevkit``, where torchvision's ``VOCDetection`` would
    keep it, and one that is there is taken. Another process that fetches the same year
    is waited for.

    Args:
        folder: ``VOCdevkit/VOC2007`` or ``VOCdevkit/VOC2012``.
        year: ``"2007"`` or ``"2012"``.
        split: ``"trainval"`` or ``"test"``.

    Raises:
        OSError: if it cannot be downloaded or written.
        ValueError: if the archive is another one than that which is known.
    """
    if is_whole(folder, split):
        return
    source = DATASET_YEAR_DICT[f"{year}-test" if split == "test" else year]
    archive = folder.parents[1] / source["filename"]
    digest = f"md5:{source['md5']}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if is_whole(folder, split):
            return
        if archive.exists():
            check_digest(archive, digest)
        download(source["url"], archive, digest)
        with scratch_beside(folder) as scratch:
            unpack(archive, scratch, partial(_place_of, year), str(archive))
            _move(scratch, folder)


def is_whole(folder: Path, split: str) -> bool:
    """Whether the list of a split is there, with a label file and image for each line."""
    listed = folder / "ImageSets" / "Main" / f"{split}.txt"
    if not listed.is_file():
        return False
    lines = listed.read_text(encoding="utf-8", errors="replace").splitlines()
    names = {line.split()[0] for line in lines if line.strip()}
    return all(
        names <= {file.stem for file in (folder / part).glob("*")}
        for part in ("Annotations", "JPEGImages")
    )


def _place_of(year: str, member: str) -> str | None:
    found = re.fullmatch(WANTED.format(year), member)
    return found and found[1]


def _move(scratch: Path, folder: Path) -> None:
    """Move file by file: both parts of 2007 share a folder. The lists come last."""
    files = [file for file in scratch.rglob("*") if file.is_file()]
    for file in sorted(files, key=lambda file: file.suffix == ".txt"):
        goal = folder / file.relative_to(scratch)
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, goal)
