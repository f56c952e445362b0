"""What several test modules start with: a real kernel, and a shell in this process."""

from __future__ import annotations

import atexit
import builtins
import contextlib
import os
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from kernel import LIMIT, Notebook
from parmagic.measure import baseline, tally
from parmagic.run import cpus
from parmagic.run.processes import launch

# Of an environment that somebody works in beside that of the tests: IPython warns of it.
os.environ.pop("VIRTUAL_ENV", None)
# Of a script that starts the tests in the background: its shell has them ignore interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Backends that start no process: one start method shows all there is to be seen of them.
IN_THE_KERNEL = ("serial", "thread", "interpreter")


def pytest_xdist_auto_num_workers() -> int | None:
    """Have a test process more than processors: each waits often, as for kernels that start."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else cpus.available() + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another start method would only show again; begin with the longest files.

    Those are the ones whose tests may take longer than others, and those with many. A long file
    begun last would be the work of one processor.
    """
    again = {item for item in items if _is_shown_already(item)}
    config.hook.pytest_deselected(items=[*again])
    items[:] = [item for item in items if item not in again]
    slow = {item.path for item in items if item.get_closest_marker("timeout")}
    many = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -many[item.path]))


def _is_shown_already(item: pytest.Item) -> bool:
    given = item.callspec.params if hasattr(item, "callspec") else {}
    first, *_ = launch.methods()
    alike = given.get("backend") in IN_THE_KERNEL or item.get_closest_marker("by_any_method")
    return bool(alike) and given.get("notebook", first) != first


@pytest.fixture(scope="module", params=launch.methods())
def notebook(request: pytest.FixtureRequest) -> Iterator[Notebook]:
    """A kernel with the extension loaded, for all tests of a module; one for each start method."""
    with Notebook(start_method=request.param) as started:
        yield started


@pytest.fixture
def exact_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the clocks of a processor hide nothing, as on Windows they may: for runs made up."""
    for module in baseline, tally:
        monkeypatch.setattr(module, "CPU_TICK", 0.0)


@pytest.fixture
def unhurried(notebook: Notebook) -> Iterator[Notebook]:
    """A notebook that runs few tasks ahead to the last, also on a machine that holds it up."""
    notebook.do(f"from parmagic.run import sample\nsoon, sample.SOON = sample.SOON, {LIMIT}")
    yield notebook
    notebook.do("sample.SOON = soon")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short name: sockets lie in it, whose paths may have some hundred letters."""
    folder = Path(tempfile.mkdtemp(prefix="pm-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    """A shell in this process, without the extension, and without a trace of it afterwards."""
    with _shell_in(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def kept_shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    """Such a shell for all tests of a module, for those that need no new one but new names."""
    with _shell_in(tmp_path_factory.mktemp("shell")) as started:
        yield started


@pytest.fixture
def bare_shell(kept_shell: InteractiveShell) -> InteractiveShell:
    """The same, without the names of the test before."""
    kept_shell.run_line_magic("reset", "-sf")
    return kept_shell


@contextlib.contextmanager
def _shell_in(folder: Path) -> Iterator[InteractiveShell]:
    main, hook, known = sys.modules["__main__"], sys.displayhook, set(vars(builtins))
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False  # its thread would be taken for one of ours
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        started = InteractiveShell.instance(config=config)
        try:
            yield started
        finally:
            started.run_line_magic("unload_ext", "parmagic")
            atexit.unregister(started.atexit_operations)
            started.atexit_operations()
            InteractiveShell.clear_instance()
            sys.modules["__main__"] = main
            sys.displayhook = hook
            for name in set(vars(builtins)) - known:
                delattr(builtins, name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many rows of the table of definitions pass, by each start method."""
    found: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            row = re.search(r"test_definables.py::test_workers_give.*\[(\w+)-", report.nodeid)
            method = row[1] if row else ""
            if "test_definables.py::test_interpreters_give" in report.nodeid:
                method = "interpreter"
            if method:
                found[method] += 1
                passed[method] += outcome == "passed"
    for method in sorted(found):
        terminalreporter.write_line(
            f"definables: {passed[method]} of {found[method]} rows pass under {method}"
        )
