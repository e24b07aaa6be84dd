"""The playground: an SSD that a reader trains in the page, from nothing."""

import functools
import json
from typing import ClassVar, NamedTuple

import traitlets

from ssd_lib.assets import path
from ssd_lib.widgets.base import BookWidget, as_url
from ssd_lib.widgets.modules import trainer_source

RECORD = "runs/playground.json"  # by tools/playground.py
USUAL = "the defaults"


class Experiment(NamedTuple):
    """A question that the playground answers by a run.

    Attributes:
        name: in ``engine/experiments.js``, which has its settings, and in the record.
        ask: before the run.
        watch: where to look meanwhile.
        outcome: "worse" or "better" than what it is compared with, by more than the seeds
            differ; "close" to it; or "perfect". A test holds it to the record.
        because: why it comes out so.
        beside: the experiment that it is compared with.
    """

    name: str
    ask: str
    watch: str
    outcome: str
    because: str
    beside: str = USUAL


EXPERIMENTS = (
    Experiment(
        "no hard negatives",
        "No negatives at all: what will it call background?",
        "Watch the wrong boxes, and how low the confidence loss falls meanwhile.",
        "worse",
        "Only boxes with an object were ever compared, so nothing taught it to say "
        "“background”. The loss is low because it counts none of those mistakes.",
    ),
    Experiment(
        "all negatives",
        "All negatives, without mining: does it drown in background?",
        "Watch the confidence loss at the beginning, and what the batch teaches.",
        "close",
        "It does not, here. The heads begin by calling nearly everything background, so the "
        "hundreds of easy negatives of an image cost next to nothing from the first step on. "
        "Mining matters most where they do not begin like that.",
    ),
    Experiment(
        "one map only",
        "The finest map only: what is lost?",
        "Watch the large objects, and look at the default boxes before you train.",
        "worse",
        "Its boxes are small and its cells see little. A large object matches none of them "
        "well, and gets only the one that is forced on it.",
    ),
    Experiment(
        "tiny objects",
        "Tiny objects: can training make up for boxes that do not fit?",
        "Look at the default boxes: how many match an object of this scene?",
        "worse",
        "The smallest default box is two to three times as wide as these objects, so each gets "
        "only the one box that is forced on it, and even that fits badly.",
    ),
    Experiment(
        "tiny objects, smaller boxes",
        "Tiny objects, and boxes that fit them: how much comes back?",
        "Look at the default boxes again, and compare the curve with that of tiny objects.",
        "better",
        "The objects are the same and so is the network: only the boxes have become smaller. "
        "What is left of the gap is that so few pixels are hard to tell apart.",
        "tiny objects",
    ),
    Experiment(
        "threshold 0.8",
        "An IoU threshold of 0.8 and nothing by force: are the best boxes enough?",
        "Watch the positives in “What the batch teaches”: most images have none.",
        "worse",
        "Hardly any default box reaches an IoU of 0.8. An object without one is taught as "
        "background, like everything around it.",
    ),
    Experiment(
        "variances of 1",
        "Variances of 1: does the size of the offsets matter?",
        "Watch how low the localization loss begins, and whether the boxes fit better for it.",
        "close",
        "A little worse, hardly by more than the seeds differ. The offsets to be learnt are five "
        "to ten times as small, and so is the pull of their loss; enough of it is left here. And "
        "the low loss means nothing: it is measured in other units.",
    ),
    Experiment(
        "learning rate too high",
        "A learning rate of 0.5: faster?",
        "Watch the losses while the rate climbs to its peak, a quarter of the way.",
        "worse",
        "Each step overshoots what the one before had reached, and 250 steps are too few to "
        "recover from that.",
    ),
    Experiment(
        "overfit one scene",
        "One scene, again and again: how soon is it perfect?",
        "Watch the only scene. If a detector cannot do this, something is broken.",
        "perfect",
        "It is the first test of any new detector. It says nothing about scenes that it has "
        "not seen.",
    ),
)


class Result(NamedTuple):
    """What the seeds of an experiment came to.

    Attributes:
        mean: of the mAP at the end.
        spread: its standard deviation from seed to seed.
        count: of the seeds.
        perfect: the step by which all of them had a mAP of 1, or None.
    """

    mean: float
    spread: float
    count: int
    perfect: int | None


@functools.cache
def results() -> dict[str, Result]:
    """The recorded result of each experiment by its name."""
    text = path(RECORD).read_text(encoding="utf-8")
    return {name: _result(one) for name, one in json.loads(text)["experiments"].items()}


def _result(one: dict) -> Result:
    perfect = [run["first_perfect_step"] for run in one["runs"]]
    last = None if None in perfect else max(perfect)
    return Result(one["map_mean"], one["map_spread"], len(perfect), last)


def answer(experiment: Experiment) -> str:
    """What happened in the recorded runs, and why.

    Args:
        experiment: one of ``EXPERIMENTS``.
    """
    known = results()
    one, other = known[experiment.name], known[experiment.beside]
    if experiment.outcome == "perfect":
        said = f"By step {one.perfect} in each of {one.count} recorded runs."
    else:
        with_what = "the defaults" if experiment.beside == USUAL else "boxes as before"
        said = (
            f"In {one.count} recorded runs the mAP ended at {_written(one)}; "
            f"with {with_what}, at {_written(other)}."
        )
    return f"{said} {experiment.because}"


class Playground(BookWidget):
    """An SSD of 83,000 weights that is trained in the page, and knobs for what the book explains.

    Traits:
        config: what is not as in the playground's defaults, by the names that
            ``engine/config.js`` gives: ``{"mining": 0, "steps": 100}``.
        experiments: questions; their settings are in ``engine/experiments.js``.
        trainer: the program of the worker that trains.
    """

    module: ClassVar[str] = "playground"
    page_state: ClassVar[tuple[str, ...]] = ("config", "experiments")

    picture = traitlets.Unicode().tag(sync=True)  # none: the page draws its scenes itself
    picture_alt = traitlets.Unicode().tag(sync=True)
    picture_url = traitlets.Unicode().tag(sync=True)
    config = traitlets.Dict().tag(sync=True)
    experiments = traitlets.List(traitlets.Dict()).tag(sync=True)
    trainer = traitlets.Unicode().tag(sync=True)

    @traitlets.default("experiments")
    def _questions(self) -> list[dict]:
        return [
            {"name": one.name, "ask": one.ask, "watch": one.watch, "answer": answer(one)}
            for one in EXPERIMENTS
        ]

    @traitlets.default("picture_url")
    def _picture_as_url(self) -> str:
        return ""

    @traitlets.default("trainer")
    def _program(self) -> str:
        return trainer_source()

    def still(self) -> str:
        """Eight scenes after a run, for pages without JavaScript, and on paper."""
        alt = (
            "Eight scenes of discs, squares and triangles after a run of 250 steps: 15 of 17 "
            "objects have a solid frame, which is right; two that were missed have a dotted one."
        )
        side = 'width="792" height="392"'
        return f'<img class="ssd-still" {side} alt="{alt}" src="{as_url("playground.webp")}">'

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "An SSD that learns in this page: 83,000 weights, 1008 default boxes, scenes drawn "
            "as it goes. Train it, change one thing, and train it again: the first curve stays."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """The recorded runs of the experiments."""
        known = results()
        rows = [["The defaults", _written(known[USUAL]), ""]]
        rows += [[one.ask, _written(known[one.name]), one.because] for one in EXPERIMENTS]
        return ["experiment", "mAP at the end", "why"], rows


def _written(result: Result) -> str:
    return f"{result.mean:.2f} ± {result.spread:.2f}"
