"""What a widget leaves in a notebook, and that Python holds the same numbers."""

import html
import json
import re
from pathlib import Path

import pytest
import torch
from traitlets import TraitError

from ssd_lib.boxes import box_iou
from ssd_lib.widgets import base
from ssd_lib.widgets.base import BookWidget
from ssd_lib.widgets.default_box_explorer import DefaultBoxExplorer
from ssd_lib.widgets.iou_playground import IoUPlayground

WIDGETS = [DefaultBoxExplorer, IoUPlayground]
FOLDER = Path(base.__file__).parent


def test_every_widget_module_is_listed_here():
    modules = {file.stem for file in FOLDER.glob("*.py")} - {"__init__", "base"}
    assert {widget.module for widget in WIDGETS} == modules


@pytest.mark.parametrize("widget", WIDGETS)
def test_the_figure_holds_the_state_a_caption_and_a_table(widget):
    figure = widget().figure()
    state = json.loads(html.unescape(re.search(r'data-state="([^"]*)"', figure)[1]))
    assert set(state) == {"picture", "picture_alt", *widget.page_state}
    assert f'data-widget="{widget.module}"' in figure
    assert "<figcaption>" in figure
    assert figure.count("<tr>") > 2


@pytest.mark.parametrize("widget", WIDGETS)
def test_two_widgets_leave_the_same_bytes(widget):
    assert widget().figure() == widget().figure()
    assert repr(widget()) == repr(widget()) == f"{widget.__name__}()"


@pytest.mark.parametrize("widget", WIDGETS)
def test_a_notebook_gets_the_figure_besides_the_live_view(widget):
    data, _ = widget()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].startswith("<figure")


@pytest.mark.parametrize("widget", WIDGETS)
def test_the_javascript_is_small_enough(widget):
    assert (FOLDER / f"{widget.module}.js").stat().st_size <= 15_000


def test_text_in_a_figure_is_escaped():
    class Sharp(BookWidget):
        module = "iou_playground"
        page_state = ()

        def caption(self):
            return "a < b & c"

        def table(self):
            return ["<th>"], [["x > y"]]

    figure = Sharp(picture_alt='a "quoted" <b>').figure()
    assert "a &lt; b &amp; c" in figure
    assert "&lt;th&gt;" in figure
    assert "<b>" not in figure


def test_the_playground_reads_its_iou_from_ssd_lib():
    playground = IoUPlayground(box_a=[0, 0, 2, 2], box_b=[1, 0, 3, 2])
    assert playground.iou == pytest.approx(1 / 3)
    playground.box_b = [0, 0, 2, 2]
    assert playground.iou == 1


def test_the_fallback_table_has_the_iou_of_every_preset():
    playground = IoUPlayground()
    _, rows = playground.table()
    for (name, a, b), row in zip(playground.presets, rows, strict=True):
        iou = box_iou(torch.tensor([a]), torch.tensor([b])).item()
        assert row[0] == name
        assert row[3] == f"{iou:.3f}"
    assert {row[0] for row in rows} >= {"touching", "nested", "no area", "inverted"}


@pytest.mark.parametrize("box", [[0, 0, 1], [0] * 5, ["left", 0, 1, 1]])
def test_a_wrong_box_is_refused(box):
    with pytest.raises(TraitError, match="box_a"):
        IoUPlayground(box_a=box)
