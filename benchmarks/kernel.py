"""A notebook without a browser: a real IPython kernel, its time-outs, and its certain end."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import psutil
from jupyter_client.manager import start_new_kernel

START_LIMIT = 60  # seconds
END_LIMIT = 5  # seconds that helpers get to end by themselves before they are killed
_MARK = "PARMAGIC_BENCHMARK"  # in the environment of a kernel and of all it starts
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class CellError(Exception):
    """A cell raised; the text is the last line of its traceback."""


class CutError(Exception):
    """A cell took longer than it may; the kernel is of no more use."""


class Kernel:
    """One kernel with folders of its own; leaving its `with` ends every process it began."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        """Start a kernel, with these variables added to its environment."""
        # Short, because the names of sockets must fit into some hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="pb-"))
        self._mark = uuid.uuid4().hex
        (self._folder / "tmp").mkdir()
        env = os.environ | {
            _MARK: self._mark,
            "IPYTHONDIR": str(self._folder / "ipython"),
            "TMPDIR": str(self._folder / "tmp"),
            **(variables or {}),
        }
        # Installed libraries are compiled; one that is run from a checkout must be, too.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            self._manager, self._client = start_new_kernel(
                kernel_name="python3",
                startup_timeout=START_LIMIT,
                env=env,
                cwd=str(self._folder),
                stdout=subprocess.DEVNULL,  # what libraries say that a notebook does not show
                stderr=subprocess.DEVNULL,
            )
        except BaseException:
            self._kill_all()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        provisioner: Any = self._manager.provisioner  # its base class knows no process
        self.pid: int = provisioner.pid
        self._busy = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop_channels()
        # The kernel alone first, and gently: libraries clean up their shared memory as it ends,
        # or helpers do that outlive it.
        with contextlib.suppress(Exception):
            self._manager.shutdown_kernel(now=self._busy)
        until = time.monotonic() + END_LIMIT
        while self.processes() and time.monotonic() < until:
            time.sleep(0.05)
        self._kill_all()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, cell: str, limit: float, /, **expressions: str) -> dict[str, Any]:
        """Run a cell as a notebook does; return the values of expressions evaluated after it.

        Args:
            cell: The code.
            limit: Seconds.
            expressions: Each must come to a literal.
        """
        try:
            reply = self._client.execute_interactive(
                cell,
                user_expressions=expressions,
                allow_stdin=False,
                output_hook=lambda _: None,
                timeout=limit,
            )["content"]
        except TimeoutError:
            self._busy = True
            raise CutError(f"cut after {limit:g} s") from None
        if reply["status"] != "ok":
            raise CellError(_last_line(reply))
        return {name: _literal(answer) for name, answer in reply["user_expressions"].items()}

    def processes(self) -> list[psutil.Process]:
        """Return the living processes that the kernel began, itself left out."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                marked = process.environ().get(_MARK) == self._mark
                if marked and process.pid != getattr(self, "pid", None):
                    found.append(process)
        return found

    def _kill_all(self) -> None:
        left = self.processes()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=END_LIMIT)


def _literal(answer: dict[str, Any]) -> Any:
    if answer["status"] != "ok":
        raise CellError(_last_line(answer))
    return ast.literal_eval(answer["data"]["text/plain"])


def _last_line(answer: dict[str, Any]) -> str:
    said = _ANSI.sub("", f"{answer.get('ename', 'error')}: {answer.get('evalue', '')}")
    return next(iter(said.splitlines()), "").strip()
