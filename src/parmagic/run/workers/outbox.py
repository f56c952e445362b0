"""Sends what a worker says; what tasks print, warn of and log at once, but a flood in few messages.

A finalizer or the handler of a signal may print at any moment, also while something is being sent.
So what is printed is put down without waiting for the lock, and who has the lock sends it, too.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from parmagic.run.workers.protocol import RECORD

PAUSE = 0.02  # seconds between messages; within it, lines are collected
FULL = 65_536  # characters that are sent without waiting for the pause to end
RECORD_SIZE = 500  # characters that a record counts as


class Outbox:
    """The messages of one worker; thread-safe, because a task may print from threads of its own."""

    def __init__(self, write: Callable[..., None]) -> None:
        self._write = write
        self._lock = threading.Lock()  # for writing, and for all below but `_fresh`
        self._fresh: deque[tuple[int, str, Any, int]] = deque()  # what was put down, with its size
        self._open = False  # whether a chunk runs, whose lines they are
        self._lines: list[tuple[int, str, Any]] = []  # task, stream, whole lines or a record
        self._size = 0  # characters
        self._sent = 0.0  # perf_counter
        self._soon = False  # whether the thread is to send
        self._wake: threading.Lock | None = None  # released to wake the thread, if there is one
        self._closed = False

    def send(self, *message: Any) -> None:
        """Send a message now."""
        with self._lock:
            self._write(*message)
        self._go_on()

    def begin_chunk(self) -> None:
        """Take lines from now on."""
        self._open = True

    def end_chunk(self) -> None:
        """Send what was collected, and take no more: a thread may print that outlives its task."""
        with self._lock:
            self._send_all()
            self._open = False

    def put(self, task: int, stream: str, text: str) -> None:
        """Take lines of a task, and send them now or soon."""
        self._put(task, stream, text, len(text))

    def put_record(self, task: int, record: object) -> None:
        """Take a warning or a log record of a task, and send it in its place among the lines."""
        self._put(task, RECORD, record, RECORD_SIZE)

    def close(self) -> None:
        """Send what was collected, and end the thread, if there is one."""
        with self._lock:
            self._closed = True
            self._send_soon()
        with contextlib.suppress(OSError):  # nobody is there to have it
            self._flush()

    def _put(self, task: int, stream: str, text: Any, size: int) -> None:
        self._fresh.append((task, stream, text, size))
        self._go_on()

    def _go_on(self) -> None:
        """Send what was put down, now or soon, unless somebody has the lock, who then does."""
        while self._fresh and self._lock.acquire(blocking=False):
            try:
                self._gather()
                if self._size > FULL or time.perf_counter() - self._sent > PAUSE:
                    self._empty()
                elif self._lines:
                    self._send_soon()
            finally:
                self._lock.release()

    def _gather(self) -> int:
        """Add what was put down to the lines that wait, as much as one message is to have.

        Return how many pieces that were.
        """
        taken = 0
        while self._fresh and self._size <= FULL:
            task, stream, text, size = self._fresh.popleft()
            taken += 1
            if not self._open:
                continue
            last = self._lines[-1] if self._lines else None
            if stream != RECORD and last is not None and last[:2] == (task, stream):
                last[2].append(text)  # joined when they are sent: a flood may be very long
            else:
                self._lines.append((task, stream, text if stream == RECORD else [text]))
            self._size += size
        return taken

    def _empty(self) -> None:
        if self._lines:
            lines = [
                (task, stream, text if stream == RECORD else "".join(text))
                for task, stream, text in self._lines
            ]
            self._lines, self._size = [], 0
            self._write("print", lines)
            self._sent = time.perf_counter()

    def _send_all(self) -> None:
        """Send what was put down until now: a thread may go on printing without end."""
        left = len(self._fresh)
        while left > 0 or self._lines:
            left -= self._gather()
            self._empty()

    def _flush(self) -> None:
        with self._lock:
            self._send_all()
        self._go_on()

    def _send_soon(self) -> None:
        """Have the thread send, which is started now: most tasks print nothing, and need none."""
        if self._soon or (self._wake is None and self._closed):
            return
        self._soon = True
        if self._wake is None:
            # Not an event: a finalizer must not set one while this thread waits for it.
            self._wake = threading.Lock()
            # No daemon: an interpreter may have none.
            threading.Thread(target=self._keep_sending, args=(self._wake,)).start()
        else:
            self._wake.release()

    def _keep_sending(self, wake: threading.Lock) -> None:
        while True:
            wake.acquire()
            if not self._closed:
                time.sleep(PAUSE)
            self._soon = False
            with contextlib.suppress(OSError):  # nobody is there to have it
                self._flush()
            if self._closed:
                return
