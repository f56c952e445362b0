"""What a worker process begins with: all that its pickle names, and nothing that takes long.

The notebook imports it, too, so what only a worker needs is imported later.
"""

from __future__ import annotations

from multiprocessing import process
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parmagic.run.processes.preparation import SpawnPopen
    from parmagic.run.processes.server import Popen

NO_PROCESS = -1  # what the fork server sends where none could be started


class ServedProcess(process.BaseProcess):
    """A Process whose parent for the operating system is our fork server."""

    _start_method = "forkserver"

    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> Popen:  # noqa: N802 - multiprocessing's name
        from parmagic.run.processes.server import Popen

        return Popen(process_obj)


class SpawnedProcess(process.BaseProcess):
    """A Process that is spawned."""

    _start_method = "spawn"

    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> SpawnPopen:  # noqa: N802 - as above
        from parmagic.run.processes.preparation import SpawnPopen

        return SpawnPopen(process_obj)


def serve(
    connection: Connection, crash: str, folders: list[str], threads: int, minded: bool
) -> None:
    """Be a worker, as `child` says."""
    from parmagic.run.workers import child

    child.serve(connection, crash, folders, threads, minded)
