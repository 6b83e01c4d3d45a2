"""Kinds of sites: shape, layer (A) or space between layers (B), immobile cation inside; and the channels between them.

Layers are those of `sswnn.analysis.structures.stacking`. Channels of layered halides are those of Nano Lett. 2022,
doi:10.1021/acs.nanolett.2c00187: I between A and B, perpendicular to the layers, II between B and B, III between A and A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from sswnn.analysis.sites.framework import Framework
from sswnn.analysis.sites.interstices import Interstices, Locator
from sswnn.analysis.structures.stacking import stacking
from sswnn.errors import AnalysisError

CHANNELS = {("A", "B"): "I", ("B", "B"): "II", ("A", "A"): "III"}
SHORT = {"octahedron": "oct", "tetrahedron": "tet"}
MOST_ANIONS = 1500
"""The search for layers compares all atoms of neighbouring planes: time and memory grow with the square of their number."""


@dataclass(frozen=True, eq=False)
class Labels:
    """What the sites are (N).

    Attributes
    ----------
    layers
        (N,) `A`, `B`, or empty without layers.
    shapes
        (N,) `oct`, `tet`, or the longer names of `sswnn.analysis.structures.polyhedra.shape`.
    inside
        (N,) element of the immobile cation inside, or empty.
    miller
        Of the layers, in the cell of the trajectory; None without layers.
    """

    layers: np.ndarray
    shapes: np.ndarray
    inside: np.ndarray
    miller: tuple[int, int, int] | None

    @property
    def ends(self) -> np.ndarray:
        """(N,) what tells channels apart: the layer, or the shape without layers."""
        return self.shapes if self.miller is None else self.layers

    @property
    def classes(self) -> np.ndarray:
        """(N,) names such as `A oct` or `tet`."""
        return np.array([f"{a} {b}".strip() for a, b in zip(self.layers, self.shapes, strict=True)])

    def channel(self, start: str, end: str) -> str:
        """Name of the channel between two `ends`, in either direction."""
        low, high = sorted((start, end))
        return f"{low}-{high}" if self.miller is None else CHANNELS[low, high]


def label_sites(
    framework: Framework,
    sites: Interstices,
    *,
    miller: tuple[int, int, int] | None = None,
    layered: bool = True,
) -> Labels:
    """Label the interstices of a framework.

    Parameters
    ----------
    framework, sites
        Mean framework and the interstices of its anions.
    miller
        Indices of the layers in the cell of the trajectory; found if they are not given.
    layered
        False: look for no layers.

    Raises
    ------
    AnalysisError
        If layers are wanted in a cell of more than `MOST_ANIONS` anions.
    """
    symbols = framework.member_symbols
    cations = symbols != framework.reference.anion
    inside = np.full(len(sites), "", dtype="<U2")
    if cations.any():
        fractions = framework.positions[cations] @ np.linalg.inv(framework.cell)
        inside[Locator(sites).find(fractions - np.floor(fractions))[0]] = symbols[cations]
    shapes = np.array([SHORT.get(kind, kind) for kind in sites.kinds.tolist()])
    nothing = Labels(np.full(len(sites), ""), shapes, inside, None)
    if not layered or not cations.any():
        return nothing
    anions = int((~cations).sum())
    if anions > MOST_ANIONS:
        raise AnalysisError(
            f"{anions} {framework.reference.anion} in the cell, layers are found in cells of up to {MOST_ANIONS}: --no-layers, "
            "or a smaller cell"
        )
    # all immobile cations make the layers; each site stands in for an ion
    centre, ion = str(symbols[cations][0]), framework.reference.ion
    names = np.where(cations, centre, symbols).tolist() + [ion] * len(sites)
    crystal = Atoms(
        names, np.concatenate([framework.positions, sites.centres]), cell=framework.cell, pbc=True
    )
    found = stacking(
        crystal, centre=centre, ion=ion, anion=framework.reference.anion, miller=miller
    )
    if found is None or found.model == "uniform":
        return nothing
    return Labels(found.ion_labels, shapes, inside, found.miller)
