"""What a widget leaves in a notebook, and that Python holds the same numbers."""

import html
import json
import re
from pathlib import Path

import pytest
import torch
from PIL import Image
from traitlets import TraitError

from ssd_lib import widgets
from ssd_lib.assets import path
from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import default_boxes
from ssd_lib.widgets import (
    FeatureMapExplorer,
    HardNegativeLab,
    HeadWalk,
    IoUPlayground,
    MatchingExplorer,
    NMSStepper,
    OffsetLab,
    PrecisionRecallExplorer,
    SelfCheck,
    TrainingReplay,
    base,
)
from ssd_lib.widgets.base import BookWidget
from ssd_lib.widgets.hard_negative_lab import ALL, invented_answers
from ssd_lib.widgets.head_walk import small_heads, small_maps
from ssd_lib.widgets.matching_explorer import TWO_MAPS
from ssd_lib.widgets.precision_recall_explorer import ALL as POOLED
from ssd_lib.widgets.training_replay import replay

WIDGETS = [getattr(widgets, name) for name in widgets.__all__]
FOLDER = Path(base.__file__).parent
ROOT = Path(__file__).parents[1]


def made(widget):
    return SelfCheck("boxes") if widget is SelfCheck else widget()


def test_every_widget_module_is_listed_here():
    modules = {file.stem for file in FOLDER.glob("*.py")}
    assert {w.module for w in WIDGETS} == modules - {"__init__", "base", "modules"}


@pytest.mark.parametrize("widget", WIDGETS)
def test_the_figure_holds_the_state_a_caption_and_a_table(widget):
    figure = made(widget).figure()
    [state] = re.findall(r'data-state="([^"]*)"', figure)
    state = json.loads(html.unescape(state))
    assert set(state) == {"picture", "picture_alt", *widget.page_state}
    assert f'data-widget="{widget.module}"' in figure
    assert "<figcaption>" in figure
    assert figure.count("<tr>") > 2


@pytest.mark.parametrize("widget", WIDGETS)
def test_two_widgets_leave_the_same_bytes(widget):
    assert made(widget).figure() == made(widget).figure()
    assert repr(made(widget)) == repr(made(widget)) == f"{widget.__name__}()"


@pytest.mark.parametrize("widget", WIDGETS)
def test_a_notebook_gets_the_figure_besides_the_live_view(widget):
    data, _ = made(widget)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].startswith("<figure")


def test_the_javascript_is_small_enough():
    sizes = {w.module: (FOLDER / f"{w.module}.js").stat().st_size for w in WIDGETS}
    assert {module: size for module, size in sizes.items() if size > 15_000} == {}


SCRIPTS = sorted([*FOLDER.rglob("*.js"), *(ROOT / "book/_static").rglob("*.js")])
AS_HTML = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|document\.write|srcdoc"
    r"|createContextualFragment|DOMParser|\beval\(|new Function|javascript:"
)


def test_no_script_takes_text_for_html_or_for_code():
    found = {s.name: AS_HTML.findall(s.read_text(encoding="utf-8")) for s in SCRIPTS}
    assert {name: calls for name, calls in found.items() if calls} == {}


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


def test_the_explorer_knows_both_networks_by_their_layers():
    networks = FeatureMapExplorer().networks
    sizes = {
        name: [row["field"]["size_px"] for row in network["maps"]]
        for name, network in networks.items()
    }
    assert sizes["SSD300"] == [108, 452, 516, 644, 772, 900]
    assert len(sizes["ssd_tiny"]) == 5
    assert [row["name"] for row in networks["SSD300"]["maps"]][:2] == [
        "conv4_3",
        "conv7",
    ]


def test_the_explorer_begins_with_the_trained_network():
    explorer = FeatureMapExplorer()
    assert explorer.networks[explorer.network]["weights"] == "trained"
    assert list(explorer.networks) == ["ssd_tiny", "SSD300"]
    assert explorer.looked_at() == ("conv8", 5, 5)
    assert explorer.field_px() == (17, 17, 144, 144)


