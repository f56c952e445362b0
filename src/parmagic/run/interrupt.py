"""Interrupts: held back while something must not be left half done, and taken once."""

from __future__ import annotations

import _thread
import contextlib
import importlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from types import FrameType
from typing import Any

SHOWN = 1.0  # seconds in which a traceback is shown, mostly
_noted = False  # whether one is held back


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold SIGINT back until this ends, also from processes that are started meanwhile.

    Threads other than the main one hold it back, too: what they start is not yet ready to take it.
    """
    # The handler outside: if an interrupt were raised while the mask is set or taken back, the
    # signal would stay blocked for ever.
    with _handler(), _mask():
        yield


@contextlib.contextmanager
def _mask() -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _handler() -> Iterator[None]:
    """Only note the signal: if another thread gets it, Python calls the handler in this one."""
    global _noted
    usual = signal.getsignal(signal.SIGINT)
    if not callable(usual) or not _is_main():
        yield
        return
    pressed = False

    def note(_number: int, _frame: FrameType | None) -> None:
        global _noted
        nonlocal pressed
        pressed = _noted = True

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if pressed:
            _noted = False
            signal.raise_signal(signal.SIGINT)


@cache
def imported(name: str) -> Any:
    """Import a part of parmagic that is first wanted in a run; an interrupt comes after that.

    In the middle, it may leave a lock of Python's taken: the next import would wait for ever.
    """
    with held():
        return importlib.import_module(f"parmagic.{name}")


def see_held() -> None:
    """Raise an interrupt that is held back: what we wait for may never come."""
    if not _is_main() or not callable(signal.getsignal(signal.SIGINT)):
        return
    if _noted or (sys.platform != "win32" and signal.SIGINT in signal.sigpending()):
        raise KeyboardInterrupt


class once:  # noqa: N801 - it is read as a statement: `with once():`
    """Takes SIGINT as ever until one has arrived, and none while the run is being ended.

    Else a person who presses twice would interrupt what ends the workers.
    """

    raised = False
    arrived = False  # whether its exception has been caught, and the run is being ended
    _outer: once | None = None
    _before: Any = None  # what took it until then

    def __enter__(self) -> None:
        global _presses
        if _is_main():
            self._outer = _presses
            self._before = signal.signal(signal.SIGINT, self._handle) or signal.SIG_DFL
            _presses = self

    def __exit__(self, *_: object) -> None:
        global _presses
        if _presses is not self:  # in another thread than the main one
            return
        _presses, before = self._outer, self._before
        if self.raised and self.arrived and before is signal.default_int_handler:
            before = _until_shown()
        signal.signal(signal.SIGINT, before)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if not self.arrived:
            self.raised = True
            raise KeyboardInterrupt from None  # nobody is to see what we were handling


_presses: once | None = None


def show() -> None:
    """Take no other press while the cell shows the interrupt that ends it."""
    if _is_main() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _until_shown())


def _until_shown() -> Any:
    """Return a handler that does what Python's does, but nothing while a cell shows the first.

    A second one would be shown in the middle of that. A kernel sets its own handler for each cell.
    """
    from parmagic import cells  # here: a worker has no use for it

    if not hasattr(cells.shell(), "kernel"):
        return signal.default_int_handler
    end = time.monotonic() + SHOWN

    def handle(number: int, frame: FrameType | None) -> None:
        if time.monotonic() > end:
            signal.default_int_handler(number, frame)

    return handle


def arrived() -> None:
    """Note that an interrupt has been caught, and the run is being ended: it needs no other."""
    if _presses is not None and _is_main():
        _presses.arrived = True


def look() -> None:
    """Raise an interrupt again if it was lost: Python drops one that strikes a finalizer."""
    if _presses is not None and _presses.raised and not _presses.arrived and _is_main():
        raise KeyboardInterrupt


def is_press(error: BaseException) -> bool:
    """Tell whether an exception is the stop button's, and not what the user's iterable raised."""
    return isinstance(error, KeyboardInterrupt) and (_presses is None or _presses.raised)


def _is_main() -> bool:
    """Tell whether this is the thread that Python takes signals in."""
    main = getattr(_thread, "_is_main_interpreter", lambda: True)
    return threading.current_thread() is threading.main_thread() and bool(main())
