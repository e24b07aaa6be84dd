"""What was wrong in a data set: counted, with the first place of each kind."""

import warnings
from collections import Counter

from ssd_lib.text import counted

KINDS = 10  # that are told; of what differs in each file there may be thousands


class Problems:
    """What was left out of a data set, and what its reader should know.

    Args:
        strict: raise a ValueError at the first thing that would be left out.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.counts: Counter[tuple[str, str]] = Counter()  # what was left out, and why
        self.first: dict[tuple[str, str], str] = {}
        self.notes: dict[str, tuple[int, str]] = {}  # how often, and where first

    def add(self, thing: str, why: str, where: str) -> None:
        """Leave something out.

        Args:
            thing: ``"object"``, ``"image"`` or ``"label file"``.
            why: in a few words, the same for all of a kind.
            where: the file, and the entry in it.

        Raises:
            ValueError: if strict.
        """
        if self.strict:
            raise ValueError(f"{where}: {why}")
        self.counts[thing, why] += 1
        self.first.setdefault((thing, why), where)

    def note(self, what: str, where: str) -> None:
        """Keep in mind something that leaves nothing out."""
        count, first = self.notes.get(what, (0, where))
        self.notes[what] = count + 1, first

    def left_out(self) -> list[str]:
        """A line for each kind of thing that was left out, the commonest kind first.

        After ten kinds one line counts the rest.
        """
        counts = self.counts.most_common()
        lines = [
            f"{counted(count, thing)}: {why} (first: {self.first[thing, why]})"
            for (thing, why), count in counts[:KINDS]
        ]
        return lines + _line_for_the_rest([count for _, count in counts[KINDS:]])

    def remarks(self) -> list[str]:
        """A line for each kind of thing to keep in mind; as :meth:`left_out`."""
        notes = sorted(self.notes.items(), key=lambda note: -note[1][0])
        lines = [
            f"{count} x {what} (first: {first})" if count > 1 else f"{what} ({first})"
            for what, (count, first) in notes[:KINDS]
        ]
        return lines + _line_for_the_rest([count for _, (count, _) in notes[KINDS:]])

    def warn(self) -> None:
        """One warning that says it all, if there is anything to say."""
        parts = []
        if self.counts:
            parts.append("left out: " + "; ".join(self.left_out()))
        if self.notes:
            parts.append("note: " + "; ".join(self.remarks()))
        if parts:
            warnings.warn("; ".join(parts), stacklevel=3)


def _line_for_the_rest(counts: list[int]) -> list[str]:
    """A line for the kinds that have none of their own, if there are any."""
    kinds = counted(len(counts), "other kind")
    return [f"{sum(counts)} more, of {kinds}"] if counts else []
