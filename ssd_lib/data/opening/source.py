"""What lies at a path: a data set of which form, and of which parts."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ssd_lib.data.coco.images import images_of
from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.data.finding.lists import first_few, in_order
from ssd_lib.data.opening.forms import Files, form_of, look_into, named_parts, part_of
from ssd_lib.data.opening.parts import Part, is_same_part, lone_part, parts_of
from ssd_lib.data.problems import Problems
from ssd_lib.image_files import image_files

SOURCES = "a folder, a .json or a .yaml file"
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")


class Source(NamedTuple):
    """A data set that was recognised and not read yet."""

    path: Path  # as it was given
    form: str  # a key of ssd_lib.data.opening.forms.FORMS
    files: Files
    parts: dict[str, Part]  # by name; none if it has none
    images: ImageIndex | None  # of images that lie elsewhere

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the parts that have labels."""
        return tuple(name for name, part in self.parts.items() if part.is_labelled)

    def parts_for(self, split: str | None) -> list[Part]:
        """The part of that name; for None all parts, or all files.

        Of YOLO's form a part may be the only one, or a folder or list of any name.

        Raises:
            ValueError: if there is no such part; it says which there are.
        """
        if split is None:
            folders = [part for part in self.parts.values() if part.is_labelled and not part.paths]
            return folders or [Part(self.files, [])]
        same = [name for name in self.parts if is_same_part(name, split)]
        if split in self.parts or len(same) == 1:
            return [self.parts[split if split in self.parts else same[0]]]
        lone = lone_part(self.files, split) if self.form == "yolo" and not same else None
        if lone:
            return [lone]
        known = first_few(in_order(self.parts)) or "it has none"
        raise ValueError(f"split must be a part of {self.path} ({known}), got {split!r}")

    def shares(self, labels: Sequence[Path], part: Part) -> bool:
        """Whether a label file of one of the parts may be for an image of another."""
        if part.files is self.files or self.images:
            return False
        return any(part_of(file, self.files.root) is None for file in labels)


def recognise(path: str | Path, images: str | Path | None = None) -> Source:
    """Look which data set lies at a path; label files are not read.

    Args:
        path: a folder, a COCO ``.json`` file or a YOLO ``.yaml`` file.
        images: the folder of the images, if it is elsewhere.

    Raises:
        FileNotFoundError: if there is nothing at the path, or no such folder.
        ValueError: if it is no data set of a form that is read; it says what is there.
    """
    if not os.fspath(path):
        raise ValueError(f"data must be {SOURCES}, got a blank")
    path, elsewhere = Path(path), _index_of(images)
    if path.is_dir():
        files = look_into(path)
        form = form_of(files)
        if form == "yolo" and elsewhere:
            raise ValueError("images must not be given for YOLO, whose images lead to their labels")
        return Source(path, form, files, parts_of(files, form), elsewhere)
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    ending = path.suffix.casefold()
    if ending == ".json":
        index = elsewhere or images_of(path)
        return Source(path, "coco", Files.below(index.root, [path]), {}, index)
    if ending in (".yaml", ".yml"):
        files = look_into(path.parent)._replace(yaml=[path])
        return Source(path, "yolo", files, parts_of(files, "yolo"), None)
    hint = ", which must be unpacked first" if ending in ARCHIVES else ""
    raise ValueError(f"data must be {SOURCES}, got {path}{hint}")


def note_parts_without_train(source: Source, problems: Problems) -> None:
    """Note that parts are read as one, for none of them is to train on."""
    is_whole = source.path.is_dir() and not source.parts
    named = named_parts(source.files) if is_whole else ()
    if named and "train" not in named:
        what = "no folder is named for a part to train on: all are read as one"
        problems.note(what, f"{source.path}: {', '.join(named)}")


def note_repeated(files: Files, problems: Problems) -> None:
    """Note the folder that holds all files a second time, and is passed over."""
    if files.repeated:
        what = "folder that holds the same files a second time, which is passed over"
        problems.note(what, str(files.repeated))


def _index_of(images: str | Path | None) -> ImageIndex | None:
    if images is None:
        return None
    if not Path(images).is_dir():
        raise FileNotFoundError(f"images must be a folder, got {images}")
    return ImageIndex(Path(images), image_files(images))
