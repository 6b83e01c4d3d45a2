"""docs/labels.md: its example runs as it stands."""

import pages
from pages import Page

from sswnn.data.frames import read_frames


def test_the_example_labels_its_frames(tmp_path):
    page = Page("labels.md")
    (tmp_path / "make.py").write_text(page.block("python"))
    first, second = page.commands()
    for line in ("python make.py", first):
        pages.run(line, tmp_path)
    labelled = read_frames(tmp_path / "labelled.extxyz")
    assert len(labelled) == 3 and {a.info["group"] for a in labelled} == {"copper_0.97", "copper_1.0", "copper_1.03"}
    assert all({"energy", "engine"} <= set(a.info) and "forces" in a.arrays for a in labelled)
    assert "3 done before" in pages.run(second, tmp_path).stdout
