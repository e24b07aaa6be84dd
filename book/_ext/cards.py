"""Tables of sentences, which a narrow screen shows as a list of cards.

A table whose rows hold whole sentences does not fit on a phone: its columns become too
narrow to read, or the last one leaves the screen. So each of its cells is told the name
of its column, and the style sheet sets a row's cells below each other where there is no
room beside each other.
"""

import html
import re

TABLE = re.compile(r'<table class="table">.*?</table>', re.DOTALL)
HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<td\b")
ELEMENT = re.compile(r"<[^>]+>")
LEAST_COLUMNS = 3
LONG = 110  # letters in a row, on average


def name_cells(page: str) -> str:
    """The page, with the columns' names at the cells of its tables of sentences."""
    return TABLE.sub(lambda found: _named(found[0]), page)


def _named(table: str) -> str:
    heads = [_words(head) for head in HEAD.findall(table)]
    rows = [row for row in ROW.findall(table) if CELL.search(row)]
    letters = sum(len(_words(row)) for row in rows)
    if len(heads) < LEAST_COLUMNS or letters < LONG * len(rows):
        return table
    table = table.replace('class="table"', 'class="table ssd-cards"', 1)
    return ROW.sub(lambda row: _labelled(row[0], heads), table)


def _labelled(row: str, heads: list[str]) -> str:
    names = iter(heads)
    return CELL.sub(lambda _: f'<td data-label="{html.escape(next(names))}"', row)


def _words(markup: str) -> str:
    return " ".join(html.unescape(ELEMENT.sub(" ", markup)).split())
