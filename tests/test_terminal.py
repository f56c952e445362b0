"""IPython in a real terminal: sentences and bars of text, and nothing left when it ends."""

from __future__ import annotations

import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from kernel import LIMIT, children, environment, is_alive, seen, wait_until

pexpect = pytest.importorskip("pexpect", reason="there are no such terminals on this system")

_COMMAND = ["-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit"]
_PROMPT = r"In \[\d+\]: $"
_MORE = r"\.\.\.: $"
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


class Terminal:
    """IPython in a terminal of its own, with a temporary folder of its own."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._child = pexpect.spawn(
            sys.executable,
            [*_COMMAND, "--colors=NoColor"],
            env=environment(folder, self.temporary) | {"TERM": "dumb", "COLUMNS": "90"} | variables,
            cwd=str(folder),
            encoding="utf-8",
            dimensions=(40, 90),
            timeout=LIMIT,
        )
        self._child.setecho(False)
        self._child.expect(_PROMPT)

    def type(self, *lines: str) -> str:
        """Type a cell, and return what is shown until the next prompt."""
        for line in [*lines, "", ""]:  # empty lines end a cell
            self._child.sendline(line)
            more = self._child.expect([_PROMPT, _MORE])
            if not more:
                break
        shown = seen(_ESCAPE.sub("", self._child.before).replace("\r\n", "\n"))
        return "\n".join(line for line in shown.split("\n") if line.strip())

    def processes(self) -> list[psutil.Process]:
        """List IPython and all that it has started."""
        return [psutil.Process(self._child.pid), *children(self._child.pid)]

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._child.sendintr()

    def send(self, line: str) -> None:
        """Type a line without waiting for what comes of it."""
        self._child.sendline(line)

    def wait_for_prompt(self) -> str:
        """Return what is shown until the next prompt."""
        self._child.expect(_PROMPT)
        return str(self._child.before)

    def exit(self) -> int:
        """Type `exit`, wait for the end, and return the exit status."""
        self._child.sendline("exit")
        self._child.expect(pexpect.EOF)
        return int(self._child.wait())

    def close(self) -> None:
        """End it, if it has not ended."""
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
            self._child.wait()  # closing it would give up after a moment
        self._child.close()


@pytest.fixture
def open_terminal() -> Iterator[Callable[..., Terminal]]:
    """Return what opens a terminal with environment variables of its own."""
    # Short, because the names of sockets must fit into some hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="pm-"))
    opened: list[Terminal] = []

    def opens(**variables: str) -> Terminal:
        opened.append(Terminal(folder, **variables))
        opened[-1].type("%load_ext parmagic")
        opened[-1].type("def square(x): return x * x")
        return opened[-1]

    yield opens
    for terminal in opened:
        terminal.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def terminal(open_terminal: Callable[..., Terminal]) -> Terminal:
    """A terminal in which the extension is loaded and `square` is defined."""
    return open_terminal()


def without_advice(shown: str) -> list[str]:
    """Return the other lines: a busy machine may be worth a word of advice."""
    return [line for line in shown.split("\n") if not line.startswith("advice: ")]


def test_a_run_shows_its_sentence_and_its_value(terminal: Terminal) -> None:
    """In plain text, with the value as IPython prints it."""
    sentence, value = without_advice(terminal.type("%pmap -w 2 square [1, 2, 3]"))

    assert sentence.startswith("3 tasks on pool × 2 in ")
    assert value == "Out[3]: [1, 4, 9]"


def test_a_chart_is_a_bar_of_text(terminal: Terminal) -> None:
    """Two lines of blocks, one for serial and one for parallel; no picture, no HTML."""
    shown = terminal.type("%%parallel -w 2", "a = square(2)", "b = square(3)", "(a, b)")

    lines = without_advice(shown)[-4:]
    assert lines[0].startswith("2 tasks on pool × 2 in ")
    assert re.match(r"serial +[█-▏░]+ .*\(estimated\)$", lines[1])  # ░ for what may be more
    assert re.match(r"pool × 2 +[█-▏]+ ", lines[2])
    assert lines[3] == "Out[3]: (4, 9)"
    assert not re.search(r"<(div|img|Figure|parmagic)", shown)
    assert max(map(len, lines[1:])) <= 90  # the sentence may be longer: a terminal breaks it


def test_an_assigned_run_shows_its_sentence_only(terminal: Terminal) -> None:
    """And `--plot` adds the bars, without the picture that nobody could see."""
    assert len(without_advice(terminal.type("x = %pmap -w 2 square [1, 2]"))) == 1
    assert len(without_advice(terminal.type("x = %pmap -w 2 --plot square [1, 2]"))) == 3
    assert terminal.type("import sys; 'matplotlib' in sys.modules").endswith("False")


def test_what_is_typed_wrong_is_one_line(terminal: Terminal) -> None:
    """A UsageError, without a traceback."""
    assert terminal.type("%pmap square(10)").startswith("UsageError: `square(10)` is a single call")
    assert terminal.type("%pmap -b thred square [1]").count("\n") == 0


def test_an_exception_shows_its_cell_and_line(terminal: Terminal) -> None:
    """As IPython shows its own, with the item, and none of our lines."""
    shown = terminal.type("%pmap -q 1 / x for x in [2, 0]")

    assert "ZeroDivisionError: division by zero" in shown
    assert "(raised by item 1 of 2, counting from 0; the item is 0)" in shown
    assert "parmagic/" not in shown


def test_ctrl_c_stops_a_run(terminal: Terminal) -> None:
    """It is one KeyboardInterrupt, and the next run is as ever."""
    terminal.type("import time, os, pathlib")
    terminal.type(
        "def wait(x):",
        "    pathlib.Path('begun').touch()",
        "    time.sleep(30)",
    )

    terminal.send("%pmap -q wait [1]")
    wait_until((terminal.temporary.parent / "begun").exists)
    terminal.interrupt()
    shown = terminal.wait_for_prompt()

    assert shown.count("KeyboardInterrupt") == 2  # the head of the traceback and its end
    assert "Process " not in shown
    assert terminal.type("%pmap -q square [3]").endswith("[9]")


@pytest.mark.parametrize("method", ["", "spawn"])
def test_nothing_is_left_after_exit(terminal: Terminal, method: str) -> None:
    """No process, and nothing in the temporary folder."""
    terminal.type(f"%config ParallelMagics.start_method = '{method}'")
    terminal.type("%pmap -q -w 2 square [1, 2]")
    terminal.type("%pmap -q -b process square [1, 2]")
    processes = terminal.processes()
    assert len(processes) > 1

    assert terminal.exit() == 0

    wait_until(lambda: not any(is_alive(process) for process in processes))
    assert not list(terminal.temporary.iterdir())


def test_an_ascii_terminal_gets_ascii(open_terminal: Callable[..., Terminal]) -> None:
    """`LC_ALL=C` cannot show `×` or blocks: there is a plain way to say it, and no error."""
    terminal = open_terminal(**ASCII)
    assert "ascii" in terminal.type("import sys; sys.stdout.encoding").lower().replace(
        "ansi_x3.4-1968", "ascii"
    )

    shown = terminal.type("%%parallel -w 2", "a = square(2)", "b = square(3)")
    printed = terminal.type("%pmap -q -w 1 print(chr(233), x) for x in [1, 2];")
    again = terminal.type("%pmap -q square [3]")

    assert "2 tasks on pool x 2 in " in shown
    assert re.search(r"^serial +#", shown, re.MULTILINE)
    assert shown.isascii()
    assert "Error" not in shown
    assert printed == "? 1\n? 2"
    assert again.endswith("[9]")
