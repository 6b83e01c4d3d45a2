"""Bands on surfaces with known barriers."""

import numpy as np
import pytest
from landscapes import atoms_at, landscape, ridge

from sswnn.barriers import BandSettings, climb
from sswnn.barriers.band import deepest_valley, interpolated
from sswnn.errors import AnalysisError

HEIGHT, WIDTH, BEND, PERIOD = 0.4, 1.25, 1.0, 3.0
SADDLE = HEIGHT - (HEIGHT * WIDTH) ** 2 / (4 * BEND)
TIGHT = {"force": 0.002, "steps": 2000}


def test_a_rattled_band_finds_the_saddle_beside_the_symmetric_path():
    calculator = landscape(ridge(HEIGHT, WIDTH, BEND, PERIOD))
    ends = atoms_at(0), atoms_at(PERIOD)
    band = climb(*ends, calculator, BandSettings(**TIGHT))
    assert band.converged and band.residual <= 0.002
    assert band.energies[band.top] == pytest.approx(SADDLE, abs=1e-4)
    assert abs(band.images[band.top].positions[0, 1]) == pytest.approx(
        np.sqrt(HEIGHT * WIDTH / (2 * BEND)), abs=0.02
    )
    straight = climb(*ends, calculator, BandSettings(rattle=0.0, **TIGHT))
    assert straight.energies[straight.top] == pytest.approx(HEIGHT, abs=1e-4)


def test_slopes_are_those_of_the_path():
    band = climb(
        atoms_at(0),
        atoms_at(PERIOD),
        landscape(ridge(HEIGHT, 0.0, BEND, PERIOD)),
        BandSettings(images=5, **TIGHT),
    )
    x = np.array([image.positions[0, 0] for image in band.images])
    expected = HEIGHT * np.pi / PERIOD * np.sin(2 * np.pi * x / PERIOD)
    assert np.abs(band.slopes).max() > 0.1
    assert band.slopes == pytest.approx(expected, abs=0.01)
    assert band.coordinate[-1] == pytest.approx(PERIOD, abs=0.01)


def test_a_path_over_a_minimum_is_made_of_two_bands():
    calculator = landscape(ridge(HEIGHT, 0.0, BEND, PERIOD))
    met = []

    def minimise(atoms):
        met.append(atoms.positions[0, 0])
        return atoms_at(PERIOD)

    band = climb(
        atoms_at(0), atoms_at(2 * PERIOD), calculator, BandSettings(**TIGHT), minimise=minimise
    )
    assert len(met) == 1 and met[0] == pytest.approx(PERIOD, abs=0.3)
    assert len(band.images) == 13 and band.converged
    assert band.energies[6] == pytest.approx(0, abs=1e-6)
    assert band.coordinate[6] == pytest.approx(PERIOD, abs=0.02)
    assert sorted(band.energies)[-2:] == pytest.approx([HEIGHT, HEIGHT], abs=1e-4)


def test_a_valley_counts_if_it_is_deep():
    assert deepest_valley(np.array([0, 0.2, 0.1, 0.3, 0.0])) == 2
    assert deepest_valley(np.array([0, 0.2, 0.195, 0.3, 0.0])) is None
    assert deepest_valley(np.array([0, 0.1, 0.2, 0.1, 0.0])) is None


def test_the_pair_potential_keeps_the_ion_off_its_neighbours():
    from ase.build import bulk

    crystal = bulk("Ar", cubic=True).repeat(3)
    last = crystal.copy()
    last.positions[0] += crystal.positions[1] - crystal.positions[0]
    last.positions[1] -= (
        crystal.positions[1] - crystal.positions[0]
    )  # two atoms change places: straight, they meet
    nearest = {}
    for start in ("idpp", "linear"):
        middle = interpolated(crystal, last, BandSettings(start=start, rattle=0.02))[3]
        nearest[start] = middle.get_distance(0, 1, mic=True)
    assert nearest["linear"] < 0.2 < 1.0 < nearest["idpp"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"images": 2}, "images"),
        ({"force": 0.0}, "force"),
        ({"start": "cubic"}, "cubic"),
        ({"rattle": -1.0}, "rattle"),
    ],
)
def test_refuses_what_makes_no_band(options, word):
    with pytest.raises(AnalysisError, match=word):
        BandSettings(**options)


def test_says_when_it_is_not_converged():
    band = climb(
        atoms_at(0),
        atoms_at(PERIOD),
        landscape(ridge(HEIGHT, WIDTH, BEND, PERIOD)),
        BandSettings(steps=3),
    )
    assert not band.converged and band.residual > 0.01
