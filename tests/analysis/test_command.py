"""`sswnn analyze` as a user calls it."""

import csv
import json

import numpy as np
import pytest
from dumps import write_dump

from sswnn.cli.main import main


@pytest.fixture
def trajectory(tmp_path):
    """Ten frames, 0.2 ps apart, of one Zr that leaves its six Cl at 1 ps, and one Li far away."""
    octahedron = (
        np.concatenate([[[0, 0, 0]], 2.5 * np.eye(3), -2.5 * np.eye(3), [[0, 0, 9.0]]]) + 6.0
    )
    frames = []
    for t in range(10):
        positions = octahedron.copy()
        if t >= 5:
            positions[0] += [0, 4.0, 4.0]
        frames.append(positions)
    symbols = ["Zr"] + ["Cl"] * 6 + ["Li"]
    return write_dump(
        tmp_path / "a.dump.gz", frames, symbols, np.eye(3) * 20, steps=list(range(0, 2000, 200))
    )


def test_dissolution_writes_json_csv_and_figure(trajectory, tmp_path, capsys):
    out = {kind: tmp_path / f"d.{kind}" for kind in ("json", "csv", "png")}
    words = ["analyze", "dissolution", str(trajectory), "--timestep", "1", "--hold", "0.5"]
    for kind, option in (("json", "--json"), ("csv", "--csv"), ("png", "--plot")):
        words += [option, str(out[kind])]
    assert main(words) == 0
    assert "onset 1 ps" in capsys.readouterr().out
    numbers = json.loads(out["json"].read_text())
    assert numbers["dissolved"] == [0] * 5 + [1] * 5
    assert numbers["onset_ps"] == pytest.approx(1.0)
    rows = list(csv.DictReader(out["csv"].open()))
    assert [float(r["time_ps"]) for r in rows] == pytest.approx(np.arange(10) * 0.2)
    assert [int(r["dissolved"]) for r in rows] == [0] * 5 + [1] * 5
    assert out["png"].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("analysis", ["profile", "msd"])
def test_json_to_standard_output(trajectory, analysis, tmp_path, capsys):
    assert (
        main(
            [
                "analyze",
                analysis,
                str(trajectory),
                "--timestep",
                "1",
                "--json",
                "-",
                "--plot",
                str(tmp_path / "a.svg"),
            ]
        )
        == 0
    )
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["frames"] == 10
    assert "<svg" in (tmp_path / "a.svg").read_text()


def test_a_missing_time_step_is_one_line(trajectory, capsys):
    assert main(["analyze", "dissolution", str(trajectory)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sswnn: error: frame 0 has no time") and error.count("\n") == 1


def refused(capsys, *words):
    """The one line that a refused call prints."""
    assert main([str(word) for word in words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sswnn: error: ") and error.count("\n") == 1
    assert "Traceback" not in error
    return error


@pytest.mark.parametrize(
    ("option", "name", "why"),
    [
        ("--plot", "out.foo", "expected a name that ends in .png, .svg, .pdf"),
        ("--plot", "none/x.png", "no folder"),
        ("--json", "none/x.json", "no folder"),
        ("--csv", "", "is a folder"),
    ],
)
def test_outputs_are_checked_before_the_analysis(option, name, why, tmp_path, capsys):
    missing = tmp_path / "missing.dump"  # would be reported if it were looked for first
    assert why in refused(capsys, "analyze", "profile", missing, option, f"{tmp_path}/{name}")


def test_a_full_disk_is_one_line(trajectory, capsys):
    assert "No space left" in refused(
        capsys, "analyze", "profile", trajectory, "--csv", "/dev/full"
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["profile", "--types", "Li", "Zr", "Xx"], "type is 'Xx'"),
        (["profile", "--bin", "nan"], "bin width is nan"),
        (["profile", "--bin", "1e-9"], "bin width is 1e-09 A in a cell of 20.00 A"),
        (["msd", "--timestep", "0"], "MD time step is 0 fs"),
        (["msd", "--timestep", "-1"], "MD time step is -1 fs"),
        (["dissolution", "--timestep", "1", "--hold", "-1"], "hold is -1 ps"),
        (["dissolution"], "--timestep FS"),
        (["dissolution", "--timestep", "1", "--centre", "Hf"], "elements are Cl, Li, Zr"),
    ],
)
def test_impossible_numbers_and_names(trajectory, words, why, capsys):
    assert why in refused(capsys, "analyze", words[0], trajectory, *words[1:])


@pytest.mark.parametrize("suffix", ["gz", "xz"])
def test_a_file_that_is_not_compressed(suffix, tmp_path, capsys):
    path = tmp_path / f"not.dump.{suffix}"
    path.write_text("plain text\n")
    assert "cannot be decompressed" in refused(capsys, "analyze", "msd", path)


def test_types_override_the_element_column(trajectory, capsys):
    words = ["analyze", "profile", str(trajectory), "--json", "-", "--types", "Hf", "Br", "Na"]
    assert main(words) == 0
    assert set(json.loads(capsys.readouterr().out)["density_per_A3"]) == {"Hf", "Br", "Na"}


def test_a_frame_without_a_cell(tmp_path, capsys):
    path = tmp_path / "a.xyz"
    path.write_text("1\n\nLi 0 0 0\n")
    assert "frame 0 has no cell" in refused(capsys, "analyze", "profile", path)
