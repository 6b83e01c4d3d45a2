"""Data sets of frames that plain ASE has written: what is filled in, and what is refused."""

import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.io import write

pytest.importorskip("torch")

from sswnn.errors import DataError
from sswnn.training.config import DataConfig
from sswnn.training.dataset import read_dataset, split


def plain(count: int, labelled: bool = True) -> list:
    out = []
    for k in range(count):
        atoms = bulk("Cu", a=3.5 + 0.01 * k)
        if labelled:
            atoms.calc = EMT()
            atoms.get_forces()
        out.append(atoms)
    return out


def test_plain_frames_get_groups_of_ten(tmp_path):
    path = tmp_path / "copper.extxyz"
    write(path, plain(25))
    frames = read_dataset(DataConfig(frames=[str(path)]))
    assert [f.info["group"] for f in frames] == [f"copper_{k // 10}" for k in range(25)]
    assert {(f.info["origin"], f.info["kind"]) for f in frames} == {("copper", "other")}
    parts = split(frames, DataConfig(validation=0.4, test=0.2))
    assert sorted(k for part in parts.values() for k in part) == list(range(25))


def test_what_a_frame_says_is_kept(tmp_path):
    path = tmp_path / "copper.extxyz"
    frames = plain(2)
    frames[1].info.update(group="mine", kind="md")
    write(path, frames)
    info = [f.info for f in read_dataset(DataConfig(frames=[str(path)]))]
    assert (info[0]["group"], info[0]["kind"]) == ("copper_0", "other")
    assert (info[1]["group"], info[1]["kind"], info[1]["origin"]) == ("mine", "md", "copper")


def test_frames_without_labels_name_the_remedy(tmp_path):
    path = tmp_path / "copper.extxyz"
    write(path, plain(1, labelled=False))
    with pytest.raises(DataError, match=r"copper\.extxyz: frame 0: no energy; .*sswnn label"):
        read_dataset(DataConfig(frames=[str(path)]))
    path.write_text(path.read_text().replace("Properties", "energy=1.0 Properties"))
    with pytest.raises(DataError, match=r"frame 0: no forces; .*sswnn label"):
        read_dataset(DataConfig(frames=[str(path)]))


def test_no_files_and_empty_files_are_named(tmp_path):
    with pytest.raises(DataError, match=r"data\.frames is missing"):
        read_dataset(DataConfig())
    (tmp_path / "empty.extxyz").touch()
    with pytest.raises(DataError, match=r"empty\.extxyz hold no frames"):
        read_dataset(DataConfig(frames=[str(tmp_path / "empty.extxyz")]))
