"""What tasks print: caught line by line, and sent on under the task's number."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO, cast

from parmagic.modules.lock import own

Emit = Callable[[int, str, str], None]  # task number, "stdout" or "stderr", whole lines


class Lines:
    """Puts the pieces of one task's output together into whole lines."""

    def __init__(self, task: int, emit: Emit) -> None:
        self.task = task
        self._emit = emit
        # One thread may take it twice, as a finalizer, or the handler of a signal, may print.
        self._lock = threading.RLock()
        # The pieces of a line that has not ended; a long one is put together only once.
        self._parts: dict[str, list[str]] = {"stdout": [], "stderr": []}

    def feed(self, stream: str, text: str) -> None:
        """Take a piece of output; whole lines are sent on at once."""
        whole, newline, rest = text.rpartition("\n")
        with self._lock:
            if not newline:
                self._parts[stream].append(rest)
                return
            # In one step: what is printed in between comes before or after.
            begun, self._parts[stream] = self._parts[stream], [rest]
            self._emit(self.task, stream, "".join((*begun, whole, newline)))

    def finish(self) -> None:
        """Send what was printed without a line's end."""
        with self._lock:
            for stream in self._parts:
                begun, self._parts[stream] = self._parts[stream], []
                if rest := "".join(begun):
                    self._emit(self.task, stream, rest)


class _Over:
    """Stands in for a stream, and has whatever else that has, such as `reconfigure`."""

    def __init__(self, under: Any) -> None:
        self.under = under

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["under"], name)

    def write(self, piece: Any) -> int:
        """Take a piece of output."""
        raise NotImplementedError

    def writelines(self, pieces: Iterable[Any]) -> None:
        """Take several pieces of output."""
        for piece in pieces:
            self.write(piece)

    def flush(self) -> None:
        """Flush the stream underneath; whole lines were sent on already."""
        self.under.flush()

    def seekable(self) -> bool:
        """Tell that there is no going back."""
        return False

    def close(self) -> None:
        """Stay open: the task that runs next prints, too."""
        self.flush()


class Writer(_Over):
    """Stands in for `sys.stdout` or `sys.stderr` while tasks run.

    What a task prints goes to that task's `Lines`; what other threads print goes where it always
    went. It counts as a file of Python's, but is not derived from one: such files are flushed when
    they are deallocated, where Python would lose an interrupt.
    """

    encoding = "utf-8"
    errors = "replace"
    newlines = None
    closed = False

    def __init__(self, name: str, lines: Callable[[], Lines | None], under: io.TextIOBase) -> None:
        super().__init__(under)
        self.name = name
        self._lines = lines
        self.done = False

    def write(self, piece: str) -> int:
        """Take a piece of output."""
        lines = self._lines()
        if lines is None:
            return self.under.write(piece)  # type: ignore[no-any-return]  # as there
        lines.feed(self.name, piece)
        return len(piece)

    def end(self) -> None:
        """Only hand on from now, and stay alive a while: another thread may be just printing.

        Before Python 3.13.3, the process crashes if a stream is freed while `print` writes to it.
        """
        self.done = True
        self._lines = _nobody
        _past.append(self)

    @property
    def hands_on(self) -> bool:
        """Whether what is written now goes to the stream underneath."""
        return self._lines() is None

    @property
    def buffer(self) -> _Buffer:
        """Where bytes are written, if the stream underneath has that: in a kernel it has not."""
        return _Buffer(self, self.under.buffer)

    def writable(self) -> bool:
        """Tell that one may write, as files do."""
        return True

    def readable(self) -> bool:
        """Tell that one may not read."""
        return False

    def isatty(self) -> bool:
        """Tell that this is no terminal: programs should not draw over earlier lines."""
        return False


class _Buffer(_Over):
    """Takes bytes that a task writes to the `buffer` of a stream, in whole letters."""

    def __init__(self, over: Writer, under: io.BufferedIOBase) -> None:
        super().__init__(under)
        self._over = over

    def write(self, piece: Any) -> int:
        """Take a piece of output."""
        if self._over.hands_on:
            return self.under.write(piece)  # type: ignore[no-any-return]  # as there
        data = bytes(piece)
        self._over.write(data.decode(self._over.encoding, self._over.errors))
        return len(data)

    def flush(self) -> None:
        """Flush the stream underneath, with its text."""
        self._over.flush()


io.TextIOBase.register(Writer)
io.BufferedIOBase.register(_Buffer)


def _nobody() -> None:
    """Return the lines of no task."""


_past = deque[Writer](maxlen=100)  # so many runs do not pass between two pieces of a `print`
_changing = own(threading.Lock())  # runs of several threads may begin and end at any time


@contextlib.contextmanager
def caught(lines: Callable[[], Lines | None]) -> Iterator[None]:
    """Send what the current task prints to `lines()` instead of to the streams themselves."""
    writers: list[Writer] = []
    try:
        with _changing:
            for name in ("stdout", "stderr"):
                under = getattr(sys, name)
                if under is not None:  # else `print` does nothing, as under `pythonw`
                    writers.append(Writer(name, lines, under))
                    setattr(sys, name, writers[-1])
        yield
    finally:
        with _changing:
            for writer in writers:
                writer.end()
                _uncover(writer.name)


def stream(name: str) -> TextIO:
    """Return `sys.stdout` or `sys.stderr`, or what takes its place where Python has none."""
    there: TextIO | None = getattr(sys, name)
    return cast("TextIO", _Nowhere()) if there is None else there


class _Nowhere(io.TextIOBase):
    """Takes what is printed, and does nothing with it."""

    def write(self, text: str) -> int:
        """Take a piece of output, and do nothing with it."""
        return len(text)


def _uncover(name: str) -> None:
    """Put back the stream under what has stood in for it, unless another run needs that.

    Runs of several threads may overlap all the time: what is done is taken out below others, too.
    """
    there = getattr(sys, name)
    while isinstance(there, Writer) and there.done:
        there = there.under
    setattr(sys, name, there)
    while isinstance(there, Writer):
        while isinstance(there.under, Writer) and there.under.done:
            there.under = there.under.under
        there = there.under
