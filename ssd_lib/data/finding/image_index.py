"""Which image a label file means, among all those that lie in a folder."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from ssd_lib.data.finding.namesakes import (
    IMAGE_FOLDERS,
    Ambiguous,
    Namesakes,
    name_key,
    spelt,
)

__all__ = ["IMAGE_FOLDERS", "Ambiguous", "ImageIndex", "name_key"]


class ImageIndex:
    """The images below a folder, to be found by the names that label files give.

    Names are compared without case and in one Unicode form, for archives that were
    packed on one system and unpacked on another. Of several images of one name
    :class:`~ssd_lib.data.finding.namesakes.Namesakes` tells which is meant.

    Args:
        root: the folder; names of folders above it do not count.
        files: images in it or in folders of it. No other is ever found.
    """

    def __init__(self, root: Path, files: Iterable[Path]) -> None:
        self.root = root
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        self._namesakes: dict[int, Namesakes] = {}
        for file in files:
            key = name_key(spelt(file)[1])
            self._by_name[key].append(file)
            self._by_stem[os.path.splitext(key)[0]].append(file)

    def named(self, name: str, near: Path) -> Path | None:
        r"""The image of a name with its ending, as a label file spells it.

        Any path before the name may be that of another machine (``C:\data\a.jpg``,
        ``../images/a.jpg``). Where no image has the name as it is, blanks around it
        do not count; nor does it matter whether ``%20`` or a blank is written; nor
        does what follows ``?`` or ``#``, as in an address.

        Args:
            name: the image's.
            near: the label file; of equal names the image closer to it is taken.

        Raises:
            Ambiguous: if two images fit equally well; it names them.
        """
        for spelling in _spellings(name):
            parts = PurePosixPath(spelling.replace("\\", "/")).parts
            found = self._by_name.get(name_key(parts[-1])) if parts else None
            if found:
                return self._best_match(found, parts[-1], parts[:-1], near)
        return None

    def of_stem(self, stem: str, near: Path) -> Path | None:
        """The image of a name without its ending; as :meth:`named`."""
        found = self._by_stem.get(name_key(stem))
        return self._best_match(found, stem, (), near) if found else None

    def _best_match(
        self, found: list[Path], name: str, parents: tuple[str, ...], near: Path
    ) -> Path:
        if len(found) == 1:
            return found[0]
        key = id(found)  # which stays as long as the index
        if key not in self._namesakes:
            self._namesakes[key] = Namesakes.of(found, self.root)
        return self._namesakes[key].meant(name, parents, near, self.root)


def _spellings(name: str) -> Iterable[str]:
    """A name as it is, and what it may stand for."""
    bare = name.strip()
    address = re.split(r"[?#]", bare)[0]
    return dict.fromkeys(
        (
            name,
            bare,
            unquote(bare),
            quote(bare, r"/\:", errors="surrogatepass"),
            address,
            unquote(address),
        )
    )
