"""`sswnn search` as a user calls it: it ends, goes on after kills, shares its walkers out, and names what is wrong."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import ase.io
import numpy as np
import pytest
import yaml
from ase import Atoms
from lammps_tools import programs
from ssw_tools import LJ7, SILICON

from sswnn.cli.main import main
from sswnn.data.arc import read_arc
from sswnn.data.frames import read_frames, write_frames
from sswnn.data.prototypes import prototype
from sswnn.errors import ConfigError, DataError
from sswnn.potential import models
from sswnn.ssw.archive import Archive
from sswnn.ssw.campaign import Campaign, Progress
from sswnn.ssw.config import from_dict, read_config
from sswnn.thermo.sources import collect

CLUSTERS = {
    "run": "run",
    "seed": 3,
    "surface": {"kind": "lj"},
    "starts": [{"kind": "cluster", "number": 7}, {"kind": "cluster", "number": 8}],
    "walkers": 2,
    "steps": 20,
    "walk": {
        "temperature": 0.8,
        "restart_after": 8,
        "climb": {"gaussians": 14, "width": 0.222, "relax": {"longest": 0.1, "curvature": 60}},
        "quench": {"force": 0.01, "longest": 0.1, "curvature": 60},
        "guard": {"least_contact": 0},
    },
}
CRYSTALS = {
    "run": "run",
    "seed": 1,
    "surface": {"kind": "model", "model": "LiZrCl"},
    "starts": [{"kind": "random", "composition": {"Li": 2, "Cl": 2}}],
    "walkers": 2,
    "steps": 6,
    "pressure_gpa": 1.0,
    "walk": {"climb": {"gaussians": 4}, "cell": {"moves": 2}},
}


def write(folder: Path, settings: dict, **others) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "search.yaml"
    path.write_text(yaml.safe_dump(settings | others))
    return path


def command(path: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "sswnn", "search", str(path), "--interval", "0.2", *options]


def environment() -> dict[str, str]:
    return dict(os.environ, OMP_NUM_THREADS="1", MPLBACKEND="Agg")


def search(path: Path, *options: str, before: tuple[str, ...] = (), code: int = 0) -> str:
    """Output of a whole call."""
    done = subprocess.run(
        [*before, *command(path, *options)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def work(path: Path) -> Campaign:
    """A search without its process, its progress and its pictures."""
    campaign = Campaign(read_config(path))
    campaign.work()
    return campaign


def rows(folder: Path, ids: bool = True) -> dict[str, list[list[str]]]:
    """Rows of the walkers' tables; the ids of minima depend on the order in which processes find them."""
    out = {}
    for path in sorted((folder / "run/walkers").glob("*.csv")):
        with path.open(newline="") as stream:
            table = list(csv.reader(stream))
        place = table[0].index("minimum")
        if not ids:
            for row in table[1:]:
                row[place] = str(bool(row[place]))
        out[path.name] = table
    return out


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A campaign of clusters that nothing has interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    path = write(folder, CLUSTERS)
    output = search(path)
    assert "80/80 steps" in output and "written:" in output
    return folder


@pytest.fixture(scope="module")
def crystals(tmp_path_factory) -> Path:
    """A campaign of crystals."""
    folder = tmp_path_factory.mktemp("crystals")
    search(write(folder, CRYSTALS))
    return folder


def test_a_campaign_of_clusters(whole):
    run = whole / "run"
    for name in ("lowest.extxyz", "progress.png", "spectrum.png", "settings.json"):
        assert (run / name).stat().st_size > 100
    tables = rows(whole)
    assert sorted(tables) == [f"{k}.csv" for k in range(4)]
    with Archive(run / "minima.sqlite", readonly=True) as archive:
        assert archive.compositions().keys() == {"Ar7", "Ar8"}
        best = archive.best("Ar7")
        assert best.energy == pytest.approx(LJ7, abs=1e-4)
        visits = 0
        for walker, table in enumerate(tables.values()):
            names, *body = table
            assert [int(row[0]) for row in body] == list(range(20))
            calls = [int(row[1]) for row in body]
            assert (np.diff(calls) > 0).all()
            for row in body:
                known = dict(zip(names, row, strict=True))
                entry = archive[int(known["minimum"])]
                assert known["reason"] == "" and len(entry.numbers) == 7 + walker // 2
                assert entry.energy == pytest.approx(float(known["energy"]), abs=0.02)
            visits += len(body)
        assert sum(entry.visits for entry in archive) == visits
    lowest = read_frames(run / "lowest.extxyz")
    assert lowest[0].info["energy"] == pytest.approx(LJ7, abs=1e-4)


