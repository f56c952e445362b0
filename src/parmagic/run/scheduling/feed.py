"""Feeds the tasks of a job to worker processes, and takes back what they made of them.

What may happen to a chunk that a worker has been given:

    its tasks have values         they are recorded
    a value cannot travel         an exception is recorded in its place, beside the others' values
    a task raises                 those before it are recorded; it fails; those after it go on again
    a task takes long             the tasks after it are shared out, one by one; before it is over
                                  if they must be claimed
    no value can be read          its tasks are run again one by one, to see whose it is
    the worker dies               the chunks after it are run again, its own tasks one by one, each
                                  alone in a worker; one whose worker dies again has failed
    a task takes too long         it fails, its worker is ended, the chunks after it are run again
    the worker was dead before    it is given to another
    the worker never listens      it is given to another; if none does, the run ends with WorkerDied

A task that fails is run again while it has tries left. Unless exceptions are kept, no task after
the first that failed is begun; those before it are.
"""

from __future__ import annotations

import contextlib
import time

from parmagic.run.chunk import Chunk
from parmagic.run.interrupt import arrived, held, look
from parmagic.run.job import Job
from parmagic.run.origin import Origin
from parmagic.run.processes.handle import Handle
from parmagic.run.processes.listener import Listener
from parmagic.run.processes.loss import Loss, death, stillbirth
from parmagic.run.processes.memory import filled
from parmagic.run.processes.messages import Enqueued, Printed
from parmagic.run.scheduling.intake import Intake
from parmagic.run.scheduling.sizes import PROMPT
from parmagic.run.scheduling.staff import Staff
from parmagic.run.workers.surroundings import surroundings

UNBORN = 2  # for each worker that there may be: so many that end before they listen are no accident
LOOK = 0.1  # seconds between looks at workers that say nothing: their memory, and their time
HEARD = 100  # messages of one worker that are read at once, at most; they fill its pipe


