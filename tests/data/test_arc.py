"""Structures in .arc files: what is kept, the orientation, an independent reader, and damage."""

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from sswnn.data.arc import iter_arc, read_arc, standard_orientation, write_arc
from sswnn.data.prototypes import prototype
from sswnn.errors import DataError

LASP = """!BIOSYM archive 2
PBC=ON
                       Energy       0        0.0213       -35.123456     P-1
!DATE
PBC     5.00000000     6.00000000     7.00000000    90.00000000    90.00000000   120.00000000
Li       0.500000000     1.000000000    -0.250000000 CORE    1 Li Li   0.0000    1
Cl1      2.000000000     3.000000000     4.000000000 CORE    2 Cl Cl   0.0000    2
end
end
                       Energy       1  ***********  **************   C1
!DATE
PBC     5.00000000     6.00000000     7.00000000    90.00000000    90.00000000    90.00000000
Li       0.500000000     1.000000000     0.250000000 CORE    1 Li Li   0.0000    1
end
end
"""
FORCES = """ For   0  0  SS-fixlat     -35.123456
     0.10000000      0.20000000      0.30000000      0.40000000      0.50000000      0.60000000
     1.00000000      2.00000000      3.00000000
    -1.00000000     -2.00000000     -3.00000000

 For   1  0  SS-fixlat   ************
     0.10000000      0.20000000      0.30000000      0.40000000      0.50000000      0.60000000
     1.00000000 ***************      3.00000000

"""


def rotated_crystals():
    """Skewed crystals turned out of the standard orientation, with energies."""
    frames = []
    for k, name in enumerate(("li2zrcl6_c2m_4g", "zrcl4_p2c", "licl_rocksalt")):
        atoms = prototype(name)
        atoms.rattle(0.1, seed=k)
        atoms.rotate(37.0 + k, (1, 2, 3), rotate_cell=True)
        atoms.info["energy"] = -35.123456789 - k
        frames.append(atoms)
    return frames


@pytest.mark.parametrize("suffix", ["arc", "arc.xz"])
def test_round_trip_to_the_digits_that_are_printed(tmp_path, suffix):
    frames, path = rotated_crystals(), tmp_path / f"all.{suffix}"
    write_arc(path, frames)
    for frame, read in zip(frames, read_arc(path), strict=True):
        cell, rotation = standard_orientation(frame)
        np.testing.assert_allclose(read.cell.array, cell, atol=1e-8)
        np.testing.assert_allclose(read.positions, frame.positions @ rotation, atol=1e-8)
        assert read.get_chemical_symbols() == frame.get_chemical_symbols()
        assert read.info["energy"] == pytest.approx(frame.info["energy"], abs=1e-9)
        assert abs(frame.cell.array - cell).max() > 1.0


def test_the_orientation_is_a_rotation_that_keeps_distances():
    for frame in rotated_crystals():
        cell, rotation = standard_orientation(frame)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1.0)
        assert cell[0, 1] == cell[0, 2] == cell[1, 2] == 0.0
        turned = Atoms(frame.symbols, frame.positions @ rotation, cell=cell, pbc=True)
        np.testing.assert_allclose(
            turned.get_all_distances(mic=True), frame.get_all_distances(mic=True), atol=1e-9
        )


def test_a_left_handed_cell_becomes_its_mirror_image():
    frame = prototype("zrcl4_p2c")
    frame.set_cell(frame.cell.array[[1, 0, 2]])
    assert np.linalg.det(standard_orientation(frame)[1]) == pytest.approx(-1.0)


def test_the_reader_and_writer_of_ase_agree(tmp_path):
    frames, ours, theirs = rotated_crystals(), tmp_path / "ours.arc", tmp_path / "theirs.arc"
    write_arc(ours, frames)
    for frame, read in zip(read_arc(ours), ase.io.read(ours, ":", format="dmol-arc"), strict=True):
        np.testing.assert_allclose(frame.positions, read.positions, atol=1e-9)
        np.testing.assert_allclose(frame.cell.array, read.cell.array, atol=1e-9)
        assert frame.get_chemical_symbols() == read.get_chemical_symbols()
    ase.io.write(theirs, frames, format="dmol-arc")
    for frame, read in zip(read_arc(ours), read_arc(theirs), strict=True):
        np.testing.assert_allclose(frame.positions, read.positions, atol=2e-8)
        assert "energy" not in read.info


