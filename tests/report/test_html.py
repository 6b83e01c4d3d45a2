"""Pages: escaping, self-containedness, every number in its place."""

import pytest
from report_tools import PIXEL, check

from sswnn.report import html

TRAINED = ("7net-l3i5", "PBE", "599b52d8", "8572 frames")


def test_page_is_well_formed_escaped_and_asks_for_nothing(tmp_path):
    (tmp_path / "a.png").write_bytes(PIXEL)
    checker = check(
        html.page(
            "a < b & c",
            html.section(
                "One",
                html.paragraph("<script>x</script>"),
                html.table(("", "v"), [("r < 2.68 Å", "5")], "cap"),
            ),
            html.image(tmp_path / "a.png", 'say "hi"', "a pixel"),
            html.links([("data.csv", "numbers")]),
            html.code("a && b"),
        )
    )
    assert "<script>x</script>" in checker.text and "r < 2.68 Å" in checker.text
    assert len(checker.fetched) == 1 and checker.fetched[0].startswith("data:image/png;base64,")


@pytest.mark.parametrize("onset", [None, 1.25])
def test_interface_page_shows_the_numbers(tmp_path, numbers, onset):
    import json

    from sswnn.report import write_interface_page

    numbers["dissolution"]["onset_ps"] = onset
    (tmp_path / "numbers.json").write_text(json.dumps(numbers))
    for name in ("snapshots", "dissolution", "bonds", "interlayer", "profiles", "msd", "thermo"):
        (tmp_path / f"{name}.png").write_bytes(PIXEL)
    (tmp_path / "msd.csv").write_text("lag_ps\n")
    write_interface_page(tmp_path, tmp_path / "index.html")
    checker = check((tmp_path / "index.html").read_text())
    for expected in (
        "692",
        "20.44 Å",
        "20.5 Å",
        "1.08 %",
        "35 ps (300 K)",
        "67 %",
        "msd.csv",
        *TRAINED,
        "--model LiZrCl",
    ):
        assert expected in checker.text
    assert ("1.25 ps" in checker.text) == (onset is not None)
    assert "thermo.csv" not in checker.text  # not written, so not linked
    assert all(x.startswith("data:") for x in checker.fetched)
