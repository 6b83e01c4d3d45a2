"""Places inside a result: `lines[name=Li2ZrCl6].activation_eV` in nested mappings and lists, the same in tables.

A key is read from left to right. It knows no files; a table is a list of mappings.

=========================  =============================================================================================
part                       what it takes
=========================  =============================================================================================
``name``                   the entry of a mapping; of a list of mappings, that entry of each
``["a.b"]``                the same for a name with other characters than letters, digits, `_`, `-`, `+`, `/`
``[3]``, ``[-1]``          the entry at that place of a list, -1: the last
``[a=x, b>1]``             entries of a list for which all of it holds: `=`, `!=`, `<`, `<=`, `>`, `>=`; a single one itself
``[max a]``, ``[min a]``   the entry of a list with the largest or smallest `a`
=========================  =============================================================================================
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sswnn.errors import DataError

_NAME = re.compile(r"[\w+/-]+")
_QUOTED = re.compile(r'\["([^"\]]*)"\]')
_BRACKET = re.compile(r"\[([^\[\]\"]*)\]")
_CONDITION = re.compile(r"\s*([\w+/-]+)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*$")
_EXTREME = re.compile(r"\s*(max|min)\s+([\w+/-]+)\s*$")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_WORDS = {"true": True, "false": False, "null": None}
_NAMED = 8
"""So many known names are listed in a message."""


@dataclass(frozen=True)
class _Name:
    text: str

    def take(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.take(entry) for entry in node]
        if not isinstance(node, dict):
            raise DataError(f"`{self.text}` is looked for in {_kind(node)}")
        if self.text not in node:
            near = difflib.get_close_matches(self.text, node, n=1, cutoff=0.6)
            known = ", ".join(list(node)[:_NAMED]) + (", ..." if len(node) > _NAMED else "")
            hint = f"did you mean `{near[0]}`?" if near else f"known are {known or 'none'}"
            raise DataError(f"no `{self.text}`; {hint}")
        return node[self.text]


@dataclass(frozen=True)
class _Index:
    place: int

    def take(self, node: Any) -> Any:
        entries = _entries(node, f"[{self.place}]")
        if not -len(entries) <= self.place < len(entries):
            raise DataError(f"[{self.place}] of a list of {len(entries)}")
        return entries[self.place]


@dataclass(frozen=True)
class _Where:
    conditions: tuple[tuple[str, str, Any], ...]

    def take(self, node: Any) -> Any:
        entries = _entries(node, "a condition")
        found = [
            e
            for e in entries
            if all(_holds(_Name(n).take(e), sign, v) for n, sign, v in self.conditions)
        ]
        return found[0] if len(found) == 1 else found


@dataclass(frozen=True)
class _Extreme:
    largest: bool
    name: str

    def take(self, node: Any) -> Any:
        entries = [node] if isinstance(node, dict) else _entries(node, "max or min")
        found = [(value, e) for e in entries if is_number(value := _Name(self.name).take(e))]
        if not found:
            raise DataError(f"no entry with a number `{self.name}`")
        return (max if self.largest else min)(found, key=lambda pair: pair[0])[1]


_Part = _Name | _Index | _Where | _Extreme


@dataclass(frozen=True)
class Key:
    """A place in nested mappings and lists."""

    parts: tuple[_Part, ...]

    def of(self, node: Any) -> Any:
        """What stands there.

        Raises
        ------
        DataError
            If nothing does, with the nearest name where a name is unknown.
        """
        for part in self.parts:
            node = part.take(node)
        return node

    def beside(self, suffix: str) -> Key | None:
        """The place whose last name has a suffix more; None if the key does not end with a name."""
        last = self.parts[-1] if self.parts else None
        return (
            Key((*self.parts[:-1], _Name(last.text + suffix))) if isinstance(last, _Name) else None
        )


def parse(text: str) -> Key:
    """A key from its text.

    Raises
    ------
    DataError
        If it is not written as the table at the top of this module says.
    """
    parts: list[_Part] = []
    rest = text.strip()
    while rest:
        if quoted := _QUOTED.match(rest):
            parts.append(_Name(quoted[1]))
            rest = rest[quoted.end() :]
        elif bracket := _BRACKET.match(rest):
            parts.append(_bracket(bracket[1], text))
            rest = rest[bracket.end() :]
        elif (
            (dotted := rest.removeprefix("."))
            and (not parts) == (dotted == rest)
            and (name := _NAME.match(dotted))
        ):
            parts.append(_Name(name[0]))
            rest = dotted[name.end() :]
        else:
            raise DataError(
                f"key is {text!r}, not understood from {rest!r} on; such as lines[name=Li2ZrCl6].activation_eV"
            )
    return Key(tuple(parts))


def _bracket(inner: str, text: str) -> _Part:
    if re.fullmatch(r"\s*-?\d+\s*", inner):
        return _Index(int(inner))
    if extreme := _EXTREME.match(inner):
        return _Extreme(extreme[1] == "max", extreme[2])
    found = [_CONDITION.match(part) for part in inner.split(",")]
    if not all(found):
        raise DataError(
            f"key is {text!r}, expected [3], [-1], [name=value] or [max name] instead of [{inner}]"
        )
    return _Where(tuple((m[1], m[2], _typed(m[3])) for m in found if m))


def _typed(text: str) -> Any:
    """A number or one of true, false, null if the text is one."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        return float(text)
    except ValueError:
        return text


def _holds(value: Any, sign: str, wanted: Any) -> bool:
    if sign in ("=", "!="):
        return _COMPARE[sign](value, wanted)
    return is_number(value) and is_number(wanted) and _COMPARE[sign](value, wanted)


def is_number(value: Any) -> bool:
    """Whether it is a number, which a truth value is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _entries(node: Any, what: str) -> list:
    if not isinstance(node, list):
        raise DataError(f"{what} is asked of {_kind(node)}, expected a list or a table")
    return node


def _kind(node: Any) -> str:
    if isinstance(node, dict):
        return "a mapping"
    return "a list" if isinstance(node, list) else f"the value {node!r}"
