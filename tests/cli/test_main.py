"""The `sswnn` command as a whole: help, version, unknown commands, errors."""

import re
import subprocess
import sys

import pytest

from sswnn import __version__
from sswnn.cli import main as cli
from sswnn.errors import ConfigError


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert re.search(rf"^\s+{name}\s", text, re.MULTILINE)


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_every_command_has_its_own_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([command, "--help"])
    assert stop.value.code == 0
    assert f"usage: sswnn {command}" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.strip() == f"sswnn {__version__}"


@pytest.mark.parametrize("words", [[], ["doctr"], ["doctor", "--jsn"]])
def test_wrong_command_lines(words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_our_errors_are_one_line(monkeypatch, capsys):
    from sswnn.cli import doctor

    def fail(args):
        raise ConfigError("cutof is not a key; did you mean cutoff?")

    monkeypatch.setattr(doctor, "run", fail)
    assert cli.main(["doctor"]) == 2
    assert capsys.readouterr().err == "sswnn: error: cutof is not a key; did you mean cutoff?\n"


@pytest.mark.parametrize("module", ["sswnn", "sswnn.cli"])
def test_modules_run_the_command(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"sswnn {__version__}"


def test_import_of_the_package_is_cheap():
    """Every start of `lmp` imports it."""
    code = "import sys, sswnn.lammps_plugin as p; p.folder(); print([m for m in sys.modules if m in ('numpy', 'ase')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--preset", "nope"], "preset is 'nope', expected one of paper, demo"),
        (["--ranks", "0"], "ranks=0: expected a positive number"),
        (["--temperature", "nan"], "temperature=nan: expected a positive number"),
    ],
)
def test_demo_refuses_before_it_starts(words, why, tmp_path, capsys):
    assert cli.main(["demo", "--out", str(tmp_path / "out"), *words]) == 2
    written = capsys.readouterr()
    assert why in written.err and "[1/4" not in written.out + written.err
    assert not (tmp_path / "out").exists()
