"""Footnotes stand beside the words they belong to, not at the end of the page.

The chapters write them as Markdown does, ``[^name]``. On the page each note follows the
paragraph that first refers to it; where there is room the style sheet sets it in the
margin. Its number leads there, and the note's own number back.
"""

from docutils import nodes
from sphinx.application import Sphinx


def place(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Bring each footnote of a page to its paragraph."""
    blocks: dict[int, tuple[nodes.Element, list[nodes.footnote]]] = {}
    for note in list(doctree.findall(nodes.footnote)):
        if note["backrefs"]:
            reference = doctree.ids[note["backrefs"][0]]
            block = outermost(reference)
            blocks.setdefault(id(block), (block, []))[1].append(note)
    for block, notes in blocks.values():
        for note in notes:
            note.parent.remove(note)
        aside = nodes.container("", *notes, classes=["ssd-notes"])
        parent, index = block.parent, block.parent.index(block)
        parent.remove(block)
        parent.insert(index, nodes.container("", block, aside, classes=["ssd-noted"]))


def outermost(node: nodes.Node) -> nodes.Element:
    """The paragraph or the list of a section in which a reference stands."""
    block: nodes.Element = node.parent
    while not isinstance(block.parent, nodes.section | nodes.document):
        block = block.parent
    return block
