"""What lies in a folder in Pascal VOC's form: label files, images and lists."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from ssd_lib.data.finding.image_index import name_key
from ssd_lib.data.finding.lists import first_few, in_order, listed_labels, lists_among
from ssd_lib.data.labelled import Labelled
from ssd_lib.data.problems import Problems
from ssd_lib.image_files import all_files, is_image_file


class VOCFiles(NamedTuple):
    """What lies in a folder in VOC's form."""

    root: Path
    labels: list[Path]
    images: list[Path]
    lists: dict[str, list[Path]]  # by their splits

    def of_split(self, split: str, problems: Problems) -> list[Path]:
        """The label files of a split; none if its lists leave all images out.

        Raises:
            FileNotFoundError: if there is no such split, or all that it lists is
                missing.
            ValueError: if a list cannot be read or is empty.
        """
        if split not in self.lists:
            raise FileNotFoundError(
                f"split must be one of those in {self.root} ({self._splits()}), got {split!r}"
            )
        found = [
            file for one in self.lists[split] for file in listed_labels(one, self.labels, problems)
        ]
        return list(dict.fromkeys(found))

    def _splits(self) -> str:
        """Their names; those of classes, as ``cat_train``, are many and come last."""
        return first_few(in_order(self.lists)) or "there is no list in ImageSets/Main"


def voc_files(root: Path, known: Collection[Path] | None = None) -> VOCFiles:
    """The label files, images and lists in a folder and in all folders of it.

    The masks of ``SegmentationClass`` and its like are not among the images.

    Args:
        root: the folder.
        known: the only files that count; None is all of them.

    Raises:
        FileNotFoundError: if there is no such folder, or no label file in it.
        OSError: if a folder cannot be listed.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"root must be a folder, got {root}")
    files = all_files(root)
    if known is not None:
        files = [file for file in files if file in known]
    labels = [file for file in files if file.suffix.lower() == ".xml"]
    if not labels:
        raise FileNotFoundError(f"root must have label files (.xml) in it, got {root}")
    images = [file for file in files if is_image_file(file.name)]
    return VOCFiles(root, labels, without_masks(images, root), lists_among(files, root))


def without_masks(images: Sequence[Path], root: Path) -> list[Path]:
    """The images that do not lie in ``SegmentationClass`` or its like."""
    return [file for file in images if not _is_mask(file.parts[len(root.parts) :])]


def _is_mask(parts: Sequence[str]) -> bool:
    return any(part.lower().startswith("segmentation") for part in parts[:-1])


def note_unlabelled(
    images: Sequence[Path],
    labels: Sequence[Path],
    labelled: Sequence[Labelled],
    problems: Problems,
) -> None:
    """Note the images that no label file is for.

    Args:
        images: all that there are.
        labels: all label files. An image of the name of one is not noted: that label
            file was left out, or is for another image.
        labelled: what the label files say.
        problems: where to note.
    """
    used = {one.image for one in labelled}
    stems = {name_key(file.stem) for file in labels}
    for image in images:
        if image not in used and name_key(image.stem) not in stems:
            problems.note("image without label file, which is not used", str(image))
