"""One way into any data set of one's own: its form and its parts are recognised."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ssd_lib.data.coco.dataset import read_coco
from ssd_lib.data.coco.images import images_of
from ssd_lib.data.coco.json_file import CocoFile, parse_coco
from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.data.finding.lists import listed_labels
from ssd_lib.data.garbage import collector_paused
from ssd_lib.data.labelled import Labelled, records_of
from ssd_lib.data.opening.forms import FORMS, Files, form_of, look_into, part_of
from ssd_lib.data.opening.parts import Part, Source, note_untaught, parts_of
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records
from ssd_lib.data.voc.dataset import read_voc
from ssd_lib.data.voc.files import note_unlabelled, without_masks
from ssd_lib.data.yolo.dataset import images_below, read_yolo
from ssd_lib.data.yolo.names import read_names
from ssd_lib.data.yolo.settings import top_folder
from ssd_lib.image_files import image_files

SOURCES = "a folder, a .json or a .yaml file"
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
MOST_TRIED = 20  # JSON files of a folder, the largest, to find the one of COCO

Read = tuple[list[Labelled], list[str]]  # images, and names of classes in order


def open_dataset(
    path: str | Path,
    images: str | Path | None = None,
    split: str | None = None,
    classes: Sequence[str] | None = None,
    transforms: Callable[..., Any] | None = None,
    strict: bool = False,
    problems: Problems | None = None,
) -> Records:
    """Read a data set of one's own, in whichever of the common forms it is.

    Read are Pascal VOC, COCO and YOLO, with the images beside the label files or in
    folders of their own, and folders ``train``, ``valid`` and ``test`` of these. Names
    of folders and endings of files may be in letters of any case.

    Args:
        path: a folder, a COCO ``.json`` file or a YOLO ``.yaml`` file.
        images: the folder of the images, if it is elsewhere.
        split: a part, by the name of its folder, or of a list of images such as those
            in ``ImageSets/Main``; None is all images.
        classes: names, background first; None takes those that objects have.
        transforms: a function of image and target, or None.
        strict: raise at the first thing that would be left out.
        problems: takes note of all that is left out, for the caller to tell, instead
            of ``strict``; None warns once.

    Returns:
        Records in the order of the images' paths. The images themselves are read when
        they are asked for; :func:`ssd_lib.data.looking.dataset.look` reads them all once.

    Raises:
        FileNotFoundError: if there is nothing at the path.
        ValueError: if it is no data set of these forms, has no such part, or nothing
            in it can be used; it says what was found there.
    """
    noted = Problems(strict) if problems is None else problems
    source = recognise(path, images)
    found: list[Labelled] = []
    order: dict[str, None] = {}
    with collector_paused():
        for part in source.chosen(split):
            labelled, names = _READERS[source.form](source, part, noted)
            found += labelled
            order |= dict.fromkeys(names)
        found.sort(key=lambda image: image.image.parts)
        by_name = source.form == "voc"  # whose label files give no order
        records, classes = records_of(found, noted, classes, None if by_name else list(order))
    if not records:
        reasons = "; ".join(noted.left_out()) or _no_images(source)
        raise ValueError(f"{path} must have images with labels, got none: {reasons}")
    note_untaught(source, noted)
    if problems is None:
        noted.warn()
    return Records(
        records, classes, transforms, noted, root=source.files.root, form=FORMS[source.form]
    )


def splits_of(path: str | Path, images: str | Path | None = None) -> tuple[str, ...]:
    """The names of the parts that a data set of one's own has, and that have labels.

    Raises:
        FileNotFoundError, ValueError: as :func:`open_dataset`.
    """
    parts = recognise(path, images).parts
    return tuple(name for name, part in parts.items() if part.is_labelled)


def recognise(path: str | Path, images: str | Path | None = None) -> Source:
    """Look which data set lies at a path; label files are not read.

    Raises:
        FileNotFoundError, ValueError: as :func:`open_dataset`.
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
        files = Files.below(index.root, [path])
        return Source(path, "coco", files, {}, index)
    if ending in (".yaml", ".yml"):
        files = look_into(path.parent)._replace(yaml=[path])
        return Source(path, "yolo", files, parts_of(files, "yolo"), None)
    hint = ", which must be unpacked first" if ending in ARCHIVES else ""
    raise ValueError(f"data must be {SOURCES}, got {path}{hint}")


