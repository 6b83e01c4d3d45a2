"""Phases from archives, extended XYZ and tables; what must not be mixed."""

import json

import numpy as np
import pytest
from thermo_tools import labelled

from sswnn.analysis.tables import write_csv
from sswnn.data.frames import read_frames, write_frames
from sswnn.data.prototypes import prototype
from sswnn.errors import DataError
from sswnn.ssw.archive import Archive
from sswnn.ssw.entries import Minimum
from sswnn.thermo import collect, convex_hull, spectrum
from sswnn.thermo.sources import structures
from sswnn.thermo.tables import export_phases, minima_columns

NAMES = ("licl_rocksalt", "licl_wurtzite", "zrcl4_p2c")


def search(folder, names=NAMES, model="LiZrCl", pressure=None, seed=None):
    """A folder like that of a search."""
    folder.mkdir()
    with Archive(folder / "minima.sqlite", pressure=pressure) as archive:
        for k, name in enumerate(names):
            atoms = prototype(name)
            if seed is not None:
                atoms.rattle(0.003, seed=seed)
            archive.add(Minimum.from_atoms(atoms, (-3.0 - 0.01 * k) * len(atoms), uncertainty=0.1))
    surface = {"kind": "model", "model": model, "fingerprint": f"{model} 01234567", "options": {}, "rho": 14.0, "cutoff": 0.0}
    (folder / "settings.json").write_text(json.dumps({"surface": surface}))
    return folder


def test_an_archive_and_its_folder(tmp_path):
    folder = search(tmp_path / "a")
    one, other = collect([folder]), collect([folder / "minima.sqlite"])
    assert [p.formula for p in one.phases] == [p.formula for p in other.phases] == ["LiCl", "LiCl", "ZrCl4"]
    assert one.potentials == ("model LiZrCl 01234567",)
    assert one.phases[0].space_group.symbol == "Fm-3m"
    assert one.phases[0].energy_per_atom == pytest.approx(-3.0)
    assert one.phases[0].uncertainty == 0.1
    assert one.notes == ()


def test_two_archives_share_a_minimum(tmp_path):
    a, b = search(tmp_path / "a"), search(tmp_path / "b", NAMES[:2], seed=1)
    both = collect([a, b])
    assert len(both.phases) == 3 and both.repeated == 2
    assert [row.minima for row in spectrum(both.phases)] == [2, 1]
    assert spectrum(both.phases)[0].visits == 4
    assert len(collect([a, b], deduplicate=False).phases) == 5


def test_energies_of_different_potentials_are_refused(tmp_path):
    a, b = search(tmp_path / "a"), search(tmp_path / "b", model="other")
    with pytest.raises(DataError, match=r"different potentials cannot be compared: .*LiZrCl.*other"):
        collect([a, b])
    assert "taken together" in collect([a, b], mixed=True).notes[0]


def test_frames_of_another_engine_are_refused_and_unknown_ones_noted(tmp_path):
    a = search(tmp_path / "a")
    write_frames(tmp_path / "l.extxyz", [labelled("li2zrcl6_c2m_4g", -4.0, engine="7net-l3i5")])
    with pytest.raises(DataError, match="different potentials"):
        collect([a, tmp_path / "l.extxyz"])
    write_frames(tmp_path / "u.extxyz", [labelled("li2zrcl6_c2m_4g", -4.0)])
    assert "is not known" in collect([a, tmp_path / "u.extxyz"]).notes[0]


def test_pressures_are_not_mixed_and_enthalpies_compared(tmp_path):
    a, b = search(tmp_path / "a"), search(tmp_path / "b", pressure=0.01)
    with pytest.raises(DataError, match="different pressures"):
        collect([a, b])
    compressed = collect([b])
    volume = prototype("licl_rocksalt").get_volume() / 8
    assert compressed.pressure == 0.01
    assert compressed.phases[0].energy_per_atom == pytest.approx(-3.0 + 0.01 * volume)
    hull = convex_hull(compressed.phases, ["LiCl", "ZrCl4"])
    export_phases(tmp_path / "near.extxyz", hull, 10.0)
    write_csv(tmp_path / "minima.csv", minima_columns(hull))
    for again in ("near.extxyz", "minima.csv"):
        read = collect([tmp_path / again])
        assert read.pressure == 0.01
        np.testing.assert_allclose(
            sorted(p.energy_per_atom for p in read.phases), sorted(p.energy_per_atom for p in compressed.phases), atol=1e-6
        )
        with pytest.raises(DataError, match="different pressures"):
            collect([a, tmp_path / again])
    frames = read_frames(tmp_path / "near.extxyz")  # energies proper
    assert sorted(round(f.info["energy"] / len(f), 6) for f in frames) == [-3.02, -3.01, -3.0]


