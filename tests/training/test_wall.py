"""The loss of walls: it sees the force between two atoms that are too near, and a training with it closes a hole."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
import torch

from sswnn.data.sampling import covalent_sum
from sswnn.errors import ConfigError
from sswnn.training import wall
from sswnn.training.config import from_dict
from sswnn.training.trainer import Trainer
from sswnn.twin.model import Potential

BOX = 40.0 * np.eye(3)
INSIDE = np.linspace(*wall.PUSHED, 60)  # of the sum of the radii


def quiet(_line: str) -> None:
    """Report nothing."""


def pair_energies(potential, first: int, second: int) -> np.ndarray:
    """Energies of a pair of elements at `INSIDE`, eV."""
    length = covalent_sum(potential.elements[first], potential.elements[second])
    places = [np.array([[0.0, 0.0, 0.0], [x * length, 0.0, 0.0]]) for x in INSIDE]
    kinds = [first, second]
    return np.array([potential.energy_forces_virial(kinds, p, BOX, (False,) * 3)["energy"] for p in places])


def deepest_step(potential) -> float:
    """The largest force that pulls two atoms together at `INSIDE`, eV/Å; negative if none does."""
    found = []
    for first, second in combinations_with_replacement(range(len(potential.elements)), 2):
        length = covalent_sum(potential.elements[first], potential.elements[second])
        found.append(np.diff(pair_energies(potential, first, second)).max() / ((INSIDE[1] - INSIDE[0]) * length))
    return max(found)


@pytest.fixture
def potential(settings):
    return Trainer(from_dict(settings), quiet).potential


def test_clusters_are_pairs_too_near_with_a_third_atom_farther_away(potential):
    batch, away = wall.clusters(potential, [1], np.random.default_rng(0))
    assert batch.frames == len(away) == wall.CLUSTERS
    sizes = np.bincount(batch.frame.numpy())
    assert set(sizes) == {2, 3}
    species = np.empty(batch.atoms, dtype=int)
    for z, run in batch.elements:
        species[run] = z
    original = batch.order.numpy()
    at = np.argsort(original)
    # Every pair has the element that is trained.
    count = wall.CLUSTERS
    assert np.all((species[at[:count]] == 1) | (species[at[count : 2 * count]] == 1))
    slots = batch.slot_of_pair.numpy()
    for centre, neighbour, r, direction in zip(
        batch.centre.numpy()[slots], batch.neighbour.numpy()[slots], batch.distance.numpy()[slots],
        batch.directions.numpy()[slots], strict=True,
    ):  # fmt: skip
        first, second = original[centre], original[neighbour]
        ratio = r / covalent_sum(*(potential.elements[species[k]] for k in (centre, neighbour)))
        assert batch.frame[centre] == batch.frame[neighbour]
        if first < count <= second < 2 * count:  # from the pushed atom to the one that stays
            assert wall.PUSHED[0] <= ratio <= wall.PUSHED[1]
            np.testing.assert_allclose(direction, -away[first], atol=1e-6)
        elif max(first, second) >= 2 * count:
            assert ratio > wall.PUSHED[0] + wall.FARTHER


def test_the_loss_is_what_the_forces_lack(potential):
    precise = Potential(potential.to_model_file(), torch.float64)
    elements = [0, 1]
    loss = wall.wall_loss(precise, elements, np.random.default_rng(3), 0.0).item()
    batch, away = wall.clusters(precise, elements, np.random.default_rng(3))
    place = np.argsort(batch.order.numpy())
    total = precise(batch).forces + precise.reference(batch).forces
    found = (total.detach()[place[: len(away)]] * away).sum(1).numpy()
    assert loss == pytest.approx(np.mean(np.maximum(wall.LEAST_FORCE - found, 0) ** 2))
    assert wall.wall_loss(precise, elements, np.random.default_rng(3), 1e-3).item() < loss or loss == 0


def test_a_training_closes_a_hole_that_its_start_has(settings, tmp_path):
    settings["model"]["elements"] = ["H", "Cu", "Ag"]  # whose radial functions reach nearer than those of metals
    steps = {}
    for weight in (0.0, 10.0):
        settings["run"] = str(tmp_path / f"run{weight}")
        settings["loss"] = {"wall": weight}
        settings["optimizer"]["epochs"] = 60 if weight else 5
        trainer = Trainer(from_dict(settings), quiet)
        # A hole: the network of one element falls steeply with the density of neighbours very near.
        with torch.no_grad():
            trainer.potential.networks.layer(0, trainer.potential.networks.layers - 1)[0].mul_(40)
        steps[weight, "start"] = deepest_step(trainer.potential)
        steps[weight, "end"] = deepest_step(trainer.run())
    print(steps)
    assert steps[0.0, "start"] > 1
    assert steps[0.0, "end"] > 0.5
    assert steps[10.0, "end"] < 0


def test_a_negative_weight_is_refused():
    with pytest.raises(ConfigError, match=r"loss\.wall"):
        from_dict({"loss": {"wall": -1.0}})
