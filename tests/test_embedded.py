"""Pictures that figures embed become files of the built book."""

import base64
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))
import embedded  # noqa: E402

PICTURE = bytes(range(256)) * 4
CODE = base64.b64encode(PICTURE).decode()
SMALL = '<image href="data:image/webp;base64,UklG"/>'
ICON = '<img src="data:image/svg+xml,%3Csvg/%3E"/>'


def test_a_picture_in_the_text_becomes_one_file_however_often_it_is_shown():
    figure = f'<svg><image width="6" href="data:image/webp;base64,{CODE}"/></svg>'
    page, files = embedded.move(figure + figure, "../")
    ((path, content),) = files.items()
    assert content == PICTURE
    assert path.startswith("_images/")
    assert path.endswith(".webp")
    assert page == 2 * f'<svg><image width="6" href="../{path}"/></svg>'


def test_different_pictures_become_different_files():
    other = base64.b64encode(PICTURE[::-1]).decode()
    page, files = embedded.move(
        "".join(f'<image href="data:image/png;base64,{code}"/>' for code in (CODE, other)), ""
    )
    assert sorted(files.values()) == sorted([PICTURE, PICTURE[::-1]])
    assert all(f'href="{path}"' in page for path in files)


def test_small_and_other_data_stay():
    assert embedded.move(SMALL + ICON, "") == (SMALL + ICON, {})


def test_a_picture_that_the_site_has_is_not_written_again():
    there = {embedded.digest(PICTURE): "_static/pictures/one.webp"}
    figure = f'<img alt="" src="data:image/webp;base64,{CODE}">'
    assert embedded.move(figure, "../", there) == (
        '<img alt="" src="../_static/pictures/one.webp">',
        {},
    )
