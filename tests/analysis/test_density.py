"""Density on a grid: integral, drift, files that other programs read, the isosurface of a sphere."""

import itertools

import numpy as np
import pytest
from ase.io.cube import read_cube
from ase.units import Bohr

from sswnn.analysis import Frame
from sswnn.analysis.interface.density import DensityObserver, smoothed
from sswnn.analysis.interface.isosurface import isosurface
from sswnn.analysis.interface.volume_files import write_volume
from sswnn.analysis.trajectories.passes import follow
from sswnn.errors import AnalysisError

CELL = np.array([[8.0, 0, 0], [-3.0, 7.0, 0], [0.5, 1.0, 9.0]])


def frames(count=50, drift=0.0):
    """Three Cl at rest, a Li beside one of them that is in one of two places, two Li far from all Cl."""
    cl = np.array([[1.0, 1.0, 1.0], [1.0, 1.5, 3.0], [1.5, 2.0, 2.0]])
    for t in range(count):
        li = np.array(
            [[2.5, 1.0, 1.0] if t % 5 else [1.0, 3.2, 3.0], [2.5, 4.5, 6.0], [2.0, 5.0, 6.5]]
        )
        positions = np.concatenate([cl, li]) + drift * t * np.array([1.0, 0.4, -0.7])
        yield Frame(
            t,
            t,
            None,
            np.array(["Cl"] * 3 + ["Li"] * 3),
            positions,
            CELL,
            origin=np.array([0.2, 0.1, -0.3]),
        )


@pytest.mark.parametrize(("smoothing", "drift"), [(0.0, 0.0), (0.4, 0.0), (0.0, 0.3)])
def test_integral_and_places(smoothing, drift):
    result = follow(
        DensityObserver(spacing=0.25, smoothing=smoothing), frames(drift=drift)
    ).result()
    voxel = abs(np.linalg.det(CELL)) / result.density_per_A3.size
    assert result.ions == 1 and result.frames == 50  # the two of the metal are left out
    assert result.density_per_A3.sum() * voxel == pytest.approx(1.0)
    fraction = ([2.5, 1.0, 1.0] - result.origin) @ np.linalg.inv(CELL)
    index = tuple((fraction * result.density_per_A3.shape).astype(int))
    if not smoothing:
        assert result.density_per_A3[index] * voxel == pytest.approx(0.8)
        assert np.count_nonzero(result.density_per_A3) == 2
    assert np.unravel_index(result.density_per_A3.argmax(), result.density_per_A3.shape) == index


def test_all_ions_and_shares():
    result = follow(DensityObserver(spacing=0.5, smoothing=0.0, ionic=False), frames()).result()
    assert result.ions == 3
    grid = result.density_per_A3
    level = result.level_enclosing(0.6)
    assert grid[grid >= level].sum() >= 0.6 * grid.sum() > grid[grid > level].sum()
    plane = result.columns()
    height = CELL[2, 2]
    area = CELL[0, 0] * CELL[1, 1]
    assert plane["Li_per_A3"].sum() * area * height / len(plane["z_A"]) == pytest.approx(3)


