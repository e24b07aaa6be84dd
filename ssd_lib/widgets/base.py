"""What all widgets share: one JavaScript file each, and a page without a kernel.

A widget ``name`` is a class in ``name.py`` and an ES module ``name.js`` in
anywidget's form, which ``modules.py`` joins with what it imports. In Jupyter the
class runs it; in the built book the page's own loader does, from the ``<figure>``
that a widget leaves in the notebook. The same figure holds a table for readers
without JavaScript.
"""

import base64
import html
import json
import sys
from typing import Any, ClassVar

import anywidget
import traitlets
from torch import Tensor

from ssd_lib.assets import path
from ssd_lib.widgets.modules import FOLDER, module_sheet, module_source

SHEETS = (FOLDER.parent / "figures" / "tokens.css", FOLDER / "widgets.css")
SHARED = "\n".join(sheet.read_text(encoding="utf-8") for sheet in SHEETS)


def sheet_of(module: str) -> str:
    """The style sheet of a widget that stands alone, with no page around it."""
    return f"{SHARED}\n{module_sheet(module)}"


def as_url(image: str) -> str:
    """A shipped WebP as a URL that holds it; the built page has it as a file."""
    data = base64.b64encode(path(image).read_bytes()).decode()
    return f"data:image/webp;base64,{data}"


def rounded(boxes: Tensor) -> list[list[float]]:
    """Boxes in fractions as the page reads them, to four digits."""
    return [[round(edge, 4) for edge in box] for box in boxes.tolist()]


def box_trait(what: str) -> traitlets.List[float]:
    """A trait that holds the box of something, xyxy in fractions."""
    edges = traitlets.List(
        traitlets.CFloat(), minlen=4, maxlen=4, help=f"xyxy of {what}, in fractions"
    )
    return edges.tag(sync=True)


class BookWidget(anywidget.AnyWidget):
    """A widget of this book; a subclass says what is in it.

    Attributes:
        module: stem of the widget's JavaScript file.
        page_state: names of the traits that the page starts with.
    """

    module: ClassVar[str]
    page_state: ClassVar[tuple[str, ...]]

    picture = traitlets.Unicode("running_picture.webp").tag(sync=True)
    picture_alt = traitlets.Unicode(
        "The running picture: a dog, a cat, a ball, a car, two birds and a kite."
    ).tag(sync=True)
    picture_url = traitlets.Unicode().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401
        """Join the scripts and the sheets before anywidget looks at them."""
        if "module" in vars(cls):  # traitlets subclasses the class once more
            cls._esm = module_source(cls.module)
            cls._css = sheet_of(cls.module)
        super().__init_subclass__(**kwargs)

    @traitlets.default("picture_url")
    def _picture_as_url(self) -> str:
        return as_url(self.picture)

    def caption(self) -> str:
        """One or two sentences under the figure."""
        raise NotImplementedError

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Head and rows of what a reader without JavaScript sees."""
        raise NotImplementedError

    def still(self) -> str:
        """HTML of a picture above that table; most widgets have none."""
        return ""

    def __repr__(self) -> str:
        """The class alone: a repr with an address would differ from run to run."""
        return f"{type(self).__name__}()"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict] | None:  # noqa: ANN401
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None or "google.colab.output" in sys.modules:
            return bundle  # which of two forms Colab takes, it does not say: it gets one
        data, metadata = bundle
        return {**data, "text/html": self.figure()}, metadata

    def figure(self) -> str:
        """The widget as HTML that means something without any script."""
        names = ("picture", "picture_alt", *self.page_state)
        state = json.dumps({name: getattr(self, name) for name in names})
        head, rows = self.table()
        lines = [_row("th", head, ' scope="col"'), *(_row("td", row) for row in rows)]
        return "\n".join(
            [
                f'<figure class="ssd-widget" data-widget="{self.module}" '
                f'data-state="{html.escape(state)}">',
                f'<div class="ssd-fallback">{self.still()}<table>',
                *lines,
                "</table></div>",
                f"<figcaption>{html.escape(self.caption())}</figcaption>",
                "</figure>",
            ]
        )


def _row(tag: str, texts: list[str], attributes: str = "") -> str:
    cells = (f"<{tag}{attributes}>{html.escape(text)}</{tag}>" for text in texts)
    return f"<tr>{''.join(cells)}</tr>"