def test_python_and_the_page_take_the_last_map_and_cell_for_what_is_too_large():
    explorer = FeatureMapExplorer(feature_map=5, cell=[9, -1])
    assert explorer.looked_at() == ("conv10", 1, 0)
    explorer.network = "SSD300"
    assert explorer.looked_at() == ("conv11_2", 0, 0)
    assert explorer.field_px() == (-314, -314, 586, 586)


def covers(field, image):
    return field[0] <= 0 and field[1] <= 0 and field[2] >= image and field[3] >= image


def test_the_explorers_answers_are_true():
    one = FeatureMapExplorer()
    cat, first, shift, large = one.tries
    fields = {}  # of every cell of every map, xyxy
    for index, row in enumerate(one.networks["ssd_tiny"]["maps"]):
        places = [[y, x] for y in range(row["grid"]) for x in range(row["grid"])]
        fields[row["name"]] = [
            FeatureMapExplorer(feature_map=index, cell=place).field_px() for place in places
        ]
    whole = {name: sum(covers(field, 128) for field in some) for name, some in fields.items()}
    assert whole == {"conv4": 0, "conv6": 0, "conv8": 0, "conv9": 4, "conv10": 4}
    assert "conv9: the fields of its four middle cells, 191 × 191" in first["answer"]
    assert "127 pixels, and the image has 128" in first["answer"]

    scene = running_picture()
    x1, y1, x2, y2 = (128 * scene.fractions[scene.labels.index("cat")]).tolist()
    assert f"31 × 31 pixels, and the cat has {x2 - x1:.0f} × {y2 - y1:.0f}" in cat["answer"]
    one.feature_map = cat["feature_map"]
    one.cell = cat["cell"]
    left, top, right, bottom = one.field_px()
    assert x1 < (left + right) / 2 < x2
    assert y1 < (top + bottom) / 2 < y2
    assert "default box has 13, so" in cat["answer"]  # 8.96 times the root of 2

    left, _, right, _ = FeatureMapExplorer(feature_map=4, cell=[0, 0]).field_px()
    assert f"{32 - (left + right) / 2:g} pixels" in shift["answer"]
    assert "31.5 pixels" in shift["answer"]
    left, _, right, _ = FeatureMapExplorer(network="SSD300", feature_map=5).field_px()
    assert right - left == 900
    assert f"{100 * (1 - 300**2 / 900**2):.0f} % of it is padding" in large["answer"]
    for row in one.tries:
        state = {name: row[name] for name in ("network", "feature_map", "cell")}
        assert FeatureMapExplorer(**state).looked_at()[1:] == tuple(row["cell"])


def test_the_strips_lie_where_the_explorer_looks_for_them():
    with Image.open(path("activations.webp")) as sheet:
        width, height = sheet.size
        grey = torch.tensor(list(sheet.convert("L").tobytes())).reshape(height, width)
    bottom = 0
    for _, network in sorted(FeatureMapExplorer().networks.items()):
        for row in network["maps"]:
            assert row["strip"] == bottom
            assert len(set(row["shown"])) == 8
            assert max(row["shown"]) < row["channels"]
            bottom += row["grid"]
            strip = grey[row["strip"] : bottom]
            assert strip[:, : 8 * row["grid"]].max() == 255
            assert strip[:, 8 * row["grid"] :].sum() == 0
    assert bottom == height


def test_the_head_walk_has_the_numbers_of_real_heads():
    walk = HeadWalk()
    offsets, logits = small_heads()(small_maps())
    kernel, bias = torch.tensor(walk.weights[1][9]), walk.biases[1][9]
    padded = torch.nn.functional.pad(torch.tensor(walk.maps[1]), (1, 1, 1, 1))
    number = (padded[:, 1:4, 0:3] * kernel).sum() + bias  # row 1, column 0
    assert number == logits[0, 32 + (1 * 2 + 0) * 2, 1]
    assert offsets.shape == (1, 40, 4)
    _, rows = walk.table()
    assert [row[1] for row in rows] == ["12", "13"]


