"""The first page offers the files that the site holds, and nothing else."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))
import downloads  # noqa: E402


@pytest.fixture
def site(tmp_path):
    for name in downloads.FIRST:
        page = tmp_path / name
        page.parent.mkdir(exist_ok=True)
        page.write_text(f"<p>a</p>{downloads.EMPTY}<p>b</p>")
    (tmp_path / downloads.FOLDER).mkdir()
    return tmp_path


def test_nothing_is_offered_while_there_is_nothing(site):
    downloads.offer(site)
    for name in downloads.FIRST:
        assert (site / name).read_text() == f"<p>a</p>{downloads.EMPTY}<p>b</p>"


def test_what_is_there_is_offered_from_both_places(site):
    (site / downloads.FOLDER / downloads.PDF).write_bytes(b"x" * 2_340_000)
    downloads.offer(site)
    downloads.offer(site)  # once more changes nothing
    root, inner = ((site / name).read_text() for name in downloads.FIRST)
    assert root.count('href="downloads/ssd-number-by-number.pdf"') == 1
    assert inner.count('href="../downloads/ssd-number-by-number.pdf"') == 1
    assert "2.3 MB" in root
    assert ".epub" not in root
    downloads.clear(site)
    downloads.offer(site)
    assert "ssd-number" not in (site / "index.html").read_text()


def test_a_page_without_a_place_is_named(site):
    (site / "index.html").write_text("<p>")
    with pytest.raises(ValueError, match=r"index\.html must hold <!-- downloads -->"):
        downloads.offer(site)
