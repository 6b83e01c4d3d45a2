"""Built interfaces: the published model, contacts, strain, files, options."""

import json

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.io import read
from ase.neighborlist import neighbor_list

from sswnn.cli.main import main
from sswnn.errors import InterfaceError
from sswnn.interface import build, summary
from sswnn.interface.relax import relax_bulk


@pytest.fixture(scope="module")
def demo():
    return build("demo")


def test_the_published_model():
    """Thicknesses of Nano Lett. 2022 (20.5 and 9.7 A, atom to atom), at literature lattice constants."""
    record = build("paper").record
    assert record["sides"]["substrate"]["layers"] == 4 and record["sides"]["film"]["layers"] == 5
    assert record["sides"]["substrate"]["thickness_A"] == pytest.approx(20.5, abs=0.3)
    assert record["sides"]["film"]["thickness_A"] == pytest.approx(9.7, abs=0.4)
    assert record["mismatch_percent"] < 1.08
    assert record["composition"] == {"Zr": 12, "Li": 24 + 65, "Cl": 72}


def test_the_demo_is_large_rectangular_and_stoichiometric(demo):
    atoms = demo.atoms
    assert len(atoms) >= 500
    np.testing.assert_allclose(atoms.cell.array, np.diag(np.diag(atoms.cell.array)), atol=1e-6)
    lower = atoms[atoms.arrays["slab"] == 0].get_chemical_symbols()
    assert lower.count("Li") == 2 * lower.count("Zr") and lower.count("Cl") == 6 * lower.count("Zr")
    assert set(atoms[atoms.arrays["slab"] == 1].get_chemical_symbols()) == {"Li"}


@pytest.mark.parametrize(
    "options", [{}, {"periodic": True}, {"strained": "shared"}, {"shift": (0.3, 0.1)}]
)
def test_no_two_atoms_are_too_close(options):
    atoms = build("paper", **options).atoms
    distances = neighbor_list("d", atoms, 3.0)
    assert distances.min() > 1.8


def test_who_is_strained():
    film = bulk("Li", "fcc", a=4.27, cubic=True)
    records = {
        who: build("paper", film=film, strained=who).record
        for who in ("film", "shared", "substrate")
    }
    mismatch = records["film"]["mismatch_percent"]
    assert mismatch > 0.1
    sizes = {
        who: [max(map(abs, r["strain_percent"][side])) for side in ("film", "substrate")]
        for who, r in records.items()
    }
    assert sizes["film"] == pytest.approx([mismatch, 0], abs=1e-4)
    assert sizes["substrate"] == pytest.approx([0, mismatch], abs=0.01)
    assert sizes["shared"] == pytest.approx([mismatch / 2, mismatch / 2], abs=0.01)
    areas = {who: r["area_A2"] for who, r in records.items()}
    assert (
        min(areas["film"], areas["substrate"])
        < areas["shared"]
        < max(areas["film"], areas["substrate"])
    )


def test_gap_vacuum_and_double_interface(demo):
    atoms = build("demo", periodic=False).atoms
    z, side = atoms.positions[:, 2], atoms.arrays["slab"]
    assert z[side == 1].min() - z[side == 0].max() == pytest.approx(2.1)
    assert atoms.cell[2, 2] - np.ptp(z) == pytest.approx(15.0)
    closed, sides = demo.atoms, demo.record["sides"]
    solid = sides["film"]["thickness_A"] + sides["substrate"]["thickness_A"]
    assert closed.cell[2, 2] - solid == pytest.approx(2 * 2.1, abs=1e-3)
    metal = closed.positions[closed.arrays["slab"] == 1, 2]
    salt = closed.positions[closed.arrays["slab"] == 0, 2]
    assert salt.min() - metal[metal < salt.min()].max() == pytest.approx(2.1)
    assert metal[metal > salt.max()].min() - salt.max() == pytest.approx(2.1)


def test_files_hold_the_same_atoms(demo, tmp_path):
    paths = demo.write(tmp_path)
    data = read(paths["data"], format="lammps-data", units="metal")
    assert data.get_chemical_symbols() == demo.atoms.get_chemical_symbols()
    np.testing.assert_allclose(data.positions, demo.atoms.positions, atol=1e-8)
    np.testing.assert_allclose(data.cell.array, demo.atoms.cell.array, atol=1e-6)
    text = paths["data"].read_text()
    masses = [
        line.split()[0] + line.split()[-1] for line in text.split("Masses")[1].splitlines()[2:5]
    ]
    assert masses == ["1Li", "2Zr", "3Cl"]
    assert read(paths["extxyz"]).get_chemical_symbols() == demo.atoms.get_chemical_symbols()
    assert json.loads(paths["json"].read_text())["atoms"] == len(demo.atoms)


def test_tilted_cell_in_a_data_file(tmp_path):
    interface = build("paper")
    data = read(interface.write(tmp_path)["data"], format="lammps-data", units="metal")
    np.testing.assert_allclose(data.cell.array, interface.atoms.cell.array, atol=1e-8)
    np.testing.assert_allclose(data.positions, interface.atoms.positions, atol=1e-8)


