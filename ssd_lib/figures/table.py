"""A small table for the page, with the same numbers as aligned text."""

import html
from collections.abc import Sequence

Cell = str | int | float
LONG = 40  # letters, from which on a cell may take several lines
SIDES = {"<": "left", ">": "right", "^": "center"}


class Table:
    """Rows of words and numbers: a table on the page, columns of text elsewhere.

    Args:
        rows: one sequence of cells for each row, all as long as ``heads``; a row of one
            cell alone is a heading for the rows below it.
        heads: what stands above the columns.
        formats: how the numbers of each column are written, as ``format`` has it, such
            as ``".2f"``; ``""`` leaves them as they are. Words stay words.
        align: ``<``, ``>`` or ``^`` for each column; without it, columns of numbers are
            set to the right, others to the left.
        marks: a token of ``tokens.css`` for each row (``"dog"``, ``"map-1"``), whose
            colour stands as a dot before the row; ``""`` leaves a row without.
        foot: a last row that sums the others up.
        caption: what to notice.

    Raises:
        ValueError: if a row, ``formats``, ``align`` or ``foot`` is longer or shorter than
            ``heads``, or if ``marks`` are more or fewer than ``rows``.

    Example:
        >>> Table([("kite", 0.701), ("small bird", 0.5)], ["object", "best IoU"], ["", ".2f"])
        object      best IoU
        kite            0.70
        small bird      0.50
    """

    def __init__(
        self,
        rows: Sequence[Sequence[Cell]],
        heads: Sequence[str],
        formats: Sequence[str] = (),
        align: Sequence[str] = "",
        *,
        marks: Sequence[str] = (),
        foot: Sequence[Cell] = (),
        caption: str = "",
    ) -> None:
        for number, row in enumerate(rows):
            if len(row) != 1:
                _check_length(f"row {number}", row, len(heads))
        for name, given in (("formats", formats), ("align", align), ("foot", foot)):
            _check_length(name, given or heads, len(heads))
        _check_length("marks", marks or rows, len(rows))
        self.heads, self.caption, self.marks = list(heads), caption, list(marks)
        self.align = list(align or _sides(rows, len(heads)))
        written = formats or [""] * len(heads)
        self.rows = [_written(row, written) for row in rows]
        self.foot = _written(foot, written)

    def __repr__(self) -> str:
        lines = [self.heads, *self.rows, *([self.foot] if self.foot else [])]
        whole = [line for line in lines if len(line) == len(self.heads)]
        widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
        return "\n".join(
            "  ".join(
                f"{cell:{side}{width}}"
                for cell, side, width in zip(line, self.align, widths, strict=False)
            ).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        marks = self.marks or [""] * len(self.rows)
        body = [self._row("td", row, mark) for row, mark in zip(self.rows, marks, strict=True)]
        parts = [
            '<table class="ssd-table">',
            f"<caption>{html.escape(self.caption)}</caption>" if self.caption else "",
            f"<thead>{self._row('th', self.heads)}</thead>",
            *("<tbody>", *body, "</tbody>"),
            f"<tfoot>{self._row('td', self.foot)}</tfoot>" if self.foot else "",
            "</table>",
        ]
        return "\n".join(part for part in parts if part)

    def _row(self, tag: str, cells: Sequence[str], mark: str = "") -> str:
        dot = f'<span class="ssd-colour" style="color: var(--ssd-{mark})"></span>' if mark else ""
        written = [html.escape(cell) for cell in cells]
        if len(written) < len(self.heads):
            return f'<tr><th colspan="{len(self.heads)}" scope="rowgroup">{written[0]}</th></tr>'
        written[0] = dot + written[0]
        wraps = ["; white-space: normal" if len(cell) > LONG else "" for cell in cells]
        return "".join(
            [
                "<tr>",
                *(
                    f'<{tag} style="text-align: {SIDES[side]}{wrap}">{cell}</{tag}>'
                    for cell, side, wrap in zip(written, self.align, wraps, strict=True)
                ),
                "</tr>",
            ]
        )


def _check_length(name: str, found: Sequence[object], wanted: int) -> None:
    if len(found) != wanted:
        raise ValueError(f"{name} must have {wanted} entries, got {len(found)}")


def _sides(rows: Sequence[Sequence[Cell]], width: int) -> list[str]:
    """Where the cells of each column stand: numbers to the right, words to the left."""
    whole = [row for row in rows if len(row) == width]
    return ["<" if any(isinstance(row[i], str) for row in whole) else ">" for i in range(width)]


def _written(row: Sequence[Cell], formats: Sequence[str]) -> list[str]:
    pairs = zip(row, formats, strict=False)
    return [cell if isinstance(cell, str) else format(cell, how) for cell, how in pairs]
