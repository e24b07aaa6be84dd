"""What a widget leaves in a notebook, and that Python holds the same numbers."""

import html
import json
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch
from PIL import Image
from traitlets import TraitError

from ssd_lib import widgets
from ssd_lib.assets import path
from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.data.toy import running_picture
from ssd_lib.data.toy.things import THINGS
from ssd_lib.default_boxes import default_boxes
from ssd_lib.model import ssd_tiny
from ssd_lib.widgets import (
    FeatureMapExplorer,
    HardNegativeLab,
    HeadWalk,
    IoUPlayground,
    LiveDetector,
    MatchingExplorer,
    NMSStepper,
    OffsetLab,
    Playground,
    PrecisionRecallExplorer,
    SelfCheck,
    TrainingReplay,
    base,
)
from ssd_lib.widgets.base import BookWidget
from ssd_lib.widgets.hard_negative_lab import ALL, invented_answers
from ssd_lib.widgets.head_walk import small_heads, small_maps
from ssd_lib.widgets.live_detector import described
from ssd_lib.widgets.live_scenes import FIRST, challenges
from ssd_lib.widgets.matching_explorer import TWO_MAPS
from ssd_lib.widgets.modules import ENGINE
from ssd_lib.widgets.playground import EXPERIMENTS, RECORD, USUAL, answer, results
from ssd_lib.widgets.precision_recall_explorer import ALL as POOLED
from ssd_lib.widgets.training_replay import replay

WIDGETS = [getattr(widgets, name) for name in widgets.__all__]
FOLDER = Path(base.__file__).parent
ROOT = Path(__file__).parents[1]


def made(widget):
    return SelfCheck("boxes") if widget is SelfCheck else widget()


def test_colab_gets_the_widget_alone_and_is_told_to_show_it(monkeypatch):
    colab = ModuleType("google.colab.output")
    enabled = []
    colab.enable_custom_widget_manager = lambda: enabled.append(True)
    colab._widgets = SimpleNamespace(_installed_url="https://colab.test/manager.js")
    monkeypatch.setitem(sys.modules, "google.colab.output", colab)
    data, metadata = IoUPlayground()._repr_mimebundle_()
    view = "application/vnd.jupyter.widget-view+json"
    assert sorted(data) == [view, "text/plain"]
    assert metadata[view]["colab"]["custom_widget_manager"]["url"].startswith("https://colab")
    assert enabled == [True]


def test_every_widget_module_is_listed_here():
    modules = {file.stem for file in FOLDER.glob("*.py")}
    assert {w.module for w in WIDGETS} == modules - {
        "__init__",
        "asking",
        "base",
        "live_scenes",
        "modules",
    }


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


def test_a_descent_starts_further_off_and_says_so():
    lab, descent = OffsetLab(), OffsetLab(lesson="descent")
    assert descent.prediction != lab.prediction
    assert (lab.caption()[:11], descent.caption()[:14]) == ("Arrows turn", "The prediction")
    off = [abs(float(row[1]) - float(row[2])) for row in descent.table()[1]]
    assert sum(one > 1 for one in off) == 3


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


def test_the_replays_caption_says_how_many_it_finds_in_the_end():
    replay = TrainingReplay()
    found = replay.right(len(replay.run["moments"]) - 1)
    there = sum(map(len, replay.run["objects"]))
    assert replay.right(0) == 0
    assert f"on the right {found} of the {there} objects" in replay.caption()


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


def test_the_live_detector_takes_a_readers_own_network_and_saves_the_shipped_one():
    torch.manual_seed(0)
    own = LiveDetector(ssd_tiny(3), ["background", "cell", "platelet"])
    shipped = LiveDetector()
    assert described(own.weights) == own.network
    assert own.network["classes"] == ["background", "cell", "platelet"]
    assert own.weights != shipped.weights
    assert "importScripts" not in own.engine
    assert "postMessage" in own.engine
    saved = own.figure()
    assert "cell" not in re.search(r'data-state="([^"]*)"', saved)[1]
    assert "runs the network that comes with the book" in saved
    assert "runs the network that comes with the book" not in shipped.figure()
    assert json.dumps(shipped.network) in html.unescape(saved)


