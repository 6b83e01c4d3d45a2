"""Damaged model files: bytes changed blindly, and files changed with knowledge of the format and
signed again.

Every mutation is a pure function of the original bytes and a number, so a failure can be made
again. Knows the layout of docs/model_format.md; knows no reader.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from random import Random

CHECKSUM = b'"checksum":"'
SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf")]
INTEGERS = [-(2**31), -1, 0, 1, 24, 25, 1000, 2**31 - 1]
SIZES = [0, 1, 2, 3, 7, 49, 1000, 2**20, 2**28, 2**31, 2**32, 2**53, 2**63, 10**30, -1, 0.5, 1e308]


def mutate(original: bytes, number: int) -> tuple[str, bool, bytes]:
    """Name of mutation `number`, whether the file is signed again, and its bytes, which differ from the original."""
    random = Random(number)
    kinds = BLIND if number % 2 else SIGNED
    while True:
        name = random.choice(sorted(kinds))
        changed = kinds[name](original, random)
        if not number % 2:
            changed = sign(changed)
        if changed != original:
            return name, not number % 2, changed


def sign(raw: bytes) -> bytes:
    """The file with the checksum that fits its content; unchanged if it has no place for one."""
    start = raw.find(CHECKSUM) + len(CHECKSUM)
    if start < len(CHECKSUM) or len(raw) < start + 64:
        return raw
    zeroed = raw[:start] + b"0" * 64 + raw[start + 64 :]
    return raw[:start] + hashlib.sha256(zeroed).hexdigest().encode() + raw[start + 64 :]


# ------------------------------------------------------------------------------- blind changes


def _flip_bits(raw: bytes, random: Random) -> bytes:
    out = bytearray(raw)
    for _ in range(random.choice([1, 1, 2, 8, 64])):
        out[random.randrange(len(out))] ^= 1 << random.randrange(8)
    return bytes(out)


def _flip_header_bits(raw: bytes, random: Random) -> bytes:
    out = bytearray(raw)
    end = 8 + struct.unpack("<Q", raw[:8])[0]
    for _ in range(random.choice([1, 1, 2, 8])):
        out[random.randrange(end)] ^= 1 << random.randrange(8)
    return bytes(out)


def _set_bytes(raw: bytes, random: Random) -> bytes:
    start = random.randrange(len(raw))
    filler = random.choice([b"\x00", b"\xff", b"\x7f", b'"', b"9", b"["])
    length = random.choice([1, 8, 100, 10_000])
    return raw[:start] + filler * min(length, len(raw) - start) + raw[start + length :]


def _truncate(raw: bytes, random: Random) -> bytes:
    header = 8 + struct.unpack("<Q", raw[:8])[0]
    most = random.choice([12, header, len(raw)])
    return raw[: random.randrange(most)]


def _insert(raw: bytes, random: Random) -> bytes:
    start = random.randrange(len(raw) + 1)
    return raw[:start] + random.randbytes(random.choice([1, 8, 1000])) + raw[start:]


def _delete(raw: bytes, random: Random) -> bytes:
    start = random.randrange(len(raw))
    return raw[:start] + raw[start + random.choice([1, 8, 1000]) :]


def _append(raw: bytes, random: Random) -> bytes:
    return raw + random.randbytes(random.choice([1, 8, 4096]))


def _header_length(raw: bytes, random: Random) -> bytes:
    length = struct.unpack("<Q", raw[:8])[0]
    wild = [
        0,
        1,
        2,
        64,
        length - 1,
        length + 1,
        len(raw) - 8,
        len(raw) - 7,
        2**24,
        2**24 + 1,
        2**31,
        2**63,
        2**64 - 1,
    ]
    return struct.pack("<Q", random.choice([*wild, random.getrandbits(64)])) + raw[8:]


def _other_bytes(raw: bytes, random: Random) -> bytes:
    starts = [
        b"",
        b"\x7fELF\x02\x01\x01",
        b"PK\x03\x04",
        b"\x89PNG\r\n\x1a\n",
        b"\xfd7zXZ\x00",
        b"{}",
        raw[:8],
        raw[:1000],
    ]
    return random.choice(starts) + random.randbytes(random.choice([0, 1, 10, 1000, 100_000]))


def _swap_blocks(raw: bytes, random: Random) -> bytes:
    size = random.choice([1, 8, 512])
    a, b = sorted(random.sample(range(0, len(raw) - size, size), 2))
    return raw[:a] + raw[b : b + size] + raw[a + size : b] + raw[a : a + size] + raw[b + size :]


# ------------------------------------------------------------------------------- changes that know the format


def _parts(raw: bytes) -> tuple[dict, bytes]:
    length = struct.unpack("<Q", raw[:8])[0]
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def _join(header: object, data: bytes) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def _tensors(header: dict) -> list[str]:
    return [name for name in header if name != "__metadata__"]


def _value(raw: bytes, random: Random) -> bytes:
    """One number of one tensor becomes special, or is scaled, negated or nudged."""
    header, data = _parts(raw)
    name = random.choice(_tensors(header))
    entry = header[name]
    begin, end = entry["data_offsets"]
    code, size, special = ("<d", 8, SPECIAL) if entry["dtype"] == "F64" else ("<i", 4, INTEGERS)
    if begin == end:
        return raw
    out = bytearray(data)
    for _ in range(random.choice([1, 1, 1, 5])):
        at = begin + size * random.randrange((end - begin) // size)
        old = struct.unpack_from(code, data, at)[0]
        near = [old + 1, -old, old * 2] if size == 4 else [1.001 * old, -old, 1e6 * old, 1e-12]
        new = random.choice([*special, *near])
        struct.pack_into(code, out, at, max(-(2**31), min(2**31 - 1, new)) if size == 4 else new)
    return _join(header, bytes(out))


def _whole_tensor(raw: bytes, random: Random) -> bytes:
    """All numbers of one tensor become the same, or its bytes are random."""
    header, data = _parts(raw)
    begin, end = header[random.choice(_tensors(header))]["data_offsets"]
    blocks = [bytes(end - begin), b"\xff" * (end - begin), random.randbytes(end - begin)]
    same = struct.pack("<d", random.choice(SPECIAL)) * ((end - begin) // 8 + 1)
    return _join(header, data[:begin] + random.choice([*blocks, same[: end - begin]]) + data[end:])


def _shape(raw: bytes, random: Random) -> bytes:
    """Another shape in the header; the data stay."""
    header, data = _parts(raw)
    entry = header[random.choice(_tensors(header))]
    shape = entry["shape"]
    choice = random.randrange(5)
    if choice == 0 and shape:
        shape[random.randrange(len(shape))] = random.choice(SIZES)
    elif choice == 1:
        shape.reverse()
    elif choice == 2:
        shape.append(random.choice([1, 0, 2]))
    elif choice == 3 and shape:
        shape.pop()
    else:
        entry["shape"] = random.choice(
            [[], [0], {}, "3", None, [[3]], [1] * 9, [2**32, 2**32], [-1, -1]]
        )
    return _join(header, data)


def _offsets(raw: bytes, random: Random) -> bytes:
    """Other data offsets: shifted, reversed, beyond the end, or those of another tensor."""
    header, data = _parts(raw)
    first, second = random.sample(_tensors(header), 2)
    a, b = header[first], header[second]
    choice = random.randrange(5)
    if choice == 0:
        a["data_offsets"], b["data_offsets"] = b["data_offsets"], a["data_offsets"]
    elif choice == 1:
        a["data_offsets"] = b["data_offsets"]
    elif choice == 2:
        a["data_offsets"][random.randrange(2)] = random.choice([*SIZES, len(data), len(data) + 8])
    elif choice == 3:
        step = random.choice([-8, -4, -1, 1, 4, 8])
        a["data_offsets"] = [x + step for x in a["data_offsets"]]
    else:
        a["data_offsets"] = random.choice(
            [[], [0], [0, 8, 16], None, "0 8", [1, 0], list(reversed(a["data_offsets"]))]
        )
    return _join(header, data)


def _tensor_entry(raw: bytes, random: Random) -> bytes:
    """A tensor renamed, removed, added, of another type, or with a description that is none."""
    header, data = _parts(raw)
    name = random.choice(_tensors(header))
    choice = random.randrange(6)
    if choice == 0:
        header[random.choice([name + "x", "", "network.Xx.weight0", "a" * 5000])] = header.pop(name)
    elif choice == 1:
        del header[name]
    elif choice == 2:
        size = random.choice([0, 8, 800])
        header["extra"] = {
            "dtype": "F64",
            "shape": [size // 8],
            "data_offsets": [len(data), len(data) + size],
        }
        data += bytes(size)
    elif choice == 3:
        header[name]["dtype"] = random.choice(
            ["F32", "I64", "I32", "F64", "U8", "BF16", "", 7, None]
        )
    elif choice == 4:
        del header[name][random.choice(sorted(header[name]))]
    else:
        header[name] = random.choice([None, [], {}, 1, "F64", [header[name]]])
    return _join(header, data)


_METADATA: dict[str, list] = {
    "format_version": [0, 2, 1.5, "1", None, -1, 1e300],
    "elements": [
        [],
        ["Li"],
        ["Li", "Zr", "Xx"],
        ["Li", "Li", "Zr"],
        ["Li", "Zr", 17],
        "LiZrCl",
        None,
        ["Li"] * 33,
        [""],
    ],
    "cutoff": [0, 0.99, 20.01, -6, 1e308, "6", None, [6], 1.0, 5.0, 20.0, True],
    "lmax": [-1, 0, 3, 5, 4.5, 10**9, "4", None, True],
    "channels": [0, 1, 7, 9, 33, -8, 1e18, None],
    "hidden": [
        [],
        [48],
        [48, 0],
        [48, 513],
        [48] * 5,
        [1e9, 1e9],
        [-1, 48],
        "48",
        None,
        [[48]],
        [48.5, 48],
    ],
    "activation": ["tanh", "", None, 1, "SILU"],
    "units": [{}, {"energy": "kcal/mol", "length": "Angstrom"}, {"energy": "eV"}, None, "metal"],
    "licence": [None, 5, ["GPL"]],
    "name": ["x" * 100_000, "\u0000", "\ud7ff"],
}


def _metadata(raw: bytes, random: Random) -> bytes:
    """An entry of the metadata missing or with another value."""
    header, data = _parts(raw)
    content = json.loads(header["__metadata__"]["sswnn"])
    key = random.choice(sorted(_METADATA))
    if random.random() < 0.15:
        content.pop(key, None)
    else:
        content[key] = random.choice(_METADATA[key])
    header["__metadata__"]["sswnn"] = json.dumps(content)
    return _join(header, data)


def _json_text(raw: bytes, random: Random) -> bytes:
    """A header, or metadata, that is odd or broken JSON."""
    header, data = _parts(raw)
    depth = random.choice([60, 70, 10_000, 1_000_000])
    odd = [
        "[" * depth,
        "[" * depth + "]" * depth,
        '{"a":' * depth,
        "",
        "null",
        "[]",
        '"',
        "{}",
        "1e",
        "-",
        "nan",
        "{,}",
    ]
    if random.random() < 0.5:
        header["__metadata__"]["sswnn"] = random.choice(odd)
        return _join(header, data)
    text = json.dumps(header, separators=(",", ":"))
    name = random.choice(_tensors(header))
    broken = [
        text + random.choice([" ", "x", "\x00", "{}"]),
        text[: random.randrange(len(text))],
        text.replace("[", "[" * 3, 1),
        text[:-1] + f',"{name}":' + json.dumps(header[name]) + "}",
        text[:-1] + ',"deep":' + random.choice(odd) + "}",
        text.replace(
            f'"{name}"',
            random.choice(['"\\u0000"', '"\\ud800"', '"\\x"', '"' + "k" * 10_000 + '"']),
            1,
        ),
    ]
    changed = random.choice(broken).encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(changed)) + changed + data


def _no_metadata(raw: bytes, random: Random) -> bytes:
    """No metadata, or entries of the wrong type."""
    header, data = _parts(raw)
    choice = random.randrange(4)
    if choice == 0:
        del header["__metadata__"]
    elif choice == 1:
        header["__metadata__"].pop(random.choice(sorted(header["__metadata__"])))
    elif choice == 2:
        header["__metadata__"]["sswnn"] = random.choice([None, 1, {}, ["x"]])
    else:
        header["__metadata__"] = random.choice([None, [], "x", {}, [header["__metadata__"]]])
    return _join(header, data)


def _grown(raw: bytes, random: Random) -> bytes:
    """A huge file, all zeros behind the header, with a tensor that claims them."""
    header, data = _parts(raw)
    size = random.choice([2**20, 2**22, 8 * 100_001 * 3])
    name = random.choice(_tensors(header))
    header[name] = {
        "dtype": "F64",
        "shape": [size // 8],
        "data_offsets": [len(data), len(data) + size],
    }
    return _join(header, data + bytes(size))


Mutation = Callable[[bytes, Random], bytes]
BLIND: dict[str, Mutation] = {
    "bits": _flip_bits, "header bits": _flip_header_bits, "bytes": _set_bytes, "truncated": _truncate,
    "inserted": _insert, "deleted": _delete, "appended": _append, "header length": _header_length,
    "other bytes": _other_bytes, "swapped blocks": _swap_blocks, "unsigned value": _value, "unsigned offsets": _offsets,
}  # fmt: skip
SIGNED: dict[str, Mutation] = {
    "value": _value, "whole tensor": _whole_tensor, "shape": _shape, "offsets": _offsets, "tensor entry": _tensor_entry,
    "metadata": _metadata, "json": _json_text, "no metadata": _no_metadata, "grown": _grown,
    "signed bits": _flip_header_bits, "signed truncation": _truncate, "signed insertion": _insert,
}  # fmt: skip
