"""Damaged model files: at least 10 000 mutations given to the compiled core, and some of them to
LAMMPS.

Half are blind changes of bytes: each must be refused. Half know the format and carry a correct
checksum, so that the deeper checks are reached: each must be refused unless it obeys every rule of
docs/model_format.md, of which the reader in numpy (`sswnn.potential.model_file`) is the judge. A
refusal is a ModelError; a worker that dies of a signal, or hangs, is a crash.

Usage: python benchmarks/fuzz_model_file.py [--json] [--quick] [--model NAME_OR_PATH] [--mutations
    N] [--first N]
"""

import argparse
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import mutations
from common import electrolyte, lammps_head, parser, run_script, sswnn_style, try_lammps, write_data

from sswnn.errors import WorkflowError
from sswnn.potential import models

WORKER = Path(__file__).with_name("fuzz_worker.py")
COUNT, COUNT_QUICK = 12_000, 1_000
IN_LAMMPS, IN_LAMMPS_QUICK = 60, 10
PATIENCE = 120.0  # s without a word of a worker


def run_worker(model: Path, first: int, end: int) -> tuple[list[dict], dict | None]:
    """Outcomes of one worker, and how it crashed: number, signal and last words; None if it did not."""
    command = [sys.executable, str(WORKER), str(model), str(first), str(end), "1"]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace"
        )
        found, begun, hung = _listen(process, first)
        code = process.wait()
        errors.seek(0)
        words = errors.read()
    if code == 0:
        return found, None
    if (
        not hung
        and code > 0
        and "ERROR: AddressSanitizer" not in words
        and "runtime error" not in words
    ):
        raise WorkflowError(
            f"the worker ended with code {code} at mutation {begun}:\n{words[-2000:]}"
        )
    how = f"no answer in {PATIENCE:.0f} s" if hung else f"ended with code {code}"
    return found, {"number": begun, "how": how, "words": words[-2000:]}


def _listen(process: subprocess.Popen, first: int) -> tuple[list[dict], int, bool]:
    """Outcomes that a worker reports, the last mutation that it began, and whether it hung and was killed."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    found: list[dict] = []
    begun = first
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except queue.Empty:
            process.kill()
            return found, begun, True
        if not line:
            return found, begun, False
        entry = json.loads(line)
        begun = entry.get("begin", begun)
        if "result" in entry:
            found.append(entry)


def run_all(model: Path, first: int, count: int) -> tuple[list[dict], list[dict]]:
    """Outcomes and crashes of all mutations; after a crash a new worker takes up with the next one."""
    outcomes: list[dict] = []
    crashes: list[dict] = []
    at, end = first, first + count
    while at < end:
        found, crash = run_worker(model, at, end)
        outcomes += found
        if crash is None:
            break
        crashes.append(crash)
        at = crash["number"] + 1
    return outcomes, crashes


def run_in_lammps(model: Path, count: int, refused: set[int]) -> tuple[int, list[str]]:
    """Give some mutations that the core refuses to `pair_coeff`; what went wrong: anything but LAMMPS' own error."""
    numbers = sorted(refused)[:: max(1, len(refused) // count)][:count]
    wrong = []
    original = model.read_bytes()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder / "cell.data", electrolyte((1, 1, 1)))
        script = (
            lammps_head("cell.data", sswnn_style(str(model)).replace(str(model), "damaged"))
            + "run 0\n"
        )
        for number in numbers:
            kind, _, raw = mutations.mutate(original, number)
            (folder / "damaged").write_bytes(raw)
            code, output = try_lammps(script, folder, timeout=PATIENCE)
            if code <= 0 or "ERROR: pair_style sswnn" not in output:
                wrong.append(f"{number} ({kind}): code {code}: {output[-300:]}")
    return len(numbers), wrong


def measure(args: argparse.Namespace) -> dict:
    """Mutations in the core, then a sample in LAMMPS."""
    model = models.path(args.model).resolve()
    count = args.mutations or (COUNT_QUICK if args.quick else COUNT)
    outcomes, crashes = run_all(model, args.first, count)
    wrong = [o for o in outcomes if o["result"].startswith("accepted, but")]
    odd = [o for o in outcomes if o["result"] == "other exception"]
    for title, entries in (
        ("crash", crashes),
        ("accepted but wrong", wrong),
        ("other exception", odd),
    ):
        for entry in entries[:20]:
            print(f"{title}: {json.dumps(entry)}")
    refused = {o["number"] for o in outcomes if o["result"] == "refused"}
    tried, failures = run_in_lammps(model, IN_LAMMPS_QUICK if args.quick else IN_LAMMPS, refused)
    for failure in failures:
        print(f"LAMMPS: {failure}")
    return {
        "mutations": len(outcomes) + len(crashes),
        "crashes": len(crashes) + len(failures),
        "accepted_but_wrong": len(wrong),
        "accepted_valid": sum(o["result"] == "accepted, valid" for o in outcomes),
        "refused": len(refused),
        "other_exceptions": len(odd),
        "in_lammps": tried,
        "kinds": dict(sorted(Counter(o["kind"] for o in outcomes).items())),
        "distinct_messages": len({o.get("message", "")[:30] for o in outcomes}),
        "first": args.first,
        "ranks": 1,
        "atoms": 27,
    }


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument(
        "--mutations", type=int, help=f"how many (default {COUNT}, quick {COUNT_QUICK})"
    )
    options.add_argument("--first", type=int, default=0, help="number of the first one (default 0)")
    run_script(measure, options)


if __name__ == "__main__":
    main()
