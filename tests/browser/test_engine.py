"""The network in the page: loaded on demand, in a worker, newest image first."""

import hashlib
from pathlib import Path

import pytest
import torch

from ssd_lib.data import ToyScenes
from ssd_lib.model import load_weights
from ssd_lib.predict import detect_image
from ssd_lib.widgets.modules import module_source

PAGE = "book/boxes.html"
CLIENT = f"{module_source('engine/client')}\nexport {{ partsOf, startEngine }};"
START = """async ([client, forcePlain]) => {
    const url = URL.createObjectURL(new Blob([client], { type: "text/javascript" }));
    const { partsOf, startEngine } = await import(url);
    const steps = [];
    const parts = await partsOf({ get: () => "" }, (done, of) => steps.push([done, of]));
    window.engine = await startEngine({ ...parts, forcePlain });
    return [window.engine.kind, steps];
}"""


def scene(index=0):
    """An image as Python has it, and its bytes as a canvas gives them."""
    image, _ = ToyScenes(index + 1, seed=77)[index]  # [3, S, S]
    alpha = torch.full_like(image[:1], 255)
    return image, torch.cat([image, alpha]).permute(1, 2, 0).flatten().tolist()


def started(page, forced=False):
    return page.evaluate(START, [CLIENT, forced])


@pytest.mark.parametrize("kind", ["wasm", "plain"])
def test_it_finds_in_the_page_what_it_finds_in_python(watch, kind):
    watched = watch()
    page = watched.open(PAGE)
    assert started(page, kind == "plain") == [kind, [[0, 2], [1, 2], [2, 2]]]
    image, pixels = scene()
    kept = page.evaluate(
        """async (pixels) => {
            const image = Uint8ClampedArray.from(pixels);
            const { kept, maps, milliseconds, ...arrays } =
                await window.engine.run(image, { scoreThreshold: 0.4, wantMaps: true });
            if (image.length !== pixels.length) throw new Error("the image was taken away");
            const lengths = Object.values(arrays).filter(ArrayBuffer.isView)
                .map(({ length }) => length);
            return [kept, maps.map(({ channels, rows }) => [channels, rows]), lengths];
        }""",
        pixels,
    )
    found, maps, lengths = kept
    wanted = detect_image(
        load_weights("data/weights/toy_tiny.safetensors").model, image, score_threshold=0.4
    )
    assert [one["label"] for one in found] == wanted.labels.tolist()
    assert [one["score"] for one in found] == pytest.approx(wanted.scores.tolist(), abs=0.02)
    assert maps == [[48, 32], [96, 16], [128, 8], [128, 4], [128, 2]]
    assert lengths == [6136 * 4, 6136 * 9, 6136 * 9, 6136 * 4]
    assert watched.trouble == []


def test_only_the_newest_of_those_that_wait_is_looked_at(watch):
    page = watch().open(PAGE)
    started(page)
    _, pixels = scene()
    answered, wrong, after = page.evaluate(
        """async (pixels) => {
            const image = Uint8ClampedArray.from(pixels);
            const all = [1, 2, 3, 4, 5].map(() => window.engine.run(image));
            const answered = (await Promise.all(all)).map((result) => result !== null);
            const wrong = await window.engine.run(image.slice(4)).catch(({ message }) => message);
            const after = (await window.engine.run(image)).kept.length;
            return [answered, wrong, after];
        }""",
        pixels,
    )
    assert answered == [True, False, False, False, True]
    assert "must be 128 by 128 pixels of 4 bytes, got 65532 bytes" in wrong
    assert after > 0


def test_an_engine_that_was_stopped_answers_nothing(watch):
    page = watch().open(PAGE)
    started(page)
    answers = page.evaluate(
        """async () => {
            const image = new Uint8ClampedArray(128 * 128 * 4);
            const asked = [window.engine.run(image), window.engine.run(image)];
            window.engine.stop();
            return Promise.all([...asked, window.engine.run(image)]);
        }"""
    )
    assert answers == [None, None, None]


def test_a_network_of_another_kind_is_refused(watch):
    page = watch().open(PAGE)
    said = page.evaluate(
        """async (client) => {
            const url = URL.createObjectURL(new Blob([client], { type: "text/javascript" }));
            const { partsOf, startEngine } = await import(url);
            const parts = await partsOf({ get: () => "" });
            parts.network.format = "of tomorrow";
            return startEngine(parts).catch(({ message }) => message);
        }""",
        CLIENT,
    )
    assert said.endswith("must be ssd_lib page 1, got of tomorrow")


def test_the_weights_come_as_they_were_packed(watch):
    """From a host as they are; from file:// in a script, as base64."""
    watched = watch()
    page = watched.open(PAGE)
    names = []
    page.on("request", lambda request: names.append(request.url.rpartition("/")[2]))
    said = page.evaluate(
        """async () => {
            const bytes = await window.ssdBytes("toy_tiny");
            const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
            return [bytes.byteLength, [...digest]];
        }"""
    )
    packed = Path("data/weights/toy_tiny.packed").read_bytes()
    assert said == [len(packed), list(hashlib.sha256(packed).digest())]
    ending = "js" if watched.address.startswith("file:") else "packed"
    assert f"toy_tiny.{ending}" in names
    said = page.evaluate("window.ssdBytes('nothing').catch(({ message }) => message)")
    assert said == f"cannot load nothing.{ending}"


def test_a_file_that_is_not_there_is_asked_for_again(watch):
    page = watch().open(PAGE)
    said = page.evaluate(
        """async () => {
            const ask = () => window.ssdLoad("nothing").catch(({ message }) => message);
            const scripts = () => document.querySelectorAll("script[src$='nothing.js']").length;
            return [await ask(), await ask(), scripts()];
        }"""
    )
    assert said == ["cannot load nothing.js", "cannot load nothing.js", 0]


@pytest.mark.full
@pytest.mark.slow
def test_the_page_does_not_grow_over_500_images(watch):
    page = watch().open(PAGE)
    started(page)
    _, pixels = scene()
    page.evaluate("(pixels) => { window.image = Uint8ClampedArray.from(pixels); }", pixels)
    session = page.context.new_cdp_session(page)

    def used(runs):
        page.evaluate(
            """async (runs) => {
                for (let i = 0; i < runs; i += 1) await window.engine.run(window.image);
            }""",
            runs,
        )
        session.send("HeapProfiler.collectGarbage")
        return session.send("Runtime.getHeapUsage")

    before, after = used(20), used(500)
    assert after["usedSize"] - before["usedSize"] < 500_000
    assert after["backingStorageSize"] - before["backingStorageSize"] < 2_000_000
