"""Thermodynamic tables of LAMMPS logs."""

import pytest

from sswnn.analysis.trajectories.lammps_log import joined, read_log
from sswnn.errors import AnalysisError

LOG = """\
LAMMPS (22 Jul 2025)
minimize 0 0.01 10 10
   Step Time PotEng
         0   0   -1.5
        10   0   -2.5
Loop time of 0.1 on 2 procs for 10 steps with 4 atoms
run 300
Step Time PotEng
0 0 -2.5
WARNING: something (src/x.cpp:1)
100 0.1 -2.0
200 0.2 -2.1
200 0.2
LAMMPS (22 Jul 2025)
Step Time PotEng
100 0.1 -2.05
200 0.2 -2.15
300 0.3 -2.25
Loop time of 0.1 on 2 procs for 200 steps with 4 atoms
"""


def test_tables_of_a_continued_run(tmp_path):
    path = tmp_path / "a.log"
    path.write_text(LOG)
    tables = read_log(path)
    assert [t["Step"].tolist() for t in tables] == [[0, 10], [0, 100, 200], [100, 200, 300]]
    table = joined(tables[1:])
    assert table["Step"].tolist() == [0, 100, 200, 300]
    assert table["PotEng"].tolist() == [-2.5, -2.05, -2.15, -2.25]
    assert joined([]) == {}


def test_no_file(tmp_path):
    with pytest.raises(AnalysisError, match="no such file"):
        read_log(tmp_path / "none")
