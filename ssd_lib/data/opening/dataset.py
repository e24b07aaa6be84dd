"""One way into any data set of one's own: its form and its parts are recognised."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ssd_lib.data.coco import reading as coco
from ssd_lib.data.labelled import Labelled
from ssd_lib.data.opening.forms import FORMS
from ssd_lib.data.opening.parts import Part
from ssd_lib.data.opening.source import Source, note_parts_without_train, note_repeated, recognise
from ssd_lib.data.problems import Problems
from ssd_lib.data.reading import FromLabelFiles, Read
from ssd_lib.data.records import Records
from ssd_lib.data.voc import reading as voc
from ssd_lib.data.yolo import reading as yolo

READERS: dict[str, Callable[[Source, Part, Problems], Read]] = {
    "voc": voc.read_part,
    "coco": coco.read_part,
    "yolo": yolo.read_part,
}


def open_dataset(
    path: str | Path | Source,
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
        path: a folder, a COCO ``.json`` file or a YOLO ``.yaml`` file; or what
            :func:`~ssd_lib.data.opening.source.recognise` found there, to open several
            parts after one look.
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
    if isinstance(path, Source) and images is not None:
        raise ValueError("images must be given to recognise, not beside what it found")
    source = path if isinstance(path, Source) else recognise(path, images)
    noted = Problems(strict) if problems is None else problems
    dataset = FromLabelFiles(
        partial(_read_parts, source, split, noted),
        noted,
        classes,
        transforms,
        path=source.path,
        root=source.files.root,
        form=FORMS[source.form],
        why_none=_why_none(source),
    )
    note_parts_without_train(source, noted)
    note_repeated(source.files, noted)
    if problems is None:
        noted.warn()
    return dataset


def _read_parts(source: Source, split: str | None, problems: Problems) -> Read:
    """What the label files of the parts say, in the order of the images' paths."""
    images: list[Labelled] = []
    names: dict[str, None] = {}
    is_ordered = False
    for part in source.parts_for(split):
        read = READERS[source.form](source, part, problems)
        images += read.images
        is_ordered = read.order is not None
        names |= dict.fromkeys(read.order or ())
    images.sort(key=lambda image: image.image.parts)
    return Read(images, list(names) if is_ordered else None)


def _why_none(source: Source) -> str:
    found = "nothing in it is used" if source.files.images else "there is no image"
    return f"{found} in {source.files.root}, read as {FORMS[source.form]}"
