"""`sswnn hull` and the analyses of structures as a user calls them, with elements that are not ours."""

import csv
import json

import ase.io
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from thermo_tools import labelled

from sswnn.cli.main import main
from sswnn.data.frames import read_frames, write_frames
from sswnn.potential.models import path


@pytest.fixture(scope="module")
def alloys(tmp_path_factory):
    """Cu, Au and ordered alloys with energies of EMT, which makes Cu3Au, CuAu and CuAu3 stable."""
    frames = []
    for number, a in ((0, 3.6), (1, 3.72), (2, 3.83), (3, 3.94), (4, 4.06)):
        for factor in (1.0, 1.03):
            atoms = bulk("Cu", "fcc", a=factor * a, cubic=True)
            atoms.symbols[list(range(4))[:number]] = "Au"
            atoms.calc = EMT()
            energy = atoms.get_potential_energy()
            atoms.calc = None
            atoms.info.update(energy=energy, engine="emt")
            frames.append(atoms)
    path = tmp_path_factory.mktemp("alloys") / "alloys.extxyz"
    write_frames(path, frames)
    return path


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_hull_of_alloys(alloys, tmp_path, capsys):
    out = tmp_path / "hull"
    assert main(["hull", str(alloys), "-o", str(out), "--export", str(tmp_path / "near.cif"), "--within", "1"]) == 0
    said = capsys.readouterr().out
    assert "10 distinct minima of 5 compositions along Cu - Au" in said and "energies of emt" in said
    table = rows(out / "hull.csv")
    assert [r["formula"] for r in table] == ["Cu", "Cu3Au", "CuAu", "CuAu3", "Au"]
    assert [float(r["x_Au"]) for r in table] == [0, 0.25, 0.5, 0.75, 1]
    content = json.loads((out / "summary.json").read_text())
    assert set(content["stable"]) == {r["formula"] for r in table if r["stable"] == "1"}
    assert content["distinct_minima"] == len(rows(out / "minima.csv")) == 10
    for name in ("hull.png", "hull.svg", "spectrum.png"):
        assert (out / name).stat().st_size > 5000
    assert not (out / "triangle.png").exists()
    assert len(ase.io.read(tmp_path / "near.cif", ":")) == len(content["stable"])


def test_minima_csv_can_be_read_again(alloys, tmp_path):
    assert main(["hull", str(alloys), "-o", str(tmp_path / "a")]) == 0
    assert main(["hull", str(tmp_path / "a" / "minima.csv"), "-o", str(tmp_path / "b")]) == 0
    one, other = (rows(tmp_path / k / "hull.csv") for k in "ab")
    for a, b in zip(one, other, strict=True):
        assert float(a["formation_ev_per_atom"]) == pytest.approx(float(b["formation_ev_per_atom"]), abs=1e-6)
        assert (a["formula"], a["minima"], a["space_group"]) == (b["formula"], b["minima"], b["space_group"])


def test_evaluation_with_another_engine(alloys, tmp_path, capsys):
    out = tmp_path / "hull"
    words = ["hull", str(alloys), "-o", str(out), "--engine", "ase.calculators.emt.EMT", "--lowest", "1", "--relax"]
    assert main(words) == 0
    assert "with ase.calculators.emt.EMT, relaxed:" in capsys.readouterr().out
    table = rows(out / "reevaluated.csv")
    assert len(table) == 5 and all(r["converged"] == "1" for r in table)
    assert all(float(r["energy_after_ev_per_atom"]) <= float(r["energy_before_ev_per_atom"]) + 1e-9 for r in table)
    frames = read_frames(out / "reevaluated.extxyz", labelled=False)
    assert {f.info["engine"] for f in frames} == {"ase.calculators.emt.EMT"}
    assert (out / "reevaluated.png").stat().st_size > 5000
    assert main(words) == 0
    assert "1/5" not in capsys.readouterr().out  # nothing is evaluated twice


def test_engines_that_differ_in_options_or_file_are_not_taken_for_one(alloys, tmp_path, capsys):
    words = ("hull", alloys, "--lowest", "1", "--engine", "ase.calculators.lj.LennardJones")
    one, other = ("-o", tmp_path / "lj", "--option", "sigma=2.2"), ("-o", tmp_path / "lj", "--option", "sigma=2.3")
    assert main([str(word) for word in (*words, *one)]) == 0
    assert "lj.LennardJones sigma=2.2, not of" in refused(capsys, *words, *other)
    salts = tmp_path / "salts.extxyz"
    write_frames(salts, [labelled("licl_rocksalt", -3.0), labelled("zrcl4_p2c", -5.0)])
    for number, name in enumerate(("LiZrCl", "LiZrCl-l3i5")):
        model = tmp_path / str(number) / "model.safetensors"
        model.parent.mkdir()
        model.write_bytes(path(name).read_bytes())
    words = ("hull", salts, "--lowest", "1", "-o", tmp_path / "nn", "--engine")
    assert main([str(word) for word in (*words, tmp_path / "0" / "model.safetensors")]) == 0
    assert "holds energies of model model" in refused(capsys, *words, tmp_path / "1" / "model.safetensors")


