"""Peers that are networks and that PyPI has, in an interpreter of their own (`--peer-python`): NEP, fitted by torchnep and
evaluated by the C++ code of calorine, and MACE by mace-torch.

    python3 -m venv peers
    peers/bin/pip install torch mace-torch torchnep calorine

Neither has a pair style in the wheel, so ASE asks them: their times are whole steps of its molecular dynamics, of which
ASE itself takes some µs per atom. Both train a given number of epochs, energies and forces weighted as in our loss, those of NEP
in the second half.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path

import ase.io
import numpy as np
from accuracy import Errors, errors_of
from ase import Atoms
from pareto_lammps import ResultsCalculator
from pareto_peers import Fit, loss
from peers import CUTOFF

from sswnn.data.sampling import bare
from sswnn.errors import WorkflowError
from sswnn.interface.files import TYPE_ORDER
from sswnn.training.config import LossConfig

WORKER = Path(__file__).with_name("pareto_worker.py")
MODELS = {"nep": "nep.txt", "mace": "mace.model"}
BATCH = 10
LAST_RATE = 0.02  # of the first learning rate, reached in the last epoch


class Worker:
    """A process that evaluates one fitted peer.

    Parameters
    ----------
    python
        Interpreter that has the peer.
    kind
        One of `MODELS`.
    folder
        Where its file is.
    """

    def __init__(self, python: str, kind: str, folder: Path) -> None:
        command = [python, str(WORKER), kind, str((folder / MODELS[kind]).resolve())]
        self.log = (folder / "worker.log").open("w")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True
        )

    def ask(self, request: dict) -> dict:
        """The answer to a request, see `pareto_worker.py`.

        Raises
        ------
        WorkflowError
            If the process has ended; with its last words.
        """
        answer = ""
        with suppress(BrokenPipeError):
            print(json.dumps(request), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        if not answer:
            last = Path(self.log.name).read_text().splitlines()[-3:]
            raise WorkflowError(f"{' '.join(self.process.args)} ended: {' '.join(last)}")
        return json.loads(answer)

    def results(self, frame: Atoms) -> tuple[float, np.ndarray, np.ndarray]:
        """Energy (eV), forces (n, 3) (eV/Å) and stress (6,) (eV/Å³) of a periodic frame."""
        arrays = {"numbers": frame.numbers, "positions": frame.positions, "cell": frame.cell[:]}
        answer = self.ask({key: array.tolist() for key, array in arrays.items()})
        return answer["energy"], np.array(answer["forces"]), np.array(answer["stress"])

    def close(self) -> None:
        """End the process."""
        with suppress(BrokenPipeError):  # it has ended
            self.process.stdin.close()
        self.process.wait()
        self.log.close()


def judged_elsewhere(
    python: str, kind: str, folder: Path, frames: list[Atoms]
) -> tuple[list[Errors], int]:
    """Errors of a peer on frames, and the number of its parameters."""
    worker = Worker(python, kind, folder)
    try:
        count = worker.ask({"parameters": True})["parameters"]
        return errors_of(frames, ResultsCalculator(worker)), count
    finally:
        worker.close()


def us_per_atom_step(python: str, kind: str, folder: Path, atoms: int, steps: int) -> float:
    """Microseconds per atom and step of molecular dynamics from hot.data in the folder."""
    worker = Worker(python, kind, folder)
    data = str((folder / "hot.data").resolve())
    try:
        answer = worker.ask({"data": data, "types": TYPE_ORDER, "steps": steps})
    finally:
        worker.close()
    return 1e6 * answer["seconds"] / atoms / steps


def run_fit(command: list[str], folder: Path) -> None:
    """Run the training of a peer, its output appended to fit.log.

    Raises
    ------
    WorkflowError
        If it ends with an error; with its last words.
    """
    path = folder / "fit.log"
    with path.open("a") as log:
        code = subprocess.run(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT).returncode
    if code:
        last = path.read_text().splitlines()[-3:]
        raise WorkflowError(f"{' '.join(command)} ended with code {code}: {' '.join(last)}")


# ------------------------------------------------------------------------------- NEP


def fit_nep(
    train: list[Atoms], validation: list[Atoms], folder: Path, *, python: str, epochs: int,
    settings: dict[str, str],
) -> Fit:  # fmt: skip
    """NEP4, doi:10.1063/5.0106617, trained by gradients (torchnep); the epoch that its validation likes best.

    In two stages as torchnep advises: in the first half of the epochs energies weigh little, in the second as in our loss.
    """
    weights = LossConfig()
    lines = {
        "version": "4",
        "type": f"{len(TYPE_ORDER)} {' '.join(TYPE_ORDER)}",
        "cutoff": f"{CUTOFF} {CUTOFF}",
        "lambda_e": str(weights.force),
        "lambda_f": str(weights.force),
        "lambda_v": "0.1",
        "batch": str(BATCH),
        "epoch": str(epochs),
        "lr_scheduler": "step",
        "scheduler_patience": str(max(1, epochs // 40)),
        "scheduler_factor": f"{LAST_RATE ** (1 / 20):.4f}",
        "stage2": "1",
        "start_stage2": str(epochs // 2),
        "stage2_lr": "0.001",
        "stage2_lambda_e": str(weights.energy),
        "stage2_lambda_f": str(weights.force),
        "stage2_lambda_v": "0.1",
    } | settings  # fmt: skip
    (folder / "nep.in").write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
    for name, frames in (("train", train), ("validation", validation)):
        (folder / f"{name}.xyz").write_text("".join(map(_nep_frame, frames)))
    run_fit([python, str(WORKER), "fit-nep", "."], folder)
    errors, count = judged_elsewhere(python, "nep", folder, validation)
    return Fit("", count, {"epochs": epochs, "validation_loss": loss(errors)}, worker="nep")


def _nep_frame(frame: Atoms) -> str:
    """A frame as torchnep reads it: the virial is minus stress times volume."""
    virial = -frame.get_volume() * np.asarray(frame.info["stress"])[[0, 5, 4, 5, 1, 3, 4, 3, 2]]
    head = (
        f'{len(frame)}\nLattice="{_row(frame.cell[:])}" Properties=species:S:1:pos:R:3:forces:R:3 '
        f'energy={frame.info["energy"]:.10g} virial="{_row(virial)}" pbc="T T T"\n'
    )
    atoms = zip(frame.symbols, frame.positions, frame.arrays["forces"], strict=True)
    return head + "".join(f"{s} {_row(r)} {_row(f)}\n" for s, r, f in atoms)


def _row(values: np.ndarray) -> str:
    return " ".join(f"{value:.10g}" for value in np.ravel(values))


# ------------------------------------------------------------------------------- MACE


def fit_mace(
    train: list[Atoms], validation: list[Atoms], folder: Path, *, python: str, epochs: int,
    settings: dict[str, str],
) -> Fit:  # fmt: skip
    """MACE, doi:10.48550/arXiv.2206.07697, two interactions; the epoch that its validation likes best."""
    weights = LossConfig()
    for name, frames in (("train", train), ("validation", validation)):
        ase.io.write(folder / f"{name}.xyz", [_reference(frame) for frame in frames])
    options = {
        "name": "mace", "work_dir": "run", "model": "MACE", "E0s": "average",
        "train_file": "train.xyz", "valid_file": "validation.xyz",
        "r_max": CUTOFF, "num_interactions": 2, "loss": "weighted",
        "energy_weight": weights.energy, "forces_weight": weights.force,
        "batch_size": BATCH, "max_num_epochs": epochs,
        "scheduler": "ExponentialLR", "lr_scheduler_gamma": f"{LAST_RATE ** (1 / epochs):.5f}",
        "device": "cpu", "default_dtype": "float64", "seed": 7,
    } | settings  # fmt: skip
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    run_fit([python, "-m", "mace.cli.run_train", *words, "--amsgrad", "--restart_latest"], folder)
    (folder / "run" / "mace.model").replace(folder / MODELS["mace"])
    errors, count = judged_elsewhere(python, "mace", folder, validation)
    return Fit("", count, {"epochs": epochs, "validation_loss": loss(errors)}, worker="mace")


def _reference(frame: Atoms) -> Atoms:
    """The frame with the labels under the names that MACE reads."""
    made = bare(frame)
    made.info["REF_energy"] = frame.info["energy"]
    made.arrays["REF_forces"] = frame.arrays["forces"]
    return made
