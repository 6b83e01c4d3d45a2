"""Model files in numpy: a safetensors container with a checksum and validated metadata (docs/model_format.md).

Knows the layout and the limits of the format; knows nothing of how a model is evaluated or trained.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import safetensors.numpy
from ase.data import atomic_numbers

from sswnn.errors import ModelError
from sswnn.files import replace_file

FORMAT_VERSION = 1
MAX_FILE_BYTES = 256 * 2**20
MAX_HEADER_BYTES = 16 * 2**20
SPLINE_TOLERANCE = 1e-6
UNITS = {"energy": "eV", "length": "Angstrom"}
_REQUIRED = (
    "format_version",
    "elements",
    "cutoff",
    "lmax",
    "channels",
    "hidden",
    "activation",
    "units",
    "licence",
)


@dataclass
class ModelFile:
    """The arrays and the metadata of one potential, named as in docs/model_format.md.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Tensors by name; real ones float64, integer ones int32.
    metadata : dict
        The JSON object of the `sswnn` entry.
    """

    arrays: dict[str, np.ndarray]
    metadata: dict = field(default_factory=dict)

    @property
    def elements(self) -> list[str]:
        return list(self.metadata["elements"])

    @property
    def cutoff(self) -> float:
        """Cutoff radius, Å."""
        return float(self.metadata["cutoff"])

    @property
    def lmax(self) -> int:
        return int(self.metadata["lmax"])

    @property
    def channels(self) -> int:
        return int(self.metadata["channels"])

    @property
    def hidden(self) -> list[int]:
        return [int(width) for width in self.metadata["hidden"]]

    @property
    def couplings(self) -> int:
        return len(self.arrays["coupling.offset"]) - 1

    @property
    def invariants(self) -> int:
        """Length of the vector G of Eq. (6)."""
        return count_invariants(self.channels, self.lmax, self.couplings)


def count_invariants(channels: int, lmax: int, couplings: int) -> int:
    """Number of invariants of one atom, Eq. (6)."""
    return channels + lmax * channels * (channels + 1) // 2 + couplings * channels


def read(path: str | Path) -> ModelFile:
    """A validated model from a file.

    Raises
    ------
    ModelError
        Names the path, the part that is wrong and its value.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ModelError(f"the file has {size} bytes; at most {MAX_FILE_BYTES} are allowed")
        return from_bytes(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}") from error
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def write(path: str | Path, model: ModelFile) -> None:
    """Validate a model and write it, whole or not at all.

    Raises
    ------
    ModelError
        If the model breaks a rule of the format.
    """
    replace_file(Path(path), to_bytes(model))


def to_bytes(model: ModelFile) -> bytes:
    """The bytes of a model file, checksum included. Raises ModelError if the model is not valid."""
    validate(model)
    arrays = {name: np.ascontiguousarray(a) for name, a in model.arrays.items()}
    try:
        text = json.dumps(model.metadata, sort_keys=True, allow_nan=False)
    except ValueError as error:
        raise ModelError(f"metadata cannot be written as JSON: {error}") from error
    zeros = "0" * 64
    raw = safetensors.numpy.save(arrays, metadata={"checksum": zeros, "sswnn": text})
    start = _checksum_position(raw, zeros)
    digest = hashlib.sha256(raw).hexdigest()
    return raw[:start] + digest.encode() + raw[start + 64 :]


def from_bytes(raw: bytes) -> ModelFile:
    """A validated model from the bytes of a model file. Raises ModelError."""
    header = _header(raw)
    extra = header.get("__metadata__")
    if not isinstance(extra, dict) or not isinstance(extra.get("sswnn"), str):
        raise ModelError(
            "no `sswnn` entry in the header's __metadata__: this is not an sswnn model"
        )
    _check_checksum(raw, extra.get("checksum"))
    try:
        arrays = safetensors.numpy.load(raw)
        metadata = json.loads(extra["sswnn"])
    except Exception as error:
        raise ModelError(f"the container cannot be read: {error}") from error
    if not isinstance(metadata, dict):
        raise ModelError(f"the `sswnn` entry is a {type(metadata).__name__}, not a JSON object")
    model = ModelFile(arrays, metadata)
    validate(model)
    return model


