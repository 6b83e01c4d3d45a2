"""`sswnn analyze` of interface runs: constructed dumps with known answers, several runs, refusals, the progress bar."""

import csv
import io
import json

import numpy as np
import pytest
from constructed import CELL, electrolyte, growing_film
from dumps import write_dump

from sswnn.cli.analyze_common import Bar
from sswnn.cli.main import main


def dissolving(path, when, frames=40):
    """The electrolyte and lone Li; Zr number k leaves at `when[k]` (frames of 0.1 ps)."""
    symbols, positions = electrolyte()
    zr = np.flatnonzero(np.array(symbols) == "Zr")
    base = np.array([*positions, *[[x, 1.0, 75.0] for x in (0.0, 5.0)]])
    series = []
    for t in range(frames):
        now = base.copy()
        for k, start in when.items():
            if t >= start:
                now[zr[k], 2] += 15.0
        series.append(now)
    times = [0.1 * t for t in range(frames)]
    return str(write_dump(path, series, [*symbols, "Li", "Li"], CELL, times=times))


@pytest.fixture
def runs(tmp_path):
    """Of sixteen Zr four, two and none leave the layer at the metal."""
    whens = ({12: 5, 13: 10, 14: 15, 15: 20}, {12: 8, 13: 16}, {})
    return [dissolving(tmp_path / f"{k}.dump.gz", when) for k, when in enumerate(whens)]


def test_several_runs(runs, tmp_path, capsys):
    out = tmp_path / "all.json"
    words = [
        "analyze",
        "dissolution",
        *runs,
        "--json",
        str(out),
        "--csv",
        str(tmp_path / "all.csv"),
        "--plot",
        str(tmp_path / "a.png"),
    ]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "3 runs" in text and "onset in 2 of 3 runs: 0.5, 0.8 ps" in text
    numbers = json.loads(out.read_text())
    assert numbers["fraction_at_end"] == pytest.approx(0.125)
    half = 4.302653 * 0.125 / np.sqrt(3)  # s = 1/8, Student's t with 2 degrees of freedom
    assert numbers["interval_at_end"] == pytest.approx([0.0, 0.125 + half])
    assert numbers["onsets_ps"] == pytest.approx([0.5, 0.8, None])
    assert [x["dissolved_at_end"] for x in numbers["trajectories"]] == [4, 2, 0]
    rows = list(csv.DictReader((tmp_path / "all.csv").open()))
    assert len(rows) == 40 and float(rows[10]["run_0"]) == pytest.approx(2 / 16)


def test_fates_of_one_run(runs, tmp_path, capsys):
    assert main(["analyze", "dissolution", runs[0], "--fates", str(tmp_path / "f.png")]) == 0
    text = capsys.readouterr().out
    assert "Zr 12 of layer 0: at 0.5 ps, not bound again, dissolved at the end, 15.0 A" in text
    assert (tmp_path / "f.png").stat().st_size > 1000


def test_film_and_processes(tmp_path, capsys):
    frames = growing_film(planes=2, frames=40)
    path = write_dump(
        tmp_path / "f.dump",
        [f.positions for f in frames],
        frames[0].symbols.tolist(),
        CELL,
        times=[f.time_ps for f in frames],
    )
    out = tmp_path / "film.json"
    words = [
        "analyze",
        "film",
        str(path),
        "--lattice",
        "5.14",
        "--json",
        str(out),
        "--plot",
        str(tmp_path / "f.svg"),
    ]
    assert main([*words, "--processes", "2"]) == 0
    assert "film at the end: 2.00 atomic layers, 5.14 A" in capsys.readouterr().out
    numbers = json.loads(out.read_text())
    np.testing.assert_allclose(
        numbers["layers_above"], np.minimum(2, np.arange(40) // 10), atol=1e-4
    )
    assert main(["analyze", "film", str(path), str(path), "--plot", str(tmp_path / "g.png")]) == 0
    assert "film at the end 2.00 atomic layers (2.00 to 2.00" in capsys.readouterr().out
    assert main(["analyze", "lithium", str(path)]) == 0
    assert "film: 0 -> 32" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["density", "--grid", "a.xsf"], "expected a name that ends in .cube, .vtk"),
        (["density", "--spacing", "0"], "spacing is 0 A"),
        (["density", "--ion", "Na"], "no Na, elements are Cl, Li, Zr"),
        (["dissolution", "--fates", "none/a.png"], "no folder none"),
        (["dissolution", "--processes", "0"], "processes is 0"),
        (["film", "--lattice", "-1"], "lattice constant"),
        (["film", "--confidence", "2"], None),
        (["snapshots", "--plot", "a.txt"], "expected a name that ends in .png"),
    ],
)
def test_refusals(runs, words, why, capsys):
    code = main(["analyze", words[0], runs[0], *words[1:]])
    if why is None:
        assert code == 0  # one run has no interval
        return
    error = capsys.readouterr().err
    assert code == 2 and why in error and error.count("\n") == 1


def test_progress_bar():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    with Bar("a.dump", stream) as bar:
        bar.last = -1.0
        bar.show(50, 0.25)
    assert "a.dump [#######.....................]  25 %, 50 frames" in stream.getvalue()
    quiet = io.StringIO()
    with Bar("a.dump", quiet) as bar:
        bar.last = -1.0
        bar.show(50, 0.25)
    assert quiet.getvalue() == ""
