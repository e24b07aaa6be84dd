"""Where ``detect`` writes its drawings: never over a file that is somebody else's."""

import io
import itertools
import os
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from PIL import Image
from torch import Tensor

from ssd_lib.files import write_whole
from ssd_lib.predict import Detections

MARK = "ssd_lib detect"  # in the PNG's metadata, as the Software that made it
LEAST_PX, MOST_PX = 480, 2400  # width of a drawing


class Drawings:
    """The drawings of one run in a folder.

    Args:
        folder: of the drawings.
        images: that the run reads; none of them is written over.
        classes: names, background first.
        force: write over files that this command did not write.
    """

    def __init__(
        self,
        folder: Path,
        images: Iterable[Path],
        classes: Sequence[str],
        force: bool = False,
    ) -> None:
        self.folder = folder
        self.classes = classes
        self.force = force
        self.taken = {_key(image) for image in images}

    def path_for(self, image: Path) -> Path:
        """``NAME_boxes.png``, or ``NAME_boxes-2.png`` if that is not to be had, and so on.

        Not to be had are the names of other drawings of this run and of images that it
        reads, and, without ``force``, of files and links that are not this command's.
        """
        for number in itertools.count(1):
            suffix = "" if number == 1 else f"-{number}"
            path = self.folder / f"{image.stem}_boxes{suffix}.png"
            if _key(path) not in self.taken and (self.force or _is_free(path)):
                break
        self.taken.add(_key(path))
        return path

    def draw(self, image: Tensor, found: Detections, photo: Path) -> Path:
        """Write an image with its boxes, at its own size within limits.

        Raises:
            OSError: if it cannot be written; what was there is kept.
        """
        import matplotlib.pyplot as plt  # here: a machine that only trains may lack it

        from ssd_lib.draw import DPI, draw_boxes

        plt.switch_backend("agg")  # a drawing in a file needs no window
        path = self.path_for(photo)
        width = min(max(image.shape[2], LEAST_PX), MOST_PX)
        names = [self._names[label] for label in found.labels.tolist()]
        content = io.BytesIO()
        try:
            draw_boxes(
                image, found.boxes.cpu(), names, found.scores.cpu(), pixels=True, inches=width / DPI
            )
            plt.savefig(content, format="png", dpi=DPI, metadata={"Software": MARK})
        finally:
            plt.close()
        write_whole(path, content.getbuffer())
        return path

    @cached_property
    def _names(self) -> list[str]:
        """The classes as they can be drawn; of those that cannot, one warning tells."""
        from ssd_lib.draw import drawable

        return drawable(self.classes)


def _key(path: Path) -> str:
    """Equal for paths that are the same place, on some file systems at least."""
    place = os.path.join(os.path.realpath(path.parent), path.name)
    return unicodedata.normalize("NFC", place).casefold()


def is_drawing(path: Path) -> bool:
    """Whether a file is a drawing of this command, by its mark."""
    if path.suffix.lower() != ".png":
        return False
    try:
        with warnings.catch_warnings():  # of many pixels
            warnings.simplefilter("ignore")
            with Image.open(path, formats=["PNG"]) as image:
                return image.info.get("Software") == MARK
    except Exception:  # decoders raise whatever a broken file leads them to
        return False


def _is_free(path: Path) -> bool:
    """Whether nothing is there, or a drawing of this command."""
    if not os.path.lexists(path):
        return True
    return not path.is_symlink() and path.is_file() and is_drawing(path)
