"""The notebook's end of one worker process."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import pickle
import time
from collections import deque
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any

from parmagic.measure.traffic import Passage
from parmagic.modules.caretaker import minded
from parmagic.modules.folder import buffer_folders, private_folder, remove_buffers
from parmagic.modules.values.buffers import Parcel, discard
from parmagic.run.interrupt import held
from parmagic.run.processes import launch
from parmagic.run.processes.backlog import ROOM, Backlog
from parmagic.run.processes.descendants import descendants, kill_all
from parmagic.run.processes.inventory import Inventory
from parmagic.run.processes.loss import Loss
from parmagic.run.processes.memory import memory_of
from parmagic.run.processes.messages import Done, Enqueued, Printed, done_with
from parmagic.run.processes.served import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parmagic.modules.package import Package
    from parmagic.run.chunk import Chunk
    from parmagic.run.workers.surroundings import Surroundings

_numbers = itertools.count()
GRACE = 1.0  # seconds that workers told to end may take, on a busy machine, before they are killed
LOOK = 0.005  # seconds between looks whether one that says nothing has ended
LATE = 0.1  # seconds that a message which was begun may rest beyond the end of a task's time


class Handle:
    """A worker process: what it was given, and what it has loaded."""

    def __init__(self, method: str, lane: int, threads: int) -> None:
        self.lane = lane
        self.threads = threads  # that a numerical library may start in it
        self.given: deque[Chunk] = deque()
        self._sent: deque[int] = deque()  # bytes of each, with those of the code's data
        self._ready = 0.0  # perf_counter when it began to listen
        self.since = math.inf  # perf_counter when it began what it runs now; inf until it is ready
        self._loaded = Inventory()
        self._new = True  # whether it has loaded nothing of the notebook's
        self._surroundings: Surroundings | None = None
        self.memory = 0  # bytes
        self._struck = 0.0  # monotonic time when it was begun to be ended
        self.whole = True  # whether every message that was begun has been taken to its end
        self._crash = private_folder() / f"crash-{os.getpid()}-{next(_numbers)}"
        self._born = time.perf_counter()
        self.connection, far = Pipe(duplex=True)
        self._backlog = Backlog(self.connection)
        try:
            args = (far, str(self._crash), buffer_folders(), threads, minded())
            self.process = launch.start(method, serve, *args)
        except BaseException:
            self._backlog.close()
            self.connection.close()
            raise
        finally:
            far.close()

    def give(self, chunk: Chunk, surroundings: Surroundings, imports: tuple[str, ...]) -> None:
        """Send a chunk, and before it what the worker lacks of what it needs.

        With new code, the worker is told what to import, so that its first task need not do that.
        `surroundings` is a new object in each run: so a worker's first chunk of a run is known.
        """
        if not self.given and self.since != math.inf:
            self.since = time.perf_counter()
        self.given.append(chunk)
        sent = chunk.payload.size
        messages: list[tuple[Any, ...]] = []  # sent as one: each sending wakes the worker
        new_run = surroundings is not self._surroundings
        if surroundings != self._surroundings:
            messages.append(("surroundings", *surroundings))
        elif new_run:
            messages.append(("back",))
        self._surroundings = surroundings
        package = chunk.package
        text = package.text
        edited = new_run and self._loaded.is_edited(package)
        # Tasks of the run before may have changed its data, and attributes of its classes.
        if edited or package.key not in self._loaded or (new_run and (text.data or text.classes)):
            if old := self._loaded.add(package, edited=edited):
                messages.append(("forget", *old))
            if imports:
                messages.append(("import", *imports))
            details = package.key, str(package.path), text.places, package.names
            messages.append(("package", *details, _apart(package.data)))
            sent += package.data.size
        manner = chunk.each, chunk.patience, chunk.form, chunk.queue
        self._sent.append(sent)
        claims = "" if chunk.claims is None else chunk.claims.offer(len(chunk.items) - 1)
        payload = chunk.payload if chunk.payload.size <= ROOM else _apart(chunk.payload)
        order = package.key, chunk.first, *manner, tuple(payload), claims
        self._send([*messages, ("chunk", *order)])

    def knows(self, package: Package) -> bool:
        """Tell whether the worker has been sent a package."""
        return package.key in self._loaded

    def take_back(self) -> Iterator[Chunk]:
        """Take back what it has not begun of a chunk whose tasks it must claim: the last first."""
        chunk = self.given[0]
        count = chunk.claims.take_back() if chunk.claims is not None else 0
        kept = len(chunk.items) - count
        self.given[0] = chunk._replace(items=chunk.items[:kept], claims=None)
        return chunk.tasks_backwards(kept)

    def bring_in(self, modules: tuple[str, ...]) -> None:
        """Have the worker import what its tasks will probably need, while it has nothing to do."""
        if modules:
            self._new = False
            with contextlib.suppress(OSError):  # it has died; that is found out when it matters
                self._send([("ahead", *modules)])

    def receive(self, timeout: float | None = None) -> Printed | Enqueued | Done | None:
        """Take the next message, None if it is about no task; EOFError if the worker is gone.

        BlockingIOError if it is not sent to its end before the worker's task has taken longer than
        `timeout`: then there is nothing more to be understood of this worker.
        """
        if not self.listening:
            with held():  # it is short, and an interrupted run must know whether a task has begun
                return self._next()
        self.whole = False  # an interrupt may come in the middle of it
        if timeout is None:
            message = self._next()
        else:
            left = self.since + timeout - time.perf_counter()
            with self._backlog.patience(max(0.0, left) + LATE):
                message = self._next()
        self.whole = True
        return message

    def _next(self) -> Printed | Enqueued | Done | None:
        kind, *details = pickle.loads(self.connection.recv_bytes())
        if kind == "print":
            return Printed(*details) if self.given else None
        if kind == "enqueue":
            parent, number, label, packed = details
            if not self.given or parent != self.given[0].first:
                return None  # by a thread that has outlived its task
            return Enqueued(parent, number, label, Parcel(*packed), self.given[0].package)
        if kind == "ready":
            self.since = time.perf_counter()
            (self._ready,) = details
            return None
        first, packed, *rest = details
        payload = Parcel(*packed)
        if not self.given or first != self.given[0].first:
            discard(payload)  # values of tasks that it was not given must not be taken for others
            return None
        known = self.lane, self._born, self._ready, self._sent[0], payload.size
        done = done_with(self.given[0], payload, rest, known, new=self._new)
        self._new = False
        self._sent.popleft()
        self.given.popleft()
        self.since = time.perf_counter()
        return done

    def cut_off(self, now: float) -> Passage:
        """Return the passage of a chunk that it will not give back."""
        ready, since = self._ready or now, min(self.since, now)
        clocks = min(ready, since), since, since, since, now, now
        sent = self._sent[0] if self._sent else 0  # an interrupt may come before it is known
        return Passage(self.lane, self._born, *clocks, sent=sent)

    def may_wait(self, chunk: Chunk) -> bool:
        """Tell whether a chunk may be sent while the worker still has another to run."""
        if not self.knows(chunk.package):
            return False  # its code and its data would have to wait, too
        size = len(chunk.payload.pickle) + sum(map(len, chunk.payload.inside))
        return size <= ROOM

    @property
    def behind(self) -> bool:
        """Whether something that was sent to the worker waits until it reads."""
        return bool(self._backlog.left)

    def write(self) -> None:
        """Write more of what waits, now that there is room."""
        with contextlib.suppress(OSError):  # it has died: that is found out by who reads
            self._backlog.write()

    def overdue(self, timeout: float) -> bool:
        """Tell whether what it runs now has taken longer than that."""
        return bool(self.given) and time.perf_counter() - self.since > timeout

    @property
    def listening(self) -> bool:
        """Whether it has begun to."""
        return self._ready > 0

    def look(self) -> None:
        """Note how much memory the worker has in use, should it die of it."""
        self.memory = max(self.memory, memory_of(self.process.pid or 0))

    def loss(self) -> Loss:
        """Say what is known of the end of this worker, which says nothing any more.

        It may still run, if a task has closed all files: then it is ended.
        """
        end = time.monotonic() + GRACE
        while (silent := self.process.is_alive()) and time.monotonic() < end:
            time.sleep(LOOK)  # `join` would take a closed file for the end, and then wait for ever
        self.strike()
        self._wait()
        code = self.process.exitcode  # None if somebody else has waited for it: it was not alive
        silent = silent and code is not None
        crash = self._crash.read_text(errors="replace") if self._crash.exists() else ""
        inside = self.process.pid is None
        return Loss(code, crash, self.memory, silent=silent, inside=inside)

    @property
    def present(self) -> bool:
        """Whether there still is something to be heard of it."""
        return not self.connection.closed

    @property
    def alone(self) -> bool:
        """Whether it runs something that nothing else must wait for."""
        return any(chunk.alone for chunk in self.given)

    def dismiss(self) -> None:
        """Tell the worker to end after what it does now."""
        with contextlib.suppress(OSError):  # it may have ended already
            self._send(None)

    def end(self) -> None:
        """Wait for a dismissed worker to end, not long, and let go of it."""
        self.process.join(GRACE)
        self.kill()

    def kill(self) -> None:
        """End the worker at once, whatever it does, and let go of it."""
        for chunk in self.given:
            discard(chunk.payload)
        self.strike()
        self._backlog.close()
        self.connection.close()
        self._wait()
        if self.given and self.process.pid:
            remove_buffers(self.process.pid)  # results that nobody has taken
        with contextlib.suppress(ValueError):  # its end is not known: it still counts as running
            self.process.close()
        self._crash.unlink(missing_ok=True)
        self.given.clear()  # a listener may hold on to this object, and items are large

    def strike(self) -> None:
        """Begin to end the worker, with what its tasks have started and wait for."""
        if self.process.is_alive():
            started = descendants(self.process.pid) if self.process.pid else []
            self.process.kill()
            kill_all(started)
        self._struck = self._struck or time.monotonic()

    def _wait(self) -> None:
        """Wait until it has ended, not long: a fork server that is stopped never says so."""
        self.process.join(max(0.0, self._struck + GRACE - time.monotonic()))

    def _send(self, message: Any) -> None:
        apart: list[pickle.PickleBuffer] = []
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL, buffer_callback=apart.append)
        self._backlog.put(data)
        for one in apart:
            self._backlog.put(one.raw())


def _apart(parcel: Parcel) -> Parcel:
    """Have what is large in a parcel follow its message: so it is not copied for each worker."""
    if parcel.size <= ROOM:
        return parcel

    def part(data: bytes) -> Any:
        return pickle.PickleBuffer(data) if len(data) > ROOM else data

    return parcel._replace(pickle=part(parcel.pickle), inside=tuple(map(part, parcel.inside)))
