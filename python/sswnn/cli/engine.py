"""Calculators that commands name: models of sswnn and label engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sswnn.cli.label import options_of

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator


def calculator_of(engine: str, options: list[str]) -> tuple[Calculator, str]:
    """Calculator of a shipped model, a model file or a label engine, and its name.

    Parameters
    ----------
    engine
        Name, path, or what `sswnn.data.engines.make_engine` takes.
    options
        Arguments of a label engine as KEY=VALUE.
    """
    from sswnn.potential.models import fingerprint, path, shipped

    if engine in shipped() or Path(engine).is_file():
        from sswnn.potential.calculator import SSWNN

        return SSWNN(engine), f"model {fingerprint(path(engine))}"
    from sswnn.data.engines import engine_label, make_engine

    chosen = options_of(options)
    calculator = make_engine(engine, **chosen)  # type: ignore[arg-type]
    return calculator, engine_label(engine, calculator, chosen)
