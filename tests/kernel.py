"""A real kernel that tests type cells into, and everything it answered."""

from __future__ import annotations

import ast
import base64
import contextlib
import os
import queue
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

import psutil
from jupyter_client.manager import KernelManager

import parmagic
from tracebacks import headed

LIMIT = 120  # seconds; only a test that fails waits so long, however busy the machine is
ANSI = re.compile(r"\x1b\[[0-9;]*m")
_TRACKER = "multiprocessing.resource_tracker"

# How a task has its process ended as the system ends one, and how that is named.
KILL = "os.kill(os.getpid(), 9)"
KILLED = "exit code 9" if sys.platform == "win32" else "signal SIGKILL"

# Cells that want to know whether others run at the same time ask this, and no clock.
MEET = f"""
import os, time

def touch(path):
    open(path, "w").close()

def wait_for(path):
    end = time.monotonic() + {LIMIT}
    while not os.path.exists(path):
        if time.monotonic() > end:
            raise TimeoutError(path)
        time.sleep(0.01)

def meet(folder, mine, other):
    touch(f"{{folder}}/{{mine}}")
    wait_for(f"{{folder}}/{{other}}")
    return mine
"""


class Display(NamedTuple):
    """Something shown below a cell, in all its formats."""

    data: dict[str, str]
    metadata: dict[str, Any]

    @property
    def png(self) -> bytes:
        """The picture, as the bytes of a PNG file."""
        return base64.b64decode(self.data["image/png"])


class Failure(NamedTuple):
    """The error that a cell ended with; the traceback is plain text."""

    ename: str
    evalue: str
    traceback: str


def seen(text: str) -> str:
    """Return what a text looks like where a carriage return goes back over the line.

    The line of progress is there only where a run takes long, and is written over: on a busy
    machine, that may be any run.
    """
    return "\n".join(_written_over(line) if "\r" in line else line for line in text.split("\n"))


def _written_over(line: str) -> str:
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return shown.rstrip()


def check_frames(error: Failure) -> None:
    """Check that a traceback shows the user's code and none of ours."""
    assert "\nFile " not in error.traceback, error.traceback  # only cells have frames here
    assert "cells_" not in error.traceback, error.traceback


