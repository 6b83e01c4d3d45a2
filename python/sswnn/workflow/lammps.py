"""Runs LAMMPS under MPI and shows how far it is: percent, time left, ns/day; a failure shows LAMMPS' own error."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sswnn.errors import WorkflowError
from sswnn.workflow.inputs import environment, program


class Progress:
    """Turns lines of LAMMPS output into lines of progress.

    The script announces its parts by lines `sswnn stage NAME STEPS`; the first column of its tables is the step.

    Parameters
    ----------
    timestep_fs
        For ns/day.
    clock
        Seconds; a parameter for tests.
    """

    def __init__(self, timestep_fs: float, clock: Callable[[], float] = time.monotonic):
        self.timestep_fs, self.clock = timestep_fs, clock
        self.stage, self.total = "", 0
        self.first: tuple[int, float] | None = None
        self._table = False

    def line(self, text: str) -> str | None:
        """The progress after this line of output, None if it tells nothing new."""
        words = text.split()
        if words[:2] == ["sswnn", "stage"] and len(words) == 4:
            self.stage, self.total, self.first = words[2], int(words[3]), None
        elif words[:1] == ["Step"]:
            self._table = True
        elif text.startswith("Loop time"):
            self._table = False
        elif self._table and self.stage and words and words[0].isdigit():
            return self._at(int(words[0]), words)
        return None

    def _at(self, step: int, words: list[str]) -> str | None:
        now = self.clock()
        if self.first is None:
            self.first = (step, now)
            return None
        if self.stage != "dynamics":
            return f"{self.stage}: iteration {step} (at most {self.total}), energy {float(words[3]):.3f} eV"
        done = step - self.first[0]
        per_step = (now - self.first[1]) / max(done, 1)
        left = per_step * (self.total - step)
        speed = self.timestep_fs * 1e-6 / per_step * 86400 if per_step > 0 else 0.0
        return (
            f"dynamics: {100 * step / max(self.total, 1):3.0f} %  {step * self.timestep_fs / 1000:.1f} ps, "
            f"{float(words[2]):.0f} K, {speed:.1f} ns/day, {_clock_time(left)} left"
        )


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def errors_in(text: str) -> list[str]:
    """LAMMPS' error lines and the line after each (the input line that failed)."""
    lines = text.splitlines()
    found: list[str] = []
    for k, line in enumerate(lines):
        if (
            line.startswith(("ERROR", "[proxy"))
            or "Last input line" in line
            or "BAD TERMINATION" in line
        ):
            found += [x for x in (line, *lines[k + 1 : k + 2]) if x.strip() and x not in found]
    return found


def newest_restart(folder: Path, name: str) -> str | None:
    """`"a"` or `"b"`: which of the two alternating restart files NAME.restart.a and .b to continue from, None without.

    The newer one, unless it is smaller than the other: then writing it was cut short.
    """
    files = {x: folder / f"{name}.restart.{x}" for x in "ab"}
    present = {x: path.stat() for x, path in files.items() if path.is_file()}
    whole = max((s.st_size for s in present.values()), default=0)
    present = {x: s for x, s in present.items() if s.st_size >= 0.9 * whole > 0}
    return max(present, key=lambda x: present[x].st_mtime_ns, default=None)


def run_lammps(
    script: Path,
    folder: Path,
    variables: dict[str, object],
    *,
    ranks: int,
    timestep_fs: float,
    show: Callable[[str], None],
) -> float:
    """Run `mpirun -np RANKS lmp -in SCRIPT -var ...` in `folder`; its output goes to `lammps.out` there.

    Returns the seconds it took.

    Raises
    ------
    WorkflowError
        If it does not end well; with LAMMPS' error lines and the file that holds all output.
    """
    command = [
        str(program("mpirun")),
        "-np",
        str(ranks),
        str(program("lmp")),
        "-in",
        str(script),
        "-nonbuf",
        "-log",
        "none",
    ]
    for name, value in variables.items():
        command += ["-var", name, str(value)]
    output = folder / "lammps.out"
    progress, begin = Progress(timestep_fs), time.monotonic()
    with open(output, "w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        try:
            for line in process.stdout or ():
                log.write(line)
                news = progress.line(line)
                if news:
                    show(news)
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if code:
        text = output.read_text(errors="replace")
        reason = errors_in(text) or text.splitlines()[-5:]
        raise WorkflowError(
            f"LAMMPS ended with code {code}; all output is in {output}\n  " + "\n  ".join(reason)
        )
    return time.monotonic() - begin
