"""Dissolution of constructed slabs: counts, layers, onset."""

from __future__ import annotations

import numpy as np
import pytest

from sswnn.analysis import Frame, dissolution, interlayer_ions
from sswnn.analysis.interface.dissolution import DissolutionObserver
from sswnn.analysis.trajectories.passes import follow
from sswnn.errors import AnalysisError

CELL = np.diag([12.0, 12.0, 40.0])
OCTAHEDRON = 2.5 * np.concatenate([np.eye(3), -np.eye(3)])


def slab(shift: float = 0.0, metal_below: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Three layers of two ZrCl6 octahedra each at z = 10, 18, 26 A and a sheet of Li metal at 35 (or 1) A."""
    symbols, positions = [], []
    for z in (10.0, 18.0, 26.0):
        for x in (3.0, 9.0):
            centre = np.array([x, 6.0, z])
            symbols += ["Zr"] + ["Cl"] * 6
            positions += [centre, *(centre + OCTAHEDRON)]
    for x in (0.0, 4.0, 8.0):
        symbols.append("Li")
        positions.append(np.array([x, 1.0, 1.0 if metal_below else 35.0]))
    return np.array(symbols), np.add(positions, [0, 0, shift])


def frames_with_lost_zr(events: dict[int, range], count: int = 20, **options) -> list[Frame]:
    """Frames 0.1 ps apart in which Zr number k is 5 A above its octahedron during the given frames."""
    symbols, start = slab(**options)
    zirconium = np.nonzero(symbols == "Zr")[0]
    result = []
    for t in range(count):
        positions = start.copy()
        for k, when in events.items():
            if t in when:
                positions[zirconium[k]] += [0, 3.0, 2.9]
        result.append(Frame(t, t, 0.1 * t, symbols, positions, CELL))
    return result


def test_intact_slab_has_six_bonds_and_no_onset():
    result = dissolution(frames_with_lost_zr({}))
    assert (result.bonds == 6).all()
    assert result.dissolved.tolist() == [0] * 20
    assert result.onset_ps is None


def test_known_times_and_layers():
    # Zr 4 and 5 are in the layer at the metal; 4 leaves for good at 0.5 ps, 5 only for 0.3 ps, 0 (far layer) at 1.9 ps
    result = dissolution(frames_with_lost_zr({4: range(5, 20), 5: range(7, 11), 0: range(19, 20)}))
    expected = [0] * 5 + [1, 1, 2, 2, 2, 2] + [1] * 8 + [2]
    assert result.dissolved.tolist() == expected
    assert result.layer.tolist() == [2, 2, 1, 1, 0, 0]
    assert result.dissolved_by_layer[8].tolist() == [2, 0, 0]
    assert result.dissolved_by_layer[19].tolist() == [1, 0, 1]
    assert result.onset_ps == pytest.approx(0.5)
    assert np.isnan(result.dissolved_since_ps[5]) and np.isnan(result.dissolved_since_ps[0])
    assert result.to_dict()["interface_layer_fraction_at_end"] == pytest.approx(0.5)


def test_hold_decides_what_counts_for_the_onset():
    frames = frames_with_lost_zr({5: range(7, 11)})
    assert dissolution(frames, hold_ps=0.3).onset_ps == pytest.approx(0.7)
    assert dissolution(frames, hold_ps=0.31).onset_ps is None


def test_two_interfaces_per_cell():
    symbols, positions = slab()
    symbols = np.append(symbols, ["Li"] * 3)
    positions[-3:, 2] = 32.5
    more = positions[-3:].copy()
    more[:, 2] = 3.5  # metal on the other side too, no vacuum: both outer layers are at it
    frame = Frame(
        0, 0, 0.0, symbols, np.concatenate([positions, more]), np.diag([12.0, 12.0, 33.0])
    )
    assert dissolution([frame]).layer.tolist() == [0, 0, 1, 1, 0, 0]
    ions = interlayer_ions([frame])
    assert ions.between == [(0, 1)] and ions.count.tolist() == [[0]]


@pytest.mark.parametrize("shift", [0.0, 5.0, 17.0, 33.0])
def test_layers_do_not_depend_on_where_the_cell_is_cut(shift):
    assert dissolution(frames_with_lost_zr({}, 2, shift=shift)).layer.tolist() == [2, 2, 1, 1, 0, 0]
    below = dissolution(frames_with_lost_zr({}, 2, shift=shift, metal_below=True))
    assert below.layer.tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("raised", [1.6, 3.0, 4.0, 6.4])
@pytest.mark.parametrize("shift", [0.0, 11.0, 26.0])
def test_a_centre_that_has_left_its_layer_is_no_layer(raised, shift):
    """As in the first frame of a continued run."""
    symbols, positions = slab(shift)
    double = np.concatenate([positions, np.add(positions, [12.0, 0, 0])])
    symbols = np.concatenate([symbols, symbols])
    zirconium = np.nonzero(symbols == "Zr")[0]
    double[zirconium[1]] += [0, 2.0, raised]
    frame = Frame(0, 0, 0.0, symbols, double, np.diag([24.0, 12.0, 40.0]))
    layer = dissolution([frame]).layer.tolist()
    nearest = 2 if raised < 4.0 else layer[1]  # 4 A is half way
    assert layer == [2, nearest, 1, 1, 0, 0, 2, 2, 1, 1, 0, 0] and layer[1] in (1, 2)


def test_a_wider_breaking_cutoff_ignores_vibration():
    symbols, start = slab()
    frames = []
    for t in range(40):
        positions = start.copy()
        stretch = 1.1 if t % 2 else 1.0  # 2.75 A, beyond the forming cutoff
        chlorine = np.nonzero(symbols == "Cl")[0][:6]
        positions[chlorine] = start[0] + stretch * (start[chlorine] - start[0])
        frames.append(Frame(t, t, 0.1 * t, symbols, positions, CELL))
    assert dissolution(frames).dissolved.tolist() == [0, 1] * 20
    assert dissolution(frames, break_=3.2).dissolved.tolist() == [0] * 40


def test_errors():
    with pytest.raises(AnalysisError, match="no frames"):
        dissolution([])
    frame = frames_with_lost_zr({}, 1)[0]
    with pytest.raises(AnalysisError, match="no time"):
        dissolution([Frame(0, 0, None, frame.symbols, frame.positions, CELL)])


@pytest.mark.parametrize("shift", [0.0, 14.0])
def test_ions_between_layers(shift):
    symbols, positions = slab(shift=shift)
    symbols = np.append(symbols, ["Li"] * 4)
    # two between the layers nearest to the metal, one between the next, one within a layer
    extra = np.array([[3.0, 6, 22.0], [9, 6, 22.4], [3, 6, 14.0], [4.5, 7.5, 18.0]])
    frame = Frame(
        0, 0, 0.0, symbols, np.concatenate([positions, np.add(extra, [0, 0, shift])]), CELL
    )
    ions = interlayer_ions([frame])
    assert ions.between == [(0, 1), (1, 2)] and ions.count.tolist() == [[2, 1]]


def test_fate_of_each_dissolved_zr():
    """Zr 4 leaves for good, 5 comes back, 2 is without a bond for too short a time to count."""
    frames = frames_with_lost_zr({4: range(20, 80), 5: range(25, 50), 2: range(30, 34)}, count=80)
    result = dissolution(frames, hold_ps=1.0)
    assert result.fate.tolist() == ["bound", "bound", "bound", "bound", "dissolved", "re-bound"]
    first, second = result.fates()
    assert first["zr"] == 4 and first["dissolved_ps"] == pytest.approx(2.0) and np.isnan(first["bound_again_ps"])
    assert first["depth_A"] == pytest.approx(2.9) and first["layer"] == 0
    assert second["dissolved_ps"] == pytest.approx(2.5) and second["bound_again_ps"] == pytest.approx(5.0)
    assert second["depth_A"] == pytest.approx(0.0) and second["deepest_A"] == pytest.approx(2.9)
    assert np.isnan(result.deepest_A[0])


def test_two_cutoffs_in_one_pass_are_as_in_two():
    random = np.random.default_rng(5)
    frames = []
    for t, frame in enumerate(frames_with_lost_zr({4: range(10, 30)}, count=40)):
        moved = frame.positions + random.normal(0, 0.15, frame.positions.shape)
        frames.append(Frame(t, t, 0.1 * t, frame.symbols, moved, CELL))
    observer = follow(DissolutionObserver(breaks=(None, 3.2)), frames)
    for which, break_ in enumerate((None, 3.2)):
        np.testing.assert_array_equal(observer.result(which).bonds, dissolution(frames, break_=break_).bonds)
    assert observer.result(0).mean_bonds.mean() < observer.result(1).mean_bonds.mean()
