"""Entries written for other programs and read back."""


import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.db import connect

from sswnn.data.frames import read_frames
from sswnn.data.prototypes import prototype
from sswnn.errors import DataError
from sswnn.ssw.archive import Archive
from sswnn.ssw.comparison import same_crystal, same_structure
from sswnn.ssw.entries import Minimum
from sswnn.ssw.export import export, write_cif
from sswnn.ssw.symmetry import space_group

NAMES = ("licl_rocksalt", "li2zrcl6_p-31c_2d2b", "li2zrcl6_c2m_4g")


@pytest.fixture
def entries(tmp_path):
    with Archive(tmp_path / "a.db") as archive:
        for k, name in enumerate(NAMES):
            atoms = prototype(name)
            archive.add(Minimum.from_atoms(atoms, -3.0 * len(atoms) - k, walker=1, step=k))
        return list(archive.entries("id"))


@pytest.mark.parametrize("name", ["a.extxyz", "a.xyz", "a.extxyz.gz"])
def test_extended_xyz(tmp_path, entries, name):
    assert export(tmp_path / name, entries) == 3
    frames = read_frames(tmp_path / name)
    for frame, entry in zip(frames, entries, strict=True):
        assert frame.info["energy"] == pytest.approx(entry.energy)
        assert frame.info["minimum"] == entry.id
        assert frame.info["space_group"] == entry.space_group()
        np.testing.assert_allclose(frame.positions, entry.positions, atol=1e-7)
        np.testing.assert_allclose(frame.cell.array, entry.cell, atol=1e-7)


def test_clusters_as_extended_xyz(tmp_path):
    atoms = Atoms("Ar4", np.random.default_rng(0).uniform(0, 3, size=(4, 3)))
    with Archive(tmp_path / "a.db") as archive:
        archive.add(Minimum.from_atoms(atoms, -1.0))
        cluster = archive.best()
    export(tmp_path / "a.xyz", [cluster])
    (frame,) = read_frames(tmp_path / "a.xyz")
    assert not frame.pbc.any()
    assert same_structure(frame, atoms)
    with pytest.raises(DataError, match=r"minimum 1 \(Ar4\).*CIF needs crystals"):
        export(tmp_path / "a.cif", [cluster])


@pytest.mark.parametrize("tolerance", [None, 0.05])
def test_cif_with_data_blocks(tmp_path, entries, tolerance):
    path = tmp_path / "a.cif"
    assert write_cif(path, entries, tolerance=tolerance) == 3
    text = path.read_text()
    assert "data_00001_LiCl\n" in text and "data_00003_Li2ZrCl6\n" in text
    assert ("'P-31c'" in text or "P-31c" in text) == (tolerance is not None)
    for atoms, name in zip(ase.io.read(path, ":"), NAMES, strict=True):
        assert same_crystal(atoms, prototype(name))
        assert space_group(atoms).number == space_group(prototype(name)).number


def test_cif_one_file_each(tmp_path, entries):
    assert write_cif(tmp_path / "cifs", entries) == 3
    files = sorted(p.name for p in (tmp_path / "cifs").iterdir())
    assert files == ["00001_LiCl.cif", "00002_Li2ZrCl6.cif", "00003_Li2ZrCl6.cif"]
    assert same_crystal(ase.io.read(tmp_path / "cifs" / files[1]), prototype(NAMES[1]))


def test_ase_database(tmp_path, entries):
    path = tmp_path / "out.db"
    assert export(path, entries) == 3
    with connect(path) as database:
        rows = list(database.select())
        assert [row.energy for row in rows] == [entry.energy for entry in entries]
        assert [row.minimum for row in rows] == [1, 2, 3]
        assert rows[1].space_group == "P-31c"
        assert rows[1].order_parameter_6 == pytest.approx(entries[1].order_parameters[6])
        assert len(list(database.select("step>0"))) == 2
        np.testing.assert_allclose(rows[0].positions, entries[0].positions)


def test_a_file_that_is_no_database(tmp_path, entries):
    path = tmp_path / "text.db"
    path.write_text("no database " * 100)
    with pytest.raises(DataError, match=r"text\.db: cannot be written as an ASE database"):
        export(path, entries)


def test_an_archive_is_not_made_a_database_of_ase(tmp_path, entries):
    with pytest.raises(DataError, match=r"a\.db: an archive of minima, choose another name"):
        export(tmp_path / "a.db", entries)
    with Archive(tmp_path / "a.db") as archive:
        assert archive.count() == 3


def test_lasp_arc(tmp_path, entries):
    from sswnn.data.arc import read_arc

    assert export(tmp_path / "a.arc", entries) == 3
    for atoms, entry in zip(read_arc(tmp_path / "a.arc"), entries, strict=True):
        assert same_crystal(atoms, entry.to_atoms())


def test_an_unknown_format(tmp_path, entries):
    with pytest.raises(DataError, match=r"a\.pdb: cannot tell the format, expected .*\.cif"):
        export(tmp_path / "a.pdb", entries)
    with pytest.raises(DataError, match="cannot tell the format"):
        export(tmp_path / "folder", entries)
