"""Configurations: what is accepted, and how mistakes are named."""

import pytest
import yaml

from sswnn.errors import ConfigError
from sswnn.training.config import TrainConfig, from_dict, read_config, to_yaml


def test_defaults_are_valid_and_round_trip():
    assert from_dict(yaml.safe_load(to_yaml(TrainConfig()))) == TrainConfig()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            {"optimizer": {"learning_rat": 0.1}},
            r"optimizer\.learning_rat.*did you mean `optimizer\.learning_rate`",
        ),
        ({"sed": 3}, "`sed`; did you mean `seed`"),
        ({"seed": "three"}, "seed is 'three'"),
        ({"loss": {"kinds": {"md": "much"}}}, r"loss\.kinds\.md is 'much'"),
        ({"loss": {"kinds": {"md": -1}}}, r"loss\.kinds\.md is -1"),
        ({"seed": True}, "seed is True"),
        ({"model": {"hidden": [48, "wide"]}}, r"model\.hidden\[1\] is 'wide'"),
        ({"model": [1]}, r"model\. is \[1\]"),
        ({"optimizer": {"schedule": "linear"}}, "schedule is 'linear'; 'cosine' and 'constant'"),
        ({"optimizer": {"keep": "first"}}, "keep is 'first'; 'best' and 'last'"),
        ({"data": {"test": 0.9}}, r"data\.test is 0\.9; 0 to 0\.5"),
        ({"optimizer": {"betas": [0.9, 1.0]}}, "betas"),
        ({"zzz": 1}, "unknown key `zzz`; known are run, seed, .*optimizer"),
        ({"model": {"channels": 0}}, r"model\.channels is 0; 1 to 32"),
        ({"model": {"lmax": 5}}, r"model\.lmax is 5; 0 to 4"),
        ({"model": {"cutoff": -1}}, r"model\.cutoff is -1.*; 1 to 20"),
        ({"model": {"radial_functions": 65}}, r"model\.radial_functions is 65; 1 to 64"),
        ({"model": {"intervals": 0}}, r"model\.intervals is 0; 8 to 4096"),
        ({"model": {"hidden": []}}, r"model\.hidden has 0 layers; 1 to 4"),
        ({"data": {"align_energies": True}}, r"data\.align_energies needs .* init_from"),
        ({"loss": {"engines": {"dft": -1}}}, r"loss\.engines\.dft is -1"),
        ({"model": {"like": {"Hf": "Zr"}}}, r"model\.like is .*Zr.*, which needs .* init_from"),
        (
            {"optimizer": {"train_only": ["Hf"]}},
            r"optimizer\.train_only .*, which needs .* init_from",
        ),
        ({"model": {"hidden": [8, 0]}}, r"model\.hidden\[1\] is 0; 1 to 512"),
    ],
)
def test_mistakes_are_named(raw, message):
    with pytest.raises(ConfigError, match=message):
        from_dict(raw)


def test_numbers_in_yaml_notation_and_paths_relative_to_the_file(tmp_path):
    path = tmp_path / "train.yaml"
    path.write_text("optimizer: {learning_rate: 1e-3}\ndata: {frames: [a.extxyz]}\nrun: out\n")
    config = read_config(path)
    assert config.optimizer.learning_rate == 1e-3
    assert config.data.frames == [str(tmp_path / "a.extxyz")]
    assert config.run == str(tmp_path / "out")


@pytest.mark.parametrize("text", ["", "seed: 1\n", "data: {frames: []}\n"])
def test_missing_frames_are_named(tmp_path, text):
    path = tmp_path / "train.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"train\.yaml: data\.frames is missing"):
        read_config(path)


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2\n"])
def test_broken_files_are_refused_with_their_name(tmp_path, text):
    path = tmp_path / "train.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"train\.yaml"):
        read_config(path)
    with pytest.raises(ConfigError, match=r"absent\.yaml"):
        read_config(tmp_path / "absent.yaml")
