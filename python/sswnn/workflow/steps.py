"""Steps that are not done twice: a step whose inputs have not changed since it finished is skipped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from sswnn.files import replace_file


def content_hash(values: object, files: Iterable[Path]) -> str:
    """SHA-256 of JSON-able values and of the bytes of files."""
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode())
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Steps:
    """Finished steps of one output folder, kept in `steps.json`.

    Parameters
    ----------
    folder
        Output folder; products are given relative to it.
    say
        Called with each line meant for the user.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]):
        self.folder, self.say = folder, say
        self.record = folder / "steps.json"

    def _finished(self) -> dict:
        try:
            return json.loads(self.record.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def run(
        self,
        name: str,
        action: Callable[[], None],
        *,
        values: object,
        inputs: Iterable[Path],
        products: Iterable[str],
    ) -> bool:
        """Do the step unless it was done with the same values, inputs and all its products are there.

        Returns True if `action` ran.
        """
        stamp = content_hash(values, inputs)
        products = list(products)
        finished = self._finished()
        if finished.get(name) == stamp and all((self.folder / x).is_file() for x in products):
            self.say(f"[{name}] unchanged, reused")
            return False
        self.say(f"[{name}]")
        finished.pop(name, None)
        self._write(finished)
        action()
        self._write({**finished, name: stamp})
        return True

    def _write(self, finished: dict) -> None:
        replace_file(self.record, json.dumps(finished, indent=1))
