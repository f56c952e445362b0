"""Sends what tasks print, warn of and log: at once, but a flood of lines in few messages."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

from parmagic.run.workers.protocol import RECORD

PAUSE = 0.02  # seconds between messages; within it, lines are collected
FULL = 65_536  # characters that are sent without waiting for the pause to end
RECORD_SIZE = 500  # characters, about, that one is as long as


class Outbox:
    """Collects printed lines; thread-safe, because a task may print from threads of its own."""

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._lines: list[tuple[int, str, Any]] = []  # task, stream, whole lines or a record
        self._size = 0  # characters
        self._sent = 0.0  # perf_counter
        self._waiting: threading.Event | None = None
        self._closed = False

    def put(self, task: int, stream: str, text: str) -> None:
        """Take lines of a task, and send them now or soon."""
        self._put(task, stream, text, len(text))

    def put_record(self, task: int, record: object) -> None:
        """Take a warning or a log record of a task, and send it in its place among the lines."""
        self._put(task, RECORD, record, RECORD_SIZE)

    def _put(self, task: int, stream: str, text: Any, size: int) -> None:
        with self._lock:
            last = self._lines[-1] if self._lines else None
            if stream != RECORD and last is not None and last[:2] == (task, stream):
                self._lines[-1] = (task, stream, last[2] + text)
            else:
                self._lines.append((task, stream, text))
            self._size += size
            if self._size > FULL or time.perf_counter() - self._sent > PAUSE:
                self._empty()
            else:
                self._send_soon()

    def flush(self) -> None:
        """Send what was collected."""
        with self._lock:
            self._empty()

    def close(self) -> None:
        """Send what was collected, and end the thread, if there is one."""
        with self._lock:
            self._closed = True
            if self._waiting is not None:
                self._waiting.set()
        with contextlib.suppress(OSError):  # nobody is there to have it
            self.flush()

    def _empty(self) -> None:
        if self._lines:
            lines: list[Any] = self._lines
            self._lines, self._size = [], 0
            self._send("print", lines)
            self._sent = time.perf_counter()

    def _send_soon(self) -> None:
        if self._waiting is None:  # most tasks print nothing, and need no thread for it
            self._waiting = threading.Event()
            # No daemon: an interpreter may have none.
            threading.Thread(target=self._keep_sending, args=(self._waiting,)).start()
        self._waiting.set()

    def _keep_sending(self, waiting: threading.Event) -> None:
        while waiting.wait() and not self._closed:
            waiting.clear()
            time.sleep(PAUSE)
            with contextlib.suppress(OSError):  # nobody is there to have it
                self.flush()
