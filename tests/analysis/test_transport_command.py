"""`sswnn analyze msd | conductivity | arrhenius` as a user calls them."""

import csv
import json

import numpy as np
import pytest
from dumps import write_dump

from sswnn.analysis.transport.walks import walk
from sswnn.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two runs, 0.1 ps between frames, in wrapped columns, of 12 Li walking and 6 Cl that vibrate; the cell drifts."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in (1, 2):
        random = np.random.default_rng(seed)
        made = walk("hops", 800, 12, random, hops_per_frame=0.1)
        still = random.uniform(0, 15, (6, 3)) + random.normal(scale=0.1, size=(800, 6, 3))
        r = np.concatenate([made.positions + 7.0, still], axis=1) + 0.01 * np.arange(800)[:, None, None]
        write_dump(folder / f"{seed}.dump", list(r % 15.0), ["Li"] * 12 + ["Cl"] * 6, np.eye(3) * 15.0,
                   steps=list(range(0, 80000, 100)), columns="id type element x y z")  # fmt: skip
    return folder


TRUE_D = 0.1 * 9 / 6 / 0.1 * 1e-4  # cm^2/s


def test_msd(folder, capsys):
    words = ["analyze", "msd", str(folder / "1.dump"), "--timestep", "1", "--still", "Cl", "--json", "-"]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["diffusion"]["Li"]["D_cm2_per_s_low"] < TRUE_D < found["diffusion"]["Li"]["D_cm2_per_s_high"]
    assert "refused" in found["diffusion"]["Cl"]
    assert main(words[:-2]) == 0
    assert "no diffusion coefficient" in capsys.readouterr().out


def test_conductivity_of_two_runs(folder, tmp_path, capsys):
    runs = [str(folder / f"{seed}.dump") for seed in (1, 2)]
    words = ["analyze", "conductivity", *runs, "--timestep", "1", "--temperature", "500", "--memory", "1e-5"]
    for kind, option in (("csv", "--csv"), ("json", "--json"), ("png", "--plot")):
        words += [option, str(tmp_path / f"a.{kind}")]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Li2Cl at 500 K: 12 Li, 2 run(s)") and "Haven ratio" in printed
    (row,) = csv.DictReader((tmp_path / "a.csv").open())
    assert float(row["D_cm2_per_s_low"]) < TRUE_D < float(row["D_cm2_per_s_high"])
    assert json.loads((tmp_path / "a.json").read_text())["tracer"]["runs"] == 2
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_the_longest_lag_and_the_drift(folder, tmp_path, capsys):
    words = ["analyze", "msd", str(folder / "1.dump"), "--timestep", "1", "--csv", str(tmp_path / "m.csv")]
    assert main([*words, "--max-lag", "0.1", "--elements", "Cl"]) == 0
    rows = list(csv.DictReader((tmp_path / "m.csv").open()))
    assert float(rows[-1]["lag_ps"]) == pytest.approx(8, abs=0.2) and "Li_A2" not in rows[0]
    drifted = float(rows[-1]["Cl_A2"])
    assert main([*words, "--max-lag", "0.1", "--elements", "Cl", "--still", "Cl"]) == 0
    still = list(csv.DictReader((tmp_path / "m.csv").open()))
    assert float(still[-1]["Cl_A2"]) < 0.1 < drifted
    assert main([*words, "--drift", "mean"]) == 0  # the mean of all atoms, of which twelve walk
    assert float(list(csv.DictReader((tmp_path / "m.csv").open()))[-1]["Cl_A2"]) != pytest.approx(drifted)
    capsys.readouterr()


def test_charge_and_material(folder, tmp_path, capsys):
    words = ["analyze", "conductivity", str(folder / "1.dump"), "--timestep", "1", "--temperature", "500", "--json", "-"]
    assert main(words) == 0
    once = json.loads(capsys.readouterr().out)
    assert main([*words, "--charge", "2", "--material", "mine"]) == 0
    twice = json.loads(capsys.readouterr().out)
    assert twice["material"] == "mine"
    assert twice["sigma_tracer_s_per_cm"] == pytest.approx(4 * once["sigma_tracer_s_per_cm"])
    assert len(once["tracer"]["msd_A2"]) == len(once["tracer"]["lag_ps"]) <= 200