class Feed(Intake):
    """One job on its way through a staff of worker processes."""

    def __init__(self, job: Job, staff: Staff, listener: Listener | None = None) -> None:
        super().__init__(job, staff)
        self._staff: Staff = staff
        self._around = surroundings()
        self._listener = listener or Listener()
        self._unborn = 0  # workers that ended before they listened, since one has done something
        self._lent: tuple[Handle, float] | None = None  # who must claim its tasks, and until when

    def run(self) -> None:
        """Run the job to its end."""
        self._supply.begin()  # what cannot travel is refused before any worker starts
        try:
            self._give_out()
            self._supply.remark()  # now that the workers have something to do
            while working := self._staff.working():
                self._listen(working)
                self._give_out()
        except KeyboardInterrupt:
            arrived()
            with held():
                for worker in self._staff.working():
                    self._hear_out(worker)  # what is finished is kept
                self._cut_off()
            raise
        finally:
            self._supply.drop(over=True)

    def _cut_off(self) -> None:
        """Note what workers were in the middle of: what they had begun, or their own start."""
        records, now = self._job.records, time.perf_counter()
        for worker in self._staff.working():
            if since := self._ended(worker, now):
                records.cut[worker.given[0].first] = worker.lane, since[0]

    def _ended(self, worker: Handle, now: float) -> tuple[float, ...]:
        """Note a chunk that a worker does not give back; return when its task began and ended."""
        self._job.records.passages.append(worker.cut_off(now))
        return (worker.since, now) if worker.since < now else ()

    def _give_out(self) -> None:
        """Give chunks to workers as long as there are some of both."""
        if self._job.failed is not None:
            self._supply.drop()
        while chunk := self._supply.first():
            worker = self._staff.free(alone=chunk.alone)
            if worker is None:
                return
            one_at_a_time = self._job.unfolds or self._job.timeout is not None  # some may never end
            if worker.given and (one_at_a_time or not worker.may_wait(chunk)):
                return
            if not worker.knows(chunk.package):
                self._job.look_at_code()  # for what it is to import
            begun, given = time.perf_counter(), True
            try:
                worker.give(chunk, self._around, self._job.imports)
            except OSError:
                given = False
            self._supply.took()  # not before: an interrupt must find the chunk somewhere
            if not given:
                self._not_given(chunk, worker)
            if chunk.claims is not None:
                self._lent = worker, begun + PROMPT
            self._job.records.moved_since(begun)

    def _listen(self, working: list[Handle]) -> None:
        """Wait until a worker has something to say, or is dead, or has taken too long."""
        self._job.show_progress()
        patience = LOOK if self._lent is None else PROMPT
        behind, speaking, ended = self._listener.listen(working, patience)
        look()
        for worker in behind:
            begun = time.perf_counter()
            worker.write()
            self._job.records.moved_since(begun)
        for worker in speaking:
            self._hear(worker)
        for worker in ended:
            self._last_words(worker)
        if self._lent is not None:
            self._take_back(*self._lent)
        if not (behind or speaking or ended):
            for worker in working:
                worker.look()
            records = self._job.records
            records.memory = max(records.memory, filled(sum(each.memory for each in working)))
            for worker in working:
                # A process that a task has forked may hold open the files that tell of its end.
                if not worker.process.is_alive():
                    self._last_words(worker)
        if self._job.timeout is not None:
            self._end_overdue(self._job.timeout)

    def _take_back(self, worker: Handle, due: float) -> None:
        """Share out what a worker has not begun of tasks that were thought to be short."""
        if not worker.given or worker.given[0].claims is None:
            self._lent = None
        elif time.perf_counter() > due:
            self._lent = None
            self._supply.again.extendleft(worker.take_back())

    def _hear(self, worker: Handle) -> None:
        begun = time.perf_counter()
        try:
            message = worker.receive(self._job.timeout)
        except BlockingIOError:  # it was stopped in the middle of a message: it is overdue by now
            return
        except (EOFError, OSError):
            self._lost(worker)
            return
        if isinstance(message, Printed):
            self._show(message, worker.given[0].package)
        elif isinstance(message, Enqueued):
            item = message.payload, message.package
            self._job.enqueue(message.parent, message.number, message.label, item)
        elif message is not None:
            threads = self._job.records.threads
            self._job.records.threads = min(worker.threads, threads or worker.threads)
            self._unborn = 0
            self._take(message, worker.lane)
            self._job.records.moved_since(begun)
            self._staff.finished(worker)

    def _hear_out(self, worker: Handle) -> None:
        """Take what a worker has said by now, without waiting for more."""
        for _ in range(HEARD):
            if not (worker.present and worker.whole and worker.connection.poll()):
                return
            self._hear(worker)

    def _last_words(self, worker: Handle) -> None:
        """Take what a worker sent before it ended."""
        with contextlib.suppress(OSError):
            while worker.present and worker.connection.poll():
                self._hear(worker)
        if worker.present:
            self._lost(worker)

    def _not_given(self, chunk: Chunk, worker: Handle) -> None:
        """Give a chunk to another: the worker was dead before, and no task of it is to blame."""
        if worker.given[0] is chunk and worker.listening:
            self._supply.again.appendleft(chunk.anew())
            self._staff.forget(worker)
        else:
            self._last_words(worker)

    def _lost(self, worker: Handle) -> None:
        """Run again what a dead worker had been given; a task that was alone is guilty."""
        chunks, now = list(worker.given), time.perf_counter()
        loss = worker.loss()
        if not worker.listening:
            self._never_began(worker, loss)
            return
        clocks = self._ended(worker, now) if chunks and chunks[0].alone else ()
        self._staff.forget(worker)
        if not chunks:
            return
        first, *later = chunks
        self._supply.again.extendleft(chunk.anew() for chunk in reversed(later))
        if first.alone:
            what = self._job.called(first.first, first.items[0])
            error = death(loss, what, Origin(first.package))
            self._failed(first, 0, error, worker.lane, clocks, go_on=True)
        else:
            self._supply.again.extendleft(reversed(list(first.singles())))

    def _never_began(self, worker: Handle, loss: Loss) -> None:
        """Give to another what was given to a worker that ended before it listened.

        If that goes on, do with the workers that there are; end the run if there are none.
        """
        chunks, staff = list(worker.given), self._staff
        staff.forget(worker)
        self._supply.again.extendleft(chunk.anew() for chunk in reversed(chunks))
        self._unborn += 1
        if self._unborn >= UNBORN * staff.limit:
            if not any(one.listening for one in staff.workers):
                raise stillbirth(loss) from None  # nobody is to see how we have heard of it
            staff.limit = len(staff.workers)

    def _end_overdue(self, timeout: float) -> None:
        """End the workers whose task takes longer than it may; only that task fails."""
        for worker in self._staff.working():
            if worker.overdue(timeout):
                self._hear_out(worker)  # it may have ended meanwhile
            if worker.present and worker.overdue(timeout):
                chunk, *later = worker.given
                self._supply.again.extendleft(one.anew() for one in reversed(later))
                clocks = self._ended(worker, time.perf_counter())
                self._staff.forget(worker)
                error = TimeoutError(f"the task took longer than {timeout:g} s, and was ended")
                self._failed(chunk, 0, error, worker.lane, clocks)
