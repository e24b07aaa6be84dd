"""The built site: links lead somewhere, terms are linked, no text holds a script."""

import itertools
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build/html"
EXTERNAL = ROOT / "tests/external_links.txt"


class Links(HTMLParser):
    """The ids of a page and what it points to."""

    def __init__(self):
        super().__init__()
        self.ids, self.targets = set(), set()

    def handle_starttag(self, _tag, attrs):
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(given["id"])
        for name in ("href", "src"):
            if given.get(name):
                self.targets.add(given[name])


@cache
def links(page):
    parser = Links()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


@pytest.fixture(scope="module")
def pages():
    found = sorted(HTML.rglob("*.html"))
    assert found, "build the book first: make book"
    return [page for page in found if "_static" not in page.parts]


class Code(HTMLParser):
    """What a page's text holds of code that a browser would run."""

    DATA = ("application/json", "application/ld+json")

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") not in self.DATA:
            self.found.append(self.get_starttag_text())
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().startswith("javascript:"):
                self.found.append(f"{name}={value}")


def test_no_page_has_code_in_its_text(pages):
    found = {page.name: Code(page).found for page in [*pages, HTML / "index.html"]}
    assert {name: code for name, code in found.items() if code} == {}


def test_code_in_a_text_would_be_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<script>a</script><script src="a.js"></script><script type="module">b</script>'
        '<script type="application/json">{}</script><b ONCLICK="c()" data-onclick="d">'
        '<a href=" javascript:e()">'
    )
    assert Code(page).found == [
        "<script>",
        '<script type="module">',
        "onclick=c()",
        "href= javascript:e()",
    ]


@cache
def experiments():
    """What the playground's address may say in words, as "no-hard-negatives"."""
    record = json.loads((ROOT / "data/runs/playground.json").read_text())
    return {name.replace(" ", "-") for name in record["experiments"]}


def broken(page):
    for target in sorted(links(page).targets):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or target.startswith("#top"):
            continue
        file = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
        if not file.exists():
            yield f"{page.name}: {target}"
        elif (
            parts.fragment
            and file.suffix == ".html"
            and unquote(parts.fragment) not in links(file).ids
            and not (file.name == "playground.html" and parts.fragment in experiments())
        ):
            yield f"{page.name}: {target} has no such place"


def test_no_internal_link_is_broken(pages):
    assert [line for page in pages for line in broken(page)] == []


def test_a_broken_link_would_be_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<a id="here" href="#here">a</a> <a href="gone.html">b</a> <a href="#gone">c</a>'
    )
    assert [line.split(": ")[1] for line in broken(page)] == [
        "#gone has no such place",
        "gone.html",
    ]


def test_every_external_link_is_listed(pages):
    lines = EXTERNAL.read_text().splitlines()
    listed = {line.split()[0] for line in lines if not line.startswith("#")}
    used = {
        target
        for page in pages
        for target in links(page).targets
        if urlsplit(target).scheme in ("http", "https")
    }
    assert used == listed


def test_every_glossary_term_is_linked_from_a_page(pages):
    terms = {i for i in links(HTML / "book/glossary.html").ids if i.startswith("term-")}
    linked = {
        urlsplit(target).fragment
        for page in pages
        if page.name not in ("glossary.html", "genindex.html")
        for target in links(page).targets
        if "glossary.html#term-" in target
    }
    assert len(terms) > 40
    asked_for = {"Caffe", "COCO", "VOC", "greedy", "extra-box", "Jaccard-overlap", "softmax"}
    assert terms >= {f"term-{word}" for word in asked_for | {"stride", "padding"}}
    assert {unquote(term) for term in linked} == terms


def test_every_work_of_the_bibliography_is_cited_by_a_page(pages):
    works = re.findall(r"(?m)^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text())
    linked = {
        urlsplit(target).fragment
        for page in pages
        for target in links(page).targets
        if "bibliography.html#" in target
    }
    assert set(works) <= links(HTML / "book/bibliography.html").ids
    assert sorted(set(works) - linked) == []


def test_every_question_is_answered_with_a_link():
    text = (ROOT / "book/faq.md").read_text(encoding="utf-8")
    notes, others = text.split("## From other sources")
    others, own = others.split("## Before you start your own")
    answers = [re.split(r"(?m)^### .*$", part)[1:] for part in (notes, others, own)]
    assert [len(part) for part in answers] == [13, 15, 8]
    for answer in itertools.chain(*answers):
        assert re.search(r"\]\((\w+\.(ipynb|md))", answer), answer


@pytest.mark.parametrize(
    "name",
    [
        "boxes.box_iou",
        "default_boxes.DefaultBoxLayout",
        "default_boxes.linear_scales",
        "offsets.encode",
        "matching.match",
        "targets.encode_targets",
        "loss.multibox_loss",
        "predict.detect",
        "evaluate.curve.average_precision",
        "augment.patches.PatchSampling",
        "data.toy.scenes.ToyScenes",
        "model.ssd.SSD.forward",
        "model.weights.save_weights",
        "train.loop.fit",
        "train.checkpoint.load_checkpoint",
    ],
)
@pytest.mark.usefixtures("pages")
def test_the_reference_has(name):
    pages = [links(HTML / f"book/{stem}.html") for stem in ("api", "api_data", "api_training")]
    assert [page for page in pages if f"ssd_lib.{name}" in page.ids]


@pytest.mark.usefixtures("pages")
def test_the_reference_sets_its_formulas():
    page = (HTML / "book/api.html").read_text(encoding="utf-8")
    assert page.count('class="katex"') > 10
    assert "katex-error" not in page


TERM = re.compile(r'<a class="[^"]*ssd-term[^"]*" href="([^"]+)">')


def test_a_page_links_a_term_once_and_not_a_word_that_means_something_else(pages):
    links_in_all = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        targets = TERM.findall(text)
        assert len(targets) == len(set(targets)), page.name
        assert not re.search(r"(half|check|next) <a class=\"[^\"]*ssd-term", text)
        assert not re.search(r"(that|object) <a class=\"[^\"]*ssd-term[^>]*>detection<", text)
        links_in_all += len(targets)
    assert links_in_all > 100
