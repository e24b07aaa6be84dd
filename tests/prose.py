"""Which numbers a text claims, and which its cells produce.

A claim is a decimal, a percentage or a whole number from 10 up that stands in the prose:
not in code, not in a name (``conv4_3``, SSD300, Table 7), not a year. It is kept by a
number of its section's cells (in their code or in what they print) that rounds to it, or
by a citation in its paragraph. Sections without cells sum the chapter up, and are held
against all of it. What asks the reader something claims nothing: the question at the
top, what to predict before playing, exercises (whose solutions are asserted).
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

BOOK = Path(__file__).parents[1] / "book"
NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:[,   ]\d{3})+|\d+)(\.\d+)?(?![\w])(\s*%)?")
CODE = re.compile(r"```.*?```|`[^`\n]*`|^\([\w-]+\)=$", re.DOTALL | re.MULTILINE)
ASKS = re.compile(r"\*\*A question first|You will .* minutes$")  # a reader, or of their time
QUESTIONS = {"Play", "Play with it", "Exercises", "Check yourself"}
SPACES = re.compile(r"\\[,;!: ]")
LINK = re.compile(r"\]\([^)]*\)")
NAMES = re.compile(
    r"(?:sections?|Tables?|Figures?|Eq\.|equations?|Equations?|issues?|exercises?|steps? "
    r"(?=\d+ of)|VOC|COCO|Python|chapters?)\s+\d[\d.]*(?:(?:, | and | to |-)\d[\d.]*)*"
    r"|\b(?:19|20)\d\d(?:\s*(?:and|to|\+)\s*\d{2,4})?\b"
    r"|\b[A-Za-z_]+\d[\w.-]*|\b\d+[a-zA-Z_]\w*|^\*\*\d+\.",
    re.MULTILINE,
)
CITES = re.compile(
    r"(?:section|Table|Figure|Eq\.|equation|Tables|sections)\s+\d|\]\(https?://"
    r"|\{cite"
)


class Claim(NamedTuple):
    """A number in a text."""

    text: str  # as it stands there
    value: float
    digits: int  # behind the point
    percent: bool
    where: str  # its paragraph


def numbers(text):
    """All numbers of a code or an output, with their signs left off."""
    text = re.sub(r"(?<=\d)[_,](?=\d{3})", "", text)
    found = re.findall(r"(?<![\w.])\d+\.?\d*(?:e-?\d+)?|(?<!\w)\.\d+", text)
    return {float(x) for x in found}


def claims(text):
    """The claims of a text, paragraph by paragraph, but for those with a citation."""
    for paragraph in re.split(r"\n\s*\n", CODE.sub(" ", text)):
        if CITES.search(paragraph) or ASKS.match(paragraph.strip()):
            continue
        plain = NAMES.sub(" ", SPACES.sub(" ", LINK.sub("]", paragraph)))
        plain = plain.replace("{,}", ",").replace(r"\%", "%")
        for whole, behind, percent in NUMBER.findall(plain):
            value = float(re.sub(r"\D", "", whole) + behind)
            if behind or percent or value >= 10:
                yield Claim(
                    f"{whole}{behind}{percent}",
                    value,
                    max(len(behind) - 1, 0),
                    bool(percent),
                    paragraph.strip(),
                )


def kept(claim, produced):
    """Whether a produced number rounds to the claimed one."""
    half = 0.5 * 10**-claim.digits + 1e-9
    scales = (1, 100) if claim.percent else (1,)
    return any(abs(scale * number - claim.value) <= half for number in produced for scale in scales)


def source(cell):
    return "".join(cell["source"])


def printed(cell):
    """What a cell shows as text: not a widget's state, which holds all numbers."""
    for output in cell["outputs"]:
        yield "".join(output.get("text", ""))
        data = output.get("data", {})
        yield "".join(data.get("text/plain", ""))
        yield "".join(data.get("text/markdown", ""))


def sections(path):
    """Heading, text and produced numbers of each section of a chapter."""
    parts = [["the beginning", [], set(), False]]
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = source(cell)
        if cell["cell_type"] == "markdown":
            for piece in re.split(r"(?m)^(?=## )", text):
                if heading := re.match(r"## (.*)", piece):
                    parts.append([heading[1], [], set(), False])
                parts[-1][1].append(piece)
        else:
            shown = " ".join(printed(cell))
            parts[-1][2] |= numbers(text) | numbers(shown)
            parts[-1][3] |= cell["id"] not in ("imports", "recap", "self-check")
    everything = set().union(*(part[2] for part in parts))
    for heading, texts, produced, has_cells in parts:
        yield heading, "\n\n".join(texts), produced if has_cells else everything


def unkept(path):
    """The claims of a chapter that nothing keeps, each with its section."""
    for heading, text, produced in sections(path):
        if heading not in QUESTIONS:
            for claim in claims(text):
                if not kept(claim, produced):
                    yield heading, claim


def produced_by(*chapters):
    """All numbers that some chapters' cells produce."""
    return set().union(
        *(numbers for stem in chapters for _, _, numbers in sections(BOOK / f"{stem}.ipynb"))
    )
