"""The parts of a data set: what to learn from, what to validate on, what to test with."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

from ssd_lib.data.finding.lists import lists_among
from ssd_lib.data.labelled import Labelled
from ssd_lib.data.opening.forms import (
    PARTS,
    Files,
    has_labels,
    part_name,
    parts_by_folder,
)
from ssd_lib.data.yolo.rows import is_label_file
from ssd_lib.data.yolo.settings import settings_files, yaml_parts


class Part(NamedTuple):
    """A part of a data set: its files, or what chooses among them."""

    files: Files
    paths: list[Path]  # lists of images, or their folders; none takes all files
    is_labelled: bool = True  # False for images that may be there to be detected on

    def own(self, images: list[Labelled]) -> list[Labelled]:
        """Those of some images that lie in this part."""
        files = set(self.files.images)
        return [image for image in images if image.image in files]


def parts_of(files: Files, form: str) -> dict[str, Part]:
    """The parts that a data set has, by folders or else by lists.

    Args:
        files: all of its files.
        form: a key of ``ssd_lib.data.opening.forms.FORMS``; what a YAML file of YOLO's
            says counts before both.
    """
    by_settings = _parts_by_settings(files) if form == "yolo" else {}
    if by_settings:
        return by_settings
    by_folder = {name: Part(files.part(name), []) for name in parts_by_folder(files)}
    if by_folder or form == "coco":
        return _without_labels_apart(by_folder, form)
    if form == "voc":
        lists = lists_among(files.txt, files.root) or _lists_by_name(files, deep=True)
    else:
        lists = _lists_by_name(files)
    return {name: Part(files, paths) for name, paths in lists.items()}


def lone_part(files: Files, split: str) -> Part | None:
    """A part of YOLO's that was asked for by name, though it stands beside no other.

    It is what a settings file, else a list in the root, else a folder has of exactly
    that name, or else of a name of the same part.
    """

    def is_equal(name: str) -> bool:
        return name.casefold() == split.casefold()

    for is_named in (is_equal, partial(is_same_part, split=split)):
        settings = (yaml_parts(file).items() for file in settings_files(files.root))
        told = [paths for parts in settings for name, paths in parts if is_named(name)]
        lists = [[file] for file in _root_lists(files) if is_named(file.stem)]
        if told or lists:
            return Part(files, (told or lists)[0])
        images = [i for i in files.images if any(map(is_named, _folders_of(i, files.root)))]
        if images:
            return Part(files._replace(images=images), [])
    return None


def is_same_part(name: str, split: str) -> bool:
    """Whether two names are those of one part, as ``val`` and ``valid`` are."""
    part = part_name(split)
    return part is not None and part_name(name) == part


def by_purpose(names: tuple[str, ...]) -> dict[str, str]:
    """Which of some parts are for ``train``, ``valid`` and ``test``, in this order.

    Of several the one with the shortest name is: ``train`` rather than ``trainval``.
    """
    ranked = sorted(names, key=lambda name: (-len(name), name))
    found = {part_name(name): name for name in ranked}
    return {part: found[part] for part in PARTS if part in found}


def for_tests(names: tuple[str, ...]) -> str | None:
    """The part to measure on at the end: ``test``, or else that for validation."""
    found = by_purpose(names)
    return found.get("test", found.get("valid"))


def _without_labels_apart(parts: dict[str, Part], form: str) -> dict[str, Part]:
    """Parts, with a mark on a test part without labels if there is a labelled other."""
    labelled = {name: has_labels(part.files, form) for name, part in parts.items()}
    if labelled.get("test", True) or not labelled.get("valid"):
        return parts
    return parts | {"test": parts["test"]._replace(is_labelled=False)}


def _folders_of(file: Path, root: Path) -> tuple[str, ...]:
    return file.relative_to(root).parts[:-1]


def _root_lists(files: Files) -> list[Path]:
    return [f for f in files.txt if f.parent == files.root and not is_label_file(f)]


def _parts_by_settings(files: Files) -> dict[str, Part]:
    """What a YAML file says, if it parts what is learnt from from something else."""
    for file in files.yaml or settings_files(files.root):
        told = yaml_parts(file, files.root)
        train = told.get("train")
        parts = {
            name: Part(files, paths)
            for name, paths in told.items()
            if name == "train" or paths != train
        }
        if train and len(parts) > 1:
            return parts
    return {}


def _lists_by_name(files: Files, deep: bool = False) -> dict[str, list[Path]]:
    """Lists named for parts in the root, or in the folders in it; one alone is none."""
    lists: dict[str, list[Path]] = {}
    for file in files.txt:
        depth = len(file.relative_to(files.root).parts)
        if depth <= 1 + deep and part_name(file.stem) and not is_label_file(file):
            lists.setdefault(file.stem, [file])
    return lists if len(lists) > 1 else {}
