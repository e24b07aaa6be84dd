"""The feature-map explorer: what a cell sees, what is its own, and its boxes."""

import json
from typing import ClassVar

import torch
import traitlets

from ssd_lib.assets import path
from ssd_lib.default_boxes import SSD300_VOC, DefaultBoxLayout
from ssd_lib.features import TinyFeatures, VGG16Features
from ssd_lib.model import TINY
from ssd_lib.receptive_fields import receptive_fields
from ssd_lib.widgets.base import BookWidget, as_url
from ssd_lib.widgets.default_box_explorer import as_table


def _networks() -> dict:
    """The two networks as the page's JavaScript reads them."""
    with torch.device("meta"):  # shapes are enough
        features = {"SSD300": VGG16Features(300), "ssd_tiny": TinyFeatures()}
    layouts = {"SSD300": SSD300_VOC, "ssd_tiny": TINY}
    record = json.loads(path("activations.json").read_text(encoding="utf-8"))["networks"]
    return {
        name: {
            "image": layouts[name].image_px,
            "weights": record[name]["weights"],
            "maps": _maps(module, layouts[name], record[name]["rows"]),
        }
        for name, module in features.items()
    }


def _maps(
    features: VGG16Features | TinyFeatures, layout: DefaultBoxLayout, rows: list[int]
) -> list[dict]:
    fields = receptive_fields(features.stages)
    parts = zip(
        features.map_names,
        as_table(layout)["maps"],
        fields,
        rows,
        strict=True,
    )
    return [
        {"name": name, **boxes, "field": field._asdict(), "strip": row}
        for name, boxes, field, row in parts
    ]


class FeatureMapExplorer(BookWidget):
    """A map's cell: its receptive field, its patch, its default boxes, its numbers.

    Traits:
        network: ``"SSD300"`` or ``"ssd_tiny"``.
        feature_map: index of the map looked at.
        cell: its row and column.
    """

    module: ClassVar[str] = "feature_map_explorer"
    page_state: ClassVar[tuple[str, ...]] = (
        "networks",
        "network",
        "feature_map",
        "cell",
        "activations",
    )

    networks = traitlets.Dict().tag(sync=True)
    network = traitlets.Enum(["SSD300", "ssd_tiny"], "SSD300").tag(sync=True)
    feature_map = traitlets.Int(0).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [26, 27]).tag(sync=True)
    activations = traitlets.Unicode("activations.webp").tag(sync=True)
    activations_url = traitlets.Unicode().tag(sync=True)

    @traitlets.default("networks")
    def _both(self) -> dict:
        return _networks()

    @traitlets.default("activations_url")
    def _activations_as_url(self) -> str:
        return as_url(self.activations)

    def caption(self) -> str:
        """What the figure is for."""
        return (
            "The feature-map explorer. Point at a cell, tap it or move to it with the "
            "arrow keys. The bright part of the picture is what the head's numbers of "
            "that cell depend on; the strip shows eight channels of the map, from "
            "black for 0 to white for the largest value."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Each map of each network: what its cells see, and their boxes."""
        head = [
            "network",
            "map",
            "cells",
            "receptive field, pixels",
            "middle of the first cell's",
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