def test_other_crystals_and_planes():
    from dataclasses import replace

    from sswnn.interface import PRESETS

    model = replace(PRESETS["paper"], film="li_bcc", film_miller=(1, 1, 0), film_layers=4)
    record = build(
        model,
        substrate=bulk("LiCl", "rocksalt", a=5.13, cubic=True),
        substrate_layers=3,
        max_mismatch=0.03,
    ).record
    assert record["mismatch_percent"] <= 3
    assert record["sides"]["substrate"]["crystal"] == "Cl4Li4"
    assert record["description"] == "" and record["published"] == {}
    assert record["atom_types"] == ["Li", "Zr", "Cl"]


def test_other_elements_get_types_in_order_of_appearance(tmp_path):
    interface = build(
        "paper", substrate=bulk("NaBr", "rocksalt", a=5.97, cubic=True), max_mismatch=0.1
    )
    types = interface.record["atom_types"]
    assert types == list(dict.fromkeys(interface.atoms.get_chemical_symbols()))
    assert set(types) == {"Na", "Br", "Li"}
    data = read(interface.write(tmp_path)["data"], format="lammps-data", units="metal")
    assert data.get_chemical_symbols() == interface.atoms.get_chemical_symbols()
    assert ", ".join(f"{k} {x}" for k, x in enumerate(types, 1)) in summary(interface.record)


def test_errors():
    with pytest.raises(InterfaceError, match="preset is 'nothing', expected one of paper, demo"):
        build("nothing")
    with pytest.raises(InterfaceError, match="strained is 'both'"):
        build("paper", strained="both")
    with pytest.raises(InterfaceError, match=r"0\.\d+ A apart"):
        build("paper", gap=0.3)
    with pytest.raises(InterfaceError, match="expected positive lengths"):
        build("paper", gap=-1)
    with pytest.raises(InterfaceError, match="repeat is"):
        build("paper", repeat=(0, 1))
    for name in ("film_layers", "substrate_layers", "max_mismatch", "max_area"):
        with pytest.raises(InterfaceError, match=f"{name} is 0"):
            build("paper", **{name: 0})


class Parabola(Calculator):
    """Energy (V - V0)^2 per cell of an isotropic solid; the least energy is at a known volume."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, volume: float):
        super().__init__()
        self.volume = volume

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        v = self.atoms.get_volume()
        self.results = {
            "energy": 0.01 * (v - self.volume) ** 2,
            "forces": np.zeros((len(self.atoms), 3)),
            "stress": 0.02 * (v - self.volume) * np.array([1, 1, 1, 0, 0, 0.0]),
        }


def test_crystals_relax_to_the_minimum_of_the_potential():
    metal = relax_bulk(bulk("Li", "fcc", a=4.2, cubic=True), Parabola(4.35**3))
    assert metal.cell.cellpar() == pytest.approx([4.35] * 3 + [90] * 3, rel=1e-4)
    salt = relax_bulk(bulk("LiCl", "rocksalt", a=5.0, cubic=True), Parabola(5.1**3), fmax=1e-4)
    assert salt.get_volume() == pytest.approx(5.1**3, rel=1e-4)
    with pytest.raises(InterfaceError, match="no energy minimum within 15 %"):
        relax_bulk(bulk("Li", "fcc", a=4.2, cubic=True), Parabola(6.0**3))


def test_command(tmp_path, capsys):
    assert (
        main(["interface", "--preset", "paper", "--out", str(tmp_path / "x"), "--vacuum", "12"])
        == 0
    )
    assert "173 atoms" in capsys.readouterr().out
    assert {p.name for p in (tmp_path / "x").iterdir()} == {
        "interface.data",
        "interface.extxyz",
        "interface.json",
    }
    assert main(["interface", "--max-mismatch", "0", "--out", str(tmp_path)]) == 2
    assert "max_mismatch is 0" in capsys.readouterr().err
    assert main(["interface", "--film", str(tmp_path / "none.cif"), "--out", str(tmp_path)]) == 2
    assert "no such file" in capsys.readouterr().err


def test_a_molecule_is_no_crystal(tmp_path, capsys, recwarn):
    path = tmp_path / "water.xyz"
    path.write_text("3\n\nO 0 0 0\nH 0 0 1\nH 0 1 0\n")
    assert main(["interface", "--film", str(path), "--out", str(tmp_path)]) == 2
    assert "film H2O has no periodic cell" in capsys.readouterr().err
    path = tmp_path / "geometry.in"  # a format whose reader ASE warns of
    path.write_text("atom 0 0 0 Li\n")
    assert main(["interface", "--film", str(path), "--out", str(tmp_path)]) == 2
    assert "film Li has no periodic cell" in capsys.readouterr().err
    assert not [w for w in recwarn if issubclass(w.category, FutureWarning)]


def test_places_that_cannot_be_written_and_lengths_that_are_no_numbers(tmp_path, capsys):
    taken = tmp_path / "taken"
    taken.touch()
    for out in (taken, "/proc/x"):
        assert main(["interface", "--preset", "paper", "--out", str(out)]) == 2
        error = capsys.readouterr().err
        assert str(out) in error and error.count("\n") == 1
    words = ["interface", "--vacuum", "nan", "--no-periodic", "--out", str(tmp_path)]
    assert main(words) == 2
    assert "vacuum nan A" in capsys.readouterr().err
