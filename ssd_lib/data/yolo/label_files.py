"""Which label file belongs to an image in YOLO's form, and what a list names."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from ssd_lib.data.finding.image_index import IMAGE_FOLDERS, Ambiguous, ImageIndex, name_key
from ssd_lib.data.problems import Problems
from ssd_lib.data.yolo.rows import is_label_file, text_of
from ssd_lib.image_files import is_hidden, is_image_file

LABEL_FOLDERS = ("labels", "label", "annotations")
NO_LABELS = frozenset(  # .txt files that tools leave among label files
    [
        "all",
        "changelog",
        "class",
        "class_names",
        "classes",
        "files",
        "images",
        "labels",
        "license",
        "list",
        "names",
        "notes",
        "obj",
        "predefined_classes",
        "readme",
        "readme.dataset",
        "readme.roboflow",
        "requirements",
        "test",
        "train",
        "trainval",
        "val",
        "valid",
        "validation",
    ]
)
MOST_BYTES_OF_LIST = 256 * 2**20


class LabelFiles:
    """The label files of images, as YOLO has it.

    ``images`` in the image's path becomes ``labels``, the last if there are several,
    and the name's ending ``.txt``; other names that these folders go by are tried
    after it. Else the label file lies beside the image, or in ``labels`` there. Names
    are compared in letters of any case, those that are spelt alike first.

    Args:
        root: no label file outside of it is looked at. Images may lie outside: their
            label files lie as deep in the root as they in their own folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._places: dict[Path, list[Path]] = {}
        self._texts: dict[Path, dict[str, Path]] = {}
        self._served: dict[Path, set[Path]] = defaultdict(set)

    def of(self, image: Path) -> Path | None:
        """The label file of an image, if there is one."""
        for place in self._label_folders(image.parent):
            texts = self._texts_in(place)
            file = texts.get(image.stem) or texts.get(name_key(image.stem))
            if file and _may_be_labels(file):
                self._served[place].add(image.parent)
                return file
        return None

    def without_images(self) -> Iterator[Path]:
        """Label files beside those that were found, which no image belongs to."""
        for place, folders in sorted(self._served.items()):
            stems = {
                name_key(Path(name).stem)
                for folder in folders
                for name in os.listdir(folder)
                if is_image_file(name)
            }
            for file in sorted(set(self._texts_in(place).values())):
                if name_key(file.stem) not in stems and is_label_file(file):
                    yield file

    def _label_folders(self, folder: Path) -> list[Path]:
        if folder not in self._places:
            found = (descend(self.root, parts) for parts in _label_folder_paths(folder, self.root))
            places = [place for place in found if place and place.is_dir()]
            self._places[folder] = list(dict.fromkeys(places))
        return self._places[folder]

    def _texts_in(self, folder: Path) -> dict[str, Path]:
        """The .txt files of a folder by their stems, as spelt and by what is common."""
        if folder not in self._texts:
            names = sorted(n for n in os.listdir(folder) if not is_hidden(n))
            files = [folder / n for n in names if n.lower().endswith(".txt")]
            files = [file for file in files if file.is_file()]
            common = {name_key(file.stem): file for file in reversed(files)}
            self._texts[folder] = common | {file.stem: file for file in files}
        return self._texts[folder]


def descend(folder: Path, parts: Iterable[str]) -> Path | None:
    """The file or folder of a path below a folder, in letters of any case."""
    for part in parts:
        if os.path.exists(folder / part):
            folder = folder / part
            continue
        try:
            names = sorted(os.listdir(folder))
        except OSError:  # it is no folder
            return None
        similar = [name for name in names if name_key(name) == name_key(part)]
        if not similar:
            return None
        folder = folder / similar[0]
    return folder if os.path.exists(folder) else None


def listed_images(file: Path, index: ImageIndex, problems: Problems) -> list[Path]:
    """The images that a list names, one per line; those that are not there are counted.

    Args:
        file: the list.
        index: of all images that may be meant; no other file is looked for.
        problems: where to count.

    Raises:
        ValueError: if the list is no text; it names the file.
    """
    try:
        text = text_of(file, MOST_BYTES_OF_LIST)
    except ValueError as error:
        raise ValueError(f"{file} cannot be read as a list of images: {error}") from error
    images = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{file}, line {number}"
        try:
            image = index.named(line.strip(), near=file)
        except Ambiguous as error:
            problems.add("listed image", "two images fit", f"{where}: {error}")
            continue
        if image is None:
            problems.add("listed image", "not there", f"{where}: {line.strip()[:120]}")
        else:
            images.append(image)
    return list(dict.fromkeys(images))


def _may_be_labels(file: Path) -> bool:
    return file.stem.casefold() not in NO_LABELS or is_label_file(file)


def _label_folder_paths(folder: Path, root: Path) -> Iterator[tuple[str, ...]]:
    """From the root to where the label files of a folder's images may be."""
    place, top = (Path(os.path.abspath(path)) for path in (folder, root))
    if place == top or top in place.parents:
        tails = [place.relative_to(top).parts]
    else:
        tails = [place.parts[i:] for i in range(1, len(place.parts) + 1)]
    for tail in tails:
        yield from _with_labels_for_images(tail)
        yield tail
        yield from ((*tail, labels) for labels in LABEL_FOLDERS)


def _with_labels_for_images(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """With "labels" for the last "images", then for other names, from the end."""
    places = [i for i, part in enumerate(parts) if part.casefold() in IMAGE_FOLDERS]
    places.sort(key=lambda i: (parts[i].casefold() == "images", i), reverse=True)
    for labels in LABEL_FOLDERS:
        for i in places:
            yield (*parts[:i], labels, *parts[i + 1 :])
