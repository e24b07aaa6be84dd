"""Animals: a dog, a cat and a bird."""

from ssd_lib.data.toy.drawing import Drawing, Part, line, oval, polygon, smooth

DOG = Drawing(  # it sits and looks to the right
    aspect=0.82,
    colours=("fur", "dark", "pale"),
    palettes=(
        ("#c98a4b", "#8a5526", "#f3dcb6"),
        ("#5a4636", "#33271e", "#c9ad8c"),
        ("#e9e2d4", "#b5a58b", "#ffffff"),
        ("#3b3f47", "#1f2227", "#8d939c"),
    ),
    parts=(
        *line("dark", ".22,.9 .08,.8 .04,.64 .1,.55", start=0.05, end=0.024),  # tail
        *line("dark", ".66,.6 .71,.8 .71,.94", start=0.07, end=0.05),  # far leg
        oval("dark", 0.76, 0.965, 0.085, 0.033),  # its paw
        smooth("fur", ".45,.3 .66,.38 .74,.56 .62,.78 .44,.95 .16,.95 .1,.8 .22,.56"),  # body
        smooth("pale", ".6,.4 .7,.48 .7,.64 .62,.74 .55,.56"),  # chest
        *line("fur", ".55,.58 .58,.8 .57,.94", start=0.085, end=0.055),  # near leg
        oval("pale", 0.62, 0.962, 0.1, 0.037),  # its paw
        oval("fur", 0.3, 0.8, 0.17, 0.165, -25),  # thigh
        smooth("dark", ".2,.7 .31,.655 .43,.7 .33,.675"),
        oval("pale", 0.4, 0.957, 0.135, 0.042),  # hind paw
        smooth("#c5352f", ".44,.37 .56,.425 .68,.4 .69,.45 .56,.475 .43,.42"),  # collar
        oval("#f5c542", 0.625, 0.47, 0.028, 0.024),  # tag
        smooth(  # head
            "fur", ".42,.16 .54,.04 .7,.06 .8,.17 .94,.22 .985,.29 .93,.36 .78,.39 .6,.41 .45,.32"
        ),
        smooth("pale", ".74,.25 .86,.215 .97,.27 .93,.355 .8,.37"),  # muzzle
        oval("#2b2320", 0.945, 0.235, 0.045, 0.033),  # nose
        smooth("dark", ".78,.335 .86,.325 .93,.3 .87,.345"),  # mouth
        oval("#2b2320", 0.705, 0.175, 0.028, 0.028),  # eye
        oval("#ffffff", 0.714, 0.167, 0.009, 0.008),
        smooth("dark", ".44,.1 .55,.09 .57,.24 .51,.4 .41,.42 .35,.32 .37,.19"),  # ear
    ),
)


def _cats_eye(x: float) -> tuple[Part, ...]:
    return (
        oval("#d9e86a", x, 0.29, 0.062, 0.056),
        oval("#1f2328", x, 0.29, 0.019, 0.05),
        oval("#ffffff", x + 0.014, 0.272, 0.011, 0.011),
    )


def _stripe(x: float) -> Part:
    """A stripe on a cat's forehead."""
    return smooth("dark", [(x - 0.025, 0.14), (x + 0.025, 0.14), (x, 0.235)])


def _bar(x: float, y: float, length: float) -> Part:
    """A bar in a cat's fur, from its side inwards."""
    return smooth("dark", [(x, y), (x + length, y + 0.02), (x, y + 0.045)])


def _whisker(x: float, length: float, rise: float) -> Part:
    return polygon("pale", [(x, 0.385), (x + length, 0.385 + rise), (x, 0.395)])


CAT = Drawing(  # it sits and faces us, its tail to the right
    aspect=0.86,
    colours=("fur", "dark", "pale"),
    palettes=(
        ("#6f7a88", "#4b5563", "#e8ebef"),
        ("#d9903f", "#a8631f", "#f7e4c4"),
        ("#33363c", "#17191c", "#9aa0a8"),
        ("#e6ddd0", "#b09f88", "#fbf8f2"),
    ),
    parts=(
        *line("dark", ".68,.9 .9,.9 .94,.72 .86,.6", start=0.055, end=0.04),  # tail
        smooth("fur", ".38,.42 .6,.42 .74,.66 .76,.9 .62,.985 .34,.985 .18,.9 .22,.66"),  # body
        *(_bar(x, y, s) for x, s in ((0.225, 0.13), (0.735, -0.13)) for y in (0.64, 0.72, 0.8)),
        smooth("pale", ".4,.5 .58,.5 .6,.7 .49,.8 .38,.7"),  # chest
        oval("pale", 0.375, 0.945, 0.1, 0.045),  # paws
        oval("pale", 0.605, 0.945, 0.1, 0.045),
        polygon("fur", ".16,.26 .17,0 .4,.15"),  # ears
        polygon("fur", ".82,.26 .81,0 .58,.15"),
        polygon("#e3a6a1", ".205,.2 .21,.065 .33,.145"),
        polygon("#e3a6a1", ".775,.2 .77,.065 .65,.145"),
        smooth(  # head
            "fur", ".2,.16 .34,.14 .5,.125 .64,.14 .78,.16 .83,.32 .72,.46 .49,.51 .26,.46 .15,.32"
        ),
        *map(_stripe, (0.42, 0.49, 0.56)),
        smooth("pale", ".37,.4 .49,.345 .61,.4 .58,.465 .49,.485 .4,.465"),  # muzzle
        *_cats_eye(0.355),
        *_cats_eye(0.625),
        *(_whisker(x, s, r) for x, s in ((0.37, -0.19), (0.61, 0.19)) for r in (-0.03, 0.0, 0.03)),
        smooth("#d9757a", ".455,.368 .49,.36 .525,.368 .49,.403"),  # nose
        oval("dark", 0.49, 0.42, 0.005, 0.02),
    ),
)

BIRD = Drawing(  # in flight, to the left
    aspect=1.5,
    colours=("feather", "wing"),
    palettes=(
        ("#3d5a9e", "#29406f"),
        ("#b23a48", "#7d2431"),
        ("#4a4e55", "#2b2d31"),
        ("#d9a441", "#a1742a"),
    ),
    parts=(
        smooth("wing", ".5,.5 .6,.2 .8,.02 .86,.1 .74,.48"),  # far wing
        polygon("wing", ".72,.58 1,.56 .97,.74 .7,.76"),  # tail
        smooth("feather", ".1,.56 .22,.44 .48,.5 .8,.62 .7,.84 .4,.92 .18,.8"),  # body
        smooth("#eef2f8", ".2,.76 .42,.74 .62,.8 .4,.915"),  # belly
        smooth("wing", ".34,.56 .3,.22 .42,.01 .52,.12 .64,.6 .5,.68"),  # near wing
        polygon("#f2a03d", ".115,.56 0,.65 .12,.68"),  # beak
        oval("#1f2328", 0.2, 0.58, 0.026, 0.038),  # eye
    ),
)
