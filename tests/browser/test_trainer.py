"""A training run in a worker of the page: it does what it is told, and ends when it is told."""

import base64
import re
import zlib

import pytest

from ssd_lib.widgets.modules import module_source, trainer_source

PAGE = "book/boxes.html"
CLIENT = f"{module_source('engine/trainer')}\nexport {{ startTrainer }};"
CONFIG = {"imageSize": 48, "batchSize": 4, "steps": 12, "evaluateEvery": 5}
START = """async ([client, source, config]) => {
    const url = URL.createObjectURL(new Blob([client], { type: "text/javascript" }));
    const { startTrainer } = await import(url);
    window.heard = { steps: [], evaluations: [], done: [], errors: [] };
    window.ended = new Promise((resolve) => { window.end = resolve; });
    window.trainer = await startTrainer({
        source, config,
        onStep: (report) => window.heard.steps.push(report),
        onEvaluation: (report) => window.heard.evaluations.push(report),
        onDone: (end) => { window.heard.done.push(end); window.end(); },
        onError: (error) => window.heard.errors.push(error.message),
    });
    return [window.trainer.boxes, window.trainer.parameters];
}"""

# Playwright's own waiting reads its condition anew each time, which the policy forbids.
MORE_THAN = """(count) => new Promise((resolve) => {
    const look = () => (window.heard.steps.length > count ? resolve() : setTimeout(look, 20));
    look();
})"""


@pytest.fixture
def page(watch):
    watched = watch()
    page = watched.open(PAGE)
    yield page
    assert watched.trouble == []


def start(page, source=None, **config):
    return page.evaluate(START, [CLIENT, source or trainer_source(), CONFIG | config])


def steps(page):
    return page.evaluate("window.heard.steps.map(({ step }) => step)")


def test_a_run_goes_on_until_it_is_done(page):
    assert start(page) == [567, 82836]
    assert steps(page) == []  # nothing starts by itself
    page.evaluate("async () => { await window.trainer.run(); await window.ended; }")
    assert steps(page) == list(range(1, 13))
    evaluations = page.evaluate(
        """window.heard.evaluations.map(({ step, map, scenes }) =>
            [step, map >= 0, scenes.length, scenes.filter(({ rgba }) => rgba).length])"""
    )
    assert evaluations == [[step, True, 8, 8 * (step == 0)] for step in (0, 5, 10, 12)]
    assert page.evaluate("window.heard.done") == [{"step": 12, "diverged": False}]
    page.evaluate("async () => { await window.trainer.run(); await window.trainer.one(); }")
    assert len(steps(page)) == 12
    assert page.evaluate("window.trainer.weights().then(({ byteLength }) => byteLength)") > 330_000


def test_a_run_pauses_and_does_one_step(page):
    start(page, steps=1000, evaluateEvery=1000)
    page.evaluate("async () => { await window.trainer.one(); await window.trainer.one(); }")
    assert steps(page) == [1, 2]
    page.evaluate("window.trainer.run()")
    page.evaluate(MORE_THAN, 5)
    page.evaluate("window.trainer.pause()")
    count = len(steps(page))
    page.wait_for_timeout(300)
    assert len(steps(page)) == count
    page.evaluate("async () => { await window.trainer.run(); await window.trainer.one(); }")
    count = len(steps(page))
    page.wait_for_timeout(300)
    assert len(steps(page)) == count  # one step is a pause, too


def test_a_slow_run_waits_between_its_steps(page):
    start(page, steps=1000, evaluateEvery=1000)
    page.evaluate("async () => { await trainer.speed(1 / 600); await trainer.run(); }")
    page.evaluate(MORE_THAN, 0)
    page.wait_for_timeout(500)
    assert len(steps(page)) == 1  # the next comes after ten seconds
    page.evaluate(
        "async () => { await trainer.pause(); await trainer.speed('full'); await trainer.run(); }"
    )
    page.evaluate(MORE_THAN, 5)


def test_batches_and_scenes_are_shown_when_they_are_asked_for(page):
    start(page)
    page.evaluate("window.trainer.one()")
    assert page.evaluate("window.heard.steps[0].batch") is None
    page.evaluate("async () => { await trainer.look('batch', 2); await trainer.one(); }")
    page.evaluate("async () => { await trainer.one(); await trainer.look('batch', 0); }")
    batches = page.evaluate("window.heard.steps.map(({ batch }) => batch?.length ?? 0)")
    assert batches == [0, 0, 4]
    shown = page.evaluate(
        """window.heard.steps[2].batch.map(({ rgba, objects, positives, negatives }) =>
            [rgba.length, objects.length > 0, positives.length > 0,
             negatives.length === 3 * positives.length])"""
    )
    assert shown == [[48 * 48 * 4, True, True, True]] * 4
    scene = page.evaluate(
        """window.trainer.look("scene", 3).then(({ rgba, objects, detections }) =>
            [rgba.length, objects.length > 0, Array.isArray(detections)])"""
    )
    assert scene == [48 * 48 * 4, True, True]


def test_a_run_that_is_stopped_says_nothing_more(page):
    start(page, steps=1000)
    page.evaluate("window.trainer.run()")
    page.evaluate(MORE_THAN, 1)
    left = page.evaluate(
        """async () => {
            const asked = window.trainer.weights();
            window.trainer.stop();
            return [await asked, await window.trainer.look("scene", 0)];
        }"""
    )
    assert left == [None, None]
    count = len(steps(page))
    page.wait_for_timeout(300)
    assert len(steps(page)) == count
    assert page.evaluate("window.heard.errors") == []


def test_a_loss_that_is_no_number_ends_a_run(page):
    start(page, learningRate=100, weightDecay=10, schedule="constant", steps=1000)
    page.evaluate("async () => { await window.trainer.run(); await window.ended; }")
    [end] = page.evaluate("window.heard.done")
    assert end["diverged"]
    assert end["step"] == steps(page)[-1] < 1000


def test_a_browser_that_cannot_train_is_told_so_in_words(page):
    module = base64.b64encode(zlib.compress(b"\0asm\1\0\0\0\1\4\1\x60\0\1\x7b")).decode()
    broken = re.sub('TRAIN_WASM = "[^"]*"', f'TRAIN_WASM = "{module}"', trainer_source())
    error = page.evaluate(
        """([start, given]) => eval(start)(given).then(() => "none", ({ message }) => message)""",
        [START, [CLIENT, broken, CONFIG]],
    )
    assert "training needs SIMD in WebAssembly and DecompressionStream" in error