def test_walkers_start_anew_and_then_have_no_parent(tmp_path, monkeypatch):
    """The minima without parent are those of first steps and of steps after a restart, which continues the numbers."""
    restarts, orphans = set(), set()
    restart, record = Campaign._restart, Campaign._record

    def noted_restart(self, walker, task):
        restarts.add((task.number, walker.number))
        restart(self, walker, task)

    def noted_record(self, archive, walker, task, step, parent):
        if parent is None:
            orphans.add((task.number, step.number))
        return record(self, archive, walker, task, step, parent)

    monkeypatch.setattr(Campaign, "_restart", noted_restart)
    monkeypatch.setattr(Campaign, "_record", noted_record)
    work(write(tmp_path, CLUSTERS))
    assert restarts and orphans == restarts | {(k, 0) for k in range(4)}
    with Archive(tmp_path / "run/minima.sqlite", readonly=True) as archive:
        entries = {entry.id: entry for entry in archive}
    for entry in entries.values():
        assert entry.parent is None or len(entries[entry.parent].numbers) == len(entry.numbers)


def test_a_search_again_does_nothing_and_a_longer_one_goes_on(whole, tmp_path):
    path = write(tmp_path, CLUSTERS, steps=11)
    work(path)
    short = rows(tmp_path)
    assert [len(table) for table in short.values()] == [12] * 4
    work(path)
    assert rows(tmp_path) == short
    work(write(tmp_path, CLUSTERS))
    assert rows(tmp_path, ids=False) == rows(whole, ids=False)
    assert "20/20 steps" in search(write(tmp_path, CLUSTERS, steps=5))  # done already
    assert rows(tmp_path, ids=False) == rows(whole, ids=False)


def steps_done(folder: Path) -> int:
    states = (folder / "run/walkers").glob("*.json")
    return sum(json.loads(path.read_text())["number"] for path in states)


def kill_at(folder: Path, path: Path, steps: int, *options: str) -> None:
    """Start a search and kill it, without a warning, when so many steps are done."""
    with subprocess.Popen(
        command(path, *options), stdout=subprocess.DEVNULL, env=environment()
    ) as process:
        deadline = time.monotonic() + 30
        while steps_done(folder) < steps and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.kill()


@pytest.mark.parametrize("kind", ["clusters", "crystals"])
def test_killed_and_continued_equals_uninterrupted(kind, request, tmp_path):
    reference = request.getfixturevalue("whole" if kind == "clusters" else "crystals")
    path = write(tmp_path, CLUSTERS if kind == "clusters" else CRYSTALS)
    for steps in (9, 35) if kind == "clusters" else (4,):
        kill_at(tmp_path, path, steps)
        with Archive(tmp_path / "run/minima.sqlite", readonly=True) as archive:
            assert 0 < archive.count() == len(list(archive))
    assert steps_done(tmp_path) < (80 if kind == "clusters" else 12)
    search(path)
    assert rows(tmp_path) == rows(reference)


def test_what_a_kill_leaves_beyond_the_state_is_cut_off(whole, tmp_path):
    """A process may die between the row of a step and the state, or between the archive and the row."""
    path = write(tmp_path, CLUSTERS, steps=6)
    work(path)
    table = tmp_path / "run/walkers/2.csv"
    with table.open("a") as stream:
        stream.write("6,9999,-1.0,-1.0,1,1,\n7,99")
    work(write(tmp_path, CLUSTERS))
    assert rows(tmp_path, ids=False) == rows(whole, ids=False)


def test_two_processes_share_the_walkers(whole, tmp_path):
    output = search(write(tmp_path, CLUSTERS), "--processes", "2")
    assert "80/80 steps" in output
    assert rows(tmp_path, ids=False) == rows(whole, ids=False)


def test_two_ranks_share_the_walkers(whole, tmp_path):
    _, mpirun = programs()
    output = search(write(tmp_path, CLUSTERS), before=(mpirun, "-np", "2"))
    assert output.count("written:") == 1
    assert rows(tmp_path, ids=False) == rows(whole, ids=False)


