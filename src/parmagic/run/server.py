"""A fork server of our own: it starts workers fast, and leaves the user's, if any, as it is.

Only for platforms that have one. It rests on the parts of `multiprocessing` that the standard
fork server is made of.
"""

from __future__ import annotations

import io
import os
from multiprocessing import forkserver, popen_forkserver, process, reduction, spawn, util
from multiprocessing.context import set_spawning_popen

PRELOADED = ["parmagic.run.worker"]  # what every worker has imported already when it starts

_server: forkserver.ForkServer | None = None


class ServedProcess(process.BaseProcess):
    """A Process whose parent for the operating system is our fork server."""

    _start_method = "forkserver"

    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> _Popen:  # noqa: N802 - multiprocessing's name
        return _Popen(process_obj)


class _Popen(popen_forkserver.Popen):
    """The standard one, but for the server it asks."""

    def _launch(self, process_obj: process.BaseProcess) -> None:
        message = io.BytesIO()
        preparation = spawn.get_preparation_data(process_obj.name)
        set_spawning_popen(self)
        try:
            reduction.dump(preparation, message)
            reduction.dump(process_obj, message)
        finally:
            set_spawning_popen(None)
        self.sentinel, writer = _running().connect_to_new_process(self._fds)  # type: ignore[attr-defined]
        # Open as long as this process lives: the worker takes its closing for our death.
        alive = os.dup(writer)
        self.finalizer = util.Finalize(self, _close, (alive, self.sentinel))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(message.getbuffer())
        self.pid = forkserver.read_signed(self.sentinel)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def begin() -> None:
    """Start the server, if it does not run: it takes a while to import what workers need."""
    _running().ensure_running()


def _running() -> forkserver.ForkServer:
    global _server
    if _server is None:
        _server = forkserver.ForkServer()
        _server.set_forkserver_preload(PRELOADED)
    return _server


def stop() -> None:
    """End the server; the workers it started must have ended before."""
    global _server
    if _server is not None:
        _server._stop()  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way to end a fork server
        _server = None
