"""What the first page says about keeping: what was answered, and the book itself.

All of it is hidden until ``memory.js`` finds a use for it: the part about the way so far once
this browser has kept an answer, the line about another browser as long as it has kept none.
"""

from docutils import nodes
from sphinx.application import Sphinx

import downloads

FIRST = "book/intro"
ROAD = "the-road"  # the section that the part follows, if the first page has it
READING = "how-to-read"  # the section that the line ends
PART = """\
<section class="ssd-way-so-far" hidden aria-labelledby="your-way">
<h2 id="your-way">Your way so far</h2>
<p class="ssd-way-words"></p>
<div class="ssd-way-again"></div>
<p class="ssd-way-note">What you answer in the questions is kept in this browser and sent \
nowhere. A question that you miss comes back in a later chapter, and once more a day later. \
A file takes all of it to another browser.</p>
<p class="ssd-way-buttons"><button type="button" data-way="save">Save to a file</button>
<button type="button" data-way="load">Load a file</button>
<button type="button" data-way="forget">Forget everything</button></p>
<p class="ssd-way-said" role="status"></p>
</section>
"""
ELSEWHERE = """\
<div class="ssd-way-elsewhere" hidden><p><strong>Coming back?</strong> What you answer is kept \
in the browser you read in. If you began in another one and saved your answers there, \
<button type="button" data-way="load">load the file</button> and go on from there.</p>
<p class="ssd-way-said" role="status"></p></div>
"""


def offer(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put both into the first page: the part after its road, or at its end."""
    if docname != FIRST or app.builder.name != "html":
        return
    sections = list(doctree.findall(nodes.section))
    place = next((one for one in sections if ROAD in one["ids"]), sections[-1])
    part = nodes.raw("", downloads.EMPTY + PART, format="html")
    place.parent.insert(place.parent.index(place) + 1, part)
    for one in sections:
        if READING in one["ids"]:
            one.append(nodes.raw("", ELSEWHERE, format="html"))