def children(process: int) -> list[int]:
    return [int(k) for k in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="finds workers in /proc"
)
@pytest.mark.parametrize("victim", ["worker", "parent"])
def test_the_death_of_one_of_two_processes(victim, whole, tmp_path):
    """The parent takes over what a worker leaves; a worker ends by itself without its parent, and a call goes on."""
    path = write(tmp_path, CLUSTERS)
    with subprocess.Popen(
        command(path, "--processes", "2"), stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        deadline = time.monotonic() + 30
        while steps_done(tmp_path) < 12:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.002)
        (worker,) = children(process.pid)
        killed_at = steps_done(tmp_path)
        os.kill(worker if victim == "worker" else process.pid, signal.SIGKILL)
        output = process.communicate(timeout=30)[0]
    if victim == "worker":
        assert process.returncode == 0 and "80/80 steps" in output
    else:
        assert (
            steps_done(tmp_path) < killed_at + 15
        )  # the worker's step in flight, and what the signal took
        search(path)
    assert rows(tmp_path, ids=False) == rows(whole, ids=False)


def test_the_archive_is_readable_at_all_times(tmp_path):
    path = write(tmp_path, CLUSTERS)
    archive_file = tmp_path / "run/minima.sqlite"
    counts = []
    with subprocess.Popen(command(path), stdout=subprocess.DEVNULL, env=environment()) as process:
        while process.poll() is None:
            if archive_file.exists():
                try:
                    with Archive(archive_file, readonly=True) as archive:
                        counts.append(sum(1 for _ in archive))
                        assert archive.count() >= counts[-1]
                except DataError as error:  # the file is there before its tables, once
                    assert not counts, error
            time.sleep(0.03)
    assert len(counts) > 5 and counts == sorted(counts) and counts[0] < counts[-1]


def test_a_time_limit(tmp_path):
    path = write(tmp_path, CLUSTERS, steps=10**6)
    start = time.monotonic()
    search(path, "--max-minutes", "0.02")
    assert time.monotonic() - start < 15
    assert steps_done(tmp_path) > 0


def test_changed_settings_are_named(whole, tmp_path):
    work(write(tmp_path, CLUSTERS, steps=1))
    walk = CLUSTERS["walk"] | {"temperature": 0.4, "restart_after": 3}
    output = search(write(tmp_path, CLUSTERS, walk=walk, seed=9), code=2)
    assert "a search with another seed, walk.restart_after, walk.temperature;" in output
    starts = [{"kind": "cluster", "number": 7}, {"kind": "cluster", "number": 9}]
    with pytest.raises(DataError, match=r"with another starts\[1\]\.number;"):
        work(write(tmp_path, CLUSTERS, starts=starts))


def test_a_model_that_has_changed_is_another_surface(tmp_path):
    """A search goes on with the file that it began with, and its minima say which one that was."""
    model = tmp_path / "potential.safetensors"
    model.write_bytes(models.path("LiZrCl").read_bytes())
    settings = CRYSTALS | {"surface": {"kind": "model", "model": str(model)}}
    campaign = work(write(tmp_path, settings, steps=1))
    began = models.fingerprint(model)
    model.write_bytes(models.path("LiZrCl-D3").read_bytes())
    with pytest.raises(DataError, match=r"with another surface\.fingerprint;"):
        work(write(tmp_path, settings, steps=2))
    assert {phase.potential for phase in collect([campaign.folder]).phases} == {f"model {began}"}


@pytest.mark.parametrize(
    "name", ["all.extxyz", "all.extxyz.gz", "all.cif", "folder", "all.db", "all.arc"]
)
def test_export(name, crystals, capsys):
    path, out = crystals / "search.yaml", crystals / name
    code = main(["search", str(path), "--export", str(out), "--limit", "3"])
    output = capsys.readouterr()
    if name == "folder":
        assert code == 2 and "cannot tell the format" in output.err
        return
    with Archive(crystals / "run/minima.sqlite", readonly=True) as archive:
        energies = [e.energy for e in archive.entries(limit=3)]
        volumes = [abs(np.linalg.det(e.cell)) for e in archive.entries(limit=3)]
    assert code == 0 and f"{out}: {len(energies)} minima" in output.out
    if "xyz" in name:
        frames = read_frames(out)
        assert [f.info["energy"] for f in frames] == pytest.approx(energies)
    elif name == "all.arc":
        frames = list(read_arc(out))
    else:
        frames = list(ase.io.iread(out, ":"))
    assert [f.get_volume() for f in frames] == pytest.approx(volumes, rel=1e-4)
    assert all(sorted(f.numbers) == [3, 3, 17, 17] for f in frames)


