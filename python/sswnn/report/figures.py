"""Numbers as people read them: ours with its interval, the published one, and what lies between. It knows no HTML."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from sswnn.errors import DataError
from sswnn.report.keys import is_number
from sswnn.report.recipe import Value
from sswnn.report.results import Results

NOTHING = "–"
_DIGITS = 4
"""Significant digits of a number without an interval."""
_ERROR_DIGITS = 2
"""Significant digits of half an interval, which decide those of the number."""


@dataclass(frozen=True)
class Figure:
    """A value of a report.

    Attributes
    ----------
    here, interval, published, difference
        Texts for the page, without the unit; `NOTHING` where there is none.
    order
        Numbers to sort by, in the same order; None where there is none.
    state
        ``found``; ``missing``: its file is not there yet; ``problem``: the file is, the value is not.
    agrees
        Whether the published value lies in our interval, or ours in the published range, or both texts are the same; None
        where that cannot be said.
    problem
        What is wrong.
    """

    here: str
    interval: str
    published: str
    difference: str
    order: tuple[float | None, float | None, float | None, float | None]
    state: str = "found"
    agrees: bool | None = None
    problem: str = ""


def figure(value: Value, results: Results) -> Figure:
    """A value of a recipe with what its file holds; never an error, see `Figure.state`."""
    published, number = _published(value)
    nothing = Figure(NOTHING, NOTHING, published, NOTHING, (None, None, number, None))
    if not results.has(value.file):
        return replace(nothing, state="missing")
    try:
        raw = results.scalar(value.file, value.key, value.reduce)
        low, high, kind = _interval(value, results)
    except DataError as problem:
        return replace(nothing, state="problem", problem=str(problem))
    if not is_number(raw):
        text = _text(raw, value.if_null)
        same = text == value.published_text if value.published_text and raw is not None else None
        difference = NOTHING if same is None else "same" if same else "differs"
        return replace(nothing, here=text, difference=difference, agrees=same)
    here = raw * value.scale
    bounds = None
    if low is not None and high is not None:
        bounds = _ordered(low * value.scale, high * value.scale)
    places = _places(here, bounds, value.digits)
    difference, relative = _difference(here, value, places)
    return Figure(
        show(here, places),
        NOTHING
        if bounds is None
        else f"{show(bounds[0], places)} to {show(bounds[1], places)}{kind}",
        published,
        difference,
        (here, None if bounds is None else bounds[1] - bounds[0], number, relative),
        agrees=_agrees(here, bounds, value),
    )


def _text(raw: Any, if_null: str) -> str:
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return if_null if raw is None else str(raw)


def show(number: float, places: int | None = None) -> str:
    """A number with so many decimal places, by default four significant digits; thousands apart, real minus sign."""
    if not math.isfinite(number):
        return "∞" if number > 0 else "−∞"
    if number == 0:
        return "0"
    if not 1e-4 <= abs(number) < 1e7:
        return f"{number:.{_DIGITS - 1}g}".replace("-", "−")
    if places is None:
        places = _places(number, None, 0)
    text = f"{round(number, places):,.{max(places, 0)}f}".replace(",", "\u202f")
    return text.replace("-", "−")


def _places(number: float, bounds: tuple[float, float] | None, digits: int) -> int:
    """Decimal places that an interval, or the number of significant digits, allows."""
    size, wanted = abs(number), digits or _DIGITS
    if bounds is not None and not digits and bounds[1] > bounds[0]:
        size, wanted = (bounds[1] - bounds[0]) / 2, _ERROR_DIGITS
    elif float(number).is_integer() and not digits:
        return 0
    return 0 if size == 0 else max(wanted - 1 - math.floor(math.log10(size)), 0)


def _published(value: Value) -> tuple[str, float | None]:
    """The text, and a number to sort by."""
    text = value.published_text
    if value.published is not None:
        return text or show(value.published, _decimals(value.published)), value.published
    if value.published_range is not None:
        low, high = value.published_range
        if math.isinf(high):
            return text or f"at least {show(low, _decimals(low))}", low
        if math.isinf(low):
            return text or f"at most {show(high, _decimals(high))}", high
        return text or f"{show(low, _decimals(low))} to {show(high, _decimals(high))}", (
            low + high
        ) / 2
    return text or NOTHING, None


def _decimals(number: float) -> int:
    """As many as the recipe has."""
    text = repr(number)
    return 0 if "e" in text or text.endswith(".0") else len(text.partition(".")[2])


def _interval(value: Value, results: Results) -> tuple[float | None, float | None, str]:
    """Bounds in the file's unit and what they are; as the recipe says, else what stands beside the key."""
    name = value.file
    if value.interval:
        found = results.series(name, value.interval)
        if len(found) != 2 or not all(map(is_number, found)):
            raise DataError(
                f"{name}: `{value.interval}` is {found}, expected a lower and an upper bound"
            )
        return found[0], found[1], f" ({value.level})"
    if value.low:
        low, high = results.scalar(name, value.low), results.scalar(name, value.high)
        return (*_both(low, high), f" ({value.level})")
    centre = results.scalar(name, value.key, value.reduce)
    error = results.scalar(name, value.error) if value.error else None
    if not value.error and not value.reduce:
        low, high = (
            results.beside(name, value.key, "_low"),
            results.beside(name, value.key, "_high"),
        )
        if low is not None and high is not None:
            return low, high, f" ({value.level})"
        error = results.beside(name, value.key, "_error")
    if is_number(centre) and is_number(error):
        return centre - error, centre + error, " (± standard error)"
    return None, None, ""


def _both(low: Any, high: Any) -> tuple[float | None, float | None]:
    return (low, high) if is_number(low) and is_number(high) else (None, None)


def _difference(here: float, value: Value, places: int) -> tuple[str, float | None]:
    """Ours less the published one, in the unit and in per cent; the ratio of both to sort by."""
    if value.published is not None:
        change = here - value.published
        text = _signed(
            change, min(max(places, _decimals(value.published)), _places(change, None, 3))
        )
        if value.published == 0 or value.unit == "%" or change == 0:
            return text, change
        part = 100 * change / abs(value.published)
        return f"{text} ({_signed(part, 0 if abs(part) >= 10 else 1)} %)", part
    if value.published_range is not None:
        low, high = value.published_range
        outside = here - high if here > high else here - low if here < low else 0.0
        return ("inside" if outside == 0 else f"{_signed(outside, places)} outside"), outside
    return NOTHING, None


def _signed(number: float, places: int) -> str:
    rounded = round(number, places)
    return "0" if rounded == 0 else ("+" if rounded > 0 else "") + show(rounded, places)


def _agrees(here: float, bounds: tuple[float, float] | None, value: Value) -> bool | None:
    if value.published_range is not None:
        low, high = value.published_range
        return low <= (bounds[1] if bounds else here) and (bounds[0] if bounds else here) <= high
    if value.published is None:
        return None
    if bounds is not None:
        return bounds[0] <= value.published <= bounds[1]
    return True if here == value.published else None


def _ordered(a: float, b: float) -> tuple[float, float]:
    return min(a, b), max(a, b)
