"""One pass over a file: the same in one process, in two and with an executor; formats, compression, unfinished runs."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from constructed import CELL, growing_film
from dumps import dump_text, write_dump

from sswnn.analysis import read_trajectory
from sswnn.analysis.interface.dissolution import DissolutionObserver
from sswnn.analysis.interface.film import FilmObserver
from sswnn.analysis.interface.profile import ProfileObserver
from sswnn.analysis.trajectories import streams as reading
from sswnn.analysis.trajectories.moments import frames_at
from sswnn.analysis.trajectories.passes import AHEAD, follow, observe
from sswnn.analysis.trajectories.trajectory import Selection
from sswnn.errors import AnalysisError


@pytest.fixture(scope="module")
def film():
    return growing_film(planes=2, frames=30)


@pytest.fixture
def dump(film, tmp_path):
    return write_dump(
        tmp_path / "film.dump.gz", [f.positions for f in film], film[0].symbols.tolist(), CELL,
        steps=[f.step for f in film], times=[f.time_ps for f in film],
    )  # fmt: skip


def numbers(*, path, **options):
    observers = [FilmObserver(), DissolutionObserver(breaks=(None, 3.2)), ProfileObserver()]
    count = observe(observers, path, **options)
    film, dissolution, profile = (x.result() for x in observers)
    return count, film.columns(), dissolution.bonds, profile.density_per_A3


def test_any_number_of_processes_gives_the_same(dump):
    one = numbers(path=dump)
    assert one[0] == 30
    with ThreadPoolExecutor(2) as pool:
        others = [numbers(path=dump, processes=2), numbers(path=dump, executor=pool)]
    for other in others:
        assert other[0] == one[0]
        for name, values in one[1].items():
            np.testing.assert_array_equal(other[1][name], values)
        np.testing.assert_array_equal(other[2], one[2])
        for name, values in one[3].items():
            np.testing.assert_array_equal(other[3][name], values)


def test_frames_in_memory_are_bounded(dump, monkeypatch):
    """The reader is never more frames ahead of the collector than it promises."""
    from sswnn.analysis.trajectories import passes

    read, ahead = [], []
    inner = passes.read_raw

    def counted(*args):
        for raw in inner(*args):
            read.append(raw.index)
            yield raw

    monkeypatch.setattr(passes, "read_raw", counted)
    with ThreadPoolExecutor(1) as pool:
        observe(
            [ProfileObserver()],
            dump,
            executor=pool,
            progress=lambda n, _: ahead.append(len(read) - n),
        )
    assert len(ahead) == 30 and max(ahead) < 2 * AHEAD


def test_progress_ends_at_the_end(dump):
    seen = []
    observe([ProfileObserver()], dump, progress=lambda n, part: seen.append((n, part)))
    assert [n for n, _ in seen] == list(range(1, 31))
    assert all(a[1] <= b[1] for a, b in pairwise(seen)) and seen[-1][1] == 1.0


def test_an_error_in_another_process_is_ours(dump, tmp_path):
    lines = dump_text([np.zeros((2, 3))] * 4, ["Li", "Cl"], CELL).splitlines()
    lines[-1] = "2 2 Cl 0 oops 0"
    path = tmp_path / "bad.dump"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(AnalysisError, match=r"line 44: .*oops"):
        observe([ProfileObserver()], path, processes=2)


def test_an_unfinished_run(film, tmp_path):
    text = dump_text(
        [f.positions for f in film], film[0].symbols.tolist(), CELL, times=[f.time_ps for f in film]
    )
    path = tmp_path / "film.dump"
    path.write_text(text[: int(len(text) * 0.75)])
    observer = FilmObserver()
    assert observe([observer], path) == 22
    assert observer.result().layers[-1, 0] == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("module", [True, False])
def test_zstandard_written_in_pieces(dump, film, tmp_path, monkeypatch, module):
    """As LAMMPS and restarts write it; read by the module or the program; cut short."""
    program = shutil.which("zstd")
    if module:
        pytest.importorskip("zstandard")
    if program is None:
        pytest.skip("no program zstd")
    if not module:
        monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    symbols = film[0].symbols.tolist()
    path = tmp_path / "a.dump.zst"
    pieces = []
    for part in (film[:10], film[10:]):
        plain = tmp_path / "plain"
        plain.write_text(
            dump_text([f.positions for f in part], symbols, CELL, steps=[f.step for f in part])
        )
        pieces.append(
            subprocess.run([program, "-c", str(plain)], capture_output=True, check=True).stdout
        )
    path.write_bytes(b"".join(pieces))
    assert [f.step for f in read_trajectory(path)] == list(range(30))
    path.write_bytes(b"".join(pieces)[:-200])
    assert 9 < len(list(read_trajectory(path))) < 30
    path.write_text("plain text, and long enough to be looked at\n")
    with pytest.raises(AnalysisError, match="cannot be decompressed"):
        list(read_trajectory(path))


def test_no_way_to_read_zstandard(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    monkeypatch.setattr(reading.shutil, "which", lambda _: None)
    path = tmp_path / "a.dump.zst"
    path.write_bytes(b"x")
    with pytest.raises(AnalysisError, match="pip install zstandard"):
        list(read_trajectory(path))


def test_frames_at_times(dump):
    found = frames_at(dump, [0.0, 1.04, 35.0])
    assert [f.time_ps for f in found] == pytest.approx([0.0, 1.0, 2.9])
    assert [f.time_ps for f in frames_at(dump, [1.0], last=False)] == pytest.approx([1.0])
    assert len(frames_at(dump, [2.9, 2.88])) == 1


def test_errors(dump, film):
    with pytest.raises(AnalysisError, match="processes is 0"):
        observe([ProfileObserver()], dump, processes=0)
    with pytest.raises(AnalysisError, match="no frames to analyse"):
        observe([ProfileObserver()], dump, Selection(start=100))
    with pytest.raises(AnalysisError, match="no frames"):
        follow(ProfileObserver(), [])
