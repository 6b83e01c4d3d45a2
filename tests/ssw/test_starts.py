"""Starting structures: composition, distances, symmetry, reproducibility, and what is refused."""

import builtins
import sys

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from sswnn.data.arc import write_arc
from sswnn.data.distances import smallest_ratio
from sswnn.data.mixtures import MIN_DISTANCE, minimum_distances
from sswnn.data.prototypes import disordered_li2zrcl6, prototype
from sswnn.errors import ConfigError, DataError
from sswnn.ssw import starts, substitution, symmetric, volumes
from sswnn.ssw.starts import StartConfig, make_start

HALIDE = {"Li": 2, "Zr": 1, "Cl": 6}


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def counts(atoms):
    symbols = atoms.get_chemical_symbols()
    return {symbol: symbols.count(symbol) for symbol in set(symbols)}


def test_a_random_cluster_fills_its_sphere_uniformly(rng):
    radii = []
    for _ in range(60):
        cluster = starts.random_cluster(rng, 38)
        distances = cluster.get_all_distances()[np.triu_indices(38, 1)]
        assert distances.min() >= 0.9
        assert len(cluster) == 38 and not cluster.pbc.any()
        radii.append(np.linalg.norm(cluster.positions, axis=1))
    container = 2 ** (1 / 6) * (3 * 38 / (4 * np.pi * np.sqrt(2))) ** (1 / 3) + 1
    share = (np.concatenate(radii) / container) ** 3  # uniform in [0, 1] for a uniform density
    assert share.max() < 1
    assert share.mean() == pytest.approx(
        0.5, abs=0.05
    )  # the excluded volume pushes slightly outwards
    assert np.std(share) == pytest.approx(1 / np.sqrt(12), abs=0.02)


def test_size_of_a_cluster(rng):
    by_density = starts.random_cluster(rng, 20, density=0.05, minimum_distance=2.0, symbol="Zr")
    assert np.linalg.norm(by_density.positions, axis=1).max() < (60 / (0.2 * np.pi)) ** (1 / 3)
    assert counts(by_density) == {"Zr": 20}
    wide = starts.random_cluster(rng, 13, minimum_distance=2.7)  # the default sphere scales along
    assert np.linalg.norm(wide.positions, axis=1).max() > 3.0
    with pytest.raises(DataError, match=r"radius 1\.000 has no room for 100 atoms at least 0\.9"):
        starts.random_cluster(rng, 100, radius=1.0)
    with pytest.raises(DataError, match="both given"):
        starts.random_cluster(rng, 10, radius=1.0, density=1.0)


def test_the_default_volumes_contain_the_crystals():
    for name in ("li_bcc", "zr_hcp", "licl_rocksalt", "zrcl4_p2c", "li2zrcl6_p-3m1_6g"):
        atoms = prototype(name)
        low, high = volumes.volume_range(counts(atoms))
        assert low < atoms.get_volume() / len(atoms) < high, name


def test_random_crystal(rng):
    volumes = []
    for _ in range(10):
        atoms = starts.random_crystal(rng, HALIDE, volume_per_atom=(22.0, 26.0))
        assert counts(atoms) == HALIDE
        assert smallest_ratio(atoms, MIN_DISTANCE) > 0.98
        volumes.append(atoms.get_volume() / len(atoms))
    assert 22 < min(volumes) < 23 and 25 < max(volumes) < 26
    other = starts.random_crystal(rng, {"Na": 4, "F": 4})
    assert smallest_ratio(other, minimum_distances(["Na", "F"])) > 0.98
    with pytest.raises(DataError, match=r"in 3 attempts at 5\.0 to 6\.0 A\^3/atom"):
        starts.random_crystal(rng, HALIDE, volume_per_atom=(5.0, 6.0), attempts=3)
    with pytest.raises(DataError, match="smallest <= largest"):
        starts.random_crystal(rng, HALIDE, volume_per_atom=(26.0, 22.0))
    with pytest.raises(DataError, match="at least one atom"):
        starts.random_crystal(rng, {})
    with pytest.raises(DataError, match="unknown element 'Lithium'"):
        starts.random_crystal(rng, {"Lithium": 2})


