"""Numbers and their units are not torn apart at the end of a line."""

import sys
from pathlib import Path

import pytest
from docutils import nodes

sys.path.insert(0, str(Path(__file__).parents[1] / "book/_ext"))
import spacing


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("in 18.4 % of the cases", "in 18.4\u00a0% of the cases"),
        ("a map of 4 × 4 cells", "a map of 4\u00a0×\u00a04 cells"),
        ("grown × 2, and 7 % 3", "grown × 2, and 7\u00a0% 3"),
        ("nothing to hold", "nothing to hold"),
    ],
)
def test_spaces_of_numbers_do_not_break(said, held):
    page = nodes.document("", "")
    page += nodes.paragraph("", said)
    page += nodes.paragraph("", "", nodes.literal("", "7 % 3"))
    spacing.hold(None, page, "")
    assert [one.astext() for one in page.findall(nodes.paragraph)] == [held, "7 % 3"]


def test_a_number_in_a_table_has_a_minus():
    row = '<tr><th class="head">-7</th><td><p>-2.69</p></td><td>-.5</td><td>a-1</td><td>-</td></tr>'
    wanted = row.replace("-7", "−7").replace("-2.69", "−2.69").replace("-.5", "−.5")
    assert spacing.signed(row) == wanted
    assert spacing.signed("<p>-2.69</p>") == "<p>-2.69</p>"  # not a cell: as it was written