def test_the_small_numbers_vary_and_are_small():
    for x in (*small_maps(), *small_heads().parameters()):
        assert set(x.flatten().tolist()) <= {-1, 0, 1, 2}
        assert x.unique().numel() >= 2


def test_the_offset_lab_starts_off_the_dog_in_all_four_offsets():
    lab = OffsetLab()
    iou = box_iou(torch.tensor([lab.gt_box]), torch.tensor([lab.default_box]))
    assert 0.6 < iou < 0.7
    _, rows = lab.table()
    assert [row[0] for row in rows] == ["x", "y", "width", "height"]
    assert all(abs(float(answer) - float(target)) > 0.25 for _, answer, target, _ in rows)


def test_the_matching_explorer_begins_with_two_objects_that_want_one_box():
    explorer = MatchingExplorer()
    _, rows = explorer.table()
    assert rows == [
        ["cat", "2", "0"],
        ["dog", "0", "1"],
        ["dog again", "0", "2"],
        ["bird", "1", "0"],
        ["background", "253", "61"],
    ]
    corners = cxcywh_to_xyxy(default_boxes(TWO_MAPS))
    best = box_iou(torch.tensor(explorer.gt_boxes), corners).argmax(dim=1)
    assert best[1] == best[2] != best[0]
    assert TWO_MAPS.num_boxes == 320


def test_the_hard_negative_lab_mines_as_the_loss_does():
    lab = HardNegativeLab()
    margin, positive = invented_answers(torch.tensor(lab.gt_boxes))
    count = int(positive.sum())
    assert lab.count(3)["mined"] == 3 * count
    assert lab.count(0) | {"positive_loss": 0} == {
        "mined": 0,
        "positive_loss": 0,
        "negative_loss": 0,
        "share": 0,
    }
    assert lab.count(ALL)["mined"] == len(margin) - count
    worst = margin[~positive].sort().values[: 3 * count]
    loss = torch.nn.functional.softplus(-worst).sum().item()
    assert lab.count(3)["negative_loss"] == pytest.approx(loss)


def test_the_stepper_shows_what_thinning_out_all_classes_together_costs():
    stepper = NMSStepper()
    names = [stepper.candidates[k]["name"] for k in stepper.kept()]
    assert sorted(names) == sorted(["dog", "kite", "ball", "bird", "car", "cat", "cat", "boat"])
    assert len(stepper.kept(agnostic=True)) == 7
    second = [c["added"] and c["name"] == "dog" for c in stepper.candidates].index(True)
    assert second not in stepper.kept()
    stepper.iou_threshold = 0.7  # and now the second dog stays
    assert second in stepper.kept()


def test_the_explorers_list_of_all_holds_every_object():
    explorer = PrecisionRecallExplorer()
    _, rows = explorer.table()
    assert rows[0][:2] == [POOLED, "42"]
    assert sum(int(row[1]) for row in rows[1:]) == 42
    means = [float(row[3]) for row in rows[1:]]
    assert float(rows[0][3]) != pytest.approx(sum(means) / len(means))


def test_the_replay_is_small_and_of_one_run():
    player = TrainingReplay()
    assert len(player.figure()) < 300_000
    assert path("runs/replay.json").stat().st_size < 300_000
    record = replay()
    assert record["commit"]
    assert record["command"] == "python tools/replay.py"
    steps = [moment["step"] for moment in record["moments"]]
    assert steps == sorted(set(steps))
    assert steps[-1] == record["steps"]
    assert player.right(len(steps) - 1) > player.right(0) == 0
    for moment in record["moments"]:
        for scene in moment["scenes"]:
            assert len(set(scene["mined"])) == len(scene["mined"])
