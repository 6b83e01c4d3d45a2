"""Worker of fuzz_model_file.py: loads mutations in the compiled core and writes one JSON line for
each to its output.

A line before each load says which it is, so that whoever reads knows what a worker died of.
"""

import json
import resource
import sys
from pathlib import Path

import mutations
import numpy as np

from sswnn import _core
from sswnn.errors import ModelError
from sswnn.potential import model_file

MEMORY = 8 * 2**30
"""Bytes of address space: a file that claims a huge size must not be able to take the machine down."""


def outcome(raw: bytes, signed: bool) -> dict:
    """What the core does with the bytes: refuse, accept (valid or not by the format's rules), or fail otherwise."""
    try:
        potential = _core.Potential.from_bytes(raw)
    except ModelError as error:
        return {"result": "refused", "message": str(error)}
    except Exception as error:
        return {"result": "other exception", "message": f"{type(error).__name__}: {error}"}
    evaluate(potential)
    if not signed:
        return {"result": "accepted, but the bytes were changed and not signed"}
    try:
        expected = model_file.from_bytes(raw)
    except (ModelError, ValueError, OverflowError) as error:
        return {"result": "accepted, but not valid", "message": str(error)}
    if potential.elements != expected.elements or potential.cutoff != expected.cutoff:
        return {
            "result": "accepted, but read wrongly",
            "message": f"{potential.elements}, {potential.cutoff}",
        }
    return {"result": "accepted, valid"}


def evaluate(potential: _core.Potential) -> None:
    """Evaluate a few atoms: an accepted model must not crash; its numbers may be absurd."""
    count = 4
    species = np.arange(count, dtype=np.int32) % len(potential.elements)
    positions = np.random.default_rng(0).uniform(0, 5, (count, 3))
    potential.compute(species, positions, 5 * np.eye(3), np.ones(3, dtype=bool), uncertainty=True)


def main() -> None:
    """Arguments: model file, first mutation, one past the last, step."""
    if not _sanitized():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    original = Path(sys.argv[1]).read_bytes()
    for number in range(*map(int, sys.argv[2:5])):
        print(json.dumps({"begin": number}), flush=True)
        name, signed, raw = mutations.mutate(original, number)
        print(
            json.dumps({"number": number, "kind": name, "signed": signed} | outcome(raw, signed)),
            flush=True,
        )


def _sanitized() -> bool:
    """Whether the address sanitizer runs; its shadow needs more address space than any limit."""
    return "libasan" in Path("/proc/self/maps").read_text()


if __name__ == "__main__":
    main()
