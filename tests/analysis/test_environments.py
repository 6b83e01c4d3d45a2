"""Environments of Li, the frame of reference of the slab, the balance of the reaction: constructed cases."""

import numpy as np
import pytest
from constructed import CELL, LAYERS, SIDE, electrolyte, growing_film

from sswnn.analysis import Frame
from sswnn.analysis.interface.environments import (
    BETWEEN,
    FILM,
    IN_LAYER,
    INTERFACE,
    METAL,
    LithiumObserver,
    environments,
)
from sswnn.analysis.interface.film import FilmObserver
from sswnn.analysis.interface.slab import Species, slab_of
from sswnn.analysis.interface.stoichiometry import stoichiometry
from sswnn.analysis.trajectories.passes import follow


def frame_with(li, *, shift=0.0, metal=(), t=0) -> Frame:
    """The electrolyte with Li at the given places, and sheets of metal."""
    symbols, positions = electrolyte()
    points = [*positions, *li, *[[x, 1.0, z] for z in metal for x in (0.0, 4.0, 8.0)]]
    symbols = symbols + ["Li"] * (len(points) - len(symbols))
    return Frame(t, t, 0.1 * t, np.array(symbols), np.add(points, [0, 0, shift]), CELL)


def at(corner, z):
    """Beside the Cl at the top of an octahedron at a corner (0 to 3) of the plane."""
    x, y = (0.25, 0.75)[corner // 2], (0.25, 0.75)[corner % 2]
    return [x * SIDE + 1.7, y * SIDE, z]


@pytest.mark.parametrize("shift", [0.0, 33.0, 120.0, 171.0])
def test_each_environment(shift):
    li = [at(0, 31.0), at(1, 39.0), at(2, 44.2), at(3, 54.5), [SIDE / 2, SIDE / 2, 62.0]]
    frame = frame_with(li, shift=shift, metal=(70.0,))
    slab = slab_of(frame, Species())
    np.testing.assert_allclose(slab.levels_A, np.array(LAYERS) - 35.0)
    assert (
        slab.sides == (1,)
        and slab.depth.tolist() == [3, 2, 1, 0]
        and slab.spacing_A == pytest.approx(10)
    )
    found = environments(frame, slab)
    expected = [IN_LAYER, IN_LAYER, BETWEEN, INTERFACE, METAL] + [METAL] * 3
    assert found.code.tolist() == expected
    assert found.counts().tolist() == [4, 1, 0, 2, 1]


def test_film_and_counts_against_time():
    result = follow(LithiumObserver(), growing_film(planes=2, frames=30)).result()
    np.testing.assert_array_equal(result.count[:, FILM], 16 * np.minimum(2, np.arange(30) // 10))
    assert (result.count.sum(axis=1) == 36).all()
    numbers = result.to_dict()
    assert numbers["first"]["metal"] == 36 and numbers["last"] == {
        "metal": 4,
        "interface": 0,
        "film": 32,
        "A": 0,
        "B": 0,
    }


def test_metal_on_both_sides_without_vacuum():
    symbols, positions = electrolyte()
    cell = np.diag([SIDE, SIDE, 54.0])
    points = np.array(
        [*positions, *[[x, 1.0, z] for z in (7.5, 10.0, 13.0, 57.5) for x in (0.0, 5.0)]]
    )
    frame = Frame(0, 0, 0.0, np.array(symbols + ["Li"] * 8), points, cell)
    slab = slab_of(frame, Species())
    assert slab.sides == (-1, 1) and slab.depth.tolist() == [0, 1, 1, 0]
    depth = slab.into_metal(slab.heights(frame))[frame.symbols == "Li"]
    np.testing.assert_allclose(np.sort(depth), np.sort([11.5, 10, 7, 7.5] * 2))


def test_heights_follow_the_drift_of_the_slab_and_layers_stay_when_their_zr_leave():
    first = frame_with([], metal=(70.0,))
    slab = slab_of(first, Species())
    moved = np.add(first.positions, [0.3, -0.2, 7.7])
    zr = np.flatnonzero(first.symbols == "Zr")
    moved[zr[-4:], 2] += 12.0
    heights = slab.heights(Frame(1, 1, 0.1, first.symbols, moved, CELL))
    np.testing.assert_allclose(heights[zr[:4]], -15.0, atol=1e-9)
    np.testing.assert_allclose(slab.into_metal(heights)[zr[-4:]], 12.0, atol=1e-9)


def test_the_reaction_balances():
    """One octahedron falls apart: its Zr goes into the metal, four Li take four of its six Cl, two others are with Li already."""
    metal = [[1.0, 1.0, 70.0 + 4 * k] for k in range(6)]
    start = frame_with(metal)
    after = start.positions.copy()
    zr = np.flatnonzero(start.symbols == "Zr")[-1]
    li = np.flatnonzero(start.symbols == "Li")
    after[zr] = [1.0, 1.0, 100.0]
    for k in range(6):
        after[zr + 1 + k] = [SIDE / 2, SIDE / 2, 110.0 + 8 * k]
    for k in range(4):
        after[li[k]] = after[zr + 1 + k] + [0, 0, 2.5]
    frames = [start, Frame(1, 1, 0.1, start.symbols, after, CELL)]
    balance = stoichiometry(follow(FilmObserver(), frames).result())
    assert balance.dissolved.tolist() == [0, 1]
    assert balance.freed_anions.tolist() == [0, 6] and balance.consumed_metal.tolist() == [0, 4]
    assert balance.anions_per_centre[1] == 6 and balance.metal_per_centre[1] == 4
    assert balance.charge_e.tolist() == [0, 0] and np.isnan(balance.anions_per_centre[0])
    assert balance.to_dict()["charge_at_end_e"] == 0


def test_a_zr_that_only_moves_does_not_balance():
    start = frame_with([[1.0, 1.0, 70.0]])
    after = start.positions.copy()
    after[np.flatnonzero(start.symbols == "Zr")[-1], 2] += 60.0
    balance = stoichiometry(
        follow(FilmObserver(), [start, Frame(1, 1, 0.1, start.symbols, after, CELL)]).result()
    )
    assert balance.charge_e.tolist() == [0, -4]
