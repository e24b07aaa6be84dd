"""Vehicles: a car and a boat."""

from ssd_lib.data.toy.drawing import Drawing, Part, oval, polygon, smooth


def _wheel(x: float) -> tuple[Part, Part]:
    return oval("#2b2d33", x, 0.8, 0.095, 0.19), oval("#c9ced6", x, 0.8, 0.045, 0.09)


CAR = Drawing(  # seen from its side, going to the right
    aspect=2.0,
    colours=("paint",),
    palettes=(("#c8443c",), ("#2f6fb0",), ("#e0b93a",), ("#3e8e5a",), ("#e8e8e8",), ("#44474f",)),
    parts=(
        smooth("paint", ".2,.45 .3,.06 .48,0 .62,.06 .78,.45"),  # cabin
        smooth("paint", ".02,.52 .18,.4 .76,.38 .97,.52 .99,.76 .9,.86 .1,.86 .01,.76"),  # body
        polygon("#cfe6f2", ".275,.42 .335,.14 .455,.1 .455,.42"),  # windows
        polygon("#cfe6f2", ".5,.42 .5,.1 .6,.15 .7,.42"),
        oval("#fbe28a", 0.955, 0.585, 0.026, 0.075),  # headlight
        *_wheel(0.23),
        *_wheel(0.77),
    ),
)

BOAT = Drawing(  # it sails to the right
    aspect=1.1,
    colours=("hull", "sail", "flag"),
    palettes=(
        ("#8c4a2f", "#f5efe0", "#d6453d"),
        ("#2b4c7e", "#ffffff", "#f2b632"),
        ("#3d3d45", "#f0c8a8", "#2a9d8f"),
        ("#a83232", "#dfeaf2", "#1d3557"),
    ),
    parts=(
        polygon("#5a4632", ".45,.03 .48,.03 .48,.8 .45,.8"),  # mast
        polygon("sail", ".51,.08 .95,.66 .51,.7"),
        polygon("sail", ".42,.16 .42,.7 .1,.66"),
        polygon("flag", ".465,0 .465,.1 .26,.05"),
        smooth("hull", "0,.74 .3,.77 .75,.77 1,.73 .86,.97 .5,.99 .14,.97"),
        polygon("sail", ".06,.83 .94,.83 .93,.86 .07,.86"),  # stripe
    ),
)
