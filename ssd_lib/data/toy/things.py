"""The things that stand in a scene, by name."""

from ssd_lib.data.toy.animals import BIRD, CAT, DOG
from ssd_lib.data.toy.outdoors import BALL, KITE, TREE
from ssd_lib.data.toy.vehicles import BOAT, CAR

THINGS = {
    "dog": DOG,
    "cat": CAT,
    "ball": BALL,
    "bird": BIRD,
    "car": CAR,
    "kite": KITE,
    "tree": TREE,
    "boat": BOAT,
}
