"""How the book sounds: words that came from another language stay away, none comes twice."""

import re
from collections import defaultdict

import nbformat
import prose
import pytest

ROOT = prose.BOOK.parent
PAGES = sorted([*prose.BOOK.glob("*.ipynb"), *prose.BOOK.glob("*.md")])
QUESTIONS = sorted((ROOT / "ssd_lib/widgets/questions").glob("*.toml"))
QUOTES = {"errata"}  # says what once stood in the book, in those words
LIVE = {"intro", "playground"}  # open with a figure and say what to do with it
DEEDS = {"press", "drag", "click", "tap", "hover"}
LONG = 12  # words of a sentence that may stand in one page alone

# What stood in the first edition, as no one would say it.
ONCE = r"""
who understands ssd to the last
schools of answers
once looked up, you remember
tells you which idea leads to it|answers a wrong answer with the idea
half a hundredth
windows are put into one another
for each channel apart
from the top down.{0,40}which so gets
so far apart are
as wide as high in fractions
one click too few
behind each other
(?:thinned|thinning) out
it makes .{0,20} numbers of a
has to be waited for
at the edge,? values are looked at
on the same scenes in larger
are others than those
is so drawn less often
the difference to
by the paper's word
not looked at any more
stands in a function of its own
for the machine that this book is tested on
saw's teeth
it need not be right as often
brought to the disk
can be compared with itself alone
made one expect
which this book does not follow, are another thing
^then it grew\.
""".strip().splitlines()

# And the kinds of it.
HABITS = {
    "so, for: in this way": r"\b(?:is|are|was|were|be|which|that) so (?:\w+(?:ed|en|own|wn)|gets?)\b",
    "apart, for: separately": r"\bfor (?:each|every) \w+ apart\b",
    "other than": r"\b(?:is|are) others? than (?:those|that)\b",
    "by the word of": r"\bby (?:the|its) \w+'s word\b",
    "as wide as high": r"(?<!twice )(?<!times )\bas (?:wide as high|high as wide)\b",
    "is no, for: is not a": r"\b(?:is|are) no (?:square|variances|circle)s? (?:in|of)\b",
    "pictures a second": r"\bpictures (?:a|per) second\b",
    "picture, for: image": r"\b(?:(?:training|test|whole|input) pictures?|picture at a time)\b",
    "half a, of a hundredth": r"\bhalf a (?:hundredth|thousandth)\b",
    "stock: the page grades": r"\bthe page grades\b",
}


def text_of(page):
    """What a reader reads on a page."""
    if page.suffix == ".md":
        text = page.read_text(encoding="utf-8")
    else:
        cells = nbformat.read(page, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return plain(text)


def plain(text):
    """A text's words, without code, mathematics, addresses and marks."""
    text = re.sub(r"^You are here: .*|(?s:^## References.*?)(?=^## |\Z)", "", text, flags=re.M)
    text = re.sub(r"(?s)```\w*\n.*?```|\$\$.*?\$\$", "\n\n", text.replace("```{glossary}", ""))
    text = re.sub(r"`[^`\n]*`|\$[^$\n]+\$", "X", text)
    text = re.sub(r"\[([^]]*)\]\([^)\s]*\)", r"\1", text)  # links: their words alone
    text = re.sub(r"\{\w+\}|<[^>]*>|^\([\w-]+\)=$", "", text, flags=re.MULTILINE)
    return text.translate(str.maketrans("\u2019\u201c\u201d", '\'""', "*"))


def paragraphs(text):
    """Its paragraphs, points of lists and lines of tables, each in one line."""
    for part in re.split(r"\n\s*\n|\n(?=\s*(?:[-|#>]|\d+\. ))", text):
        if line := " ".join(part.split()):
            yield line


def sentences(text):
    """Its sentences, as the words in them."""
    for line in paragraphs(text):
        for sentence in re.split(r"(?<=[.!?])[\"')]*\s+(?=[\"'(A-Z])", line):
            yield " ".join(re.findall(r"\w[\w'-]*", sentence.lower()))


def strange(text):
    """What in a text was not said by a native writer."""
    for line in paragraphs(text):
        for name, pattern in [*((once, once) for once in ONCE), *HABITS.items()]:
            if found := re.search(pattern, line, re.IGNORECASE):
                yield f"{name}: {line[max(0, found.start() - 40) : found.end() + 40]}"


def repeated(texts):
    """Long sentences that stand in more than one text, each with the texts' names."""
    where = defaultdict(set)
    for name, text in texts.items():
        for sentence in sentences(text):
            if len(sentence.split()) > LONG:
                where[sentence].add(name)
    return {sentence: sorted(names) for sentence, names in where.items() if len(names) > 1}


@pytest.mark.parametrize("page", [p for p in PAGES if p.stem not in QUOTES], ids=lambda p: p.stem)
def test_no_page_falls_back_into_what_it_sounded_like(page):
    assert list(strange(text_of(page))) == []


@pytest.mark.parametrize("questions", QUESTIONS, ids=lambda path: path.stem)
def test_no_question_sounds_like_it_either(questions):
    assert list(strange(plain(questions.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.stem not in LIVE], ids=lambda p: p.stem)
def test_no_sentence_asks_for_what_a_printed_page_cannot_do(page):
    said = [sentence for sentence in sentences(text_of(page)) if sentence]
    assert [sentence for sentence in said if sentence.split()[0] in DEEDS] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_sentence_stands_in_two_pages(page):
    texts = {other.stem: text_of(other) for other in PAGES}
    assert {s: names for s, names in repeated(texts).items() if page.stem in names} == {}


@pytest.mark.parametrize(
    "text",
    [
        "A strict option, which seldom succeeds, is so drawn less often.",
        "The small bird fills half a hundredth.",
        "All rows are put\nbehind each other.",
        "Learned from there, for each channel apart.",
        "It is **the difference to** others.",
    ],
)
def test_what_sounds_strange_is_found(text):
    assert list(strange(plain(text))) != []


@pytest.mark.parametrize(
    "text",
    ["So the box moves.", "It is so small.", "They stand a cell apart.", "It is no longer there."],
)
def test_what_anyone_says_is_not(text):
    assert list(strange(plain(text))) == []


def test_a_long_sentence_of_two_pages_is_found_though_set_otherwise():
    words = "a cat sat on a mat and the dog lay down by its side"
    first = f"One.\n\n- {words.capitalize()}. Two."
    second = words.replace(" cat", " **cat**").replace(" mat ", "\nmat ").capitalize() + "!"
    assert repeated({"one": first, "two": plain(second)}) == {words: ["one", "two"]}
    assert repeated({"one": "It sat.", "two": "It sat."}) == {}
