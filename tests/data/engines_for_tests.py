"""Label engines for tests: a slow Lennard-Jones, and one that fails on some frames."""

import os
import time

from ase.calculators.lj import LennardJones


class SlowLJ(LennardJones):
    """Lennard-Jones that takes 50 ms a frame, so that a run can be killed in its middle."""

    def calculate(self, *args, **kwargs):
        time.sleep(0.05)
        super().calculate(*args, **kwargs)


class FussyLJ(LennardJones):
    """Lennard-Jones that raises for frames of exactly three atoms and returns NaN for those of five, unless CALM is set."""

    def __init__(self, **options):
        self.fussy = "CALM" not in os.environ
        super().__init__(**options)

    def calculate(self, atoms=None, *args, **kwargs):
        if self.fussy and len(atoms) == 3:
            raise RuntimeError("no convergence for three atoms")
        super().calculate(atoms, *args, **kwargs)
        if self.fussy and len(atoms) == 5:
            self.results["energy"] = float("nan")


class MagneticLJ(LennardJones):
    """Lennard-Jones with an energy of 1 eV for each Bohr magneton that it starts with."""

    def calculate(self, atoms=None, *args, **kwargs):
        super().calculate(atoms, *args, **kwargs)
        self.results["energy"] += atoms.get_initial_magnetic_moments().sum()


class DyingLJ(LennardJones):
    """Lennard-Jones whose process ends."""

    def calculate(self, *args, **kwargs):
        import os

        os._exit(3)


class LazyLJ(LennardJones):
    """Lennard-Jones that looks for a package when it is used."""

    def calculate(self, *args, **kwargs):
        import no_such_package  # noqa: F401


class UnstartableLJ(LennardJones):
    """Lennard-Jones that cannot be made."""

    def __init__(self):
        raise OSError("no licence")
