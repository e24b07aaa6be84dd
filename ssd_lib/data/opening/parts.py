"""The parts of a data set: what to learn from, what to validate on, what to test with."""

from pathlib import Path
from typing import NamedTuple

from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.data.finding.lists import first_few, in_order, lists_among
from ssd_lib.data.opening.forms import (
    PARTS,
    Files,
    has_labels,
    named_parts,
    part_name,
    parts_by_folder,
)
from ssd_lib.data.problems import Problems
from ssd_lib.data.yolo.rows import is_label_file
from ssd_lib.data.yolo.settings import settings_files, yaml_parts


class Part(NamedTuple):
    """A part of a data set: its files, or what chooses among them."""

    files: Files
    paths: list[Path]  # lists of images, or their folders; none takes all files
    is_labelled: bool = True  # False for images that may be there to be detected on


class Source(NamedTuple):
    """A data set that was recognised and not read yet."""

    path: Path  # as it was given
    form: str  # a key of ssd_lib.data.opening.forms.FORMS
    files: Files
    parts: dict[str, Part]  # by name; none if it has none
    images: ImageIndex | None  # of images that lie elsewhere

    def chosen(self, split: str | None) -> list[Part]:
        """The part of that name; for None all parts, or all files.

        Raises:
            ValueError: if there is no such part; it says which there are.
        """
        if split is None:
            folders = [part for part in self.parts.values() if part.is_labelled and not part.paths]
            return folders or [Part(self.files, [])]
        same = [name for name in self.parts if _is_same(name, split)]
        if split in self.parts or len(same) == 1:
            return [self.parts[split if split in self.parts else same[0]]]
        known = first_few(in_order(self.parts)) or "it has none"
        raise ValueError(f"split must be a part of {self.path} ({known}), got {split!r}")


def parts_of(files: Files, form: str) -> dict[str, Part]:
    """The parts that a data set has, by folders or else by lists.

    Args:
        files: all of its files.
        form: a key of ``ssd_lib.data.opening.forms.FORMS``; what a YAML file of YOLO's
            says counts before both.
    """
    told = _told_by_yaml(files) if form == "yolo" else {}
    if told:
        return told
    by_folder = {name: Part(files.part(name), []) for name in parts_by_folder(files)}
    if by_folder or form == "coco":
        return _without_labels_apart(by_folder, form)
    if form == "voc":
        lists = lists_among(files.txt, files.root) or _lists_by_name(files, deep=True)
    else:
        lists = _lists_by_name(files)
    return {name: Part(files, paths) for name, paths in lists.items()}


def note_untaught(source: Source, problems: Problems) -> None:
    """Note that parts are read as one, for none of them is to train on."""
    is_whole = source.path.is_dir() and not source.parts
    named = named_parts(source.files) if is_whole else ()
    if named and "train" not in named:
        what = "no folder is named for a part to train on: all are read as one"
        problems.note(what, f"{source.path}: {', '.join(named)}")


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


def _is_same(name: str, split: str) -> bool:
    part = part_name(split)
    return part is not None and part_name(name) == part


def _told_by_yaml(files: Files) -> dict[str, Part]:
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