@dataclass
class Reply:
    """What came back for one cell."""

    status: str = ""
    number: int = 0  # of the cell, as in In[number]
    prints: list[tuple[str, str]] = field(default_factory=list)  # stream and text, as they came
    displays: list[Display] = field(default_factory=list)
    results: list[Display] = field(default_factory=list)  # values shown as Out[n]
    errors: list[Failure] = field(default_factory=list)

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Add a message of the kernel."""
        if kind == "stream":
            self.prints.append((content["name"], content["text"]))
        elif kind == "display_data":
            self.displays.append(Display(content["data"], content["metadata"]))
        elif kind == "execute_result":
            self.results.append(Display(content["data"], content["metadata"]))
        elif kind == "error":
            text = headed(ANSI.sub("", "\n".join(content["traceback"])))
            self.errors.append(Failure(content["ename"], content["evalue"], text))

    @property
    def written(self) -> str:
        """What was written to the standard output, also what was written over."""
        return "".join(text for stream, text in self.prints if stream == "stdout")

    @property
    def stdout(self) -> str:
        """What a reader sees in the end of what was printed on the standard output."""
        return seen(self.written)

    @property
    def sentences(self) -> list[str]:
        """The lines that a reader sees, but advice: a busy machine may be worth a word of it."""
        return [line for line in self.stdout.splitlines() if not line.startswith("advice: ")]

    @property
    def stderr(self) -> str:
        """What was printed on the standard error output."""
        return "".join(text for stream, text in self.prints if stream == "stderr")

    @property
    def value(self) -> str | None:
        """The text of the value of the cell; None if it showed none."""
        assert len(self.results) <= 1, "a cell has one value"
        return self.results[0].data["text/plain"] if self.results else None

    @property
    def error(self) -> Failure:
        """The error of the cell, which must be the only one."""
        assert self.status == "error", f"the cell did not fail: {self}"
        assert len(self.errors) == 1, f"one failure is one error: {self.errors}"
        return self.errors[0]

    @property
    def usage_error(self) -> str:
        """The one line that says what was typed wrong; nothing else may be shown."""
        assert self.status == "error", f"the cell did not fail: {self}"
        assert not self.errors, f"a usage error has no traceback: {self.errors}"
        assert not self.displays
        assert self.stderr.startswith("UsageError: ")
        assert self.stderr.strip().count("\n") == 0, self.stderr
        return self.stderr.strip().removeprefix("UsageError: ")

    @property
    def images(self) -> list[Display]:
        """The pictures among all that was shown."""
        return [one for one in self.displays + self.results if "image/png" in one.data]


class Notebook:
    """A kernel of its own, with its own temporary folder, history and settings."""

    def __init__(self, *, start_method: str = "") -> None:
        # Short, because the names of sockets must fit into some hundred characters.
        self.folder = Path(tempfile.mkdtemp(prefix="pm-"))
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        # A port that Jupyter has found free may be taken by others until the kernel is there, which
        # then may stay, and never answer.
        own = {} if sys.platform == "win32" else {"transport": "ipc", "ip": f"{self.folder}.ipc"}
        self._manager = KernelManager(kernel_name="python3", **own)
        # Jupyter kills a kernel that takes more than some seconds to end.
        self._manager.shutdown_wait_time = LIMIT
        self._manager.start_kernel(
            env=environment(self.folder, self.temporary), cwd=str(self.folder)
        )
        self._client = self._manager.client()
        self._client.start_channels(hb=False)
        self._meet()
        self.pid: int = self.get("__import__('os').getpid()")
        if start_method:
            self.use(start_method)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _meet(self) -> None:
        """Wait until the kernel answers, and until what it says to all is heard here.

        Jupyter's own function listens for a while after that, though whoever runs a cell leaves out
        what is not about it.
        """
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and self._manager.is_alive():
            self._client.kernel_info()
            with contextlib.suppress(queue.Empty):
                self._client.get_shell_msg(timeout=1)
                self._client.get_iopub_msg(timeout=0.2)
                return
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        raise AssertionError("the kernel does not start")

    def close(self) -> None:
        """End the kernel, and remove its folder."""
        self._client.stop_channels()
        if self._manager.is_alive():  # then Jupyter would look only now and then whether it ends
            process = psutil.Process(self.pid)  # Windows knows none any more that has ended
            process.kill()
            process.wait()
        self._manager.shutdown_kernel(now=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def shut_down(self) -> None:
        """Do what closing a notebook does: the kernel is asked to end, and waited for."""
        self._manager.shutdown_kernel()

    def use(self, start_method: str) -> None:
        """Load the extension, and choose how its worker processes start."""
        try:
            self.do("%load_ext parmagic")
            self.do(f'%config ParallelMagics.start_method = "{start_method}"')
        except BaseException:
            self.close()
            raise

    def run(
        self,
        code: str,
        *,
        meanwhile: Callable[[], None] | None = None,
        on_print: Callable[[str], None] | None = None,
    ) -> Reply:
        """Run a cell and return all it said; call `meanwhile` once it has been sent."""
        # A failure ends cells that wait, for which some kernels take the next, too.
        asked = self.send(code, stop_on_error=False)
        if meanwhile is not None:
            meanwhile()
        return self._listen(asked, on_print)

    def run_all(self, *cells: str) -> list[Reply]:
        """Send several cells at once, as "Run All" does."""
        gate = self.folder / "gate"
        first = f"while not __import__('os').access({str(gate)!r}, 0): pass"
        asked = [self.send(cell) for cell in (first, *cells)]
        gate.touch()  # before it, no cell can have ended that another was to be waiting behind
        replies = [self._listen(one) for one in asked]
        gate.unlink()
        return replies[1:]

    def send(self, code: str, *, stop_on_error: bool = True) -> str:
        """Send a cell without waiting for anything; return its message's identifier."""
        asked: str = self._client.execute(code, stop_on_error=stop_on_error)
        return asked

    def answer(self, code: str, *answers: str) -> Reply:
        """Run a cell that asks for input, and give it these answers, one after another."""
        asked: str = self._client.execute(code, allow_stdin=True)
        for text in answers:
            self._client.get_stdin_msg(timeout=LIMIT)
            self._client.input(text)
        return self._listen(asked)

    def do(self, code: str) -> Reply:
        """Run a cell that must succeed."""
        reply = self.run(code)
        assert reply.status == "ok", reply
        return reply

    def get(self, expression: str) -> Any:
        """Return the value that an expression has in the notebook; it must be a literal."""
        value = self.do(expression).value
        return None if value is None else ast.literal_eval(value)

    def complete(self, code: str) -> list[str]:
        """Return what the kernel offers at the end of `code`."""
        answer = self._client.complete(code, reply=True, timeout=LIMIT)
        matches: list[str] = answer["content"]["matches"]
        return matches

    def interrupt(self) -> None:
        """Do what the stop button does."""
        self._manager.interrupt_kernel()

    def stop(self, code: str, mark: str) -> Reply:
        """Run a cell, and interrupt it once there is a file called `mark` in the folder."""

        def press() -> None:
            wait_until((self.folder / mark).exists)
            self.interrupt()

        return self.run(code, meanwhile=press)

    def kill(self) -> None:
        """End the kernel as the operating system does when memory runs out."""
        psutil.Process(self.pid).kill()

    def kill_all(self) -> None:
        """End the kernel, and what it has started, as a front end does that restarts it now."""
        os.killpg(self.pid, signal.SIGKILL)

    def children(self) -> list[psutil.Process]:
        """Return the processes that the kernel has started and that still are there."""
        return children(self.pid)

    def _listen(self, asked: str, on_print: Callable[[str], None] | None = None) -> Reply:
        reply = Reply()
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=LIMIT)
            except queue.Empty:
                raise AssertionError(f"the kernel is silent since: {reply}") from None
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            reply.take(kind, content)
            if kind == "stream" and on_print is not None:
                on_print(content["text"])
        while (answer := self._client.get_shell_msg(timeout=LIMIT)) is not None:
            if answer["parent_header"].get("msg_id") == asked:
                reply.status = answer["content"]["status"]
                reply.number = answer["content"].get("execution_count", 0)  # none if aborted
                return reply
        raise AssertionError("unreachable")


def environment(folder: Path, temporary: Path) -> dict[str, str]:
    """Return the environment of a program that is tested: the same code, but folders of its own."""
    source = str(Path(parmagic.__file__).parents[1])
    # A kernel that knows of pytest does not catch what is written past Python: users' kernels do.
    variables = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return variables | {
        "PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")])),
        "IPYTHONDIR": str(folder / "ipython"),
        "TMPDIR": str(temporary),
        "TEMP": str(temporary),
        "TMP": str(temporary),
    }


def children(pid: int) -> list[psutil.Process]:
    """Return the living descendants of a process.

    Left out is the tracker that Python itself starts with the first spawned process of a program:
    it ends with the program, and whatever else uses multiprocessing there needs it.
    """
    found = psutil.Process(pid).children(recursive=True)
    return [process for process in found if is_alive(process) and not _is_tracker(process)]


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs; one that only waits to be noticed does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _is_tracker(process: psutil.Process) -> bool:
    try:
        return _TRACKER in " ".join(process.cmdline())
    except psutil.Error:
        return False


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that happens soon; fail if it never does."""
    end = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
