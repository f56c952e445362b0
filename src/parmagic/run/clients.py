"""The clients of dask: which one is open, and the executor that one gives.

Nothing here imports dask: where nobody else has, there is no client.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
import sys
from concurrent.futures import Executor
from typing import Any, cast

from parmagic.errors import PlanError

CLOSED = "the executor takes no tasks (its client was closed): make a new one"
SOON = 10  # seconds in which dask surely starts a worker again that has ended
_HERE = re.compile(r"\w+://(127\.0\.0\.1|localhost|\[::1\]):")  # the address of a worker
_FIRST = "`from dask.distributed import Client; client = Client(threads_per_worker=1)`"


def missing() -> str:
    """Say what must be installed for a client; empty if nothing."""
    if sys.modules.get("distributed") or importlib.util.find_spec("distributed"):
        return ""
    return (
        "`dask` needs dask.distributed, which is not installed: `pip install distributed`, and "
        "make a `Client`; or use `-b pool`"
    )


def is_client(value: object) -> bool:
    """Tell whether a value is a client of dask's."""
    return isinstance(value, getattr(sys.modules.get("distributed"), "Client", ()))


def gives(executor: Executor) -> bool:
    """Tell whether an executor is one that a client gives."""
    kind = getattr(sys.modules.get("distributed.cfexecutor"), "ClientExecutor", ())
    return isinstance(executor, kind)


def is_closed(executor: Executor) -> bool:
    """Tell whether the client that gives an executor is closed: what it was given never ends."""
    client = getattr(executor, "_client", None) if gives(executor) else None
    return getattr(client, "status", "") in ("closing", "closed")


def executor_of(client: Any) -> Executor:
    """Return an executor of a client's, with as many workers as are connected.

    Raises PlanError if the client is closed, or has no processes of its own.
    """
    addresses = _workers(client) or _awaited(client)
    if any(address.startswith("inproc:") for address in addresses):
        raise PlanError(
            "the workers of this client of dask's are threads of the notebook: make a "
            "`Client(threads_per_worker=1)`, whose workers are processes, or use `-b thread`"
        )
    executor = client.get_executor()  # a new one, which no one else has
    executor._max_workers = len(addresses)  # noqa: SLF001 - as Python's own have it
    return cast("Executor", executor)


def current() -> Executor:
    """Return an executor of the client that is open; PlanError if none is, or it will not do."""
    client = _open()
    if client is None:
        raise PlanError(f"`dask` uses the client that is open, and none is: {_FIRST} makes one")
    return executor_of(client)


def at_hand() -> bool:
    """Tell whether a client is open whose workers are processes of this machine."""
    client = _open()
    try:
        addresses = [] if client is None else _workers(client)
    except PlanError:
        return False
    return bool(addresses) and all(map(_HERE.match, addresses))


def _open() -> Any:
    """Return the client that dask itself would use here; None if none is open."""
    distributed = sys.modules.get("distributed")
    try:
        return None if distributed is None else distributed.default_client()
    except ValueError:
        return None


def _awaited(client: Any) -> list[str]:
    """Return the addresses of workers that are just being started again; PlanError if none are."""
    with contextlib.suppress(Exception):  # it has waited in vain
        client.wait_for_workers(1, timeout=SOON)
    if addresses := _workers(client):
        return addresses
    raise PlanError(
        "no worker is connected to this client of dask's (an interrupt of the notebook ends those "
        "of a `LocalCluster`): make a new client"
    )


def _workers(client: Any) -> list[str]:
    """Return the addresses of a client's workers."""
    if getattr(client, "asynchronous", False):
        raise PlanError("this client of dask's is asynchronous: make one that is not")
    try:
        return list(client.nthreads())
    except Exception:  # noqa: BLE001 - a closed one may raise anything
        raise PlanError("this client is not connected: make a new one") from None
