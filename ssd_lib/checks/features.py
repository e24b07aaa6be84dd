"""Checks of the exercises in the chapter on feature maps."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ssd_lib.checks import check, hint
from ssd_lib.receptive_fields import ReceptiveField, receptive_fields


@check("carry two numbers along: the field, and how far apart neighbouring cells look.")
def size_of_field(answer: Callable) -> str | None:
    """A function of rows (kernel, stride, dilation) that gives the field's side."""
    cases = [
        [],
        [(3, 1, 1)],
        [(3, 1, 1)] * 2,
        [(2, 2, 1), (3, 1, 1)],
        [(3, 2, 1), (3, 1, 6), (1, 1, 1), (3, 2, 1)],
    ]
    for rows in cases:
        layers = nn.Sequential(*(nn.Conv2d(1, 1, k, stride=s, dilation=d) for k, s, d in rows))
        wanted, got = receptive_fields([layers], 1)[0].size_px, answer(rows)
        if got != wanted:
            return f"{rows} should see {wanted}, got {got}."
    return None


@check("three layers with this dilation, then the head's window, which has none.")
def dilation_that_sees_the_dog(answer: int) -> str | None:
    """The least dilation of conv4's three layers with which its head sees 201 pixels."""
    return hint(
        answer,
        3,
        (2, "2 makes it 156 pixels: not yet the dog."),
        (4, "it sees the dog, but a smaller one does, too."),
        otherwise="a layer adds 2 × dilation steps of 8 pixels to the 44 that are there.",
    )


@check("a cell's field is centred at centre_px + cell * step_px; compare both its edges.")
def cells_that_see(answer: Callable) -> str | None:
    """A function of a field, a grid and two edges: the cells whose field holds both."""
    cases = [
        (ReceptiveField(108, 8, 4), 38, 252, 279.5),
        (ReceptiveField(108, 8, 4), 38, 48, 215.5),
        (ReceptiveField(516, 32, 8), 10, 0, 300),
        (ReceptiveField(20, 10, 5), 4, 5, 25),
    ]
    for field, grid, first, last in cases:
        half = field.size_px / 2
        middles = [field.centre_px + cell * field.step_px for cell in range(grid)]
        wanted = [i for i, m in enumerate(middles) if m - half <= first and last <= m + half]
        got = [int(cell) for cell in answer(field, grid, first, last)]
        if got != wanted:
            found = wanted or "none"
            return f"{field} of {grid} cells, from {first:g} to {last:g}: {found}, got {got}."
    return None


@check("begin with radius 0, the cell alone; cut the square off where the map ends.")
def radius_of_the_spot(answer: Callable[[Tensor, int, int, float], int]) -> str | None:
    """A function of a heat map, a place and a share: the least radius that holds it."""
    spot = torch.zeros(9, 9)
    spot[4, 4], spot[2, 4], spot[4, 8] = 0.5, 0.3, 0.2
    corner = torch.zeros(5, 5)
    corner[0, 0], corner[4, 4] = 3.0, 1.0
    cases = (
        (spot, 4, 4, 0.5, 0),
        (spot, 4, 4, 0.6, 2),
        (spot, 4, 4, 0.9, 4),
        (corner, 0, 0, 0.75, 0),
        (corner, 0, 0, 0.9, 4),
    )
    for heat, row, column, share, wanted in cases:
        got = answer(heat, row, column, share)
        if got != wanted:
            where = f"around row {row} and column {column}"
            return f"{where}, a share of {share:g} lies within {wanted} pixels, got {got}."
    return None
