"""Worker processes that do not outlive the process that started them, whatever ended it."""

from __future__ import annotations

import os
import threading
import time

INTERVAL = 1.0  # s


def end_with(parent: int) -> None:
    """End this process soon after it has another parent than `parent`: a killed process cannot tell its workers.

    Call it once, in the worker, with the process id of who started it.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(INTERVAL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