def test_a_network_of_another_kind_and_too_few_names_are_refused():
    with pytest.raises(ValueError, match="classes must be 3 names, got 2"):
        LiveDetector(ssd_tiny(3), ["background", "cell"])


def test_the_live_detectors_scenes_are_of_the_toy_world_and_each_has_a_solution():
    scenes = [FIRST, *(one[key] for one in challenges() for key in ("scene", "solution"))]
    for scene in scenes:
        for thing in scene["things"]:
            assert thing["name"] in THINGS
            assert 0 <= thing["x"] <= 1
            assert 0 <= thing["y"] <= 1
            assert 0 <= thing["colour"] < len(THINGS[thing["name"]].palettes)
    assert all(one["scene"] != one["solution"] for one in challenges())


def test_the_live_detectors_figure_shows_a_still_with_words_for_it():
    figure = LiveDetector().figure()
    alt = re.search(r'<img class="ssd-still"[^>]* alt="([^"]*)"', figure)[1]
    assert alt == LiveDetector().picture_alt
    with Image.open(path("live_detector.webp")) as still:
        assert still.size == (800, 800)
    assert path("live_detector.webp").stat().st_size < 40_000


def test_each_question_of_the_playground_is_an_experiment_of_the_page():
    text = (ENGINE / "experiments.js").read_text(encoding="utf-8")
    there = re.findall(r'^  "([^"]+)":', text, re.MULTILINE)
    assert {USUAL, *(one.name for one in EXPERIMENTS)} <= set(there)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.name)
def test_no_question_of_the_playground_promises_what_did_not_happen(experiment):
    known = results()
    assert experiment.name in known, "record it: python tools/playground.py"
    one, other = known[experiment.name], known[experiment.beside]
    assert one.count == other.count == 5
    apart = one.spread + other.spread
    came = {
        "worse": one.mean < other.mean - apart,
        "better": one.mean > other.mean + apart,
        "close": abs(one.mean - other.mean) <= apart,
        "perfect": one.perfect is not None,
    }
    assert came[experiment.outcome]
    assert re.search(r"\d\.\d\d ± 0\.\d\d|step \d+", answer(experiment))


def test_the_knobs_of_the_playground_say_what_the_recorded_runs_came_to():
    record = json.loads(path(RECORD).read_text(encoding="utf-8"))["experiments"]
    words = re.sub(r'"\s*\+ "', "", (FOLDER / "playground_words.js").read_text(encoding="utf-8"))
    usual, augmented, focal = (
        f"{record[name]['map_mean']:.2f}" for name in (USUAL, "augmentation", "focal loss")
    )
    assert f"{augmented} instead of {usual} in five runs" in words
    assert f"it ended at {focal} in five runs, mining at {usual}" in words
    curves = [dict(run["curve"]) for run in record[USUAL]["runs"]]
    at = {step: sum(curve[step] for curve in curves) / len(curves) for step in (150, 200, 250)}
    said = f"{at[150]:.2f} at step 150, {at[200]:.2f} at 200 and {at[250]:.2f} at 250"
    assert said in words


def test_the_playgrounds_figure_shows_a_still_with_words_for_it():
    figure = Playground().figure()
    alt = re.search(r'<img class="ssd-still"[^>]* alt="([^"]*)"', figure)[1]
    assert "15 of 17 objects" in alt
    with Image.open(path("playground.webp")) as still:
        assert still.size == (792, 392)
    assert path("playground.webp").stat().st_size < 40_000


def test_the_playgrounds_figure_answers_every_question_without_javascript():
    head, rows = Playground().table()
    assert len(rows) == len(EXPERIMENTS) + 1
    assert all(re.fullmatch(r"\d\.\d\d ± \d\.\d\d", row[1]) for row in rows)
    assert head[1] == "mAP at the end"


def test_the_playground_brings_its_worker_to_jupyter_and_not_to_the_page():
    own = Playground(config={"mining": 0})
    assert "TRAIN_WASM" in own.trainer
    assert "TRAIN_WASM" not in own.figure()
    assert html.escape('"config": {"mining": 0}') in own.figure()
