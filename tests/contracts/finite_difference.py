"""Derivatives by central differences in two steps: the error must fall as the square of the step, the derivative not be zero.

A tolerance alone would pass a wrong derivative that is small; the order of the error and the lower
bound on the derivative exclude it.
"""

from collections.abc import Callable

STEPS = (4e-3, 2e-3)
RESOLUTION = 1e-6  # of a slope; a wrong derivative that passes is wrong by less


def assert_derivative(function: Callable[[float], float], stated: float) -> None:
    """`stated` is the slope at 0 of `function`, shown to second order in the step.

    Raises
    ------
    AssertionError
        If the slope is below 1e-3, differs by more than 1e-3 of itself, or the error does not fall at least threefold
        when the step halves (unless it is already below what rounding and the knots of cubic splines leave).
    """
    errors = [abs((function(h) - function(-h)) / (2 * h) - stated) for h in STEPS]
    assert abs(stated) > 1e-3, f"derivative {stated} is too small to show anything"
    assert errors[1] < 1e-3 * abs(stated) + 1e-4, f"stated {stated}, errors {errors}"
    if errors[1] > RESOLUTION * max(1.0, abs(stated)):
        assert errors[1] < errors[0] / 3, f"stated {stated}, errors {errors} are not of second order"