def test_extended_xyz(tmp_path):
    cluster = labelled("licl_cscl", -2.0)
    cluster.pbc = False
    frames = [labelled("licl_rocksalt", -3.0), labelled("licl_rocksalt", -3.0), labelled("zrcl4_p2c", -4.9), cluster]
    write_frames(tmp_path / "a.extxyz.xz", frames)
    found = collect([tmp_path / "a.extxyz.xz"])
    assert [p.formula for p in found.phases] == ["LiCl", "ZrCl4"] and found.repeated == 1
    assert "1 structures are no crystals" in found.notes[0]
    assert found.phases[0].visits == 2


def test_a_table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,formula,energy_ev_per_atom,space_group,space_group_number\nx,Cu2Au2,-3.5,P4/mmm,123\ny,Au,-3.2,,\n")
    one, two = collect([path]).phases
    assert (one.formula, one.size, one.energy_per_atom) == ("CuAu", 4, -3.5)
    assert one.space_group.number == 123 and two.space_group is None and one.atoms is None
    path.write_text(path.read_text(), encoding="utf-8-sig")  # as spreadsheets write it
    assert collect([path]).phases[0].formula == "CuAu"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "formula,energy\nLi,1\n", "no column energy_ev_per_atom, columns are formula, energy"),
        ("a.csv", "formula,energy_ev_per_atom\nLi,x\n", r"a\.csv#2: could not convert"),
        ("a.csv", "formula,energy_ev_per_atom\nLi,nan\n", r"a\.csv#2: energy is nan"),
        ("a.csv", "formula,energy_ev_per_atom\nQq,1\n", "expected a formula"),
        ("a.csv", "formula,energy_ev_per_atom\n", "no crystal with an energy"),
        ("a.csv", "formula,energy_ev_per_atom\nLi\n", r"a\.csv#2: could not convert"),
        ("a.csv", b"formula,energy_ev_per_atom\nLi,-1\n\xe9,1\n", r"a\.csv: not a text in UTF-8"),
        ("a.extxyz", '1\nLattice="3 0 0 0 3 0 0 0 3" pbc="T T T"\nLi 0 0 0\n', "frame 0 has no energy; label"),
        ("a.dat", "", "expected an archive"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, name, text, why):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=why):
        collect([tmp_path / name])
    with pytest.raises(DataError, match="no such file"):
        collect([tmp_path / "none"])


def test_structures_of_any_kind(tmp_path):
    import ase.io

    ase.io.write(tmp_path / "a.cif", prototype("licl_rocksalt"))
    (read,) = structures(tmp_path / "a.cif")
    assert read.formula == "LiCl" and np.isnan(read.energy) and read.space_group.number == 225
    (named,) = structures("li2zrcl6_p-31c_2d2b")
    assert named.space_group.symbol == "P-31c"
    assert len(list(structures(search(tmp_path / "s")))) == 3
    with pytest.raises(DataError, match="no crystal of that name"):
        list(structures("nonsense"))


def test_a_site_occupied_in_part_is_refused(tmp_path):
    import ase.io

    ase.io.write(tmp_path / "a.cif", prototype("licl_rocksalt"))
    text = (tmp_path / "a.cif").read_text()
    (tmp_path / "b.cif").write_text(text.replace("1.0000", "0.5000", 1))
    with pytest.raises(DataError, match=r"b\.cif: a site is occupied in part \(Li 0\.5\)"):
        list(structures(tmp_path / "b.cif"))
    assert len(list(structures(tmp_path / "a.cif"))) == 1
