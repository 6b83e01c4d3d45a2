"""`sswnn doctor` finds what is broken, shows the loader's own words and says what to do."""

import json
from pathlib import Path

import pytest
from lammps_tools import environment

from sswnn import lammps_plugin
from sswnn.cli.main import main

PLUGIN = Path(lammps_plugin.folder()) / "sswnnplugin.so"


@pytest.fixture
def doctor(monkeypatch, capsys):
    """`doctor(...)` runs the command and returns its exit code and checks by name."""
    for key in ("LAMMPS_PLUGIN_PATH",):
        if key in environment():
            monkeypatch.setenv(key, environment()[key])

    def run(*words: str) -> tuple[int, dict[str, dict]]:
        code = main(["doctor", "--json", *words])
        report = json.loads(capsys.readouterr().out)
        assert report["ok"] == (code == 0) == all(check["ok"] for check in report["checks"])
        for check in report["checks"]:
            assert check["found"] and bool(check["advice"]) == (not check["ok"])
        return code, {check["name"]: check for check in report["checks"]}

    return run


def test_this_installation(doctor):
    code, checks = doctor()
    assert code == 0, {name: check for name, check in checks.items() if not check["ok"]}
    assert "baseline" in checks["core"]["found"]
    assert "LiZrCl" in checks["models"]["found"]


def test_text_for_people(capsys, monkeypatch):
    monkeypatch.setattr("sswnn.cli.doctor.run_checks", lambda installation: [])
    assert main(["doctor"]) == 0
    assert "0 of 0 checks passed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a library\n" * 100, "invalid ELF header"),
        (PLUGIN.read_bytes()[:40], "file too short"),
        (PLUGIN.read_bytes()[:2000], "exit code"),  # the loader itself crashes
    ],
    ids=["text", "header", "truncated"],
)
def test_broken_plugin(doctor, tmp_path, content, words):
    broken = tmp_path / "sswnnplugin.so"
    broken.write_bytes(content)
    code, checks = doctor("--plugin", str(broken))
    assert code == 1
    assert words in checks["plugin"]["found"]
    assert "reinstall" in checks["plugin"]["advice"]


def test_plugin_with_an_undefined_symbol(doctor, tmp_path):
    broken = tmp_path / "sswnnplugin.so"
    content, symbol = (
        PLUGIN.read_bytes(),
        b"_ZN9LAMMPS_NS4PairC2EPNS_6LAMMPSE",
    )  # Pair::Pair(LAMMPS *)
    assert symbol in content
    broken.write_bytes(content.replace(symbol, symbol.replace(b"4Pair", b"4Pear")))
    _, checks = doctor("--plugin", str(broken))
    assert "undefined symbol: _ZN9LAMMPS_NS4Pear" in checks["plugin"]["found"]
    assert "different builds" in checks["plugin"]["advice"]


def test_plugin_for_another_release(doctor, tmp_path):
    other = tmp_path / "sswnnplugin.so"
    content, number = PLUGIN.read_bytes(), (20250722).to_bytes(4, "little")
    assert number in content
    other.write_bytes(content.replace(number, (20240829).to_bytes(4, "little")))
    code, checks = doctor("--plugin", str(other))
    assert code == 1 and "was built for LAMMPS" in checks["plugin"]["found"]
    assert "different builds" in checks["plugin"]["advice"]


def test_missing_plugin_and_programs(doctor, tmp_path):
    code, checks = doctor("--plugin", "/no/plugin.so", "--lmp", "/no/lmp", "--mpirun", "/no/mpirun")
    assert code == 1
    assert "/no/plugin.so does not exist" in checks["plugin"]["found"]
    for name, word in (("lammps", "--lmp"), ("mpirun", "--mpirun"), ("two ranks", "PATH")):
        assert "No such file" in checks[name]["found"] and word in checks[name]["advice"]


def test_mpirun_of_another_mpi(doctor, tmp_path):
    """An mpirun whose ranks do not know each other, as when Open MPI starts an MPICH program."""
    fake = tmp_path / "mpirun"
    fake.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo "mpirun (Open MPI) 4.1"; exit; }\nshift 2\n"$@"\n"$@"\n'
    )
    fake.chmod(0o755)
    code, checks = doctor("--mpirun", str(fake))
    assert code == 1 and checks["mpirun"]["ok"]
    assert checks["two ranks"]["found"] == "two separate runs of one rank each"
    assert checks["run"]["found"] in ("LAMMPS ran on one rank only", "not tried: no model")


def test_package_that_is_not_registered(doctor, monkeypatch):
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [])
    monkeypatch.setenv("LAMMPS_PLUGIN_PATH", "")
    lmp = Path(__import__("lammps").__file__).parent / "lmp"
    _, checks = doctor("--lmp", str(lmp))
    assert not checks["pair style"]["ok"]
    assert (
        "LAMMPS_PLUGIN_PATH" in checks["pair style"]["advice"]
        or "shared object" in checks["lammps"]["found"]
    )
