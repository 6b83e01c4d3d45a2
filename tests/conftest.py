"""Fixtures for all tests: a small random potential."""

from pathlib import Path

import pytest
from random_model import random_model

from sswnn.potential import model_file as files


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid model file of Li, Zr and Cl with random parameters and a cutoff of 5 Å."""
    path = tmp_path_factory.mktemp("model") / "random.safetensors"
    files.write(path, random_model(["Li", "Zr", "Cl"]))
    return path
