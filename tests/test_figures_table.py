"""Tables that a reader of the page, of a terminal and of a diff can read."""

import pytest

from ssd_lib.figures.table import Table

ROWS = [("kite", 0.7012, -3), ("<bird>", 0.5, 12)]
HEADS = ["object", "IoU", "shift"]


def test_its_text_is_aligned_by_column():
    found = Table(ROWS, HEADS, ["", ".2f", ""], foot=["both", 1.2012, 9])
    assert repr(found).splitlines() == [
        "object   IoU  shift",
        "kite    0.70     -3",
        "<bird>  0.50     12",
        "both    1.20      9",
    ]


def test_its_page_has_the_same_cells_with_words_left_and_numbers_right():
    found = Table(ROWS, HEADS, ["", ".2f", ""], foot=["both", 1.2012, 9])._repr_html_()
    left, right = '<td style="text-align: left">', '<td style="text-align: right">'
    assert f"{left}kite</td>{right}0.70</td>{right}-3</td>" in found
    assert f"{left}&lt;bird&gt;</td>" in found
    assert '<th style="text-align: right">shift</th>' in found
    assert f"<tfoot><tr>{left}both</td>{right}1.20</td>" in found


def test_columns_stand_where_they_are_told_to():
    found = Table([("a", "b")], ["x", "long"], align="^>")
    assert repr(found) == "x  long\na     b"
    assert 'center">a<' in found._repr_html_()


def test_marks_and_a_caption_are_for_the_page():
    found = Table(ROWS, HEADS, marks=["kite", ""], caption="Kites > birds")
    page = found._repr_html_()
    assert page.count("ssd-colour") == 1
    assert "var(--ssd-kite)" in page
    assert "<caption>Kites &gt; birds</caption>" in page
    assert "Kites" not in repr(found)


def test_a_row_of_one_cell_heads_the_rows_below_it():
    found = Table([["on a CPU"], *ROWS[:1], ["on a GPU"], *ROWS[1:]], HEADS, ["", ".2f", ""])
    assert repr(found).splitlines() == [
        "object   IoU  shift",
        "on a CPU",
        "kite    0.70     -3",
        "on a GPU",
        "<bird>  0.50     12",
    ]
    assert '<tr><th colspan="3" scope="rowgroup">on a CPU</th></tr>' in found._repr_html_()


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"formats": ["", ""]}, "formats must have 3 entries, got 2"),
        ({"align": "<"}, "align must have 3 entries, got 1"),
        ({"foot": ["all"]}, "foot must have 3 entries, got 1"),
        ({"marks": ["kite"]}, "marks must have 2 entries, got 1"),
        ({"heads": ["object"]}, "row 0 must have 1 entries, got 3"),
    ],
)
def test_what_does_not_fit_is_refused(more, complaint):
    with pytest.raises(ValueError, match=complaint):
        Table(ROWS, **({"heads": HEADS} | more))