def test_cube_file_as_ase_reads_it(tmp_path):
    result = follow(DensityObserver(spacing=0.5), frames()).result()
    write_volume(tmp_path / "a.cube", result)
    with open(tmp_path / "a.cube") as stream:
        read = read_cube(stream)
    np.testing.assert_allclose(read["data"] / Bohr**3, result.density_per_A3, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(read["atoms"].cell.array, CELL, atol=1e-4)
    assert read["atoms"].get_chemical_formula() == "Cl3"
    np.testing.assert_allclose(read["atoms"].positions, result.positions, atol=1e-4)
    steps = CELL / np.array(result.density_per_A3.shape)[:, None]
    np.testing.assert_allclose(read["origin"], result.origin + 0.5 * steps.sum(axis=0), atol=1e-4)


def test_vtk_file(tmp_path):
    result = follow(DensityObserver(spacing=0.5), frames()).result()
    path = tmp_path / "a.vtk"
    write_volume(path, result)
    head, rest = path.read_bytes().split(b" float\n", 1)
    shape = tuple(int(x) for x in head.split(b"DIMENSIONS ")[1].split(b"\n")[0].split())
    assert shape == result.density_per_A3.shape
    size = int(np.prod(shape))
    points = np.frombuffer(rest[: 12 * size], ">f4").reshape(*shape[::-1], 3)
    values = np.frombuffer(rest.split(b"LOOKUP_TABLE default\n")[1][: 4 * size], ">f4").reshape(
        shape[::-1]
    )
    np.testing.assert_allclose(values.transpose(2, 1, 0), result.density_per_A3, rtol=1e-6)
    step = CELL / np.array(shape)[:, None]
    np.testing.assert_allclose(points[3, 1, 2], result.origin + [2.5, 1.5, 3.5] @ step, atol=1e-5)


def test_isosurface_of_a_sphere():
    axis = np.linspace(-2, 2, 41)
    grid = 1.5 - np.sqrt(sum(x**2 for x in np.meshgrid(axis, axis, axis, indexing="ij")))
    triangles = isosurface(grid, 0.0) * 0.1 - 2
    np.testing.assert_allclose(np.linalg.norm(triangles, axis=2), 1.5, atol=0.01)
    edges = triangles[:, 1:] - triangles[:, :1]
    area = 0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum()
    assert area == pytest.approx(4 * np.pi * 1.5**2, rel=0.005)
    assert len(isosurface(grid, 9.0)) == 0


def test_isosurface_is_closed():
    grid = np.pad(np.random.default_rng(0).uniform(size=(6, 6, 6)), 1, constant_values=-1.0)
    triangles = isosurface(grid, 0.5).round(9)
    edges: dict = {}
    for a, b, c in triangles.tolist():
        for one, two in ((a, b), (b, c), (c, a)):
            key = tuple(sorted((tuple(one), tuple(two))))
            edges[key] = edges.get(key, 0) + 1
    assert len(triangles) > 100 and set(edges.values()) <= {2, 4}


def test_errors(tmp_path):
    with pytest.raises(AnalysisError, match="spacing is 0"):
        DensityObserver(spacing=0)
    with pytest.raises(AnalysisError, match="200000000 voxels"):
        follow(DensityObserver(spacing=1e-3), frames())
    result = follow(DensityObserver(spacing=1.0), frames()).result()
    with pytest.raises(AnalysisError, match=r"\.cube, \.vtk"):
        write_volume(tmp_path / "a.xsf", result)
    with pytest.raises(AnalysisError, match="share of the ions is 1"):
        result.level_enclosing(1.0)


@pytest.mark.parametrize("cell", [np.diag([6.0, 7, 8]), [[6, 0, 0], [-3, 5.2, 0], [0, 0, 7]], [[5, 0, 0], [4, 3, 0], [4, 1, 3]]])
def test_a_point_is_smoothed_to_the_same_width_in_all_directions(cell):
    cell, width, shape = np.array(cell, dtype=float), 0.35, (48, 50, 54)
    density = np.zeros(shape)
    density[0, 0, 0] = 1.0
    found = smoothed(density, cell, width)
    assert found.sum() == pytest.approx(1.0, abs=1e-9) and found.min() >= 0
    fraction = np.stack(np.meshgrid(*(np.fft.fftfreq(n) for n in shape), indexing="ij"), axis=-1)
    near = found > 1e-5 * found.max()
    images = fraction[near][:, None] + np.array(list(itertools.product((-1, 0, 1), repeat=3)))
    places = images @ cell
    places = places[np.arange(len(places)), np.linalg.norm(places, axis=-1).argmin(axis=1)]
    moment = np.einsum("k,ka,kb->ab", found[near], places, places) / found[near].sum()
    np.testing.assert_allclose(moment, width**2 * np.eye(3), atol=0.02 * width**2)
