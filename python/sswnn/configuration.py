"""Typed configurations: dataclasses filled from nested dictionaries, every mistake named.

It knows no particular configuration; each package declares its own and checks its own ranges.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sswnn.errors import ConfigError

T = TypeVar("T")


def build(kind: type[T], raw: object, where: str = "") -> T:
    """A dataclass from a dictionary; keys that are absent keep their defaults.

    Parameters
    ----------
    kind
        Dataclass. Its fields are numbers, texts, truth values, lists, tuples of fixed length, dictionaries with text keys,
        dataclasses, or one of these or None.
    raw
        What was read, for example from YAML.
    where
        Prefix of the names in messages, for example ``"model."``.

    Raises
    ------
    ConfigError
        For an unknown key, with the nearest known one, and for a value of the wrong type.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{where or 'the configuration'} is {raw!r}; a mapping is needed")
    hints = typing.get_type_hints(kind)
    values = {}
    for key, value in raw.items():
        if key not in hints:
            near = difflib.get_close_matches(str(key), hints, n=1, cutoff=0.6)
            hint = f"did you mean `{where}{near[0]}`?" if near else f"known are {', '.join(hints)}"
            raise ConfigError(f"unknown key `{where}{key}`; {hint}")
        values[key] = _convert(hints[key], value, f"{where}{key}")
    return kind(**values)


def in_range(name: str, value: float, low: float, high: float) -> None:
    """Nothing, if low <= value <= high.

    Raises
    ------
    ConfigError
        Otherwise, with the name, the value and what is allowed.
    """
    if not low <= value <= high:
        raise ConfigError(f"{name} is {value}; {low:g} to {high:g} is allowed")


def one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    """Nothing, if the value is one of the allowed ones.

    Raises
    ------
    ConfigError
        Otherwise, with the name, the value and what is allowed.
    """
    if value not in allowed:
        *first, last = map(repr, allowed)
        known = f"{', '.join(first)} and {last} are" if first else f"{last} is"
        raise ConfigError(f"{name} is {value!r}; {known} allowed")


def _convert(hint: Any, value: object, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = [h for h in typing.get_args(hint) if h is not type(None)]
        return None if value is None else _convert(inner, value, where)
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), value, f"{where}.")
    if origin is list:
        if not isinstance(value, list):
            raise ConfigError(f"{where} is {value!r}; a list is needed")
        (inner,) = typing.get_args(hint)
        return [_convert(inner, item, f"{where}[{k}]") for k, item in enumerate(value)]
    if origin is tuple:
        inner = typing.get_args(hint)
        if not isinstance(value, (list, tuple)) or len(value) != len(inner):
            raise ConfigError(f"{where} is {value!r}; a list of {len(inner)} values is needed")
        return tuple(_convert(h, v, f"{where}[{k}]") for k, (h, v) in enumerate(zip(inner, value, strict=True)))
    if origin is dict:
        if not isinstance(value, dict):
            raise ConfigError(f"{where} is {value!r}; a mapping is needed")
        inner = typing.get_args(hint)[1]
        return {str(key): _convert(inner, item, f"{where}.{key}") for key, item in value.items()}
    if hint is float and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            return float(value)  # YAML reads 1e-3 as text
        except ValueError:
            pass
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    raise ConfigError(f"{where} is {value!r}; a value of type {hint.__name__} is needed")
