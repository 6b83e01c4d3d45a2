"""Write the random model file of tests/random_model.py to the path given: input of the C++ tests."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests")]

from random_model import random_model  # noqa: E402  (the path comes first)

from sswnn.potential import model_file  # noqa: E402

if __name__ == "__main__":
    model_file.write(sys.argv[1], random_model(["Li", "Zr", "Cl"]))
