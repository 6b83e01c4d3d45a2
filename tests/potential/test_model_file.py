"""Model files in numpy: a round trip, and every rule of the format broken once."""

import hashlib
import json

import numpy as np
import pytest
import safetensors.numpy

from sswnn.errors import ModelError
from sswnn.potential import model_file
from sswnn.potential.model_file import ModelFile


def small_model() -> ModelFile:
    """Two elements, two channels, l up to 2, one coupling of two terms."""
    rng = np.random.default_rng(0)
    z, n, functions, intervals, hidden = 2, 2, 3, 8, 5
    f = model_file.count_invariants(n, 2, 1)
    slopes = np.zeros((intervals, 4, functions))
    t = (
        np.arange(intervals)[:, None] / intervals - 1
    )  # (r/r_c - 1)² in powers of the interval's own coordinate
    slopes[:, 0], slopes[:, 1], slopes[:, 2] = t**2, 2 * t / intervals, 1 / intervals**2
    arrays = {
        "energy.atom": rng.normal(size=z), "radial.basis": slopes,
        "radial.mixing": rng.normal(size=(z, z, n, functions)),
        "coupling.offset": np.array([0, 2], dtype=np.int32),
        "coupling.index": np.array([[1, 2, 5], [3, 3, 8]], dtype=np.int32), "coupling.value": np.array([0.5, -1.0]),
        "invariant.mean": rng.normal(size=(z, f)), "invariant.scale": 1 + rng.random((z, f)),
        "repulsion.inner": np.full((z, z), 0.8), "repulsion.outer": np.full((z, z), 1.6),
        "uncertainty.factor": np.tile(np.eye(hidden + 1), (z, 1, 1)), "uncertainty.scale": np.zeros(z),
    }  # fmt: skip
    for symbol in ("Li", "Cl"):
        for k, (out, into) in enumerate([(hidden, f), (1, hidden)]):
            arrays[f"network.{symbol}.weight{k}"] = rng.normal(size=(out, into))
            arrays[f"network.{symbol}.bias{k}"] = rng.normal(size=out)
    metadata = {
        "format_version": 1, "elements": ["Li", "Cl"], "cutoff": 6.0, "lmax": 2, "channels": 2, "hidden": [hidden],
        "activation": "silu", "units": dict(model_file.UNITS), "licence": "GPL-2.0-or-later", "name": "test",
    }  # fmt: skip
    return ModelFile(arrays, metadata)


def test_round_trip_is_exact(tmp_path):
    model = small_model()
    path = tmp_path / "model.safetensors"
    model_file.write(path, model)
    back = model_file.read(path)
    assert back.metadata == model.metadata
    assert (back.elements, back.cutoff, back.couplings, back.invariants) == (
        ["Li", "Cl"],
        6.0,
        1,
        10,
    )
    assert set(back.arrays) == set(model.arrays) == set(safetensors.numpy.load_file(path))
    for name, array in model.arrays.items():
        assert np.array_equal(back.arrays[name], array), name
    assert list(tmp_path.iterdir()) == [path]


def test_checksum_is_the_rule_of_the_documentation():
    raw = model_file.to_bytes(small_model())
    size = int.from_bytes(raw[:8], "little")
    digest = json.loads(raw[8 : 8 + size])["__metadata__"]["checksum"]
    assert raw.count(digest.encode()) == 1
    assert hashlib.sha256(raw.replace(digest.encode(), b"0" * 64)).hexdigest() == digest


def set_metadata(**changes):
    return lambda model: model.metadata.update(changes)


def set_entry(name, position, value):
    def change(model):
        model.arrays[name] = model.arrays[name].copy()
        model.arrays[name][position] = value

    return change


def set_array(name, function):
    def change(model):
        model.arrays[name] = function(model.arrays[name])

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_metadata(format_version=2), "format_version is 2"),
        (set_metadata(elements=["Li", "Xx"]), "'Xx'"),
        (set_metadata(elements=["Li", "Li"]), "'Li'.*distinct"),
        (set_metadata(elements=[]), "elements is"),
        (set_metadata(cutoff=0.5), "cutoff is 0.5"),
        (set_metadata(cutoff=21), "cutoff is 21"),
        (set_metadata(lmax=5), "lmax is 5"),
        (set_metadata(lmax=True), "lmax is True"),
        (set_metadata(channels=33), "channels is 33"),
        (set_metadata(hidden=[1, 2, 3, 4, 5]), "hidden is"),
        (set_metadata(hidden=[513]), r"hidden\[0\] is 513"),
        (set_metadata(activation="tanh"), "activation is 'tanh'"),
        (set_metadata(units={"energy": "kcal/mol"}), "units is"),
        (set_metadata(licence=3), "licence is 3"),
        (lambda model: model.metadata.pop("licence"), "no `licence`"),
        (lambda model: model.arrays.pop("energy.atom"), r"missing tensors \['energy.atom'\]"),
        (lambda model: model.arrays.update(extra=np.zeros(1)), r"unknown tensors \['extra'\]"),
        (set_array("energy.atom", lambda a: a.astype(np.float32)), "energy.atom has type float32"),
        (set_array("energy.atom", lambda a: a[:1]), r"energy.atom has shape \[1\]; \[2\]"),
        (set_array("radial.basis", lambda a: a[:7]), "radial.basis has shape"),
        (set_entry("radial.mixing", (0, 1, 0, 2), np.nan), r"radial.mixing\[0, 1, 0, 2\] is nan"),
        (set_entry("coupling.offset", 1, 1), "coupling.offset is"),
        (set_entry("coupling.index", (0, 0), 9), "coupling.index has the value 9; 0 to 8"),
        (set_entry("coupling.index", (0, 0), -1), "coupling.index has the value -1"),
        (set_entry("invariant.scale", (1, 2), 0.0), "invariant.scale has the value 0.0"),
        (set_entry("repulsion.inner", (0, 1), 0.7), "repulsion.inner is not symmetric"),
        (set_entry("repulsion.outer", (1, 1), 0.8), "inner 0.8 and outer 0.8"),
        (set_entry("repulsion.outer", (1, 1), 6.5), "outer 6.5"),
        (set_entry("uncertainty.factor", (0, 0, 1), 1.0), "lower triangular"),
        (set_entry("uncertainty.scale", 0, -1.0), "uncertainty.scale has the value -1.0"),
        (set_entry("radial.basis", (3, 0, 1), 1.0), "value jumps at knot 3 of function 1"),
        (
            set_array("radial.basis", lambda a: a + np.array([0, 1, -1, 0])[:, None]),
            "slope jumps at knot",
        ),
        (
            set_array("radial.basis", lambda a: a + np.array([1, 0, 0, 0])[:, None]),
            "value at the cutoff",
        ),
    ],
)
def test_broken_rules_are_named(change, message):
    model = small_model()
    change(model)
    with pytest.raises(ModelError, match=message):
        model_file.validate(model)


@pytest.mark.parametrize("at", [0.0, 0.3, 0.6, 0.999])
def test_a_changed_byte_or_a_cut_is_noticed(tmp_path, at):
    raw = bytearray(model_file.to_bytes(small_model()))
    path = tmp_path / "model.safetensors"
    path.write_bytes(raw[: int(at * len(raw))])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        model_file.read(path)
    raw[int(at * len(raw))] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        model_file.read(path)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ModelError, match="absent"):
        model_file.read(tmp_path / "absent.safetensors")
