"""The core's reader refuses models that are signed and well-formed, but wrong; so does the one in numpy."""

import hashlib
import json

import numpy as np
import pytest
from random_model import random_model
from safetensors.numpy import save

from sswnn import _core
from sswnn.errors import ModelError
from sswnn.potential import model_file


def signed(arrays: dict, metadata: dict | str) -> bytes:
    """Bytes of a model file with a valid checksum, whatever it holds."""
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    raw = save(arrays, metadata={"checksum": "0" * 64, "sswnn": text})
    return sign(raw)


def sign(raw: bytes) -> bytes:
    """The same bytes with the checksum that belongs to them."""
    start = raw.index(b'"checksum":"') + len(b'"checksum":"')
    blank = raw[:start] + b"0" * 64 + raw[start + 64 :]
    return blank[:start] + hashlib.sha256(blank).hexdigest().encode() + blank[start + 64 :]


def change(name: str, index: tuple, value: float):
    def apply(model: model_file.ModelFile) -> None:
        model.arrays[name] = model.arrays[name].copy()
        model.arrays[name][index] = value

    return apply


def set_metadata(key: str, value: object):
    def apply(model: model_file.ModelFile) -> None:
        model.metadata[key] = value

    return apply


def huge_splines(model: model_file.ModelFile) -> None:
    model.arrays["radial.basis"] = np.full_like(model.arrays["radial.basis"], 1e308)


def repeated_offset(model: model_file.ModelFile) -> None:
    model.arrays["coupling.offset"] = np.insert(model.arrays["coupling.offset"], 1, 0)
    count = model.arrays["invariant.mean"].shape[1] + model.channels
    for symbol in model.elements:
        weight = model.arrays[f"network.{symbol}.weight0"]
        model.arrays[f"network.{symbol}.weight0"] = np.zeros((weight.shape[0], count))
    for name in ("invariant.mean", "invariant.scale"):
        model.arrays[name] = np.ones((len(model.elements), count))


BROKEN = {
    "uncertainty.scale": change("uncertainty.scale", (1,), -0.1),
    "not lower triangular": change("uncertainty.factor", (0, 1, 3), 1e-9),
    "not increasing": repeated_offset,
    "radial.basis": huge_splines,
    "invariant.scale": change("invariant.scale", (0, 2), 0.0),
    "not finite": change("energy.atom", (0,), np.nan),
    "coupling.index": change("coupling.index", (0, 0), 9),
    "repulsion radii": change("repulsion.outer", (0, 1), 2.0),
    "cutoff": set_metadata("cutoff", 50.0),
    "lmax": set_metadata("lmax", 7),
    "activation": set_metadata("activation", "tanh"),
    "format_version": set_metadata("format_version", 2),
    "unknown element": set_metadata("elements", ["Li", "Xx", "Cl"]),
    "stands twice": set_metadata("elements", ["Li", "Li", "Cl"]),
}


@pytest.mark.parametrize("message", BROKEN)
def test_signed_but_wrong_models_are_refused_by_name(message):
    model = random_model(["Li", "Zr", "Cl"])
    raw = signed(model.arrays, model.metadata)
    assert _core.Potential.from_bytes(raw).elements == ["Li", "Zr", "Cl"]
    BROKEN[message](model)
    raw = signed(model.arrays, model.metadata)
    with pytest.raises(ModelError, match=message):
        _core.Potential.from_bytes(raw)
    with pytest.raises(ModelError):
        model_file.from_bytes(raw)


@pytest.mark.parametrize("sequence", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"])
def test_text_that_is_not_utf8_is_refused(sequence):
    model = random_model(["Li", "Zr", "Cl"])
    model.metadata["name"] = "#" * len(sequence)
    raw = signed(model.arrays, model.metadata).replace(b"#" * len(sequence), sequence, 1)
    with pytest.raises(ModelError, match="UTF-8"):
        _core.Potential.from_bytes(sign(raw))


def test_text_of_any_script_is_kept():
    model = random_model(["Li", "Zr", "Cl"])
    model.metadata["name"] = "Å → 锂 𝛼"
    text = json.dumps(model.metadata, ensure_ascii=False)
    assert json.loads(_core.Potential.from_bytes(signed(model.arrays, text)).metadata)["name"] == "Å → 锂 𝛼"
