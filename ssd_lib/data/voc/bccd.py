"""BCCD: 364 micrographs of blood cells, a small real data set with its download."""

from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from ssd_lib.assets import path
from ssd_lib.data.opening.forms import Files
from ssd_lib.data.voc.archives import unpack
from ssd_lib.data.voc.dataset import VOCFolder
from ssd_lib.download import check_digest, download, locked, scratch_beside

ARCHIVE = "https://github.com/Shenggan/BCCD_Dataset/archive/refs/heads/master.zip"
MANIFEST = "bccd_sha256.txt"
MOST_BYTES = 100_000_000  # of the archive, and of what is in it; it has 8 MB
BCCD_CLASSES = ("background", "Platelets", "RBC", "WBC")


class BCCD(VOCFolder):
    """Blood cells: platelets (small), red (medium) and white (large).

    Two boxes have no area; they are left out and counted in ``problems``.

    Args:
        root: where the folder ``bccd`` lies, or is to be put.
        split: ``"train"``, ``"val"``, ``"trainval"`` or ``"test"``.
        download: fetch it if it is not there, 8 MB. Every file is compared with
            the hash that this package has of it.
        transforms: a function of image and target, or None.
        url: where the archive is fetched from.

    Raises:
        FileNotFoundError: if it is not there and is not to be downloaded.
        ValueError: if a file is not the one that is known; it is named, and what lay
            there before is left as it was.
    """

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        download: bool = False,
        transforms: Callable[..., Any] | None = None,
        url: str = ARCHIVE,
    ) -> None:
        folder = Path(root, "bccd")
        hashes = manifest()
        if not folder.is_dir():
            if not download:
                raise FileNotFoundError(f"there is no {folder}: pass download=True")
            fetch(url, folder, hashes)
        verify(folder, hashes)
        super().__init__(folder, split, BCCD_CLASSES, transforms)

    def _files(self, root: Path) -> Files:
        """Only what was compared: whatever else lies there does not count."""
        return Files.below(root, sorted(root / name for name in manifest()))


def manifest() -> dict[str, str]:
    """The SHA-256 of each file, by its path in the data set."""
    lines = path(MANIFEST).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def verify(folder: Path, hashes: dict[str, str]) -> None:
    """Compare files with their hashes.

    Raises:
        ValueError: at the first file that is missing or another one; it is named.
    """
    for name, digest in hashes.items():
        if not (folder / name).is_file():
            raise ValueError(f"{folder} must have a file {name}, got none")
        check_digest(folder / name, f"sha256:{digest}")


def fetch(url: str, folder: Path, hashes: dict[str, str]) -> None:
    """Download an archive, take the known files out of it, and put them in place.

    Nothing is put in place before every file has been seen to be the right one. A
    download that was interrupted begins anew. If another process fetches the same
    folder, this one waits for it.

    Raises:
        OSError: if it cannot be downloaded, or the files not be written.
        ValueError: if the archive is none, is too large, or lacks a file, or has
            another one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if folder.is_dir():
            return
        with scratch_beside(folder) as scratch:
            archive, unpacked = scratch / "archive.zip", scratch / "bccd"
            download(url, archive, largest=MOST_BYTES)
            unpack(archive, unpacked, partial(_place_of, hashes), url, MOST_BYTES)
            verify(unpacked, hashes)
            unpacked.rename(folder)


def _place_of(hashes: dict[str, str], member: str) -> str | None:
    """The end of a member's path that is a file of the data set."""
    parts = PurePosixPath(member).parts
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if end in hashes), None)
