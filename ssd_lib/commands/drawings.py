"""Where ``detect`` writes its drawings: never over a file that is somebody else's."""

import io
import itertools
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from torch import Tensor

from ssd_lib.files import write_whole
from ssd_lib.predict import Detections

MARK = "ssd_lib detect"  # in the PNG's metadata, as the Software that made it
LEAST_PX, MOST_PX = 480, 2400  # width of a drawing


class Drawings:
    """The names of one run's drawings in a folder.

    Args:
        folder: of the drawings.
        images: that the run reads; none of them is written over.
        force: write over files that this command did not write.
    """

    def __init__(self, folder: Path, images: Iterable[Path], force: bool) -> None:
        """No name is taken yet."""
        self.folder = folder
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


def draw(image: Tensor, found: Detections, names: list[str], path: Path) -> None:
    """Write an image with its boxes, at its own size within limits.

    Raises:
        OSError: if it cannot be written; what was there is kept.
    """
    import matplotlib.pyplot as plt  # here, for a machine that only trains may lack it

    from ssd_lib.draw import DPI, draw_boxes

    plt.switch_backend("agg")  # a drawing in a file needs no window
    width = min(max(image.shape[2], LEAST_PX), MOST_PX)
    content = io.BytesIO()
    try:
        draw_boxes(
            image, found.boxes.cpu(), names, found.scores.cpu(), pixels=True,
            inches=width / DPI,
        )  # fmt: skip
        plt.savefig(content, format="png", dpi=DPI, metadata={"Software": MARK})
    finally:
        plt.close()
    write_whole(path, content.getbuffer())


def _key(path: Path) -> str:
    """Equal for paths that are the same place, on some file systems at least."""
    place = os.path.join(os.path.realpath(path.parent), path.name)
    return unicodedata.normalize("NFC", place).casefold()


def _is_free(path: Path) -> bool:
    """Whether nothing is there, or a drawing of this command."""
    if not os.path.lexists(path):
        return True
    if path.is_symlink() or not path.is_file():
        return False
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return image.info.get("Software") == MARK
    except Exception:  # decoders raise whatever a broken file leads them to
        return False
