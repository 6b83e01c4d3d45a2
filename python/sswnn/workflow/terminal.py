"""Progress on a terminal: one line rewritten in place; in a file or pipe a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class StatusLine:
    """Shows the latest of many messages.

    Parameters
    ----------
    stream
        Where to write.
    interval
        Seconds between lines when the stream is no terminal.
    """

    def __init__(self, stream: TextIO | None = None, interval: float = 10.0):
        self.stream, self.interval = stream or sys.stdout, interval
        self._terminal = self.stream.isatty()
        self._open, self._last, self._pending = False, -interval, ""

    def show(self, text: str) -> None:
        """Replace the status by `text`."""
        now = time.monotonic()
        if self._terminal:
            self.stream.write(f"\r\033[K  {text}")
            self._open = True
        elif now - self._last >= self.interval:
            self.stream.write(f"  {text}\n")
            self._last, self._pending = now, ""
        else:
            self._pending = text
        self.stream.flush()

    def say(self, text: str) -> None:
        """End the status line, then write a line of its own."""
        if self._open:
            self.stream.write("\n")
        elif self._pending:
            self.stream.write(f"  {self._pending}\n")
        self._open, self._pending = False, ""
        self._last = -self.interval
        self.stream.write(text + "\n")
        self.stream.flush()