@pytest.mark.parametrize("centring", "ACIFR")
def test_primitive_cell_of_each_centring(centring):
    """A lattice with one atom at a general place, built from its centring translations."""
    translations = {
        "A": [(0, 0.5, 0.5)],
        "C": [(0.5, 0.5, 0)],
        "I": [(0.5, 0.5, 0.5)],
        "F": [(0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)],
        "R": [(2 / 3, 1 / 3, 1 / 3), (1 / 3, 2 / 3, 2 / 3)],
    }[centring]
    cell = [[4, 0, 0], [-2, 2 * np.sqrt(3), 0], [0, 0, 7]] if centring == "R" else [4, 5, 7]
    places = np.add([(0, 0, 0), *translations], (0.1, 0.2, 0.3)) % 1
    atoms = Atoms("Li" * len(places), cell=cell, pbc=True)
    atoms.set_scaled_positions(places)
    primitive = symmetric._primitive(atoms, centring)
    assert len(primitive) == 1
    assert primitive.get_volume() * len(places) == pytest.approx(atoms.get_volume())


def test_symmetric_crystals_have_their_space_group_and_distances(rng):
    spglib = pytest.importorskip("spglib")
    pytest.importorskip("pyxtal")
    composition = {"Li": 4, "Zr": 2, "Cl": 12}
    found = []
    for group in (14, 15, 38, 148, 164, 194, 225):
        try:
            atoms = symmetric.symmetric_crystal(rng, composition, space_groups=[group], attempts=5)
        except DataError:
            continue
        assert counts(atoms) == composition
        assert atoms.info["space_group"] == group
        assert smallest_ratio(atoms, MIN_DISTANCE) > 0.98
        cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
        operations = len(spglib.get_symmetry(cell, symprec=1e-4)["rotations"])
        order = len(spglib.get_symmetry_from_database(_hall_number(spglib, group))["rotations"])
        centring = {"P": 1, "A": 2, "C": 2, "R": 3, "F": 4}[_symbol(spglib, group)[0]]
        assert operations % (order // centring) == 0, group
        found.append(group)
    assert len(found) >= 4, found


def _hall_number(spglib, group):
    return next(h for h in range(1, 531) if spglib.get_spacegroup_type(h).number == group)


def _symbol(spglib, group):
    return spglib.get_spacegroup_type(_hall_number(spglib, group)).international_short


def test_symmetric_crystals_are_reproducible_from_the_state_of_the_generator(rng):
    pytest.importorskip("pyxtal")
    first = symmetric.symmetric_crystal(rng, HALIDE)
    state = rng.bit_generator.state
    second = symmetric.symmetric_crystal(rng, HALIDE)
    again = np.random.default_rng(0)
    again.bit_generator.state = state
    np.random.seed(1)  # noqa: NPY002 - the global generator must not matter
    third = symmetric.symmetric_crystal(again, HALIDE)
    assert second.info == third.info
    np.testing.assert_array_equal(second.positions, third.positions)
    np.testing.assert_array_equal(second.cell.array, third.cell.array)
    assert first.info != second.info or abs(first.cell.array - second.cell.array).max() > 1e-3


def test_symmetric_crystals_say_why_there_is_none(rng):
    pytest.importorskip("pyxtal")
    with pytest.raises(DataError, match="2 of 2 space groups have no sites for it, 0 attempts"):
        symmetric.symmetric_crystal(rng, HALIDE, space_groups=[14, 62])
    with pytest.raises(DataError, match=r"0 of 1 space groups .* 2 attempts did not keep 1\.00"):
        symmetric.symmetric_crystal(
            rng, HALIDE, space_groups=[148], volume_per_atom=(6.0, 7.0), attempts=2
        )
    with pytest.raises(DataError, match="space group 231, expected 1 to 230"):
        symmetric.symmetric_crystal(rng, HALIDE, space_groups=[231])


def test_without_pyxtal_the_installation_is_named(rng, monkeypatch):
    whole = builtins.__import__

    def without(name, *arguments, **options):
        if name.startswith("pyxtal"):
            raise ImportError("No module named 'pyxtal'")
        return whole(name, *arguments, **options)

    for name in [name for name in sys.modules if name.startswith("pyxtal")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=r"pip install 'sswnn\[search\]'"):
        symmetric.symmetric_crystal(rng, HALIDE, space_groups=[2])


def test_structures_from_files(tmp_path):
    first, second = prototype("licl_rocksalt"), prototype("li_bcc")
    write_arc(tmp_path / "a.arc", [first, second])
    ase.io.write(tmp_path / "b.extxyz", [first])
    ase.io.write(tmp_path / "c.vasp", second)
    read = starts.from_files(str(tmp_path / name) for name in ("a.arc", "b.extxyz", "c.vasp"))
    assert [len(atoms) for atoms in read] == [8, 2, 8, 2]
    assert all(atoms.calc is None and not atoms.info for atoms in read)
    with pytest.raises(DataError, match=r"absent\.cif: no such file"):
        starts.from_files([tmp_path / "absent.cif"])
    (tmp_path / "bad.cif").write_text("nothing")
    with pytest.raises(DataError, match=r"bad\.cif"):
        starts.from_files([tmp_path / "bad.cif"])


def test_substitution_replaces_elements_at_once(rng):
    parent = prototype("li2zrcl6_p-3m1_6g")
    assert counts(substitution.substituted(rng, parent, {"Zr": "Hf"})) == {"Li": 6, "Hf": 3, "Cl": 18}
    inverted = substitution.substituted(rng, parent, {"Li": "Zr", "Zr": "Li"})
    assert counts(inverted) == {"Zr": 6, "Li": 3, "Cl": 18}
    half = substitution.substituted(rng, parent, {"Cl": "Br"}, fraction=0.5)
    assert counts(half) == {"Li": 6, "Zr": 3, "Cl": 9, "Br": 9}
    np.testing.assert_array_equal(half.positions, parent.positions)
    with pytest.raises(DataError, match="no Hf to replace in Cl18Li6Zr3"):
        substitution.substituted(rng, parent, {"Hf": "Zr"})
    with pytest.raises(DataError, match="unknown element 'Hafnium'"):
        substitution.substituted(rng, parent, {"Zr": "Hafnium"})


def test_swaps_keep_the_composition_and_the_anions(rng):
    parent = prototype("li2zrcl6_p-3m1_6g")
    swapped = substitution.swapped(rng, parent, 2)
    assert counts(swapped) == counts(parent)
    assert (swapped.numbers != parent.numbers).any()
    np.testing.assert_array_equal(swapped.symbols == "Cl", parent.symbols == "Cl")
    with pytest.raises(DataError, match="expected two to swap"):
        substitution.swapped(rng, prototype("li_bcc"), 2)


@pytest.mark.parametrize("stacking", ["AB", "ABC", "ABAC"])
def test_octahedra_of_close_packed_anions_are_as_many_as_the_anions(rng, stacking):
    atoms = disordered_li2zrcl6(rng, stacking, (3, 2))
    anions = int((atoms.symbols == "Cl").sum())
    for _ in range(2):
        empty = substitution.octahedral_vacancies(atoms)
        assert len(empty) == anions - (len(atoms) - anions)
        full = atoms + Atoms("He" * len(empty), empty)
        assert full.get_all_distances(mic=True)[np.triu_indices(len(full), 1)].min() > 1.9
        assert not len(substitution.octahedral_vacancies(full))
        atoms.rattle(0.15, rng=rng)


def test_octahedra_of_known_crystals():
    assert not len(substitution.octahedral_vacancies(prototype("licl_rocksalt")))  # all full
    assert not len(substitution.octahedral_vacancies(prototype("licl_cscl")))  # none: cubes
    chlorine = bulk("Cl", "fcc", a=5.13, cubic=True)
    np.testing.assert_allclose(
        sorted(map(tuple, (substitution.octahedral_vacancies(chlorine) / 5.13).round(6) % 1)),
        [(0, 0, 0.5), (0, 0.5, 0), (0.5, 0, 0), (0.5, 0.5, 0.5)],
        atol=1e-6,
    )
    with pytest.raises(DataError, match="has no Br as anion"):
        substitution.octahedral_vacancies(chlorine, "Br")


def test_shuffling_uses_sites_and_vacancies(rng):
    parent = prototype("li2zrcl6_p-31m_2d")
    sites = np.concatenate([_cations(parent), substitution.octahedral_vacancies(parent)])
    visited = set()
    for _ in range(20):
        atoms = substitution.shuffled(rng, parent)
        assert counts(atoms) == counts(parent)
        distance = np.linalg.norm(_cations(atoms)[:, None] - sites[None], axis=2)
        np.testing.assert_allclose(distance.min(axis=1), 0.0, atol=1e-9)
        assert len(set(distance.argmin(axis=1))) == 3
        visited |= set(distance.argmin(axis=1).tolist())
    assert visited == set(range(6))
    with pytest.raises(DataError, match=r"none of \['Na'\] to shuffle"):
        substitution.shuffled(rng, parent, elements=["Na"])


def _cations(atoms):
    return atoms.positions[atoms.numbers != 17]


SPECIFICATIONS = [
    {"kind": "random", "composition": HALIDE},
    {"kind": "cluster", "number": 38},
    {"kind": "file", "crystals": ["licl_rocksalt", "li_bcc"], "repeat": [2, 1, 1]},
    {"kind": "substitution", "crystals": ["li2zrcl6_c2m_4g"], "exchange": {"Zr": "Hf"}, "shuffle": True, "swaps": 1},
    {"kind": "symmetric", "composition": HALIDE, "space_groups": [148, 162], "volume_per_atom": [20, 28]},
]  # fmt: skip


@pytest.mark.parametrize("raw", SPECIFICATIONS, ids=lambda raw: raw["kind"])
def test_every_kind_is_made_and_is_reproducible(raw):
    if raw["kind"] == "symmetric":
        pytest.importorskip("pyxtal")
    first = make_start(raw, np.random.default_rng(3))
    second = make_start(starts.start_config(raw), np.random.default_rng(3))
    assert first.info["start"] == raw["kind"]
    np.testing.assert_array_equal(first.positions, second.positions)
    np.testing.assert_array_equal(first.numbers, second.numbers)
    if raw["kind"] == "substitution":
        assert counts(first) == {"Li": 2, "Hf": 1, "Cl": 6}
    if raw["kind"] != "file":
        other = make_start(raw, np.random.default_rng(4))
        assert other.positions.shape != first.positions.shape or (
            abs(other.positions - first.positions).max() > 1e-3
        )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"kind": "cluster", "nmber": 3}, r"unknown key `start\.nmber`; did you mean `start\.number`"),
        ({"kind": "cristal"}, r"start\.kind is 'cristal'; 'random', .* and 'cluster' are allowed"),
        ({"kind": "cluster", "number": 3, "files": ["a"]}, r"start\.files means nothing for start\.kind 'cluster'"),
        ({"kind": "random"}, r"start\.composition is missing"),
        ({"kind": "random", "composition": {"Li": 0}}, r"start\.composition\.Li is 0; 1 to"),
        ({"kind": "random", "composition": {"Li": "two"}}, r"start\.composition\.Li is 'two'"),
        ({"kind": "random", "composition": {"Li": 1}, "volume_per_atom": [20]}, "two numbers"),
        ({"kind": "file"}, r"start\.files and start\.crystals are missing"),
        ({"kind": "substitution", "crystals": ["li_bcc"]}, r"start\.exchange, start\.swaps or"),
        ({"kind": "symmetric", "composition": {"Li": 1}, "space_groups": [0]}, "space_groups is 0"),
        ({"kind": "cluster"}, r"start\.number is 0; 1 to"),
        ({"kind": "file", "crystals": ["li_bcc"], "repeat": [2, 2]}, "three positive numbers"),
    ],
)  # fmt: skip
def test_mistakes_are_named(raw, message, rng):
    with pytest.raises(ConfigError, match=message):
        make_start(raw, rng)


def test_configurations_made_by_hand_are_checked_too(rng):
    with pytest.raises(ConfigError, match=r"start\.composition is missing"):
        make_start(StartConfig(), rng)
    with pytest.raises(DataError, match="unknown crystal"):
        make_start(StartConfig(kind="file", crystals=["li_fccc"]), rng)
    assert set(starts.OPTIONS) == set(starts._MAKERS)
