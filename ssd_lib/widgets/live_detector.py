"""The live detector: the book's own network, run in the page on what the reader composes."""

import functools
import html
import json
from typing import Any, ClassVar

import traitlets

from ssd_lib.assets import path
from ssd_lib.model.packed import pack
from ssd_lib.model.ssd import SSD
from ssd_lib.widgets.base import BookWidget, as_url
from ssd_lib.widgets.live_scenes import FIRST, challenges
from ssd_lib.widgets.modules import worker_source

SHIPPED = "toy_tiny"  # of data/weights, which every page has
WHOLE = (
    "The network that you will build, at work in this page. Drag a thing, turn it, hide one "
    "behind another, and see what it loses. Or give it an image of yours: it has only ever seen "
    "drawings like these."
)
SUPPRESSED = (
    "From 6136 scored boxes to the few that you see. Lower the threshold and watch the candidates "
    "pile up; then see which of them non-maximum suppression drops, and for which box."
)
HEAT = (
    "What the heads say at every cell of every map, while you drag. Choose a class, and see on "
    "which map it is called for: the dog on a coarser one than the ball."
)
STAGES = {  # of the look inside, with the caption of a figure that opens it
    "image": WHOLE,
    "maps": "The trained network’s five maps while it looks. Choose a channel, then drag a thing "
    "over the scene and see whether the channel cares. The fine maps follow edges and colours; "
    "the coarse ones have fewer cells than the dog has paws.",
    "heads": HEAT,
    "boxes": HEAT,
    "threshold": SUPPRESSED,
    "nms": SUPPRESSED,
    "detections": WHOLE,
}


@functools.cache
def recorded() -> list[list[Any]]:
    """Name and score of each detection in the first scene, as the page's own engine gives it."""
    text = path("live_detector.json").read_text(encoding="utf-8")
    return json.loads(text)["detections"]


def described(packed: bytes) -> dict[str, Any]:
    """Class names and layout of a packed network."""
    length = int.from_bytes(packed[:8], "little")
    network = json.loads(packed[8 : 8 + length])
    return {name: network[name] for name in ("classes", "layout")}


class LiveDetector(BookWidget):
    """A scene to compose, or an image of one's own, and what a network detects in it.

    Args:
        model: a network with the features of ``ssd_tiny``; None is the one that the book
            ships. Its weights go to the browser over the trait ``weights`` and are not
            part of the figure that a saved notebook keeps: that one runs the shipped
            network, and says so.
        classes: the model's class names, background first; None are the toy world's.

    Traits:
        things: what is in the scene, from back to front: name, ``x`` and ``y`` of the
            centre and ``height`` in fractions, ``turn`` in degrees, ``flip``, ``colour``.
        background: its kind and number, such as ``"meadow 7"``.
        score_threshold: detections with a score above it are shown.
        iou_threshold: as for :func:`ssd_lib.predict.detect`.
        network: the class names and the layout of the default boxes.
        stages: those of the look inside, of ``image``, ``maps``, ``heads``, ``boxes``,
            ``threshold``, ``nms`` and ``detections``; the first one is open. None named
            are all of them, closed, and the challenges beside them.

    Raises:
        ValueError: if the model is of another kind, the classes are not as many as its, or
            there is no such stage.
    """

    module: ClassVar[str] = "live_detector"
    page_state: ClassVar[tuple[str, ...]] = (
        "things",
        "background",
        "score_threshold",
        "iou_threshold",
        "network",
        "tries",
        "stages",
    )

    picture = traitlets.Unicode("live_detector.webp").tag(sync=True)
    picture_alt = traitlets.Unicode(
        "A meadow with a tree, a kite, a car, a cat, a dog, a ball and a bird, each in a box with "
        "its name and a score. A second bird, small and far away, has no box."
    ).tag(sync=True)
    things = traitlets.List(traitlets.Dict()).tag(sync=True)
    background = traitlets.Unicode().tag(sync=True)
    score_threshold = traitlets.Float(0.5).tag(sync=True)
    iou_threshold = traitlets.Float(0.45).tag(sync=True)
    network = traitlets.Dict().tag(sync=True)
    tries = traitlets.List(traitlets.Dict()).tag(sync=True)
    stages = traitlets.List(traitlets.Unicode()).tag(sync=True)
    engine = traitlets.Unicode().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        model: SSD | None = None,
        classes: list[str] | None = None,
        **traits: Any,  # noqa: ANN401
    ) -> None:
        """Pack the model's weights for the browser."""
        if model is not None:
            from ssd_lib.data.toy import CLASSES

            traits["weights"] = pack(model, classes or CLASSES).as_bytes()
        super().__init__(**traits)
        self.is_shipped = model is None

    @traitlets.default("things")
    def _first_things(self) -> list[dict]:
        return [dict(thing) for thing in FIRST["things"]]

    @traitlets.default("background")
    def _first_background(self) -> str:
        return FIRST["background"]

    @traitlets.default("tries")
    def _challenges(self) -> list[dict]:
        return [] if self.stages else challenges()

    @traitlets.validate("stages")
    def _known_stages(self, proposal: Any) -> list[str]:  # noqa: ANN401
        if not set(proposal["value"]) <= set(STAGES):
            raise ValueError(f"stages must be of {', '.join(STAGES)}, got {proposal['value']}")
        return proposal["value"]

    @traitlets.default("engine")
    def _program(self) -> str:
        return worker_source()

    @traitlets.default("network")
    def _described(self) -> dict:
        return described(self.weights)

    @traitlets.default("weights")
    def _shipped(self) -> bytes:
        return path(f"weights/{SHIPPED}.packed").read_bytes()

    def figure(self) -> str:
        """The widget as HTML: a saved page has the shipped weights, and says so."""
        if self.is_shipped:
            return super().figure()
        saved = LiveDetector(
            things=self.things,
            background=self.background,
            score_threshold=self.score_threshold,
            stages=self.stages,
        )
        saved.is_shipped = False
        return BookWidget.figure(saved)

    def caption(self) -> str:
        """What the figure is for, and which network a saved one runs."""
        said = STAGES[self.stages[0]] if self.stages else WHOLE
        if self.is_shipped:
            return said
        return f"{said} (A saved copy of this figure runs the network that comes with the book.)"

    def table(self) -> tuple[list[str], list[list[str]]]:
        """The detections in the first scene."""
        return ["detected", "score"], [[name, f"{score:.2f}"] for name, score in recorded()]

    def still(self) -> str:
        """The first scene with its detections, for pages without JavaScript, and on paper."""
        side = 'width="800" height="800"'
        alt = html.escape(self.picture_alt)
        return f'<img class="ssd-still" {side} alt="{alt}" src="{as_url(self.picture)}">'