def test_logs_of_different_temperatures_are_not_pooled(folder, tmp_path, capsys):
    for kelvin in (500, 700):
        (tmp_path / f"{kelvin}.log").write_text(f"Step Temp\n0 {kelvin}\n1 {kelvin}\nLoop time of 1\n")
    words = ["analyze", "conductivity", str(folder / "1.dump"), str(folder / "2.dump"), "--timestep", "1"]
    assert main([*words, "--log", str(tmp_path / "500.log"), str(tmp_path / "700.log")]) == 2
    assert "logs are of 500, 700 K" in capsys.readouterr().err


def test_temperature_of_a_log(folder, tmp_path, capsys):
    log = tmp_path / "log"
    log.write_text("Step Temp\n0 900\n1 800\n2 400\n3 410\nLoop time of 1\n")
    words = ["analyze", "conductivity", str(folder / "1.dump"), "--timestep", "1"]
    assert main([*words, "--log", str(log)]) == 0
    assert "at 405 K" in capsys.readouterr().out
    assert main(words) == 2 and "no temperature" in capsys.readouterr().err


def test_which_conductivity_and_which_quantity(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(
        "temperature_K,D_cm2_per_s,sigma_tracer_s_per_cm,sigma_collective_s_per_cm\n"
        + "".join(f"{k},{1e-3 * np.exp(-3000 / k)},{0.1 * k},{0.2 * k if k > 400 else ''}\n" for k in (400, 500, 600, 700))
    )
    words = ["analyze", "arrhenius", str(tmp_path / "a.csv")]
    assert main(words) == 0
    assert "no value at 400 K: left out" in capsys.readouterr().out
    for options, key, value in ((["--prefer", "tracer"], "sigma_s_per_cm", 40.0), (["--quantity", "D"], "D_cm2_per_s", None)):
        assert main([*words, *options, "--json", "-"]) == 0
        (line,) = json.loads(capsys.readouterr().out)["lines"]
        assert len(line[key]) == 4 and value in (None, line[key][0])
    assert line["activation_eV"] == pytest.approx(3000 * 8.617333e-5, rel=1e-6)


def test_arrhenius(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(
        "material,temperature_K,sigma_tracer_s_per_cm,sigma_tracer_s_per_cm_low,sigma_tracer_s_per_cm_high\n"
        "A,400,0.01,0.008,0.0125\nA,500,0.1,0.08,0.125\nA,600,0.4,0.32,0.5\n"
    )
    (tmp_path / "b.csv").write_text("temperature_C,sigma_ms_per_cm\n30,1\n40,1.5\n50,2.1\n")
    words = ["analyze", "arrhenius", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--at", "25"]
    assert main([*words, "--json", "-", "--plot", str(tmp_path / "p.svg")]) == 0
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert [(x["name"], x["measured"]) for x in lines] == [("A", False), ("b", True)]
    assert lines[0]["extrapolated_sigma_s_per_cm_low"] < lines[0]["extrapolated_sigma_s_per_cm"]
    assert "<svg" in (tmp_path / "p.svg").read_text()
    assert main([*words, "--quantity", "D"]) == 2
    assert "expected one of D_cm2_per_s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--temperature", "0"], "temperature is 0 K"),
        (["--temperature", "300", "--mobile", "Na"], "no Na"),
        (["--temperature", "300", "--charges", "Li"], "expected X=Z"),
        (["--temperature", "300", "--hop", "-1"], "hop is -1"),
        (["--temperature", "300", "--memory", "0"], "--memory is 0 GiB"),
        (["--temperature", "300", "--stop", "20"], "20 frames"),
    ],
)
def test_refusals_are_one_line(folder, words, why, capsys):
    assert main(["analyze", "conductivity", str(folder / "1.dump"), "--timestep", "1", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sswnn: error: ") and error.count("\n") == 1 and why in error
