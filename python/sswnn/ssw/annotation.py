"""What an archive tells of a new minimum beside its structure and energy: space groups and order parameters."""

from __future__ import annotations

import json

from ase import Atoms

from sswnn.ssw.order_parameter import order_parameters
from sswnn.ssw.symmetry import TOLERANCES, space_groups

DEGREES = (4, 6)
"""Degrees of the Steinhardt order parameters that are stored."""


def annotation(atoms: Atoms, length_unit: float) -> dict[str, str]:
    """Columns of space groups and order parameters."""
    groups = space_groups(atoms, TOLERANCES, length_unit=length_unit)
    orders = order_parameters(atoms, DEGREES, length_unit=length_unit)
    return {
        "space_groups": json.dumps({t: [g.symbol, g.number] for t, g in groups.items()}),
        "order_parameters": json.dumps({k: order.value for k, order in orders.items()}),
    }
