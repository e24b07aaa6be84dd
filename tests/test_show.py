"""What a chapter prints of the library is the source that runs, less docstrings."""

import inspect

import pytest

from ssd_lib.boxes import box_area
from ssd_lib.data.toy.drawing import Canvas
from ssd_lib.show import show_source


def test_the_source_is_shown_without_its_docstring():
    text = show_source(box_area).data
    body = text.removeprefix("```python\n").removesuffix("\n```")
    assert body.startswith("def box_area(boxes: Tensor) -> Tensor:\n    _check")
    assert '"""' not in body
    assert all(line in inspect.getsource(box_area) for line in body.splitlines())


def test_a_method_is_shown_from_the_left_edge():
    assert show_source(Canvas.read).data.splitlines()[1].startswith("def read(self)")


def test_a_function_without_docstring_is_shown_whole():
    def double(x):
        return 2 * x

    assert "return 2 * x" in show_source(double).data


def test_what_has_no_source_is_an_error():
    with pytest.raises(TypeError):
        show_source(3)
