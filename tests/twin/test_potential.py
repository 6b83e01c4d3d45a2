"""The training path of the twin; that the twin is a potential and agrees with the core: tests/contracts."""

import numpy as np
import torch

from sswnn.twin.model import Potential
from sswnn.twin.neighbours import neighbour_list


def test_batched_training_path_equals_single_frames(model, frame):
    """The float path with several frames at once gives the sums of single frames in double precision."""
    single, precise = Potential(model, torch.float32), Potential(model, torch.float64)
    species, positions, cell, pbc = frame
    first, second, displacement = neighbour_list(positions, cell, pbc, 6.0)
    batch = single.make_batch(
        np.tile(species, 2), np.repeat([0, 1], 7), np.concatenate([first, first + 7]),
        np.concatenate([second, second + 7]), np.tile(displacement, (2, 1)).astype(np.float32),
    )  # fmt: skip
    both = single(batch, create_graph=False)
    expected = precise.energy_forces_virial(*frame)
    reference = single.reference(batch)
    total = (both.energy + reference.energy).numpy()
    np.testing.assert_allclose(total, expected["energy"], rtol=1e-5)
    np.testing.assert_allclose(
        (both.virial + reference.virial).numpy()[1], expected["virial"], atol=1e-3
    )
