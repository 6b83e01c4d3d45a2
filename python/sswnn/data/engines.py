"""Label engines by name: SevenNet, CHGNet, Nequix, GPAW, or any importable ASE calculator factory.

The heavy packages are imported when an engine is made, never before. This module does not import
torch itself.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from ase.calculators.calculator import Calculator

from sswnn.data.dispersion import Dispersed, Dispersion
from sswnn.errors import LabelError

_CHGNET = "0.3.0"  # of its models
_SEVENNET_MODELS = {"sevennet": "7net-l3i5", "sevennet0": "7net-0"}
_RECORDED = {
    **{name: (model, "sevenn") for name, model in _SEVENNET_MODELS.items()},
    "chgnet": ("chgnet", "chgnet"),
    "nequix": ("nequix-omat-1", "nequix"),
}
"""Model and package of the engines from packages of Python, as a label records them."""
_OF_ALL = ("threads", "dispersion", "dispersion_without")
"""Options of `make_engine` itself."""


def _sevennet(model: str, /, *, device: str = "cpu") -> Calculator:
    from sevenn.calculator import SevenNetCalculator

    return SevenNetCalculator(model, device=device)


def _chgnet(model: str = _CHGNET) -> Calculator:
    from chgnet.model import CHGNet
    from chgnet.model.dynamics import CHGNetCalculator

    calculator = CHGNetCalculator(CHGNet.load(model_name=model, use_device="cpu"), use_device="cpu")
    if model != _CHGNET:
        calculator.engine_model = f"chgnet-{model}"
    return calculator


def _nequix(model: str = _RECORDED["nequix"][0], *, path: str | None = None) -> Calculator:
    from nequix.calculator import NequixCalculator

    calculator = NequixCalculator(
        model_name=model, model_path=path, backend="torch", use_kernel=False
    )
    calculator.engine_model = Path(path).stem if path else model
    return calculator


def _imported(path: str) -> Callable[..., Calculator]:
    module_name, _, attribute = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise LabelError(f"engine {path!r} cannot be imported: {error}") from error


def make_engine(
    name: str,
    *,
    threads: int = 1,
    dispersion: str | None = None,
    dispersion_without: str = "",
    **options: Any,
) -> Calculator:
    """ASE calculator of a label engine.

    Sets the environment variable OMP_NUM_THREADS of this process to `threads` if it is not set yet, and
    the number of threads of torch if the engine has imported it.

    Parameters
    ----------
    name
        ``sevennet`` (7net-l3i5), ``sevennet0`` (7net-0), ``chgnet``, ``nequix`` (nequix-omat-1), ``gpaw``,
        or the dotted import path of a callable that returns an ASE calculator, for example ``ase.calculators.emt.EMT``.
    threads
        Threads of one calculation.
    dispersion
        Functional, such as ``pbe``, whose D3(BJ) dispersion is added; see `sswnn.data.dispersion`.
    dispersion_without
        Elements without dispersion, separated by commas.
    options
        Passed to the callable. ``sevennet`` and ``sevennet0`` take `device` (``cpu``), ``chgnet`` takes
        `model` (``0.3.0``), ``nequix`` `model` and `path` (a file of weights; without it nequix looks in its
        cache, then downloads), ``gpaw`` takes those of `sswnn.data.gpaw_process.GPAWProcess`.

    Raises
    ------
    LabelError
        If the name is unknown, its package is missing or refuses the options, or it cannot start.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    try:
        if name in _SEVENNET_MODELS:
            calculator = _sevennet(_SEVENNET_MODELS[name], **options)
        elif name == "chgnet":
            calculator = _chgnet(**options)
        elif name == "nequix":
            calculator = _nequix(**options)
        elif name == "gpaw":
            from sswnn.data.gpaw_process import GPAWProcess

            calculator = GPAWProcess(**options)
        elif "." in name:
            calculator = _imported(name)(**options)
        else:
            known = ", ".join([*_RECORDED, "gpaw"])
            raise LabelError(
                f"unknown engine {name!r}, expected {known}, or an import path with a dot"
            )
    except ImportError as error:
        raise LabelError(
            f"engine {name!r} needs a package that is not installed: {error}"
        ) from error
    except TypeError as error:
        raise LabelError(f"engine {name!r} does not take the options {options}: {error}") from error
    except LabelError:
        raise
    except Exception as error:  # an engine may raise anything
        raise LabelError(
            f"engine {name!r} with the options {options} cannot start: {type(error).__name__}: {error}"
        ) from error
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)
    if not dispersion:
        return calculator
    without = [element.strip() for element in dispersion_without.split(",") if element.strip()]
    return cast(Calculator, Dispersed(calculator, Dispersion(dispersion, without)))


def engine_label(
    name: str, calculator: Calculator | None = None, options: Mapping[str, Any] | None = None
) -> str:
    """What is written to ``info["engine"]``: model and package version, for example ``7net-l3i5/sevenn-0.13.0``.

    An import path is followed by the `options` of its calculator; with dispersion the label ends with
    `sswnn.data.dispersion.mark`.
    """
    if isinstance(calculator, Dispersed):
        return engine_label(name, calculator.engine, options) + calculator.mark
    if name == "gpaw" and calculator is not None:
        return f"gpaw-{getattr(calculator, 'version', '?')}/pw600-pbe"
    if name not in _RECORDED:
        own = {key: value for key, value in (options or {}).items() if key not in _OF_ALL}
        return name + "".join(f" {key}={own[key]}" for key in sorted(own))
    model, package = _RECORDED[name]
    model = getattr(calculator, "engine_model", model)
    try:
        return f"{model}/{package}-{version(package)}"
    except PackageNotFoundError:
        return model
