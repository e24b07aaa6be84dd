"""Tables of sentences can be read as cards on a phone."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))
import cards  # noqa: E402

LONG = "a sentence that does not fit into a narrow column of a small screen, " * 2


def table(*rows):
    body = "".join(
        "<tr>" + "".join(f"<td><p>{cell}</p></td>" for cell in row) + "</tr>" for row in rows
    )
    heads = "".join(f'<th class="head"><p>{head}</p></th>' for head in ("", "paper", "it & us"))
    return f'<table class="table"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def test_each_cell_of_a_table_of_sentences_says_its_column():
    page = cards.name_cells(table(("scales", "Eq. 4", LONG)))
    assert page.startswith('<table class="table ssd-cards">')
    assert '<td data-label=""><p>scales</p></td><td data-label="paper"><p>Eq. 4</p></td>' in page
    assert f'<td data-label="it &amp; us"><p>{LONG}</p></td>' in page


def test_a_table_of_short_cells_stays_as_it_is():
    page = f"<p>before</p>{table(('a', '1', '2'), ('b', '3', '4'))}<p>after</p>"
    assert cards.name_cells(page) == page