def _no_images(source: Source) -> str:
    found = "nothing in it is used" if source.files.images else "there is no image"
    return f"{found} in {source.files.root}, read as {FORMS[source.form]}"


def _index_of(images: str | Path | None) -> ImageIndex | None:
    if images is None:
        return None
    if not Path(images).is_dir():
        raise FileNotFoundError(f"images must be a folder, got {images}")
    return ImageIndex(Path(images), image_files(images))


def _voc(source: Source, part: Part, problems: Problems) -> Read:
    root, labels = source.files.root, part.files.xml
    images = without_masks(part.files.images, root)
    if part.paths:
        chosen = [f for one in part.paths for f in listed_labels(one, labels, problems)]
        chosen = list(dict.fromkeys(chosen))
    else:
        chosen = labels
    shared = _is_shared(labels, source, part)
    all_images = without_masks(source.files.images, root) if shared else images
    index = source.images or ImageIndex(root, all_images)
    found = read_voc(chosen, index, problems, labels)
    found = _of_part(found, part) if shared else found
    if not part.paths and not source.images:
        note_unlabelled(images, labels, found, problems)
    return found, []


def _coco(source: Source, part: Part, problems: Problems) -> Read:
    coco, root = _coco_file(source, part), source.files.root
    shared = _is_shared([coco.path], source, part)
    images = source.files.images if shared else part.files.images
    found, names = read_coco(coco, source.images or ImageIndex(root, images), problems)
    return (_of_part(found, part) if shared else found), names


def _is_shared(labels: list[Path], source: Source, part: Part) -> bool:
    """Whether a label file of one of the parts may be for an image of another."""
    if part.files is source.files or source.images:
        return False
    return any(part_of(file, source.files.root) is None for file in labels)


def _of_part(found: list[Labelled], part: Part) -> list[Labelled]:
    images = set(part.files.images)
    return [one for one in found if one.image in images]


def _coco_file(source: Source, part: Part) -> CocoFile:
    """The COCO file of a part.

    Raises:
        ValueError: if there is none, or there are several.
    """
    files = part.files.json
    if len(files) == 1:
        return parse_coco(files[0])
    named = [f for f in files if "instances" in f.name or "coco" in f.name.casefold()]
    found, reason = _those_of_coco(named)
    if not found:
        found, reason = _those_of_coco([f for f in files if f not in named], reason)
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(str(one.path) for one in found[:2])
        raise ValueError(f"{source.path} has several COCO files, {names}: give one of them")
    raise ValueError(f"{source.path} must have a COCO file, got {len(files)} .json files: {reason}")


def _those_of_coco(files: list[Path], reason: str = "there is none") -> tuple[list[CocoFile], str]:
    """COCO's among JSON files, of which the largest are tried; and why not another."""
    found = []
    for file in sorted(files, key=lambda file: -file.stat().st_size)[:MOST_TRIED]:
        try:
            found.append(parse_coco(file))
        except (OSError, ValueError) as error:
            reason = str(error)
    return found, reason


def _yolo(source: Source, part: Part, problems: Problems) -> Read:
    root, images = source.files.root, part.files.images
    if part.paths:
        index = ImageIndex(root, source.files.images)
        chosen = [i for path in part.paths for i in images_below(path, index, problems)]
        images = list(dict.fromkeys(chosen))
    top = top_folder(root)
    place = source.path if source.path.is_file() else root
    return read_yolo(images, top, read_names(place, top), problems)


_READERS: dict[str, Callable[[Source, Part, Problems], Read]] = {
    "voc": _voc,
    "coco": _coco,
    "yolo": _yolo,
}
