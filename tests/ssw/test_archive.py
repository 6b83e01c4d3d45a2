"""The archive of minima: what is one minimum, order, merging, and a file that survives its writers."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell

from sswnn.data.prototypes import prototype
from sswnn.errors import DataError, StructureError
from sswnn.ssw.archive import Archive
from sswnn.ssw.entries import Minimum, composition_of


def minimum(atoms: Atoms, per_atom: float = -3.0, **others) -> Minimum:
    return Minimum.from_atoms(atoms, per_atom * len(atoms), **others)


def rattled(atoms: Atoms, width: float, seed: int = 0) -> Atoms:
    other = atoms.copy()
    other.positions += np.random.default_rng(seed).normal(0, width, size=atoms.positions.shape)
    return other


def other_cell(atoms: Atoms) -> Atoms:
    other = make_supercell(atoms, [[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    other.rotate(40, (1, 2, 3), rotate_cell=True)
    return other[np.random.default_rng(1).permutation(len(other))]


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "minima.db") as opened:
        yield opened


def test_an_entry_is_what_was_added(archive):
    atoms = prototype("li2zrcl6_p-31c_2d2b")
    one, new = archive.add(
        minimum(
            atoms,
            enthalpy=-53.0,
            uncertainty=np.float64(0.2),
            walker=np.int64(3),
            step=7,
            seed=11,
            force_calls=421,
        )
    )
    assert (one, new) == (1, True)
    entry = archive[1]
    np.testing.assert_array_equal(entry.numbers, atoms.numbers)
    np.testing.assert_array_equal(entry.positions, atoms.positions)
    np.testing.assert_array_equal(entry.cell, atoms.cell.array)
    assert entry.pbc == (True, True, True)
    assert (entry.energy, entry.enthalpy) == (-54.0, -53.0)
    assert entry.energy_per_atom == -3.0
    assert entry.composition == "Li2ZrCl6"
    assert (entry.uncertainty, entry.walker, entry.step, entry.seed) == (0.2, 3, 7, 11)
    assert (entry.parent, entry.force_calls, entry.visits) == (None, 421, 1)
    assert entry.space_groups == dict.fromkeys((0.01, 0.05, 0.1, 0.2), "P-31c")
    assert set(entry.space_group_numbers.values()) == {163}
    assert entry.space_group() == "P-31c" and entry.space_group(0.001) is None
    assert set(entry.order_parameters) == {4, 6}
    assert entry.order_parameters[6] > 0.05
    info = entry.to_atoms().info
    assert (info["energy"], info["enthalpy"], info["space_group"]) == (-54.0, -53.0, "P-31c")
    assert entry.to_atoms().get_chemical_formula() == atoms.get_chemical_formula()
    assert "parent" not in info


def test_a_known_minimum_is_one_more_visit(archive):
    atoms = prototype("li2zrcl6_p-31c_2d2b")
    assert archive.add(minimum(atoms)) == (1, True)
    assert archive.add(minimum(other_cell(atoms), -3.001)) == (1, False)
    assert archive.add(minimum(rattled(atoms, 0.02), -2.999)) == (1, False)
    assert (archive.count(), archive[1].visits) == (1, 3)
    assert archive.add(minimum(atoms, -2.9)) == (2, True)  # another energy is another minimum


def test_only_new_minima_are_annotated_and_entries_are_prepared_once(archive, monkeypatch):
    from sswnn.ssw import archive as module

    annotate, annotated = module.annotation, []
    monkeypatch.setattr(
        module, "annotation", lambda *arguments: annotated.append(1) or annotate(*arguments)
    )
    atoms = prototype("li2zrcl6_p-31c_2d2b")
    archive.add(minimum(atoms))
    for seed in range(5):
        assert archive.add(minimum(rattled(atoms, 0.01, seed))) == (1, False)
    assert len(annotated) == 1
    used = archive._known._entry.cache_info()
    assert (used.misses, used.hits) == (1, 4)
    assert archive.add(minimum(rattled(atoms, 1.0)))[1] and len(annotated) == 2


def test_polymorphs_of_one_energy_are_distinct(archive):
    for names in (
        ("licl_rocksalt", "licl_cscl", "licl_wurtzite"),
        ("li2zrcl6_p-3m1_6g", "li2zrcl6_p-3m1_6h", "li2zrcl6_p-31c_2d2b", "li2zrcl6_p-31c_2d2a"),
        ("li2zrcl6_p-31c_2a2b", "li2zrcl6_p-31m_2d", "li2zrcl6_c2m_4g", "li2zrcl6_c2m_4h"),
    ):
        for name in names:
            assert archive.add(minimum(prototype(name)))[1], name
            assert not archive.add(minimum(other_cell(prototype(name))))[1], name
    assert archive.compositions() == {"LiCl": 3, "Li2ZrCl6": 8}
    assert archive.count("Li2ZrCl6") == archive.count("Zr2Li4Cl12") == 8


def test_the_matcher_has_the_final_word(tmp_path):
    """With tolerances that let everything pass, crystals are still compared site by site."""
    with Archive(tmp_path / "a.db", fingerprint_tolerance=2.0, energy_tolerance=1.0) as archive:
        for name in ("licl_rocksalt", "licl_cscl", "licl_wurtzite"):
            assert archive.add(minimum(prototype(name)))[1]
        assert archive.add(minimum(other_cell(prototype("licl_cscl")))) == (2, False)


def test_clusters_in_reduced_units(tmp_path):
    rng = np.random.default_rng(0)
    atoms = Atoms("Ar13", rng.uniform(0, 3.5, size=(13, 3)))
    turned = atoms[rng.permutation(13)]
    turned.rotate(70, (1, 2, 3))
    smaller = atoms[:12]
    with Archive(tmp_path / "lj.db", length_unit=0.4, energy_tolerance=1e-4) as archive:
        assert archive.add(minimum(atoms)) == (1, True)
        assert archive.add(minimum(turned)) == (1, False)
        assert archive.add(minimum(smaller)) == (2, True)
        moved = atoms.copy()
        moved.positions[3] += 0.4
        assert archive.add(minimum(moved)) == (3, True)
        assert archive.best("Ar13").id == 1
        assert archive.count("Ar13") == 2 and archive.count("Ar") == 0
        assert archive[1].space_groups == {} and archive[1].space_group() is None


def test_order_limits_and_selection(archive):
    salt, ternary = prototype("licl_rocksalt"), prototype("li2zrcl6_p-31m_2d")
    for k, energy in enumerate((-3.0, -3.3, -3.1)):
        archive.add(minimum(salt, energy, enthalpy=8 * (energy + 0.1 * k)))
    archive.add(minimum(ternary, -4.0))
    archive.add(minimum(ternary, -3.9))
    archive.add(minimum(ternary, -3.9))

    def ids(*args, **options):
        return [entry.id for entry in archive.entries(*args, **options)]

    assert ids() == [4, 5, 2, 1, 3]  # per atom: -4, -3.9, -3.2, -3.0, -2.9
    assert ids("energy", composition="LiCl") == [2, 3, 1]
    assert ids("id", limit=2) == [1, 2]
    assert ids("visits")[0] == 5
    assert ids(composition="LiCl", max_above_best=0.25) == [2, 1]
    assert ids(max_above_best=0.05) == [4, 2]  # above the best of its own composition
    assert [entry.id for entry in archive] == [1, 2, 3, 4, 5]
    assert archive.best().id == 4 and archive.best("LiCl").id == 2
    assert archive.best("NaCl") is None
    assert len(archive) == 5
    with pytest.raises(DataError, match="order is 'size'"):
        archive.entries("size")
    with pytest.raises(DataError, match=r"composition is 'li\?\?', expected a formula"):
        archive.best("li??")
    with pytest.raises(KeyError, match="no minimum 77"):
        archive[77]


def test_enthalpy_follows_from_the_pressure(tmp_path):
    atoms = prototype("licl_rocksalt")
    with Archive(tmp_path / "p.db", pressure=0.06) as archive:
        archive.add(minimum(atoms))
        entry = archive.best()
    assert entry.enthalpy == pytest.approx(entry.energy + 0.06 * 5.13**3)


def test_adding_while_iterating(archive):
    salt = prototype("licl_rocksalt")
    archive.add(minimum(salt))
    with Archive(archive.path) as second:
        for k, _ in enumerate(archive):
            second.add(minimum(salt, -2.0 - k))
            archive.add(minimum(salt, -1.0 - k))
    assert archive.count() == 3


def test_rejections(archive):
    atoms = prototype("licl_rocksalt")
    reason = "hole: Li-Li 0.41 A below 0.7 of the covalent sum"
    archive.reject(minimum(atoms, -90.0, walker=1, step=4), reason)
    archive.reject(minimum(atoms, float("nan"), step=5), "energy is nan")
    last, first = archive.rejections()
    assert (first.reason, first.energy, first.walker, first.step) == (reason, -720.0, 1, 4)
    assert (last.energy, last.walker) == (None, None)
    assert first.to_atoms().info["reason"] == reason
    np.testing.assert_array_equal(first.positions, atoms.positions)
    assert archive.count_rejections() == 2 and archive.count() == 0
    assert len(list(archive.rejections(limit=1))) == 1


def test_settings_and_metadata_stay_in_the_file(tmp_path):
    path = tmp_path / "a.db"
    with Archive(path, pressure=2.0, energy_tolerance=0.01, settings={"T": 300}) as archive:
        archive.set_meta("note", "first")
        with pytest.raises(DataError, match="'pressure' belongs to the archive"):
            archive.set_meta("pressure", "3")
    with Archive(path) as archive:
        assert (archive.pressure, archive.energy_tolerance) == (2.0, 0.01)
        assert archive.settings == {"T": 300}
        assert (archive.get_meta("note"), archive.get_meta("other")) == ("first", None)
    with Archive(path, energy_tolerance=0.005, settings={"T": 500}):
        pass
    with Archive(path, readonly=True) as archive:
        assert (archive.energy_tolerance, archive.settings) == (0.005, {"T": 500})
        with pytest.raises(DataError, match="reading only"):
            archive.add(minimum(prototype("licl_rocksalt")))
    with pytest.raises(DataError, match=r"pressure of the archive is 2\.0, asked for 0\.0"):
        Archive(path, pressure=0.0)
    with pytest.raises(DataError, match=r"energy_tolerance is -1"):
        Archive(path, energy_tolerance=-1)


def test_merging(tmp_path):
    salt, cscl = prototype("licl_rocksalt"), prototype("licl_cscl")
    with Archive(tmp_path / "a.db") as a:
        a.add(minimum(cscl, -2.9))
    with Archive(tmp_path / "b.db") as b:
        b.add(minimum(salt, walker=5))
        b.add(minimum(other_cell(cscl), -2.9, parent=1))
        b.add(minimum(prototype("licl_wurtzite"), -2.95, parent=2))
        b.add(minimum(salt))
        b.reject(minimum(salt, 0.0), "uncertainty 0.9 above 0.5")
    with Archive(tmp_path / "a.db") as a:
        assert a.merge(tmp_path / "b.db") == 2
        assert [entry.visits for entry in a] == [2, 2, 1]
        assert [entry.parent for entry in a] == [None, None, 1]  # CsCl is number 1 here
        assert a[2].walker == 5 and a[2].space_group() == "Fm-3m"
        assert [rejection.reason for rejection in a.rejections()] == ["uncertainty 0.9 above 0.5"]
        with pytest.raises(DataError, match="merged with itself"):
            a.merge(tmp_path / "a.db")
        with pytest.raises(DataError, match="no such archive"):
            a.merge(tmp_path / "c.db")
    with (
        Archive(tmp_path / "p.db", pressure=1.0) as p,
        pytest.raises(DataError, match=r"pressure is 0\.0, but 1\.0"),
    ):
        p.merge(tmp_path / "b.db")


def test_files_that_are_no_archives(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("this is no database, " * 100)
    with pytest.raises(DataError, match=r"notes\.txt: damaged, or no archive of minima"):
        Archive(text)
    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE systems (id INTEGER)")
    connection.close()
    with pytest.raises(DataError, match="tables systems, but no archive"):
        Archive(foreign)
    with pytest.raises(DataError, match="no such table"):
        Archive(foreign, readonly=True)
    with pytest.raises(DataError, match="no such archive"):
        Archive(tmp_path / "missing.db", readonly=True)
    with pytest.raises(DataError, match=r"gone/a\.db"):
        Archive(tmp_path / "gone" / "a.db")
    newer = tmp_path / "newer.db"
    Archive(newer).close()
    connection = sqlite3.connect(newer)
    with connection:
        connection.execute("UPDATE meta SET value = '9' WHERE key = 'format_version'")
    connection.close()
    with pytest.raises(DataError, match="archive of format 9"):
        Archive(newer)


def test_malformed_minima_are_refused(archive):
    good = minimum(prototype("licl_rocksalt"))
    for wrong, message in (
        (replace(good, energy=float("nan")), "energy is nan"),
        (replace(good, enthalpy=float("inf")), "enthalpy is inf"),
        (
            replace(good, positions=np.zeros((3, 3))),
            r"positions has shape \(3, 3\), expected \(8, 3\)",
        ),
        (replace(good, positions=np.full((8, 3), np.nan)), "atom 0 is at"),
        (replace(good, cell=np.zeros(3)), r"cell has shape \(3,\)"),
        (replace(good, seed=2**64), "seed is 18446744073709551616, expected an integer of 64 bits"),
        (replace(good, numbers=np.array([], int)), "no atoms"),
    ):
        with pytest.raises(StructureError, match=message):
            archive.add(wrong)
    assert archive.count() == 0


def test_a_minimum_added_by_another_between_look_and_insertion_is_seen(archive, monkeypatch):
    """While symmetry is being computed, another walker inserts the same minimum."""
    from sswnn.ssw import archive as module

    atoms = prototype("licl_rocksalt")
    annotate = module.annotation
    interrupted = []

    def slow(*arguments):
        if not interrupted:
            interrupted.append(True)
            with Archive(archive.path) as other:
                assert other.add(minimum(other_cell(atoms))) == (1, True)
        return annotate(*arguments)

    monkeypatch.setattr(module, "annotation", slow)
    assert archive.add(minimum(atoms)) == (1, False)
    assert archive.count() == 1 and archive[1].visits == 2


def lump(k: int) -> Atoms:
    return Atoms("Ar8", np.random.default_rng(k).uniform(0, 8, size=(8, 3)))


def _add_many(path, first, last):
    with Archive(path) as archive:
        for k in range(first, last):
            archive.add(minimum(lump(k), -1.0 - 0.01 * k, walker=os.getpid(), step=k))


def test_two_processes_write_at_the_same_time(tmp_path):
    """Ranges overlap: 60 distinct minima, 20 of them found by both."""
    path = tmp_path / "shared.db"
    context = get_context("spawn")
    writers = [context.Process(target=_add_many, args=(path, *r)) for r in ((0, 40), (20, 60))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    with Archive(path, readonly=True) as archive:
        visits = {entry.step: entry.visits for entry in archive}
        assert len({entry.walker for entry in archive}) == 2
    assert visits == {k: 2 if 20 <= k < 40 else 1 for k in range(60)}


def test_an_archive_does_not_cross_a_fork(tmp_path):
    with Archive(tmp_path / "a.db") as archive:
        archive._store._owner -= 1  # as if another process had opened it
        with pytest.raises(DataError, match="open it again in each process"):
            archive.count()


WRITER = """
import sys
import numpy as np
from ase import Atoms
from sswnn.ssw.archive import Archive
from sswnn.ssw.entries import Minimum
with Archive(sys.argv[1]) as archive:
    for k in range(100000):
        atoms = Atoms("Ar8", np.random.default_rng(k).uniform(0, 8, size=(8, 3)))
        archive.add(Minimum.from_atoms(atoms, -1.0 - 0.1 * k, step=k))
        archive.reject(Minimum.from_atoms(atoms, 0.0, step=k), "test")
        print(k, flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.01])
