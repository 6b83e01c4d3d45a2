"""The twin's neighbour list against a brute-force sum over images."""

import numpy as np

from sswnn.twin.neighbours import neighbour_list


def test_all_pairs_are_found(frame):
    _, positions, cell, pbc = frame
    first, second, displacement = neighbour_list(positions, cell, pbc, 6.0)
    images = np.stack(np.meshgrid(*[np.arange(-3, 4)] * 3, indexing="ij"), -1).reshape(-1, 3) @ cell
    brute = positions[None, :, None] + images[None, None] - positions[:, None, None]
    r = np.linalg.norm(brute, axis=-1)
    assert len(first) == ((r > 1e-9) & (r < 6.0)).sum()
    assert np.all(np.diff(first) >= 0)
    expected = positions[second] - positions[first]
    shifts = (displacement - expected) @ np.linalg.inv(cell)
    np.testing.assert_allclose(shifts, np.round(shifts), atol=1e-9)
    assert np.linalg.norm(displacement, axis=1).max() < 6.0
