"""What label files in Pascal VOC's form say, and of which images."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ssd_lib.data.finding.image_index import Ambiguous, ImageIndex, name_key
from ssd_lib.data.finding.lists import listed_labels
from ssd_lib.data.labelled import Labelled
from ssd_lib.data.opening.parts import Part
from ssd_lib.data.opening.source import Source
from ssd_lib.data.problems import Problems
from ssd_lib.data.reading import Read
from ssd_lib.data.voc.label_file import read_label_file, size_of, things_of


def read_part(source: Source, part: Part, problems: Problems) -> Read:
    """What the label files of a part of a data set say.

    Images without label files are noted, unless lists choose among them or they lie
    elsewhere. The masks of ``SegmentationClass`` and its like are not among them.
    """
    labels, images = part.files.xml, _without_masks(part.files.images, part.files.root)
    listed = [f for paths in part.paths for f in listed_labels(paths, labels, problems)]
    chosen = list(dict.fromkeys(listed)) if part.paths else labels
    is_shared = source.shares(labels, part)
    others = _without_masks(source.files.images, source.files.root) if is_shared else images
    index = source.images or ImageIndex(source.files.root, others)
    found = read_voc(chosen, index, problems, labels)
    found = part.own(found) if is_shared else found
    if not part.paths and not source.images:
        note_unlabelled(images, labels, found, problems)
    return Read(found)


class _LabelFile(NamedTuple):
    """A label file, once with the image that it names, and that of its own name."""

    labelled: Labelled
    own: Path | None


def read_voc(
    label_files: Sequence[Path],
    index: ImageIndex,
    problems: Problems,
    all_labels: Sequence[Path] | None = None,
) -> list[Labelled]:
    """What label files say; those that cannot be used are left out and counted.

    A label file is for the image that its ``filename`` names, or if that is not there
    for the one of its own name. This one counts, too, if several label files name one
    image, or the image of another label file: ``filename`` was copied then, or files
    were renamed.

    Args:
        label_files: to be read.
        index: of the images.
        problems: where to count.
        all_labels: of the data set, where ``label_files`` are only a split of it.
    """
    read = [_read_one(file, index, problems) for file in label_files]
    read = [one for one in read if one is not None]
    claims = Counter(one.labelled.image for one in read)
    owned = {_own_image(file, index) for file in all_labels or label_files}
    found = []
    for labelled, own in read:
        if own is not None and own != labelled.image:
            if labelled.image in owned or claims[labelled.image] > 1:
                labelled = labelled._replace(image=own)
            else:
                problems.note(
                    "label file taken for the image that it names, not for that of its own name",
                    f"{labelled.where}: {labelled.image}",
                )
        found.append(labelled)
    return found


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


def _without_masks(images: Sequence[Path], root: Path) -> list[Path]:
    """The images that do not lie in ``SegmentationClass`` or its like."""
    return [file for file in images if not _is_mask(file.parts[len(root.parts) :])]


def _is_mask(parts: Sequence[str]) -> bool:
    return any(part.lower().startswith("segmentation") for part in parts[:-1])


def _read_one(file: Path, index: ImageIndex, problems: Problems) -> _LabelFile | None:
    root = read_label_file(file, problems)
    if root is None:
        return None
    name = (root.findtext("filename") or "").strip()
    try:
        named, own = index.named(name, file), _own_image(file, index)
        image = named or own or _image_like(file.stem, name, index, file)
    except Ambiguous as error:
        where = f"{file}: {' and '.join(map(str, error.files))}"
        problems.add("label file", "two images fit equally well", where)
        return None
    if image is None:
        why = "there is no image of its name, nor of the one in it"
        problems.add("label file", why, f"{file}: {name!r}" if name else str(file))
        return None
    things = things_of(root, file, problems)
    return _LabelFile(Labelled(image, size_of(root), things, str(file)), own)


def _own_image(file: Path, index: ImageIndex) -> Path | None:
    """The image of a label file's own name, if one fits best."""
    try:
        return index.of_stem(file.stem, file)
    except Ambiguous:
        return None


def _image_like(stem: str, name: str, index: ImageIndex, near: Path) -> Path | None:
    """The image of a label file whose name or ``filename`` has one ending too many.

    Raises:
        Ambiguous: if two images fit equally well.
    """
    name = os.path.basename(name.replace("\\", "/"))
    for text in (stem, name, os.path.splitext(name)[0]):
        image = index.of_stem(text, near) or index.named(text, near)
        if image:
            return image
    return None