def test_lasp_titles_and_forces(tmp_path):
    path, forces = tmp_path / "allstr.arc", tmp_path / "allfor.arc"
    path.write_text(LASP)
    forces.write_text(FORCES)
    first, second = read_arc(path, forces=forces)
    assert first.get_chemical_symbols() == ["Li", "Cl"]
    assert first.info["energy"] == -35.123456
    np.testing.assert_allclose(first.cell.cellpar(), [5, 6, 7, 90, 90, 120])
    np.testing.assert_array_equal(first.arrays["forces"], [[1, 2, 3], [-1, -2, -3]])
    np.testing.assert_array_equal(first.info["lasp_stress"], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert "energy" not in second.info and "forces" not in second.arrays  # they overflowed


@pytest.mark.parametrize(
    ("title", "energy"),
    [
        ("     Energy            1           1     -12.500000", -12.5),
        ("  Energy 3 -7.25 12 C2/m", -7.25),
        ("  Energy 3 -7", -7.0),
        ("Energy 0 0.0000 -35.5 P21", -35.5),
        ("   React    2   0.1   -3.5", -3.5),
        ("a molecule                                        1.5000", None),
        ("", None),
    ],
)
def test_energy_of_a_title(tmp_path, title, energy):
    path = tmp_path / "a.arc"
    path.write_text(f"!BIOSYM archive 3\nPBC=OFF\n{title}\n!DATE\nLi 0 0 0\nend\nend\n")
    (frame,) = read_arc(path)
    assert frame.info.get("energy") == energy
    assert not frame.pbc.any()


def test_clusters_and_calculators(tmp_path):
    path = tmp_path / "cluster.arc"
    cluster = Atoms("Ar2", [[0, 0, 0], [1.1, 0, 0]])
    cluster.calc = SinglePointCalculator(cluster, energy=-1.0)
    write_arc(path, [cluster, Atoms("Ar")])
    first, second = read_arc(path)
    np.testing.assert_allclose(first.positions, cluster.positions)
    assert first.info["energy"] == -1.0
    assert "energy" not in second.info


def test_a_truncated_file_names_the_place_and_keeps_what_precedes(tmp_path):
    path = tmp_path / "cut.arc"
    whole = LASP.splitlines(keepends=True)
    for last in range(10, len(whole) - 2):
        path.write_text("".join(whole[:last]))
        with pytest.raises(
            DataError, match=rf"cut\.arc: structure 1 \(line {last}\): the file ends"
        ):
            read_arc(path)
        frames = iter_arc(path)
        assert len(next(frames)) == 2
    path.write_text("".join(whole[:-1]))  # one "end" is enough
    assert len(read_arc(path)) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("!BIOSYM archive 2", "3", "expected '!BIOSYM archive', got '3'"),
        ("PBC=ON", "PBC=2D", "expected 'PBC=ON' or 'PBC=OFF', got 'PBC=2D'"),
        ("PBC     5.0", "PBC     0.0", "enclose no volume"),
        ("120.00000000", "220.00000000", "enclose no volume"),
        ("PBC     5.00000000", "PBC", "expected 'PBC a b c"),
        ("0.500000000     1.0", "0.5000 one 1.0", r"line 6\): expected an atom"),
        ("Cl1      2.000000000     3.000000000     4.000000000 CORE    2 Cl Cl", "Q1 2 3 4 C 2 Q Q", "'Q1'"),
        ("!DATE\n", "", "expected a title and '!DATE'"),
    ],
)  # fmt: skip
def test_damage_is_named(tmp_path, old, new, message):
    path = tmp_path / "bad.arc"
    assert old in LASP
    path.write_text(LASP.replace(old, new, 1))
    with pytest.raises(DataError, match=message):
        read_arc(path)


def test_what_cannot_be_written_or_does_not_fit_is_refused(tmp_path):
    path, forces = tmp_path / "a.arc", tmp_path / "allfor.arc"
    with pytest.raises(DataError, match="no structures"):
        write_arc(path, [])
    with pytest.raises(DataError, match="all three directions or none"):
        write_arc(path, [Atoms("Li", cell=[3, 3, 9], pbc=(True, True, False))])
    with pytest.raises(DataError, match="structure 1 is not periodic"):
        write_arc(path, [prototype("li_bcc"), Atoms("Li")])
    with pytest.raises(DataError, match=r"absent\.arc"):
        read_arc(tmp_path / "absent.arc")
    path.write_text(LASP)
    forces.write_text(FORCES + FORCES)
    with pytest.raises(DataError, match="more forces follow than there are structures"):
        read_arc(path, forces=forces)
    forces.write_text(FORCES.replace("    -1.00000000     -2.00000000     -3.00000000\n", ""))
    with pytest.raises(DataError, match=r"allfor\.arc: structure 0 \(line 4\): expected a force"):
        read_arc(path, forces=forces)
