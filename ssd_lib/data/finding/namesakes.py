"""Of several images of one name: the one that a label file means."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

IMAGE_FOLDERS = frozenset(
    ("jpegimages", "images", "image", "imgs", "img", "photos", "photo", "pictures")
)
LABEL_FOLDERS = frozenset(("annotations", "annotation", "anns", "ann", "labels", "label", "xmls"))
MASK_FOLDERS = frozenset(
    (
        "masks",
        "mask",
        "segmentation",
        "segmentations",
        "segmentationclass",
        "segmentationobject",
        "trimaps",
        "depth",
        "thumbnails",
        "thumbs",
    )
)
FEW = 8  # images that are gone through faster than they are sorted

Folders = tuple[str, ...]  # from the root down, as keys


class Ambiguous(ValueError):
    """Two images fit a name equally well.

    Args:
        files: the two.
    """

    def __init__(self, *files: Path) -> None:
        super().__init__(f"two images fit: {files[0]} and {files[1]}")
        self.files = files


class Image(NamedTuple):
    """An image and where it lies."""

    file: Path
    folders: Folders


class Namesakes:
    """Images of one name.

    A label file means the one that is left after these rules. Each keeps, of those
    that the rules before it have kept, the images that

    1. lie in folders that end as the path before the name does, as far as possible;
    2. lie in no folder of label files (``annotations``, ``train_labels``);
    3. lie below the folder that is closest to the label file;
    4. lie in folders that end as the label file's do, as far as possible;
    5. lie in the label file's own folder;
    6. lie in no folder of masks, depths or thumbnails;
    7. have most words of their folders in common with the label file's path, to which
       its own name counts (``instances_train.json``);
    8. are spelt exactly so;
    9. lie in a folder that is named for images (``images``, ``JPEGImages``);

    and all of them if there are none.

    Args:
        images: with their folders.
    """

    __slots__ = ("_answers", "_sorted", "images")

    def __init__(self, images: list[Image]) -> None:
        self.images = images
        self._sorted: dict[Callable, dict[object, Namesakes]] = {}
        self._answers: dict[tuple, list[Image]] = {}

    @classmethod
    def of(cls, files: Iterable[Path], root: Path) -> "Namesakes":
        """Those files, below a root."""
        return cls([Image(file, folders(file.parent, root)) for file in files])

    def meant(self, name: str, parents: tuple[str, ...], near: Path, root: Path) -> Path:
        """The image that is meant.

        Args:
            name: of the image, with or without its ending.
            parents: the path before the name, as the label file has it.
            near: the label file.
            root: the folder of the images.

        Raises:
            Ambiguous: if two are left.
        """
        question = name, parents, near
        if question not in self._answers:  # a COCO file asks the same again and again
            self._answers[question] = self._candidates(*question, root)
        left = self._answers[question]
        if len(left) > 1:
            raise Ambiguous(left[0].file, left[1].file)
        return left[0].file

    def _candidates(
        self, name: str, parents: tuple[str, ...], near: Path, root: Path
    ) -> list[Image]:
        label = folders(near.parent, root)
        kept = (
            self._with_first_key(_endings, _endings(tuple(map(name_key, parents))))
            ._with_first_key(_lies_among_labels, [False])
            ._with_first_key(_beginnings, _beginnings(label))
            ._with_first_key(_endings, _endings(label))
            .images
        )
        words = _words((*label, name_key(near.stem)))
        exact = unicodedata.normalize("NFC", name)
        for score in (
            lambda image: image.folders == label,
            lambda image: not _words(image.folders) & MASK_FOLDERS,
            lambda image: len(_words(image.folders) & words),
            lambda image: exact in _exact_spellings(image.file),
            lambda image: bool(_words(image.folders) & IMAGE_FOLDERS),
        ):
            kept = _with_highest(kept, score)
        return kept

    def _with_first_key(
        self, keys: Callable[[Folders], list], wanted: Iterable[object]
    ) -> "Namesakes":
        """Those that have the first key that any has, or all."""
        if len(self.images) <= FEW:
            return self._with_first_key_of_few(keys, wanted)
        if keys not in self._sorted:
            found = defaultdict(list)
            for image in self.images:
                for key in keys(image.folders):
                    found[key].append(image)
            self._sorted[keys] = {key: Namesakes(some) for key, some in found.items()}
        parts = self._sorted[keys]
        return next((parts[key] for key in wanted if key in parts), self)

    def _with_first_key_of_few(
        self, keys: Callable[[Folders], list], wanted: Iterable[object]
    ) -> "Namesakes":
        if len(self.images) > 1:
            for key in wanted:
                kept = [image for image in self.images if key in keys(image.folders)]
                if kept:
                    return Namesakes(kept)
        return self


def name_key(name: str) -> str:
    """What spellings of one file name have in common.

    Example:
        >>> name_key("IMG_1.JPG")
        'img_1.jpg'
    """
    if name.isascii():
        return name.lower()
    name = _decoded(name)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def spelt(file: str | Path) -> tuple[str, str]:
    r"""Folder and name of a file on this machine, as whoever made it spelt them.

    Where the locale's encoding is not UTF-8, names are read as if it were. Backslashes
    separate: some archives of Windows are unpacked into files named ``images\a.jpg``.
    """
    folder, _, name = _decoded(os.fspath(file)).replace("\\", "/").rpartition("/")
    return folder, name


def _decoded(text: str) -> str:
    """A name as UTF-8, if this machine has read it in another encoding."""
    if text.isascii():
        return text
    try:
        return os.fsencode(text).decode()
    except UnicodeError:  # it is no name of this machine, or in neither
        return text


def folders(folder: Path, root: Path) -> Folders:
    """The folders from a root down, as keys; with ``..`` for what lies outside."""
    return _folders(os.fspath(folder), os.fspath(root))


@lru_cache(maxsize=10_000)
def _folders(folder: str, root: str) -> Folders:
    try:
        path = os.path.relpath(folder, root)
    except ValueError:  # on another drive
        path = folder
    parts = "/".join(spelt(path)).split("/")
    return tuple(name_key(part) for part in parts if part not in ("", "."))


def _endings(folders: Folders) -> list[Folders]:
    """``a/b/c``, ``b/c`` and ``c``."""
    return [folders[i:] for i in range(len(folders))]


def _beginnings(folders: Folders) -> list[Folders]:
    """``a/b/c``, ``a/b`` and ``a``."""
    return [folders[:i] for i in range(len(folders), 0, -1)]


def _lies_among_labels(folders: Folders) -> list[bool]:
    return [bool(_words(folders) & LABEL_FOLDERS)]


@lru_cache(maxsize=10_000)
def _words(folders: Folders) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", " ".join(folders)))


def _exact_spellings(file: Path) -> tuple[str, str]:
    name = unicodedata.normalize("NFC", spelt(file)[1])
    return name, os.path.splitext(name)[0]


def _with_highest(images: list[Image], score: Callable[[Image], int]) -> list[Image]:
    if len(images) == 1:
        return images
    scores = [score(image) for image in images]
    best = max(scores)
    return [image for image, one in zip(images, scores, strict=True) if one == best]
