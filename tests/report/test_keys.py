"""Places in results: names, indices, conditions; and what is refused."""

import pytest

from sswnn.errors import DataError
from sswnn.report.keys import parse

DATA = {
    "lines": [
        {"name": "Li2ZrCl6", "measured": True, "Ea": 0.3, "T": [1, 2]},
        {"name": "Li2ZrCl6", "measured": False, "Ea": 0.4, "T": [3, 4]},
        {"name": "LiCl, hot", "measured": False, "Ea": None, "T": []},
    ],
    "7net-l3i5": {"a.b": 5},
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lines[0].Ea", 0.3),
        ("lines[-1].name", "LiCl, hot"),
        ("lines[1].T[-1]", 4),
        ("lines.Ea", [0.3, 0.4, None]),
        ("lines[name=Li2ZrCl6].Ea", [0.3, 0.4]),
        ("lines[name=Li2ZrCl6, measured=false].Ea", 0.4),  # a single entry is itself
        ("lines[name=Li2ZrCl6, measured=false].T[0]", 3),
        ("lines[Ea=null].T", []),
        ("lines[Ea>0.3].Ea", 0.4),
        ("lines[Ea>=0.3].Ea", [0.3, 0.4]),
        ("lines[Ea<0.3].Ea", []),
        ("lines[name!=Li2ZrCl6].T", []),
        ("lines[max Ea].measured", False),
        ("lines[min Ea].measured", True),
        ("lines[measured=false][max Ea].T", [3, 4]),
        ("lines[measured=true][max Ea].T", [1, 2]),
        ('7net-l3i5["a.b"]', 5),
        ("", DATA),
    ],
)
def test_what_a_key_takes(key, value):
    assert parse(key).of(DATA) == value


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("linez", "no `linez`; did you mean `lines`?"),
        ("lines[0].xyz", "no `xyz`; known are name, measured, Ea, T"),
        ("lines[3]", "[3] of a list of 3"),
        ("lines[0].T.x", "looked for in the value 1"),
        ("lines[0].Ea.x", "`x` is looked for in the value 0.3"),
        ("lines[0].Ea[1]", "[1] is asked of the value 0.3"),
        ("lines[max name]", "no entry with a number `name`"),
        ("lines[colour=red].Ea", "no `colour`"),
    ],
)
def test_what_is_not_there_is_said(key, words):
    with pytest.raises(DataError) as problem:
        parse(key).of(DATA)
    assert words in str(problem.value)


@pytest.mark.parametrize("key", [".a", "a..b", "a[", "a[b", "a[]", "a[b~c]", "a]", "a b", "a[max]"])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(DataError, match="key is"):
        parse(key)


def test_the_place_beside():
    assert parse("lines[0].Ea").beside("_low") == parse("lines[0].Ea_low")
    assert parse("lines[0]").beside("_low") is None and parse("").beside("_low") is None
