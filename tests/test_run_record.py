"""Records of runs: strict JSON in one of two layouts, which those that ship have, too."""

import json
import math

import pytest

from ssd_lib.assets import path
from ssd_lib.run_record import write_record

DATA = path("activations.json").parent
SHIPPED = [*DATA.glob("runs/*.json"), *DATA.glob("weights/*.json"), DATA / "activations.json"]


def written(folder, record, row_key=None):
    write_record(folder / "record.json", record, row_key)
    return (folder / "record.json").read_bytes()


def test_every_shipped_record_is_written_again_as_the_same_bytes(tmp_path):
    assert len(SHIPPED) > 8
    for file in SHIPPED:
        record = json.loads(file.read_text(encoding="utf-8"))
        layouts = [written(tmp_path, record, row_key) for row_key in (None, "name", "step")]
        assert file.read_bytes() in layouts, file


@pytest.mark.parametrize("row_key", [None, "name"])
def test_what_json_has_no_number_for_is_null(tmp_path, row_key):
    rows = ({"name": "a", "ap": math.nan}, {"name": "b", "ap": -math.inf})
    read = json.loads(written(tmp_path, {"rows": rows, "map": math.inf, "seed": 0}, row_key))
    assert read["rows"] == [{"name": "a", "ap": None}, {"name": "b", "ap": None}]
    assert (read["map"], read["seed"]) == (None, 0)


def test_a_row_has_a_line_and_a_text_that_looks_like_one_does_not(tmp_path):
    rows = [{"name": '{"name": 1}', "x": {"name_of": 1}}, {"name": "b", "x": [1, 2]}]
    text = written(tmp_path, {"rows": rows}, "name").decode()
    assert json.loads(text) == {"rows": rows}
    assert len(text.splitlines()) == 1 + len(rows)


def test_missing_folders_are_made_and_an_old_record_stays_if_the_new_one_fails(tmp_path):
    file = tmp_path / "some/folder/record.json"
    write_record(file, {"seed": 1})
    with pytest.raises(TypeError):
        write_record(file, {"seed": object()})
    assert json.loads(file.read_text()) == {"seed": 1}
    assert [one.name for one in file.parent.iterdir()] == ["record.json"]
