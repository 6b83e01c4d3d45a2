"""docs/commands.md names every command and argument, as `--help` does."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_what_its_script_writes():
    spec = importlib.util.spec_from_file_location("make_commands", DOCS / "make_commands.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.page() == (DOCS / "commands.md").read_text(), "run python docs/make_commands.py"
    for name in script.PAGES.values():
        assert (DOCS / name).is_file(), name
    named = {name for name, _ in script.commands()}
    assert named == set(script.PAGES)
