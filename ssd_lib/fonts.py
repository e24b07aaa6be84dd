"""Fonts for names of any script: the default one, and what else is installed."""

import contextlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from os import PathLike

WEIGHT = "bold"  # of the names
PLAIN = ("sans", "gothic", "dotum", "hei")
_FAMILIES: dict[str, set[str]] = {}  # those found so far to have a character


def families(texts: Iterable[str]) -> dict[str, list[str] | None]:
    """The font families to draw each text with, the default first.

    Fonts are looked for only if a text has characters that the default font lacks, and
    once for each of them: first among those that matplotlib knows, then among those
    installed since it made its list.

    Args:
        texts: of which all are looked up at once.

    Returns:
        For each text a list for ``fontfamily``, for matplotlib takes each character
        from the first family that has it; None if no font here has one of them.
    """
    from matplotlib import rcParams  # here, for only who draws needs it

    default = list(rcParams["font.family"])
    missing = {text: _lacking(default, text) for text in dict.fromkeys(texts)}
    _look_up(set().union(*missing.values()))
    return {text: _completed(default, chars) for text, chars in missing.items()}


def _completed(default: list[str], missing: set[str]) -> list[str] | None:
    """The default families and the fewest others, or so, that have what is missing."""
    chosen = list(default)
    while missing:
        counts = Counter(family for c in missing for family in _FAMILIES[c])
        if not counts:
            return None
        best = min(counts, key=lambda name: (-counts[name], not _is_plain(name), name))
        chosen.append(best)
        missing = {c for c in missing if best not in _FAMILIES[c]}
    return chosen


def _is_plain(name: str) -> bool:
    """Whether a family is without serifs, by its name."""
    return any(word in name.lower() for word in PLAIN)


def _lacking(names: list[str], text: str) -> set[str]:
    """Characters of a text that none of some families has."""
    missing = set() if text.isascii() else set(text)
    for name in names:
        if missing:
            missing -= _of_family(name, missing)
    return missing


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without matplotlib's remarks on a family that has no bold letters."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _look_up(characters: set[str]) -> None:
    """Find the families that have characters which were not asked for before."""
    new = characters - _FAMILIES.keys()
    if not new:
        return
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname: entry.name for entry in fontManager.ttflist}
    having = {path: found for path in known if (found := _of_file(path, new))}
    alone = new - set().union(*having.values())
    for path in sorted(set(findSystemFonts()) - known.keys()) if alone else ():
        if _of_file(path, alone) and (name := _added(path)):
            known[path], having[path] = name, alone
    for c in new:
        _FAMILIES[c] = set()
    for name in {known[path] for path in having}:
        for c in _of_family(name, new):
            _FAMILIES[c].add(name)


def _added(path: str) -> str | None:
    """The family of a font file that matplotlib did not know; None if it cannot be."""
    from matplotlib.font_manager import fontManager

    try:
        fontManager.addfont(path)
    except Exception:  # a font of bitmaps, say
        return None
    return fontManager.ttflist[-1].name


def _of_family(name: str, characters: set[str]) -> set[str]:
    """Which characters the font has that matplotlib takes for a family."""
    from matplotlib.font_manager import FontProperties, findfont

    try:
        properties = FontProperties(family=name, weight=WEIGHT)
        with quiet():
            path = findfont(properties, fallback_to_default=False)
    except ValueError:  # there is none
        return set()
    return _of_file(path, characters)


def _of_file(path: str | PathLike, characters: set[str]) -> set[str]:
    """Which characters a font file has; none if it cannot be read.

    A font of last resort has a box for every character there is: that is none.
    """
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
    except Exception:  # whatever a broken font leads FreeType to
        return set()
    if "lastresort" in font.family_name.lower().replace(" ", ""):
        return set()
    return {c for c in characters if font.get_char_index(ord(c))}
