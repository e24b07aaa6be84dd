"""Which data set lies in a folder, told by looking: its form, its parts, its files."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

from ssd_lib.data.opening.repeated import repeated_folder
from ssd_lib.image_files import all_files, is_image_file
from ssd_lib.text import counted

ACCEPTED = (
    "Pascal VOC (.xml label files), COCO (a .json file), YOLO (.txt label files), with "
    "the images beside them or in a folder of their own, or folders train, valid and "
    "test of these"
)
PARTS = {  # what a data set's parts are called, and by which names they are known
    "train": ("train", "training", "trainset", "trainval"),
    "valid": (
        "valid",
        "val",
        "validation",
        "validate",
        "valset",
        "dev",
        "devset",
        "eval",
        "evaluation",
    ),
    "test": ("test", "testing", "testset"),
}
BESIDE_A_PART = frozenset(  # words that may stand beside the name of a part
    [
        "annotation",
        "annotations",
        "data",
        "dataset",
        "folder",
        "image",
        "images",
        "img",
        "imgs",
        "jpg",
        "label",
        "labels",
        "photo",
        "photos",
        "picture",
        "pictures",
        "png",
        "set",
        "split",
    ]
)
WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")  # of names such as trainSet or TRAIN
KINDS = ("images", "xml", "json", "txt", "yaml", "others")
FORMS = {"voc": "Pascal VOC", "coco": "COCO", "yolo": "YOLO"}


class Files(NamedTuple):
    """The files of a data set, or of a part of it, by their kind."""

    root: Path
    images: list[Path]
    xml: list[Path]
    json: list[Path]
    txt: list[Path]
    yaml: list[Path]
    others: list[Path]
    repeated: Path | None = None  # a folder that holds them all a second time

    @classmethod
    def below(cls, root: Path, files: Iterable[Path]) -> Self:
        """Sort files into kinds by their endings."""
        kinds: dict[str, list[Path]] = {name: [] for name in KINDS}
        for file in files:
            kinds[_kind(file)].append(file)
        images, xml, json, txt, yaml, others = kinds.values()
        return cls(root, images, xml, json, txt, yaml, others)

    def part(self, name: str) -> Self:
        """What belongs to one part, and what belongs to none and so to all.

        A JSON file that is the part's own leaves out those of none.
        """
        kinds = (self.images, self.xml, self.json, self.txt, self.yaml, self.others)
        files = {f: part_of(f, self.root) for kind in kinds for f in kind}
        found = [file for file, part in files.items() if part in (name, None)]
        if any(files[file] == name for file in self.json):
            found = [f for f in found if files[f] or f not in self.json]
        return type(self).below(self.root, found)


def look_into(root: Path) -> Files:
    """All files of a folder and of the folders in it, each once.

    Some archives hold a data set twice, the second time in a folder of its own beside
    its files; that folder is passed over.

    Raises:
        OSError: if it, or a folder in it, cannot be listed.
    """
    files = all_files(root)
    repeated = repeated_folder(files, root)
    if repeated:
        files = [file for file in files if not file.is_relative_to(repeated)]
    return Files.below(root, files)._replace(repeated=repeated)


def part_name(word: str) -> str | None:
    """The part that a name of a folder or list names; None if none.

    Numbers do not count, nor do words for what a part holds.

    Example:
        >>> part_name("Val_2017"), part_name("TrainingImages"), part_name("train_bus")
        ('valid', 'train', None)
    """
    words = [w.casefold() for w in WORD.findall(word)]
    telling = [w for w in words if w not in BESIDE_A_PART]
    if len(telling) != 1:
        return None
    return next((part for part, names in PARTS.items() if telling[0] in names), None)


def part_of(file: Path, root: Path) -> str | None:
    """The part that a file belongs to by the folders it lies in, or a JSON's name."""
    words = list(file.relative_to(root).parts[:-1])
    if file.suffix.casefold() == ".json":
        words += re.findall(r"[^\W\d_]+", file.stem)
    return next((part for part in map(part_name, words) if part), None)


def parts_by_folder(files: Files) -> tuple[str, ...]:
    """The parts that folders name, in order; none without one to train on.

    ``train`` alone is no part: it may be all there is, or the name of a class.
    """
    parts = named_parts(files)
    return parts if "train" in parts and len(parts) > 1 else ()


def named_parts(files: Files) -> tuple[str, ...]:
    """All parts that folders of images, or JSON files, are named for."""
    found = {part_of(file, files.root) for file in (*files.images, *files.json)}
    return tuple(part for part in PARTS if part in found)


def has_labels(files: Files, form: str) -> bool:
    """Whether there is a label file among some files, told by names alone."""
    if form == "voc":
        return bool(files.xml)
    if form == "coco":
        return any("image_info" not in file.name for file in files.json)
    return _paired(files) > 0


def form_of(files: Files) -> str:
    """The form of most label files: a key of ``FORMS``.

    Raises:
        ValueError: if there is none; it says what there is.
    """
    paired = _paired(files)
    if files.xml and len(files.xml) >= paired and not _outdone(files):
        return "voc"
    if files.json and not paired:
        return "coco"
    if files.yaml or paired:
        return "yolo"
    if files.json:
        return "coco"
    if files.images and _names_of_classes(files):
        return "yolo"
    raise ValueError(f"{files.root} must hold a data set: {ACCEPTED}; got {_census(files)}")


def _paired(files: Files) -> int:
    """How many .txt files have the name of an image."""
    stems = {file.stem.casefold() for file in files.images}
    return sum(file.stem.casefold() in stems for file in files.txt)


def _outdone(files: Files) -> bool:
    """Whether a JSON file rather than a few XML files labels the images."""
    return bool(files.json) and 2 * len(files.xml) < len(files.images)


def _names_of_classes(files: Files) -> bool:
    return any(file.name.casefold() == "classes.txt" for file in files.txt)


def _kind(file: Path) -> str:
    ending = file.suffix.casefold()
    if ending == ".yml":
        return "yaml"
    if ending[1:] in ("xml", "json", "txt", "yaml"):
        return ending[1:]
    return "images" if is_image_file(file.name) else "others"


def _census(files: Files) -> str:
    """What a folder holds, in a few words."""
    counts = Counter({"image": len(files.images)})
    rest = (*files.xml, *files.json, *files.txt, *files.yaml, *files.others)
    counts.update(f"{file.suffix.casefold() or 'other'} file" for file in rest)
    words = [counted(n, what) for what, n in counts.most_common(5) if n]
    return ", ".join(words) or "an empty folder"
