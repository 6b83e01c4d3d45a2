"""Invariances of the fingerprint, polymorphs told apart, and the comparison that decides."""

import time
from itertools import pairwise

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111, make_supercell
from ase.spacegroup import crystal

from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.errors import StructureError
from sswnn.ssw.comparison import same_cluster, same_crystal, same_structure
from sswnn.ssw.fingerprint import distance, distances, fingerprint

CRYSTALS = ["licl_rocksalt", "licl_wurtzite", "li2zrcl6_p-31c_2d2b", "li2zrcl6_c2m_4g", "zrcl4_p2c"]
OTHER_CELL = [[1, 1, 0], [0, 1, 0], [-1, 0, 2]]


def rewritten(atoms: Atoms, seed: int = 0) -> Atoms:
    """The same crystal: doubled skew cell, turned, shifted, atoms in another order and wrapped elsewhere."""
    rng = np.random.default_rng(seed)
    other = make_supercell(atoms, OTHER_CELL)
    other.rotate(33, (1, 2, 3), rotate_cell=True)
    other.positions += rng.normal(size=3)
    other = other[rng.permutation(len(other))]
    other.positions += rng.integers(-2, 3, size=(len(other), 3)) @ other.cell.array
    return other


def rattled(atoms: Atoms, width: float, seed: int = 1) -> Atoms:
    other = atoms.copy()
    other.positions += np.random.default_rng(seed).normal(0, width, size=atoms.positions.shape)
    return other


def cluster(n: int = 13, seed: int = 5, symbol: str = "Ar") -> Atoms:
    """A lump with distances of about one."""
    rng = np.random.default_rng(seed)
    points = [np.zeros(3)]
    while len(points) < n:
        trial = rng.normal(size=3) * 1.3
        if min(np.linalg.norm(trial - p) for p in points) > 0.9:
            points.append(trial)
    return Atoms(f"{symbol}{n}", points)


@pytest.mark.parametrize("name", CRYSTALS)
def test_the_same_crystal_in_another_cell_is_the_same(name):
    atoms = prototype(name)
    other = rewritten(atoms)
    assert len(other) == 2 * len(atoms)
    assert distance(fingerprint(atoms), fingerprint(other)) < 1e-5
    assert same_structure(atoms, other)


def test_the_same_disordered_crystal_in_another_cell_is_the_same():
    atoms = rattled(prototype("li2zrcl6_p-31m_2d"), 0.2)
    assert distance(fingerprint(atoms), fingerprint(rewritten(atoms))) < 1e-5
    assert distance(fingerprint(atoms), fingerprint(atoms.repeat((3, 1, 1)))) < 1e-5
    assert same_structure(atoms, rewritten(atoms))


LITHIUM_CHLORIDES = ["licl_rocksalt", "licl_cscl", "licl_wurtzite"]
TERNARIES = [name for name in PROTOTYPES if name.startswith("li2zrcl6")]


@pytest.mark.parametrize(
    "names, least", [(LITHIUM_CHLORIDES, 0.5), (TERNARIES, 0.1), (["li_fcc", "li_hcp"], 0.03)]
)
def test_polymorphs_differ(names, least):
    found = [fingerprint(prototype(name)) for name in names]
    for i in range(len(names)):
        for j in range(i):
            assert distance(found[i], found[j]) > least, (names[i], names[j])
            assert not same_crystal(prototype(names[i]), prototype(names[j]))


def test_fcc_and_hcp_with_the_same_density_differ():
    fcc, hcp = (
        bulk("Cu", "fcc", a=np.sqrt(2) * 2.55),
        bulk("Cu", "hcp", a=2.55, c=2.55 * 8**0.5 / 3**0.5),
    )
    assert distance(fingerprint(fcc), fingerprint(hcp)) > 0.05
    assert not same_crystal(fcc, hcp)


@pytest.mark.parametrize("name", CRYSTALS)
def test_small_displacements_make_small_distances(name):
    atoms = prototype(name)
    reference = fingerprint(atoms)
    gaps = [distance(reference, fingerprint(rattled(atoms, w))) for w in (1e-4, 1e-3, 1e-2, 3e-2)]
    assert all(a < b for a, b in pairwise(gaps))
    assert gaps[0] < 1e-3 and gaps[-1] < 0.1
    assert same_structure(atoms, rattled(atoms, 3e-2))