def _header(raw: bytes) -> dict:
    if len(raw) < 8:
        raise ModelError(f"the file has {len(raw)} bytes; a model needs at least 8")
    size = int.from_bytes(raw[:8], "little")
    if size > MAX_HEADER_BYTES or size + 8 > len(raw):
        raise ModelError(
            f"the header claims {size} bytes; the file has {len(raw)}, a header at most {MAX_HEADER_BYTES}"
        )
    try:
        header = json.loads(raw[8 : 8 + size])
    except ValueError as error:
        raise ModelError(f"the header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise ModelError("the header is not a JSON object")
    return header


def _checksum_position(raw: bytes, digest: str) -> int:
    key = raw.find(b'"checksum"')
    start = raw.find(digest.encode(), key)
    if key < 0 or start < 0:
        raise ModelError("no checksum in the header")
    return start


def _check_checksum(raw: bytes, digest: object) -> None:
    if not isinstance(digest, str) or len(digest) != 64:
        raise ModelError(f"checksum is {digest!r}; 64 hexadecimal digits are needed")
    start = _checksum_position(raw, digest)
    actual = hashlib.sha256(raw[:start] + b"0" * 64 + raw[start + 64 :]).hexdigest()
    if actual != digest:
        raise ModelError(
            f"checksum is {digest}, the content has {actual}: the file was changed or damaged"
        )


def validate(model: ModelFile) -> None:
    """Check every rule of docs/model_format.md.

    Raises
    ------
    ModelError
        Names the first part that breaks a rule, and its value.
    """
    _validate_metadata(model.metadata)
    shapes = _expected_shapes(model)
    missing, surplus = (
        sorted(set(shapes) - set(model.arrays)),
        sorted(set(model.arrays) - set(shapes)),
    )
    if missing or surplus:
        raise ModelError(f"missing tensors {missing}, unknown tensors {surplus}")
    for name, shape in shapes.items():
        _validate_array(name, model.arrays[name], shape)
    _validate_couplings(model)
    _validate_repulsion(model)
    if not np.all(model.arrays["invariant.scale"] > 0):
        raise ModelError(
            f"invariant.scale has the value {model.arrays['invariant.scale'].min()}; it must be positive"
        )
    if np.any(np.triu(model.arrays["uncertainty.factor"], 1) != 0):
        raise ModelError(
            "uncertainty.factor has entries above the diagonal; it must be lower triangular"
        )
    if np.any(model.arrays["uncertainty.scale"] < 0):
        raise ModelError(
            f"uncertainty.scale has the value {model.arrays['uncertainty.scale'].min()}; at least 0 is allowed"
        )
    _validate_splines(model.arrays["radial.basis"])


def _integer(metadata: dict, key: str, low: int, high: int) -> int:
    value = metadata[key]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ModelError(f"{key} is {value!r}; an integer from {low} to {high} is allowed")
    return value


def _validate_metadata(metadata: dict) -> None:
    for key in _REQUIRED:
        if key not in metadata:
            raise ModelError(f"metadata has no `{key}`")
    _integer(metadata, "format_version", FORMAT_VERSION, FORMAT_VERSION)
    elements = metadata["elements"]
    if not isinstance(elements, list) or not 1 <= len(elements) <= 32:
        raise ModelError(f"elements is {elements!r}; a list of 1 to 32 symbols is allowed")
    for symbol in elements:
        if (
            not isinstance(symbol, str)
            or atomic_numbers.get(symbol, 0) < 1
            or elements.count(symbol) > 1
        ):
            raise ModelError(
                f"elements has {symbol!r}; distinct known chemical symbols are allowed"
            )
    cutoff = metadata["cutoff"]
    if isinstance(cutoff, bool) or not isinstance(cutoff, (int, float)) or not 1 <= cutoff <= 20:
        raise ModelError(f"cutoff is {cutoff!r}; 1 to 20 Å are allowed")
    _integer(metadata, "lmax", 0, 4)
    _integer(metadata, "channels", 1, 32)
    hidden = metadata["hidden"]
    if not isinstance(hidden, list) or not 1 <= len(hidden) <= 4:
        raise ModelError(f"hidden is {hidden!r}; a list of 1 to 4 widths is allowed")
    for k in range(len(hidden)):
        _integer({f"hidden[{k}]": hidden[k]}, f"hidden[{k}]", 1, 512)
    for key, allowed in (("activation", "silu"), ("units", UNITS)):
        if metadata[key] != allowed:
            raise ModelError(f"{key} is {metadata[key]!r}; {allowed!r} is allowed")
    if not isinstance(metadata["licence"], str):
        raise ModelError(f"licence is {metadata['licence']!r}; a text is needed")


def _expected_shapes(model: ModelFile) -> dict[str, tuple[int, ...]]:
    arrays, z, n = model.arrays, len(model.elements), model.channels
    for name, dims in (("radial.basis", 3), ("coupling.offset", 1), ("coupling.value", 1)):
        if name not in arrays or arrays[name].ndim != dims:
            raise ModelError(f"{name} is missing or has not {dims} dimensions")
    intervals, _, functions = arrays["radial.basis"].shape
    if not 8 <= intervals <= 4096 or not 1 <= functions <= 64:
        raise ModelError(
            f"radial.basis has shape {arrays['radial.basis'].shape}; [8...4096, 4, 1...64] is allowed"
        )
    terms, couplings = len(arrays["coupling.value"]), len(arrays["coupling.offset"]) - 1
    if terms > 100_000 or couplings < 0:
        raise ModelError(
            f"{terms} coupling terms, {couplings} couplings; at most 100000 terms are allowed"
        )
    f, h = count_invariants(n, model.lmax, couplings), model.hidden[-1]
    shapes = {
        "energy.atom": (z,),
        "radial.basis": (intervals, 4, functions),
        "radial.mixing": (z, z, n, functions),
        "coupling.offset": (couplings + 1,),
        "coupling.index": (terms, 3),
        "coupling.value": (terms,),
        "invariant.mean": (z, f),
        "invariant.scale": (z, f),
        "repulsion.inner": (z, z),
        "repulsion.outer": (z, z),
        "uncertainty.factor": (z, h + 1, h + 1),
        "uncertainty.scale": (z,),
    }
    widths = [f, *model.hidden, 1]
    for symbol in model.elements:
        for k in range(len(widths) - 1):
            shapes[f"network.{symbol}.weight{k}"] = (widths[k + 1], widths[k])
            shapes[f"network.{symbol}.bias{k}"] = (widths[k + 1],)
    return shapes


def _validate_array(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    kind = np.int32 if name in ("coupling.offset", "coupling.index") else np.float64
    if array.dtype != kind:
        raise ModelError(f"{name} has type {array.dtype}; {np.dtype(kind)} is needed")
    if array.shape != shape:
        raise ModelError(f"{name} has shape {list(array.shape)}; {list(shape)} is needed")
    if not np.all(np.isfinite(array)):
        position = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ModelError(f"{name}{list(position)} is {array[position]}; finite numbers are needed")


def _validate_couplings(model: ModelFile) -> None:
    offset, index = model.arrays["coupling.offset"], model.arrays["coupling.index"]
    if offset[0] != 0 or offset[-1] != len(index) or np.any(np.diff(offset) <= 0):
        raise ModelError(
            f"coupling.offset is {offset.tolist()}; it must increase from 0 to {len(index)}"
        )
    limit = (model.lmax + 1) ** 2
    if np.any(index < 0) or np.any(index >= limit):
        bad = index[(index < 0) | (index >= limit)][0]
        raise ModelError(f"coupling.index has the value {bad}; 0 to {limit - 1} is allowed")


def _validate_repulsion(model: ModelFile) -> None:
    inner, outer = model.arrays["repulsion.inner"], model.arrays["repulsion.outer"]
    for name, radii in (("repulsion.inner", inner), ("repulsion.outer", outer)):
        if not np.array_equal(radii, radii.T):
            raise ModelError(f"{name} is not symmetric")
    for a, b in zip(inner.ravel(), outer.ravel(), strict=True):
        if not 0 <= a < b <= model.cutoff:
            raise ModelError(
                f"repulsion has inner {a} and outer {b} Å; 0 <= inner < outer <= {model.cutoff} is allowed"
            )


def _validate_splines(basis: np.ndarray) -> None:
    tolerance = SPLINE_TOLERANCE * np.abs(basis).max()
    value, slope = basis.sum(axis=1), basis[:, 1] + 2 * basis[:, 2] + 3 * basis[:, 3]
    jumps = {
        "value jumps at knot": np.abs(value[:-1] - basis[1:, 0]),
        "slope jumps at knot": np.abs(slope[:-1] - basis[1:, 1]),
        "value at the cutoff is not zero, interval": np.abs(value[-1:]),
        "slope at the cutoff is not zero, interval": np.abs(slope[-1:]),
    }
    for what, size in jumps.items():
        if size.size and size.max() > tolerance:
            k, p = np.unravel_index(size.argmax(), size.shape)
            raise ModelError(
                f"radial.basis: {what} {k + 1} of function {p}: {size[k, p]:g}; at most {tolerance:g} is allowed"
            )
