"""The image files that a COCO file means."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ssd_lib.data.coco.json_file import as_number
from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.image_files import IMAGE_ENDINGS, image_files, is_image_file

LABEL_FOLDERS = (
    "ann",
    "annotation",
    "annotations",
    "anns",
    "annots",
    "coco",
    "json",
    "label",
    "labels",
)
UPLOAD = re.compile(r"(?:.*[/\\])?[0-9a-f]{8}-([^/\\]+)")  # Label Studio's names


class Entry(NamedTuple):
    """What a COCO file says of one image."""

    name: str | None  # as it is written; None is none
    size_px: tuple[int, int] | None  # (height, width); None if it makes no sense

    def __repr__(self) -> str:
        """As messages say it."""
        if self.size_px is None:
            return repr(self.name)
        return f"{self.name!r} ({self.size_px[1]} x {self.size_px[0]})"


def entry_of(image: dict[str, Any]) -> Entry:
    """Name and size of an image; the name may stand in ``coco_url`` alone, as LVIS's.

    Example:
        >>> entry_of({"file_name": "a.jpg", "width": "640", "height": 480})
        'a.jpg' (640 x 480)
    """
    names = (image.get(key) for key in ("file_name", "coco_url"))
    texts = (str(name) for name in names if isinstance(name, str | int))
    height, width = (as_number(image.get(side)) or 0 for side in ("height", "width"))
    is_size = min(height, width) >= 1 and max(height, width) > 1  # 1 x 1: fractions
    return Entry(
        next((text for text in texts if text.strip()), None),
        (round(height), round(width)) if is_size else None,
    )


def images_of(labels: Path, images: str | Path | None = None) -> ImageIndex:
    """The images that may belong to a label file.

    Args:
        labels: the label file.
        images: their folder. None looks beside the label file; if there is no image and
            the file lies in a folder for labels (``annotations/``), beside that.

    Returns:
        Those in the folder and in all folders of it.

    Raises:
        OSError: if a folder cannot be listed.
    """
    folder = labels.parent if images is None else Path(images)
    files = image_files(folder)
    while images is None and not files and _is_for_labels(folder):
        folder = folder.absolute().parent
        files = image_files(folder)
    return ImageIndex(folder, files)


def find_image(name: str, index: ImageIndex, labels: Path) -> Path | None:
    """The image that a COCO file names: one of the index, whatever the name; or None.

    Raises:
        Ambiguous: if two images fit equally well.
    """
    found = (index.named(spelling, labels) for spelling in _spellings(name))
    return next((file for file in found if file), None)


def in_common(name: str, file: Path) -> int:
    r"""How many parts at the end of a name are those of a file's path.

    Example:
        >>> in_common("C:\\data\\val\\1.jpg", Path("images/val/1.jpg"))
        2
    """
    parts = name.replace("\\", "/").split("/")
    pairs = zip(reversed(parts), reversed(file.parts), strict=False)
    equal = [one == other for one, other in pairs]
    return (*equal, False).index(False)


def _is_for_labels(folder: Path) -> bool:
    return folder.absolute().name.casefold() in LABEL_FOLDERS


def _spellings(name: str) -> Iterator[str]:
    """A name, and what tools have made of names."""
    yield name
    bare = name.strip()
    before, _, query = bare.partition("?")
    yield before
    yield from (value for _, value in parse_qsl(query))
    upload = UPLOAD.fullmatch(before)
    if upload:
        yield upload[1]
    if not is_image_file(bare):  # its ending may be missing
        yield from (bare + ending for ending in sorted(IMAGE_ENDINGS))
