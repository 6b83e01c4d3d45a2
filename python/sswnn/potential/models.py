"""Where models lie: the ones inside the package by name, all others by path. Knows no file format."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sswnn.errors import ModelError

FOLDER = Path(__file__).resolve().parent.parent / "models"
SUFFIX = ".safetensors"


def shipped() -> list[str]:
    """Names of the models inside the package, sorted."""
    return sorted(file.name.removesuffix(SUFFIX) for file in FOLDER.glob(f"*{SUFFIX}"))


def path(model: str | Path) -> Path:
    """File of a model given by path or by the name of a shipped model.

    Parameters
    ----------
    model
        A path that exists, or one of `shipped()`.

    Raises
    ------
    ModelError
        If there is neither such a file nor such a shipped model.
    """
    file = Path(model)
    if file.is_file():
        return file
    if str(model) in shipped():
        return FOLDER / f"{model}{SUFFIX}"
    names = ", ".join(shipped()) or "none"
    raise ModelError(f"model '{model}': no such file, and not a shipped model (shipped: {names})")


def fingerprint(file: Path) -> str:
    """Name of a model file without its suffix, and the first eight digits of its SHA-256."""
    return f"{file.stem} {hashlib.sha256(file.read_bytes()).hexdigest()[:8]}"
