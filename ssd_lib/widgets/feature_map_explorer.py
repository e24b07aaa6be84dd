"""The feature-map explorer: what a cell sees, what is its own, and its boxes."""

import json
from typing import ClassVar

import torch
import traitlets

from ssd_lib.assets import path
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import SSD300_VOC, DefaultBoxLayout
from ssd_lib.features import TinyFeatures, VGG16Features
from ssd_lib.model import TINY
from ssd_lib.model.packed import as_table
from ssd_lib.receptive_fields import ReceptiveField, receptive_fields
from ssd_lib.widgets.base import BookWidget, as_url


def _networks() -> dict:
    """The two networks as the page's JavaScript reads them, the trained one first."""
    with torch.device("meta"):  # shapes are enough
        features = {"ssd_tiny": TinyFeatures(), "SSD300": VGG16Features(300)}
    layouts = {"ssd_tiny": TINY, "SSD300": SSD300_VOC}
    record = json.loads(path("activations.json").read_text(encoding="utf-8"))["networks"]
    return {
        name: {
            "image": layouts[name].image_px,
            "weights": record[name]["weights"],
            "maps": _maps(module, layouts[name], record[name]),
        }
        for name, module in features.items()
    }


def _maps(
    features: VGG16Features | TinyFeatures, layout: DefaultBoxLayout, record: dict
) -> list[dict]:
    parts = zip(
        features.map_names,
        as_table(layout)["maps"],
        receptive_fields(features.stages),
        record["rows"],
        features.out_channels,
        record["channels"],
        strict=True,
    )
    return [
        {
            "name": name,
            **boxes,
            "field": field._asdict(),
            "strip": row,
            "channels": channels,
            "shown": shown,
        }
        for name, boxes, field, row, channels, shown in parts
    ]


def _tries(networks: dict) -> list[dict]:
    """Questions, the state that answers each, and the answer with the numbers of the maps."""
    image, maps = networks["ssd_tiny"]["image"], networks["ssd_tiny"]["maps"]
    scene = running_picture()
    cat = scene.fractions[scene.labels.index("cat")] * image
    wide, high = (cat[2:] - cat[:2]).round().int().tolist()
    third, fourth, last = (maps[k] for k in (2, 3, 4))
    sees = [row["field"]["size_px"] for row in maps]
    longest = max(map(max, TINY.maps[0].sizes_px()))
    apart = last["step"] / 2 - last["field"]["centre_px"]
    large, largest = networks["SSD300"], networks["SSD300"]["maps"][5]["field"]["size_px"]
    padding = 1 - (large["image"] / largest) ** 2
    answers = [
        (
            "Does a fine cell see the whole cat?",
            ("ssd_tiny", 0, [18, 24], "boxes"),
            f"No: it sees {sees[0]} × {sees[0]} pixels, and the cat has {wide} × {high}. But "
            f"its longest default box has {longest:.0f}, so it sees all that it answers for.",
        ),
        (
            "Which map sees everything first?",
            ("ssd_tiny", 3, [1, 1], ""),
            f"{fourth['name']}: the fields of its four middle cells, {sees[3]} × {sees[3]} "
            f"pixels, cover the image. {third['name']} just misses: {sees[2]} pixels, and the "
            f"image has {image}.",
        ),
        (
            "Why is the field off its cell?",
            ("ssd_tiny", 4, [0, 0], "middles"),
            "Each stride-2 layer centres its windows on one cell, not between two: fields slide "
            f"up and left, here by {apart:g} pixels. Every cell shares the shift, so heads learn "
            "it.",
        ),
        (
            "What about SSD300's largest field?",
            ("SSD300", 5, [0, 0], ""),
            f"{largest} × {largest} pixels around {large['image']} × {large['image']}: "
            f"{100 * padding:.0f} % of it is padding. What really counts, the effective field, "
            "is smaller: a cell hardly depends on the rim.",
        ),
    ]
    names = ("network", "feature_map", "cell", "lights")
    return [
        {"ask": ask, **dict(zip(names, state, strict=True)), "answer": answer}
        for ask, state, answer in answers
    ]


class FeatureMapExplorer(BookWidget):
    """A map's cell: its receptive field, its patch, its default boxes, its channels.

    Traits:
        network: ``"ssd_tiny"``, whose channels are those of trained weights, or
            ``"SSD300"``, which is untrained here.
        feature_map: index of the map looked at.
        cell: row and column of the cell looked at.
    """

    module: ClassVar[str] = "feature_map_explorer"
    page_state: ClassVar[tuple[str, ...]] = (
        "networks",
        "network",
        "feature_map",
        "cell",
        "activations",
        "tries",
    )

    networks = traitlets.Dict().tag(sync=True)
    network = traitlets.Enum(["ssd_tiny", "SSD300"], "ssd_tiny").tag(sync=True)
    feature_map = traitlets.Int(2).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [5, 5]).tag(sync=True)
    activations = traitlets.Unicode("activations.webp").tag(sync=True)
    activations_url = traitlets.Unicode().tag(sync=True)
    tries = traitlets.List(traitlets.Dict()).tag(sync=True)

    @traitlets.default("networks")
    def _both(self) -> dict:
        return _networks()

    @traitlets.default("tries")
    def _questions(self) -> list[dict]:
        return _tries(self.networks)

    @traitlets.default("activations_url")
    def _activations_as_url(self) -> str:
        return as_url(self.activations)

    def looked_at(self) -> tuple[str, int, int]:
        """Name of the map, row and column of the cell; what is too large is the last.

        Example:
            >>> FeatureMapExplorer(network="SSD300", feature_map=5).looked_at()
            ('conv11_2', 0, 0)
        """
        row = self._map()
        first, second = (min(max(index, 0), row["grid"] - 1) for index in self.cell)
        return row["name"], first, second

    def field_px(self) -> tuple[float, float, float, float]:
        """What that cell sees, xyxy in pixels; it may reach beyond the image.

        Example:
            >>> FeatureMapExplorer().field_px()
            (17.0, 17.0, 144.0, 144.0)
        """
        _, row, column = self.looked_at()
        return ReceptiveField(**self._map()["field"]).box_px(row, column)

    def _map(self) -> dict:
        maps = self.networks[self.network]["maps"]
        return maps[min(max(self.feature_map, 0), len(maps) - 1)]

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "Choose a feature map, then point at its cells; a click keeps one. The bright "
            "part of the image is the most that the head can see from that cell. From map "
            "to map it grows, soon beyond the image, where all is padding."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Each map of each network: what its cells see, and their boxes."""
        head = [
            "network",
            "map",
            "cells",
            "receptive field, pixels",
            "middle of the first cell’s",
            "default boxes, pixels",
        ]
        rows = [
            [
                name,
                row["name"],
                f"{row['grid']} × {row['grid']}",
                f"{row['field']['size_px']} × {row['field']['size_px']}",
                f"{row['field']['centre_px']:g}",
                f"{row['min']:g} to {row['max']:g}",
            ]
            for name, network in self.networks.items()
            for row in network["maps"]
        ]
        return head, rows
