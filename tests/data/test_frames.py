"""Reading, writing, checking and splitting of labelled frames."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones
from ase.io import read as ase_read

from sswnn.data.frames import (
    check_labelled,
    frame_key,
    read_frames,
    split_by_group,
    write_frames,
)
from sswnn.data.label import evaluate
from sswnn.errors import DataError


def labelled(seed: int, origin: str = "li_bcc", group: str = "g") -> Atoms:
    rng = np.random.default_rng(seed)
    atoms = Atoms(
        "Li2ZrCl3", rng.random((6, 3)) * 5, cell=np.eye(3) * 5 + rng.random((3, 3)), pbc=True
    )
    atoms.info.update(origin=origin, group=group, kind="rattle", temperature=300.0)
    return evaluate(atoms, LennardJones(sigma=1.0, rc=3.0), "lj")


@pytest.mark.parametrize("name", ["a.extxyz", "a.extxyz.gz", "a.extxyz.xz"])
def test_round_trip(tmp_path, name):
    frames = [labelled(k, group=f"with space {k}") for k in range(3)]
    assert write_frames(tmp_path / name, frames) == 3
    back = read_frames(tmp_path / name, labelled=True)
    assert len(back) == 3
    for a, b in zip(frames, back, strict=True):
        assert a.get_chemical_symbols() == b.get_chemical_symbols()
        assert b.calc is None
        for key in ("origin", "group", "kind", "temperature", "engine", "key"):
            assert a.info[key] == b.info[key]
        np.testing.assert_allclose(a.positions, b.positions, atol=1e-8)
        np.testing.assert_allclose(a.cell, b.cell, atol=1e-8)
        np.testing.assert_allclose(a.info["energy"], b.info["energy"], atol=1e-8)
        np.testing.assert_allclose(a.info["stress"], b.info["stress"], atol=1e-9)
        np.testing.assert_allclose(a.arrays["forces"], b.arrays["forces"], atol=1e-8)
        assert abs(a.info["stress"]).max() > 1e-3
        assert list(b.pbc) == [True] * 3


def test_ase_reads_the_file_too_with_its_own_stress_order(tmp_path):
    frame = labelled(5)
    write_frames(tmp_path / "a.extxyz", [frame])
    other = ase_read(tmp_path / "a.extxyz")
    np.testing.assert_allclose(other.get_stress(), frame.info["stress"], atol=1e-9)
    np.testing.assert_allclose(other.get_forces(), frame.arrays["forces"], atol=1e-8)
    assert other.get_potential_energy() == pytest.approx(frame.info["energy"])


def test_fewer_decimals_make_a_smaller_file(tmp_path):
    frames = [labelled(k) for k in range(3)]
    write_frames(tmp_path / "a.extxyz", frames)
    write_frames(tmp_path / "b.extxyz", frames, position_decimals=6, force_decimals=5)
    assert (tmp_path / "b.extxyz").stat().st_size < 0.9 * (tmp_path / "a.extxyz").stat().st_size
    np.testing.assert_allclose(
        read_frames(tmp_path / "b.extxyz")[2].positions, frames[2].positions, atol=1e-6
    )


def test_truncated_file_names_frame_and_line(tmp_path):
    path = tmp_path / "a.extxyz"
    write_frames(path, [labelled(k) for k in range(2)])
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(DataError, match=r"a\.extxyz: frame 1 \(line 9\): the file ends inside"):
        read_frames(path)


def test_malformed_file_names_frame_and_line(tmp_path):
    path = tmp_path / "a.extxyz"
    write_frames(path, [labelled(k) for k in range(2)])
    text = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*text[:8], "six\n", *text[9:]]))
    with pytest.raises(
        DataError, match=r"frame 1 \(line 9\): expected the number of atoms, got 'six'"
    ):
        read_frames(path)
    path.write_text("".join([*text[:10], "Li 0.0 1.0\n", *text[11:]]))
    with pytest.raises(DataError, match=r"frame 1 \(line 9\)"):
        read_frames(path)
    with pytest.raises(DataError, match="cannot be opened"):
        read_frames(tmp_path / "missing.extxyz")


def test_incomplete_labels_are_named():
    frame = labelled(0)
    check_labelled(frame)
    del frame.info["group"]
    with pytest.raises(DataError, match="lacks group"):
        check_labelled(frame, "here")
    frame = labelled(0)
    frame.arrays["forces"][4, 1] = np.nan
    with pytest.raises(DataError, match="force on atom 4"):
        check_labelled(frame)
    frame = labelled(0)
    del frame.arrays["forces"]
    with pytest.raises(DataError, match="no forces"):
        check_labelled(frame)


def test_key_sees_content_and_nothing_else():
    frame = labelled(0)
    same = frame.copy()
    same.info.clear()
    assert frame_key(same) == frame_key(frame)
    for change in ("positions", "cell", "numbers", "pbc"):
        other = frame.copy()
        if change == "positions":
            other.positions[2, 1] += 1e-5
        elif change == "cell":
            other.cell[0, 0] += 1e-5
        elif change == "numbers":
            other.numbers[0] = 17
        else:
            other.pbc = (True, True, False)
        assert frame_key(other) != frame_key(frame)


def many() -> list[Atoms]:
    frames = []
    for origin, groups, members in (("a", 900, 2), ("b", 600, 3)):
        for g in range(groups):
            for _ in range(members):
                frame = Atoms("Li")
                frame.info.update(origin=origin, group=f"{origin}{g}")
                frames.append(frame)
    return frames


def test_split_keeps_groups_whole_and_every_frame_once():
    frames = many()
    split = split_by_group(frames, (0.8, 0.1, 0.1), seed=3)
    assert sorted(split.train + split.validation + split.test) == list(range(len(frames)))
    groups = [{frames[i].info["group"] for i in part} for part in split]
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    for part, share in zip(groups, (0.8, 0.1, 0.1), strict=True):  # within four standard deviations
        assert len(part) / 1500 == pytest.approx(share, abs=4 * (share * (1 - share) / 1500) ** 0.5)


def test_split_depends_on_the_seed_but_not_on_the_order():
    frames = many()
    split = split_by_group(frames, seed=1)
    backwards = split_by_group(frames[::-1], seed=1)
    names = {frames[i].info["group"] for i in split.test}
    assert names == {frames[::-1][i].info["group"] for i in backwards.test}
    assert names != {frames[i].info["group"] for i in split_by_group(frames, seed=2).test}


def test_split_never_moves_a_group_when_data_are_added():
    frames = many()
    few = frames[: len(frames) // 3]
    held = {few[i].info["group"] for i in split_by_group(few, seed=1).test}
    later = {frames[i].info["group"] for i in split_by_group(frames, seed=1).test}
    assert held and held == later & {f.info["group"] for f in few}


def test_split_refuses_wrong_input():
    with pytest.raises(DataError, match="sum to 1"):
        split_by_group(many(), (0.8, 0.3, 0.1))
    with pytest.raises(DataError, match="frame 0: info lacks group"):
        split_by_group([Atoms("Li")])
