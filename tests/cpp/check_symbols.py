"""Objects compiled for one instruction set may define nothing outside their own namespace.

A function of a header (of the C++ library, say) that is compiled into several objects is merged by
the linker: one copy serves all. If that is the AVX-512 copy, the program dies on other processors.

Arguments: nm, then ISA=OBJECT for every object.
"""

import subprocess
import sys


def foreign_symbols(nm: str, isa: str, path: str) -> list[str]:
    """Symbols that others can see or share, defined in the object, outside namespace sswnn::ISA."""
    listing = subprocess.run([nm, "-C", "--defined-only", path], capture_output=True, text=True, check=True).stdout
    shared = [line.split(maxsplit=2)[1:] for line in listing.splitlines() if line.strip()]
    names = [name for kind, name in shared if kind in "TWVuBD"]
    if not names:
        raise SystemExit(f"{path} defines no function")
    return [name for name in names if f"sswnn::{isa}::" not in name]


if __name__ == "__main__":
    nm, *objects = sys.argv[1:]
    found = {argument: foreign_symbols(nm, *argument.split("=", 1)) for argument in objects}
    for argument, names in found.items():
        print(argument, "shares:", names or "nothing")
    sys.exit(any(found.values()))
