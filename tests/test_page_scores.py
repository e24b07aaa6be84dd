"""How the marks that Lighthouse gives are judged, without a browser."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import page_scores  # noqa: E402

GOOD = dict.fromkeys(page_scores.KINDS, 100)


def said(performance, power=2000):
    """A report of a page that is good at everything else."""
    marks = {kind: {"score": mark / 100} for kind, mark in GOOD.items()}
    names = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
    return {
        "categories": marks | {"performance": {"score": performance / 100}},
        "environment": {"benchmarkIndex": power},
        "audits": {name: {"displayValue": "1 s"} for name in (*names, "cumulative-layout-shift")},
    }


@pytest.mark.parametrize(
    ("performances", "best"), [([95, 20], 95), ([70, 99, 20], 99), ([70, 80, 75], 80)]
)
def test_a_page_is_tried_until_it_is_good_and_its_best_counts(monkeypatch, performances, best):
    reports = iter([said(mark) for mark in performances])
    monkeypatch.setattr(page_scores, "report", lambda *_: next(reports))
    marks, is_judged, _ = page_scores.measured("address", "chromium")
    assert (marks["performance"], is_judged) == (best, True)


def test_a_slower_machine_is_slowed_down_less_and_a_slow_one_not_judged_by(monkeypatch):
    asked, powers = [], iter([1000, 3000, 400])

    def report(_address, _chromium, slowdown):
        asked.append(slowdown)
        return said(70 + len(asked), next(powers))

    monkeypatch.setattr(page_scores, "report", report)
    _, is_judged, _ = page_scores.measured("address", "chromium")
    assert asked == [4, 2, 4]
    assert not is_judged


def test_only_speed_is_forgiven_a_slow_machine():
    marks = GOOD | {"performance": 60, "seo": 90}
    assert page_scores.low(marks, is_judged=True) == {"performance": 60, "seo": 90}
    assert page_scores.low(marks, is_judged=False) == {"seo": 90}


def test_the_verdict_can_be_read_as_that_of_other_tests(tmp_path):
    cases = [("index", "", ""), ("book/train", "failure", "{'seo': 90}"), ("a", "skipped", "none")]
    page_scores.write(tmp_path / "results.xml", cases)
    found = ElementTree.parse(tmp_path / "results.xml").iter("testcase")
    assert [[part.tag for part in case] for case in found] == [[], ["failure"], ["skipped"]]
