"""Scenes drawn by the book itself, with boxes exact to the pixel."""

from typing import TYPE_CHECKING

from ssd_lib.lazy import exports

if TYPE_CHECKING:
    from ssd_lib.data.toy.backdrop import meadow
    from ssd_lib.data.toy.composition import Placed, Scene, draw_scene
    from ssd_lib.data.toy.running import RUNNING, running_picture
    from ssd_lib.data.toy.scenes import CLASSES, ToyScenes
else:
    __getattr__, __dir__ = exports(
        __name__,
        {
            "CLASSES": "ssd_lib.data.toy.scenes",
            "Placed": "ssd_lib.data.toy.composition",
            "RUNNING": "ssd_lib.data.toy.running",
            "Scene": "ssd_lib.data.toy.composition",
            "ToyScenes": "ssd_lib.data.toy.scenes",
            "draw_scene": "ssd_lib.data.toy.composition",
            "meadow": "ssd_lib.data.toy.backdrop",
            "running_picture": "ssd_lib.data.toy.running",
        },
    )

__all__ = [
    "CLASSES",
    "RUNNING",
    "Placed",
    "Scene",
    "ToyScenes",
    "draw_scene",
    "meadow",
    "running_picture",
]