def test_a_killed_writer_leaves_every_finished_addition(tmp_path, delay):
    path = tmp_path / "killed.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    for line in writer.stdout:
        if int(line) >= 30:
            break
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    finished = 30 + len(writer.stdout.read().split())
    writer.wait()
    writer.stdout.close()
    with Archive(path) as archive:
        assert archive._store.select("PRAGMA integrity_check")[0][0] == "ok"
        steps = [entry.step for entry in archive]
        assert steps == list(range(len(steps))) and len(steps) > finished
        assert archive.count_rejections() in (len(steps), len(steps) - 1)
        assert archive.add(minimum(lump(0), 5.0))[1]


def test_a_closed_archive_says_so(tmp_path):
    archive = Archive(tmp_path / "a.db")
    archive.close()
    with pytest.raises(DataError, match=r"a\.db: .*closed"):
        archive.count()


def test_composition():
    assert composition_of(np.array([3, 17, 17, 3]), (True, False, False)) == "LiCl"
    assert composition_of(np.array([18] * 38), (False, False, False)) == "Ar38"


def test_adding_stays_fast_with_many_entries(tmp_path):
    """2000 entries spread over 0.2 eV per atom: the search in the energy window is a small part."""
    rng = np.random.default_rng(0)
    base = prototype("li2zrcl6_p-31m_2d")
    with Archive(tmp_path / "many.db", energy_tolerance=1e-4) as archive:
        row = None
        archive.add(minimum(base, -5.0))
        raw = dict(archive._store.select("SELECT * FROM minima")[0])
        values = np.frombuffer(raw["fingerprint"], "<f4")
        with archive._store.transaction():
            for k in range(2000):
                other = values + rng.normal(0, 0.1, size=values.shape).astype("<f4")
                energy = -3.0 - 1e-4 * k
                row = {
                    **raw,
                    "id": k + 2,
                    "fingerprint": other.tobytes(),
                    "energy_per_atom": energy,
                }
                archive._store.insert("minima", row)
        plan = archive._store.select(
            "EXPLAIN QUERY PLAN SELECT id, fingerprint FROM minima WHERE composition = ? AND pbc = ?"
            " AND energy_per_atom BETWEEN ? AND ? AND id > ?",
            ("Li2ZrCl6", 7, -3.1, -3.0, 0),
        )
        assert "by_energy" in plan[0]["detail"]
        assert archive.add(minimum(base, -5.0)) == (1, False)
