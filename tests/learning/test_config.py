"""Configurations of loops: what is accepted, and how mistakes are named."""

import copy

import pytest
import yaml

pytest.importorskip("torch")

from learning_tools import raw_config

from sswnn.errors import ConfigError
from sswnn.learning.config import from_dict, read_config, settings


@pytest.fixture
def folder(tmp_path):
    for name in ("start.extxyz", "md.extxyz"):
        (tmp_path / name).touch()
    return tmp_path


def changed(key: str, value: object) -> dict:
    """The usual configuration with one value replaced; ``None`` removes it."""
    raw = copy.deepcopy(raw_config())
    *outer, last = key.split(".")
    place = raw
    for name in outer:
        place = place[int(name)] if name.isdigit() else place.setdefault(name, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return raw


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("cycels", 3, r"unknown key `cycels`; did you mean `cycles`"),
        ("select.per_cycles", 3, r"unknown key `select\.per_cycles`; did you mean `select\.per_cycle`"),
        ("explore.md.0.temperature", [300], r"`explore\.md\[0\]\.temperature`; did you mean `explore\.md\[0\]\.temperatures`"),
        ("explore.searches.0.walkerz", 1, r"explore\.searches\[0\]: unknown key `walkerz`; did you mean `walkers`"),
        ("train.optimizer.epoch", 1, r"unknown key `train\.optimizer\.epoch`; did you mean `train\.optimizer\.epochs`"),
        ("train.data.align_energies", True, r"train\.data\.align_energies needs the model of init_from"),
        ("train.data.test", 0.9, r"train\.data\.test is 0\.9; 0 to 0\.5"),
        ("train.run", "here", r"train\.run is 'here', but the loop sets it"),
        ("train.init_from", "m", r"train\.init_from is 'm', but the loop sets it"),
        ("train.data.frames", ["a"], r"train\.data\.frames is \['a'\], but the loop sets it"),
        ("explore.searches.0.surface", {"model": "other.safetensors"}, r"explore\.searches\[0\]: .*loop searches with its own"),
        ("explore.searches", {"a": 1}, r"explore\.searches is \{'a': 1\}; a list"),
        ("explore.searches", ["no.yaml"], r"explore\.searches\[0\]: .*no\.yaml: no such file"),
        ("explore", {}, r"explore\.searches and explore\.md are missing"),
        ("explore.md.0.structures", ["licl_rocksalz"], r"'licl_rocksalz' is neither a file nor a .*licl_rocksalt"),
        ("explore.md.0.structures", [], r"explore\.md\[0\]\.structures is missing"),
        ("explore.md.0.interval", 101, r"explore\.md\[0\]\.interval is 101; 1 to 100"),
        ("explore.md.0.repeat", [1, 1], r"explore\.md\[0\]\.repeat is \[1, 1\]"),
        ("explore.md.0.temperatures", [0], r"explore\.md\[0\]\.temperatures is 0"),
        ("explore.rattle.strain", 2, r"explore\.rattle\.strain is 2"),
        ("start.frames", None, r"start\.frames is missing"),
        ("start.frames", ["none.extxyz"], r"start\.frames: .*none\.extxyz: no such file"),
        ("select.high", 0.1, r"select\.high is 0\.1; 0\.5 to"),
        ("select.unit", "kcal", r"select\.unit is 'kcal'; 'force_error' and 'ev_per_a'"),
        ("label.processes", 0, r"label\.processes is 0"),
        ("stop.patience", 0, r"stop\.patience is 0"),
        ("train.model.like", {"Na": "Li"}, r"train\.model\.like: the loop starts from a model that has all elements"),
        ("stop.energy", -0.1, r"stop\.energy is -0\.1"),
    ],
)
def test_mistakes_are_named(folder, key, value, message):
    (folder / "learn.yaml").write_text(yaml.safe_dump(changed(key, value)))
    with pytest.raises(ConfigError, match=rf"learn\.yaml: .*{message}"):
        read_config(folder / "learn.yaml")


def test_energies_are_aligned_with_the_model_that_the_loop_starts_from(folder):
    raw = changed("train.data.align_energies", True)
    raw["start"]["model"] = "LiZrCl"
    assert from_dict(raw, folder).train.data.align_energies
    raw["warm_start"] = False
    with pytest.raises(ConfigError, match="align_energies"):
        from_dict(raw, folder)


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2\n", ""])
def test_broken_files_are_refused_with_their_name(tmp_path, text):
    (tmp_path / "learn.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"learn\.yaml"):
        read_config(tmp_path / "learn.yaml")
    with pytest.raises(ConfigError, match=r"absent\.yaml: No such file"):
        read_config(tmp_path / "absent.yaml")


def test_a_search_may_stand_in_a_file_of_its_own_and_paths_are_those_beside_the_files(folder):
    (folder / "sub").mkdir()
    (folder / "sub/search.yaml").write_text("starts: [{kind: file, files: [a.cif]}]\nsteps: 7\n")
    raw = raw_config()
    raw["explore"]["searches"] = ["sub/search.yaml", {"starts": [{"kind": "file", "files": ["b.cif"]}]}]
    config = from_dict(raw, folder)
    first, second = config.explore.searches
    assert first.steps == 7
    assert first.starts[0].files == [str(folder / "sub/a.cif")]
    assert second.starts[0].files == [str(folder / "b.cif")]
    assert config.run == str(folder / "run")
    assert config.explore.md[0].structures == [str(folder / "md.extxyz")]


def test_settings_depend_on_what_results_depend_on(folder):
    usual = settings(from_dict(raw_config(), folder))
    for key, value in (("cycles", 7), ("stop.patience", 5), ("label.processes", 2), ("explore.processes", 2),
                       ("train.threads", 2)):  # fmt: skip
        assert settings(from_dict(changed(key, value), folder)) == usual
    for key, value in (("seed", 1), ("label.engine", "chgnet"), ("train.seed", 1), ("warm_start", False)):
        assert settings(from_dict(changed(key, value), folder)) != usual
