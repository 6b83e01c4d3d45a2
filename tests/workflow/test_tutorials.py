"""docs/tutorials/: every command of every tutorial runs as it stands, at small scale, and writes what it names."""

import csv
import re
from pathlib import Path

import pages
import pytest
from pages import Page


def follow(page: Page, folder: Path, *, scripts: tuple[str, ...] = ()) -> str:
    """Run the shell blocks of a page in order; what they printed."""
    text = "\n".join(block.strip() for block in page.blocks("sh"))
    printed = pages.follow(text.splitlines(), folder, scripts=scripts)
    for name in re.findall(r"--(?:csv|json|plot|export) (\S+)", text):
        assert (folder / name).stat().st_size, name
    return "".join(printed)


def test_cluster(tmp_path):
    page = Page("tutorials/cluster.md")
    follow(page, tmp_path, scripts=("in.interface_minimize", "in.interface_nvt"))
    rows = list(csv.DictReader((tmp_path / "dissolution_400K.csv").open()))
    assert len(rows) == 21  # 200 steps, one frame every 10: none lost or repeated where the run went on


def test_trajectory(tmp_path):
    page = Page("tutorials/trajectory.md")
    (tmp_path / "make.py").write_text(page.block("python"))
    follow(page, tmp_path)
    (row,) = csv.DictReader((tmp_path / "500K.csv").open())
    low, high = (float(row[f"D_cm2_per_s_{side}"]) for side in ("low", "high"))
    assert low < 7.5e-5 < high


def test_composition(tmp_path):
    page = Page("tutorials/composition.md")
    (tmp_path / "search.yaml").write_text(page.block("yaml"))
    exec(page.block("python").replace('Path("bulk.data")', f'Path("{tmp_path}/bulk.data")'), {})
    printed = follow(page, tmp_path, scripts=("in.bulk_nvt",))
    assert "HfCl4" in printed


@pytest.mark.parametrize("name", ["cluster", "trajectory", "composition"])
def test_links_lead_somewhere(name):
    page = Path(__file__).parents[2] / "docs" / "tutorials" / f"{name}.md"
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link