def test_export_of_clusters(whole, capsys):
    path = whole / "search.yaml"
    for name in ("clusters.extxyz", "clusters.db"):
        assert main(["search", str(path), "--export", str(whole / name)]) == 0
        assert len(ase.io.read(whole / name, ":")) > 3
    assert main(["search", str(path), "--export", str(whole / "clusters.cif")]) == 2
    assert "CIF needs crystals" in capsys.readouterr().err
    with pytest.raises(DataError, match="no such archive"):
        Campaign(from_dict(CLUSTERS | {"run": str(whole / "empty")})).archive(readonly=True)


def test_export_of_a_search_that_never_ran_makes_no_folder(tmp_path, capsys):
    path = write(tmp_path, CLUSTERS)
    assert main(["search", str(path), "--export", str(tmp_path / "all.extxyz")]) == 2
    assert "this search has not begun, there is nothing to export" in capsys.readouterr().err
    assert [child.name for child in tmp_path.iterdir()] == ["search.yaml"]


def test_progress_has_the_unit_of_the_surface(whole, crystals):
    for folder, unit in ((whole, "ε/atom (Ar"), (crystals, "eV/atom (LiCl, ")):
        lines: list[str] = []
        Progress(Campaign(read_config(folder / "search.yaml")), lines.append, 0.0)(now=True)
        assert unit in lines[0]


def test_a_campaign_of_crystals(crystals):
    with Archive(crystals / "run/minima.sqlite", readonly=True) as archive:
        assert archive.compositions().keys() == {"LiCl"}
        for entry in archive:
            volume = abs(np.linalg.det(entry.cell))
            assert entry.enthalpy == pytest.approx(entry.energy + volume / 160.21766, abs=1e-6)
            assert entry.uncertainty > 0 and entry.space_groups
        assert archive.best().parent is None or archive.best().parent >= 1
        for rejection in archive.rejections():
            assert rejection.reason