def test_the_values_are_smooth_when_an_atom_crosses_the_cutoff_and_the_bins():
    """Second differences of the values along a line shrink like the square of the step."""

    def values(x: float) -> np.ndarray:
        return fingerprint(Atoms("LiCl", [(0, 0, 0), (x, 0, 0)])).values.astype(float)

    def bend(h: float) -> float:
        return max(
            np.abs(values(x + h) - 2 * values(x) + values(x - h)).max()
            for x in np.arange(2.0, 8.5, 0.1)
        )

    assert bend(0.02) > 1e-5
    assert bend(0.02) / bend(0.04) == pytest.approx(0.25, rel=0.2)
    beyond = fingerprint(Atoms("LiCl", [(0, 0, 0), (8.1, 0, 0)])).values
    assert not beyond.any()


def test_the_fingerprint_is_that_of_the_definition():
    """Direct sum over images of the formula in the module's first lines."""
    from scipy.interpolate import BSpline

    atoms = rattled(prototype("licl_wurtzite"), 0.1)
    spline = BSpline.basis_element(np.arange(-2, 3), extrapolate=False)
    images = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3), -1).reshape(-1, 3) @ atoms.cell.array
    kinds = [3, 17]
    g = np.zeros((len(atoms), 2, 23))
    for i, p in enumerate(atoms.positions):
        for z, q in zip(atoms.numbers, atoms.positions, strict=True):
            r = np.linalg.norm(q + images - p, axis=1)
            r = r[(r > 1e-9) & (r < 8)]
            w = (2.5 / r) ** 2 * (1 - r**2 / 64) ** 3
            for k in range(23):
                basis = np.nan_to_num(spline(r / 0.4 - (k - 1)))
                g[i, kinds.index(z), k] += (w * basis).sum()
    li = g[atoms.numbers == 3]
    got = fingerprint(atoms).values
    expected = np.sqrt(0.5) * np.concatenate([li.mean(0).ravel(), li.std(0).ravel()])
    np.testing.assert_allclose(got[: len(expected)], expected, atol=2e-6)


def test_clusters_do_not_depend_on_order_place_and_cell():
    atoms = cluster()
    rng = np.random.default_rng(0)
    other = atoms[rng.permutation(len(atoms))]
    other.rotate(50, (1, 1, 2))
    other.positions += 7.0
    other.cell = np.eye(3) * 3.0  # without periodicity it says nothing
    unit = 0.4
    gap = distance(fingerprint(atoms, length_unit=unit), fingerprint(other, length_unit=unit))
    assert gap < 1e-5
    assert same_structure(atoms, other, length_unit=unit)
    mirrored = other.copy()
    mirrored.positions *= (1, 1, -1)
    assert same_structure(atoms, mirrored, length_unit=unit)


def test_the_length_unit_scales_everything():
    atoms = cluster()
    large = atoms.copy()
    large.positions *= 2.5
    a = fingerprint(atoms, length_unit=0.4)
    np.testing.assert_allclose(a.values, fingerprint(large).values, rtol=1e-5, atol=1e-6)
    with pytest.raises(StructureError, match=r"length units 0\.4 and 1\.0"):
        distance(a, fingerprint(large))


def test_clusters_are_told_apart():
    atoms = cluster()
    other = atoms.copy()
    other.positions[0] += 0.3
    assert not same_cluster(atoms, other, length_unit=0.4)
    assert not same_cluster(atoms, cluster(seed=6), length_unit=0.4)
    assert not same_cluster(atoms, cluster(12), length_unit=0.4)
    mixed, swapped = atoms.copy(), atoms.copy()
    mixed.numbers[0], swapped.numbers[5] = 36, 36
    assert not same_cluster(mixed, swapped, length_unit=0.4)
    assert same_cluster(atoms, rattled(atoms, 0.003), length_unit=0.4)


