"""The list of external links: dates are kept, and renewed where a host answers."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import external_links  # noqa: E402


def test_a_link_that_answers_gets_todays_date_and_another_keeps_its_own(server):
    folder, address = server
    (folder / "there.html").write_text("here I am")
    links = {f"{address}/there.html": "never", f"{address}/gone.html": "2020-01-02"}
    dates, silent = external_links.check(links, "2026-11-23")
    assert dates == {
        f"{address}/there.html": "2026-11-23",
        f"{address}/gone.html": "2020-01-02",
    }
    assert silent == [f"{address}/gone.html"]


def test_a_host_that_is_not_there_does_not_answer():
    assert not external_links.answers("http://127.0.0.1:9/nothing")


def test_the_list_is_read_as_it_was_written(tmp_path):
    links = {"https://b.org/#x": "never", "https://a.org": "2026-01-01"}
    external_links.write(links, tmp_path / "list.txt")
    assert external_links.known(tmp_path / "list.txt") == links
    assert external_links.known(tmp_path / "none.txt") == {}