def test_starts_from_files_are_the_same_from_any_folder(tmp_path, monkeypatch):
    """Clusters and crystals in one search, each continued as what it is; relative names belong to the YAML file's folder."""
    write_frames(tmp_path / "cluster.extxyz", [Atoms("Li4", 2.6 * np.eye(4)[:, :3])])
    write_frames(tmp_path / "crystal.extxyz", [prototype("licl_rocksalt")])
    settings = CRYSTALS | {
        "starts": [
            {"kind": "file", "files": [f"{name}.extxyz"]} for name in ("cluster", "crystal")
        ],
        "walkers": 1,
        "pressure_gpa": 0.0,
    }
    work(write(tmp_path, settings, steps=1))
    monkeypatch.chdir(tmp_path)
    path = write(Path("."), settings, steps=3)
    work(path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    work(Path("../search.yaml"))
    tables = rows(tmp_path)
    assert [len(table) for table in tables.values()] == [4, 4]
    states = [json.loads((tmp_path / f"run/walkers/{k}.json").read_text()) for k in (0, 1)]
    assert [state["periodic"] for state in states] == [False, True]
    assert not np.any(states[0]["cell"])
    with Archive(tmp_path / "run/minima.sqlite", readonly=True) as archive:
        assert {e.composition: e.pbc for e in archive} == {"Li4": (False,) * 3, "LiCl": (True,) * 3}


def test_slabs_are_refused(tmp_path):
    slab = prototype("licl_rocksalt")
    slab.pbc = (True, True, False)
    write_frames(tmp_path / "slab.extxyz", [slab])
    settings = CRYSTALS | {"starts": [{"kind": "file", "files": ["slab.extxyz"]}], "walkers": 1}
    with pytest.raises(DataError, match=r"Li4 is periodic along \[True, True, False\]"):
        work(write(tmp_path, settings))


def test_what_is_rejected_is_in_the_rows_and_in_the_archive(tmp_path):
    """Nothing is known well enough for this limit: each walker starts anew at every step, and no minimum is reported."""
    walk = CRYSTALS["walk"] | {"guard": {"uncertainty": 1e-6}}
    output = search(write(tmp_path, CRYSTALS, walk=walk, steps=2))
    assert "no minimum was found; the archive says why" in output
    for table in rows(tmp_path).values():
        for row in table[1:]:
            assert row[5] == "" and ("eV/A above 0.00" in row[6] or "not converged" in row[6])
    with Archive(tmp_path / "run/minima.sqlite", readonly=True) as archive:
        assert archive.count() == 0
        reasons = [row[6] for table in rows(tmp_path).values() for row in table[1:]]
        assert sorted(r.reason for r in archive.rejections()) == sorted(reasons)


def test_other_surfaces_run_a_campaign(tmp_path):
    lammps = CRYSTALS | {
        "surface": {
            "kind": "lammps", "elements": ["Si"],
            "commands": ["pair_style sw", f"pair_coeff * * {SILICON} Si"],
        },
        "starts": [{"kind": "random", "composition": {"Si": 2}, "volume_per_atom": [18, 24]}],
        "walkers": 1, "steps": 5,
    }  # fmt: skip
    emt = CRYSTALS | {
        "surface": {"kind": "calculator", "calculator": "ase.calculators.emt.EMT"},
        "starts": [{"kind": "random", "composition": {"Cu": 4}, "volume_per_atom": [10, 13]}],
        "walkers": 1, "steps": 3,
    }  # fmt: skip
    for name, settings in (("lammps", lammps), ("emt", emt)):
        work(write(tmp_path / name, settings))
        with Archive(tmp_path / name / "run/minima.sqlite", readonly=True) as archive:
            assert archive.count() > 0


def test_files_of_lammps_belong_to_the_folder_of_the_configuration(tmp_path, monkeypatch):
    shutil.copy(SILICON, tmp_path / "my silicon.sw")
    settings = CRYSTALS | {
        "surface": {
            "kind": "lammps", "elements": ["Si"],
            "commands": ["pair_style sw", "pair_coeff * * 'my silicon.sw' Si"],
        },
        "starts": [{"kind": "random", "composition": {"Si": 2}, "volume_per_atom": [18, 24]}],
        "walkers": 1, "steps": 1,
    }  # fmt: skip
    path = write(tmp_path, settings)
    commands = read_config(path).surface.commands
    assert commands == ["pair_style sw", f'pair_coeff * * "{tmp_path}/my silicon.sw" Si']
    work(path)
    monkeypatch.chdir(tmp_path)
    campaign = work(write(Path("."), settings, steps=2))  # the same search from another folder
    assert [campaign.steps_done(task) for task in campaign.tasks] == [2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"walkerz": 3}, "unknown key `walkerz`; did you mean `walkers`?"),
        (
            {"walk": {"climb": {"widht": 0.3}}},
            "unknown key `walk.climb.widht`; did you mean `walk.climb.width`?",
        ),
        ({"surface": {"kind": "lj", "cutof": 2}}, "did you mean `surface.cutoff`?"),
        ({"surface": {"kind": "eam"}}, "surface.kind is 'eam'"),
        ({"surface": {"kind": "lammps"}}, "surface.commands and surface.elements are needed"),
        ({"surface": {"kind": "calculator"}}, "surface.calculator is missing"),
        ({"starts": []}, "starts is missing"),
        ({"starts": [{"kind": "cluster", "numbr": 3}]}, "did you mean `starts[0].number`?"),
        ({"starts": [{"kind": "cluster"}]}, "start.number is 0"),
        ({"walkers": 0}, "walkers is 0"),
        ({"steps": "many"}, "steps is 'many'; a value of type int is needed"),
        ({"walk": {"swap_share": 2}}, "walk.swap_share is 2"),
        ({"walk": {"refills": -1}}, "walk.refills is -1"),
        ({"walk": {}}, "walk.guard.least_contact is 0.7, but covalent radii mean nothing"),
        ({"walk": {"climb": {"rotation": {"torque": 0}}}}, "walk.climb.rotation.torque is 0"),
        ({"walk": {"pressure": 1.0}}, "use pressure_gpa"),
        ({"walk": {"quench": {"force": 0}}}, "walk.quench.force is 0"),
        (
            {"walk": {"climb": {"rotation": {"iterations": 0}}}},
            "walk.climb.rotation.iterations is 0",
        ),
    ],
)
def test_configurations_that_are_refused(change, message):
    with pytest.raises(ConfigError) as caught:
        from_dict(CLUSTERS | change)
    assert message in str(caught.value)


def test_files_that_are_no_configuration(tmp_path):
    output = search(tmp_path / "absent.yaml", code=2)
    assert "absent.yaml: no such file" in output and "Traceback" not in output
    (tmp_path / "bad.yaml").write_text("a: [1, 2\n")
    with pytest.raises(ConfigError, match=r"bad\.yaml"):
        read_config(tmp_path / "bad.yaml")
    with pytest.raises(ConfigError, match="mapping is needed"):
        (tmp_path / "list.yaml").write_text("- 1\n")
        read_config(tmp_path / "list.yaml")