def test_what_one_engine_failed_on_is_given_to_the_next(alloys, tmp_path, capsys):
    words = ["hull", str(alloys), "-o", str(tmp_path), "--lowest", "1", "--engine"]
    assert "failed on all 5 minima" in refused(capsys, *words, "ase.calculators.tip3p.TIP3P")
    assert main([*words, "ase.calculators.emt.EMT"]) == 0


def test_endmembers_without_structure_are_named_before_anything_is_evaluated(tmp_path, capsys):
    write_frames(tmp_path / "a.extxyz", [labelled("li2zrcl6_c2m_4g", -4.0)])
    (tmp_path / "ends.csv").write_text("formula,energy_ev_per_atom\nLiCl,-3.6\nZrCl4,-4.9\n")
    words = ("hull", tmp_path / "a.extxyz", tmp_path / "ends.csv", "--endmembers", "LiCl", "ZrCl4", "-o", tmp_path / "x")
    assert "no structure of LiCl, ZrCl4 to evaluate" in refused(capsys, *words, "--engine", "LiZrCl")
    assert not (tmp_path / "x" / "reevaluated.extxyz").exists()


def test_energies_of_two_engines_are_neither_mapped_nor_compared(tmp_path, capsys):
    for number, engine in enumerate(("a", "b")):
        write_frames(tmp_path / f"{engine}.extxyz", [labelled("li2zrcl6_c2m_4g", -4.0 - number, engine=engine)])
    words = ("analyze", "map", tmp_path / "a.extxyz", tmp_path / "b.extxyz")
    assert "different potentials" in refused(capsys, *words, "--y", "energy")
    assert main([*map(str, words), "--csv", str(tmp_path / "m.csv")]) == 0
    assert "the table has no energies" in capsys.readouterr().out
    assert {r["energy_above_lowest_ev_per_atom"] for r in rows(tmp_path / "m.csv")} <= {"nan", ""}
    assert main(["analyze", "structure", *map(str, words[2:])]) == 0
    assert "note: energies of different potentials" in capsys.readouterr().out


def refused(capsys, *words):
    assert main([str(word) for word in words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sswnn: error: ") and error.count("\n") == 1
    return error


def test_wrong_arguments(alloys, tmp_path, capsys):
    out = ("-o", tmp_path / "x")
    assert "no such file" in refused(capsys, "hull", tmp_path / "none", *out)
    assert "no energy of the endmember CuAu2" in refused(capsys, "hull", alloys, "--endmembers", "Cu", "CuAu2", *out)
    assert "expected a positive energy" in refused(capsys, "hull", alloys, "--window", "-1", *out)
    assert "expected a name ending with" in refused(capsys, "hull", alloys, "--export", tmp_path / "a.pdb", *out)
    assert "unknown engine 'nothing'" in refused(capsys, "hull", alloys, "--engine", "nothing", *out)
    assert "expected X=Y" in refused(capsys, "analyze", "xrd", "licl_rocksalt", "--replace", "Zr")
    assert "no crystal of that name" in refused(capsys, "analyze", "xrd", "rock")
    assert "is as asked for" in refused(capsys, "analyze", "map", alloys, "--composition", "LiCl")
    assert "all structures are elements" in refused(capsys, "analyze", "structure", "li_fcc")
    assert "expected a name that ends in" in refused(capsys, "analyze", "map", alloys, "--plot", "a.foo")


def test_patterns(alloys, tmp_path, capsys):
    words = ["analyze", "xrd", str(alloys), "li2zrcl6_p-31c_2d2b", "--composition", "Li2ZrCl6", "--replace", "Zr=Hf"]
    assert main([*words, "--spacing", "2.85", "--csv", str(tmp_path / "x.csv"), "--plot", str(tmp_path / "x.png")]) == 0
    said = capsys.readouterr().out
    assert "Li2HfCl6" in said and "number 1 of the pattern" in said
    assert {r["formula"] for r in rows(tmp_path / "x.csv")} == {"Li2ZrCl6", "Li2HfCl6"}


def test_structures(tmp_path, capsys):
    assert main(["analyze", "structure", "li2zrcl6_c2m_4g", "zrcl4_p2c", "--csv", str(tmp_path / "s.csv")]) == 0
    assert "Li_A 2, Li_B 0" in capsys.readouterr().out
    first, second = rows(tmp_path / "s.csv")
    assert (first["layers"], first["ions_A"], second["centre_edges"]) == ("ideal", "2", "2")


def test_a_map(alloys, tmp_path, capsys):
    words = ["analyze", "map", str(alloys), "--y", "energy", "--csv", str(tmp_path / "m.csv"), "--plot", str(tmp_path / "m.png")]
    assert main(words) == 0
    assert "10 structures of 5 compositions" in capsys.readouterr().out
    assert float(rows(tmp_path / "m.csv")[2]["Au_over_Cu_and_Au"]) == 0.25
