"""`sswnn analyze sites`, `paths` and `vanhove` as a user calls them."""

import csv
import json

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from dumps import write_dump
from hopping import CELL, layered, rock_salt

from sswnn.cli.main import main


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same run as a compressed dump, as extended XYZ and as a file of ASE, and one of a layered crystal."""
    folder = tmp_path_factory.mktemp("runs")
    frames = list(rock_salt())
    symbols = frames[0].symbols.tolist()
    write_dump(
        folder / "a.dump.gz",
        [f.positions for f in frames],
        symbols,
        CELL,
        steps=[100 * f.step for f in frames],
    )
    images = [
        Atoms(symbols, f.positions, cell=CELL, pbc=True, info={"time": f.time_ps, "step": f.step})
        for f in frames
    ]
    for image in images:
        image.wrap()
    write(folder / "a.extxyz", images)
    write(folder / "a.traj", images)
    frames = list(layered())
    cell = frames[0].cell
    names = frames[0].symbols.tolist()
    write_dump(
        folder / "b.dump",
        [f.positions for f in frames],
        names,
        cell,
        times=[f.time_ps for f in frames],
    )
    return folder


def asked(*words):
    assert main(["analyze", *map(str, words)]) == 0


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.dump.gz", ["--timestep", "1"]), ("a.extxyz", []), ("a.traj", ["--timestep", "100"])],
)
def test_every_format_has_the_same_hops(runs, name, options, tmp_path, capsys):
    asked("sites", runs / name, *options, "--hops", tmp_path / "hops.csv")
    assert "3 Li, 6 ps, 96 sites of Cl, no layers, 3 hops" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "hops.csv").open()))
    assert [float(row["time_ps"]) for row in rows] == pytest.approx([2.1, 3.0, 4.0])
    assert [row["channel"] for row in rows] == ["oct-oct", "oct-tet", "oct-tet"]


def test_two_temperatures_write_all_files(runs, tmp_path, capsys):
    out = {kind: tmp_path / f"s.{kind}" for kind in ("json", "csv", "png")}
    words = [
        "--json",
        out["json"],
        "--csv",
        out["csv"],
        "--plot",
        out["png"],
        "--sites",
        tmp_path / "sites.csv",
    ]
    asked("sites", runs / "b.dump", runs / "b.dump", "--temperature", "600", "800", *words)
    said = capsys.readouterr().out
    assert "600 K: 3 Li" in said and "Arrhenius, channel II: " in said and "barrier above" in said
    numbers = json.loads(out["json"].read_text())
    assert [one["layers_miller"] for one in numbers["temperatures"]] == [[0, 0, 1]] * 2
    assert numbers["arrhenius"]["III"]["activation_eV"] == pytest.approx(
        0, abs=1e-6
    )  # both rates are the same
    rows = list(csv.DictReader(out["csv"].open()))
    assert [row["channel"] for row in rows[:5]] == [
        "I",
        "I A -> B",
        "I B -> A",
        "II",
        "III",
    ] and len(rows) == 10
    assert float(rows[3]["rate_per_s"]) == pytest.approx(1e12 / 6)
    assert len(list(csv.DictReader((tmp_path / "sites.csv").open()))) == 2 * 108
    assert out["png"].read_bytes().startswith(b"\x89PNG")


def test_paths_and_van_hove_functions(runs, tmp_path, capsys):
    grid, csv_file = tmp_path / "p.cube", tmp_path / "p.csv"
    asked(
        "paths",
        runs / "b.dump",
        "--temperature",
        "600",
        "--grid",
        grid,
        "--csv",
        csv_file,
        "--plot",
        tmp_path / "p.png",
    )
    said = capsys.readouterr().out
    assert (
        all(f"along {axis}: none in this run" in said for axis in "abc") and "from 1 x 1 x" in said
    )
    assert (
        grid.stat().st_size > 1000
        and [row["percolates"] for row in csv.DictReader(csv_file.open())] == ["0"] * 3
    )
    words = [
        "--pairs",
        "Li-Li",
        "Li-Cl",
        "--origins",
        "5",
        "--json",
        "-",
        "--plot",
        tmp_path / "v.png",
    ]
    asked("vanhove", runs / "b.dump", "--lags", "0", "1", *words)
    found = json.loads(capsys.readouterr().out)
    assert found["lag_ps"] == [0, 1] and set(found["distinct"]) == {"Li-Li", "Li-Cl"}
    width = found["r_A"][1] - found["r_A"][0]
    assert np.sum(found["self_per_A"]["Li"], axis=1) * width == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["sites"], "frame 0 has no time"),
        (["sites", "--timestep", "1", "--temperature", "0"], "temperature is 0 K"),
        (["sites", "--timestep", "1", "--hops", "none/x.csv"], "no folder"),
        (["sites", "--timestep", "1", "--only", "cube"], "no cube among the sites"),
        (["paths", "--temperature", "-1"], "temperature is -1 K"),
        (["paths", "--temperature", "300", "--repeat", "0", "1", "1"], "repeats are 0 1 1"),
        (
            ["vanhove", "--timestep", "1", "--lags", "1", "--pairs", "Li"],
            "--pairs is 'Li', expected two elements",
        ),
        (["vanhove", "--timestep", "1", "--lags", "99"], "no two frames that are 99 ps apart"),
    ],
)
def test_refusals_are_one_line(runs, words, why, capsys):
    assert main(["analyze", words[0], str(runs / "a.dump.gz"), *words[1:]]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sswnn: error: ") and error.count("\n") == 1 and why in error


def test_layers_of_choice_and_no_layers(runs, tmp_path, capsys):
    asked("sites", runs / "b.dump", "--no-layers", "--csv", tmp_path / "c.csv")
    assert all(row["channel"] not in ("I", "II", "III") for row in csv.DictReader((tmp_path / "c.csv").open()))
    asked("sites", runs / "b.dump", "--miller", "0", "0", "1", "--anion", "Cl", "--ion", "Li")
    assert "layers (0 0 1)" in capsys.readouterr().out


def test_what_makes_a_hop_can_be_set(runs, capsys):
    asked("sites", runs / "a.dump.gz", "--timestep", "1", "--hold", "100")
    assert " 0 hops" in capsys.readouterr().out
    asked("sites", runs / "a.dump.gz", "--timestep", "1", "--only", "octahedron")
    assert "oct-tet" not in capsys.readouterr().out


def test_the_attempt_frequency_moves_the_barrier(runs, tmp_path):
    barriers = []
    words = ["sites", runs / "a.dump.gz", "--timestep", "1", "--temperature", "600", "--csv", tmp_path / "c.csv"]
    for rate in ("1e13", "1e12"):
        asked(*words, "--attempts", rate)
        barriers.append(float(next(csv.DictReader((tmp_path / "c.csv").open()))["barrier_eV"]))
    assert barriers[0] - barriers[1] == pytest.approx(8.617333e-5 * 600 * np.log(10), rel=1e-4)


def test_grid_and_width_of_paths_and_reach_of_van_hove(runs, tmp_path, capsys):
    words = ["paths", runs / "a.dump.gz", "--timestep", "1", "--temperature", "600", "--repeat", "1", "1", "1"]
    asked(*words, "--spacing", "0.5", "--smooth", "0.3", "--json", tmp_path / "p.json")
    coarse = json.loads((tmp_path / "p.json").read_text())
    asked(*words, "--spacing", "0.25", "--json", tmp_path / "p.json")
    assert json.loads((tmp_path / "p.json").read_text()) != coarse
    words = ["vanhove", runs / "a.dump.gz", "--timestep", "1", "--lags", "0.5", "--pairs", "Li-Cl", "--csv", tmp_path / "v.csv"]
    asked(*words, "--reach", "4")
    rows = list(csv.DictReader((tmp_path / "v.csv").open()))
    assert 3.5 < float(rows[-1]["r_A"]) <= 4