def test_any_number_of_atoms_and_elements_without_a_name():
    one = Atoms("X", [(0, 0, 0)])
    assert distance(fingerprint(one), fingerprint(one)) == 0
    assert same_structure(one, one.copy())
    crystal_of_nothing = Atoms("X", [(0, 0, 0)], cell=np.eye(3) * 2.5, pbc=True)
    assert same_structure(crystal_of_nothing, crystal_of_nothing.repeat((2, 1, 1)))


def test_slabs_are_compared_as_slabs():
    slab = fcc111("Cu", (1, 1, 3), vacuum=None, periodic=False)
    larger = slab.repeat((2, 1, 1))
    larger.positions += (0.3, 0.2, 40.0)
    assert distance(fingerprint(slab), fingerprint(larger)) < 1e-5
    assert same_structure(slab, larger)
    assert not same_structure(slab, fcc111("Cu", (1, 1, 4), vacuum=None, periodic=False))
    assert not same_structure(slab, Atoms(slab.numbers, slab.positions, cell=slab.cell, pbc=False))


def test_mirror_images_are_one_crystal():
    quartz = crystal(
        ["Si", "O"],
        basis=[(0.4697, 0, 1 / 3), (0.4135, 0.2669, 0.4524)],
        spacegroup=152,
        cellpar=[4.913, 4.913, 5.405, 90, 90, 120],
    )
    other = quartz.copy()
    other.set_cell(other.cell.array * (1, 1, -1), scale_atoms=True)
    assert distance(fingerprint(quartz), fingerprint(other)) < 1e-5
    assert same_crystal(quartz, other)


def test_early_ends_of_one_quench_are_one_crystal_in_either_order():
    """Two quenches (0.02 eV/A) into one minimum of LiCl; StructureMatcher maps only one onto the other."""
    a = Atoms(
        "Li2Cl2",
        cell=[[3.859, -0.251, 0.486], [0.323, 5.56, 0.441], [-0.615, -0.273, 3.84]],
        scaled_positions=[
            (0.588, 0.957, 0.013),
            (0.087, 0.458, 0.514),
            (0.587, 0.208, 0.514),
            (0.088, 0.708, 0.014),
        ],
        pbc=True,
    )
    b = Atoms(
        "Li2Cl2",
        cell=[[3.944, -0.185, -0.834], [0.174, 6.557, -0.408], [-1.335, -0.514, 3.584]],
        scaled_positions=[
            (0.515, 0.919, 0.281),
            (0.017, 0.419, 0.295),
            (0.643, 0.293, 0.546),
            (0.140, 0.794, 0.534),
        ],
        pbc=True,
    )
    assert distance(fingerprint(a), fingerprint(b)) < 0.06
    assert same_crystal(a, b) and same_crystal(b, a)
    tight = {"length_tolerance": 0.1, "site_tolerance": 0.15, "angle_tolerance": 3.0}
    assert same_crystal(a, b, **tight) and same_crystal(b, a, **tight)


def test_different_elements_are_infinitely_far():
    a, b = fingerprint(bulk("LiCl", "rocksalt", a=5)), fingerprint(bulk("LiF", "rocksalt", a=5))
    assert distance(a, b) == float("inf")


def test_many_distances_at_once():
    found = [fingerprint(prototype(name)) for name in TERNARIES]
    many = distances(found[0].values, np.array([f.values for f in found]))
    np.testing.assert_allclose(many, [distance(found[0], f) for f in found], rtol=1e-6)


def test_errors_name_the_cause():
    atoms = bulk("Li")
    with pytest.raises(StructureError, match="no atoms"):
        fingerprint(Atoms())
    with pytest.raises(StructureError, match="length unit is -1"):
        fingerprint(atoms, length_unit=-1)
    atoms.positions[0, 1] = np.nan
    with pytest.raises(StructureError, match=r"atom 0 is at .*nan"):
        fingerprint(atoms)


def test_eighteen_atoms_take_milliseconds():
    atoms = prototype("li2zrcl6_p-31c_2d2b")
    fingerprint(atoms)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        fingerprint(atoms)
        times.append(time.perf_counter() - start)
    assert min(times) < 2e-3
