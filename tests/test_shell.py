"""The extension in a shell of this process: loading, unloading, and what is typed wrong."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path
from types import ModuleType

import pytest
from IPython.core import completer
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

from kernel import children, wait_until
from parmagic.magics.table import Magic, options_of
from parmagic.magics.usage import usage
from parmagic.run.backend import NAMES
from programs import run_python

MAGICS = {"line": ["parallel", "pmap"], "cell": ["parallel", "pmap"]}


@pytest.fixture
def loaded(shell: InteractiveShell) -> InteractiveShell:
    """The shell with the extension loaded."""
    run(shell, "%load_ext parmagic")
    return shell


def run(shell: InteractiveShell, cell: str) -> ExecutionResult:
    """Run a cell that must succeed."""
    result: ExecutionResult = shell.run_cell(cell)
    assert result.success, result
    return result


def magics(shell: InteractiveShell) -> dict[str, list[str]]:
    """List the names under which %lsmagic lists something of ours."""
    listed = shell.magics_manager.lsmagic()
    return {kind: sorted({"pmap", "parallel"} & set(listed[kind])) for kind in ("line", "cell")}


def config_entries(shell: InteractiveShell) -> list[str]:
    """List our entries in %config."""
    names = [type(one).__name__ for one in shell.configurables]
    return [name for name in names if name == "ParallelMagics"]


def matchers(shell: InteractiveShell) -> int:
    """Count what completes while typing and is not IPython's own."""
    assert shell.Completer is not None
    return len(shell.Completer.custom_matchers)


def completed(shell: InteractiveShell, typed: str) -> list[str]:
    """List what <Tab> offers after `typed`."""
    assert shell.Completer is not None
    with provisionalcompleter():
        return [found.text for found in shell.Completer.completions(typed, len(typed))]


def only_ours(shell: InteractiveShell, typed: str, offered: list[str]) -> list[str]:
    """List what <Tab> offers, but what an IPython before 8.6 adds, in an order of its own."""
    found = completed(shell, typed)
    if hasattr(completer, "context_matcher"):
        return found
    return [one for one in offered if one in found]


def said_by_program(code: str, folder: Path) -> tuple[str, str]:
    """Run code in a Python of its own, and return what it wrote to each stream."""
    done = run_python(folder, "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_loading_says_nothing(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    """Not one character, on either stream."""
    run(shell, "%load_ext parmagic")

    assert capsys.readouterr() == ("", "")
    assert magics(shell) == MAGICS
    assert config_entries(shell) == ["ParallelMagics"]


def test_the_first_run_imports_nothing_that_there_was_time_for(tmp_path: Path) -> None:
    """A thread does, while the first cells are written."""
    code = (
        "import sys, time\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'parmagic')\n"
        "shell.run_cell('import parmagic\\ndef same(x): return x')\n"
        "while 'run_cell' not in vars(sys.modules.get('parmagic.magics.parallel', time)):\n"
        "    time.sleep(0.01)\n"
        "before = set(sys.modules)\n"
        "shell.run_cell('run = parmagic.pmap(same, [1, 2], workers=2)')\n"
        "print(sorted(set(sys.modules) - before))\n"
        "shell.run_line_magic('unload_ext', 'parmagic')\n"
    )

    assert said_by_program(code, tmp_path) == ("[]\n", "")


def test_loading_imports_nothing_heavy(tmp_path: Path) -> None:
    """Neither matplotlib nor numpy, nor anything that a run needs and loading does not."""
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'parmagic')\n"
        "heavy = {'matplotlib', 'numpy', 'pandas', 'PIL', 'concurrent.futures.process'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "shell.run_line_magic('unload_ext', 'parmagic')\n"
    )

    assert said_by_program(code, tmp_path) == ("[]\n", "")


def test_reloading_leaves_one_of_everything(loaded: InteractiveShell) -> None:
    """However often, and also when the extension is loaded again without being unloaded."""
    hooks = len(loaded.events.callbacks["post_run_cell"])
    completing = matchers(loaded)

    for _ in range(3):
        run(loaded, "%reload_ext parmagic")
    run(loaded, "import parmagic; parmagic.load_ipython_extension(get_ipython())")

    assert config_entries(loaded) == ["ParallelMagics"]
    assert magics(loaded) == MAGICS
    assert len(loaded.events.callbacks["post_run_cell"]) == hooks
    assert matchers(loaded) == completing
    assert run(loaded, "%pmap -q abs [-1]").result == [1]


def test_unloading_leaves_nothing(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No magic, setting, hook, thread, process or file, also after runs on every backend."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    hooks = {name: list(found) for name, found in shell.events.callbacks.items()}
    threads, completing = set(threading.enumerate()), matchers(shell)
    run(shell, "%load_ext parmagic")
    for backend in ("serial", "thread", "process", "pool"):
        run(shell, f"%pmap -q -b {backend} abs [-1, 2]")
    assert list(tmp_path.glob("parmagic-*"))

    run(shell, "%unload_ext parmagic")

    assert magics(shell) == {"line": [], "cell": []}
    assert "ParallelMagics" not in shell.magics_manager.registry
    assert config_entries(shell) == []
    assert {name: list(found) for name, found in shell.events.callbacks.items()} == hooks
    assert matchers(shell) == completing
    wait_until(lambda: set(threading.enumerate()) <= threads)
    assert not children(os.getpid())
    assert not list(tmp_path.glob("parmagic-*"))


def test_unloading_at_once_leaves_nothing_either(shell: InteractiveShell) -> None:
    """Workers that are being started ahead of need are ended, too."""
    threads = set(threading.enumerate())

    run(shell, "%load_ext parmagic")
    run(shell, "%unload_ext parmagic")

    wait_until(lambda: set(threading.enumerate()) <= threads)
    assert not children(os.getpid())


def test_a_cell_may_end_while_the_pool_is_being_imported(
    loaded: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A thread imports it soon after loading, and whoever is quicker must not see half of it."""
    with monkeypatch.context() as during:
        during.setitem(sys.modules, "parmagic.run.backends.pool", ModuleType("half"))
        run(loaded, "def square(x): return x * x")

    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lists what is mapped")
def test_unloading_lets_go_of_the_memory_for_large_data(loaded: InteractiveShell) -> None:
    """Which was kept for the next run."""
    run(loaded, "import numpy\ndef total(i): return float(data.sum()) + i")
    for number in range(2):
        run(loaded, f"data = numpy.full(500_000, {number}.0)")
        assert run(loaded, "%pmap -q -b pool -w 1 total [0]").result == [500_000.0 * number]

    run(loaded, "%unload_ext parmagic")

    assert "/parmagic-" not in Path("/proc/self/maps").read_text(encoding="utf-8")


def test_what_is_unloaded_can_be_loaded_again(loaded: InteractiveShell) -> None:
    """And then works as before."""
    run(loaded, "%unload_ext parmagic")
    run(loaded, "%load_ext parmagic")

    assert run(loaded, "%pmap -q abs [-1]").result == [1]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%pmap --backends thread abs [1]", "did you mean `--backend`"),
        ("%pmap -b threads abs [1]", "did you mean `thread`"),
        ("%pmap -w many abs [1]", "-w takes a whole number"),
        ("%pmap -z abs [1]", "unknown option `-z`"),
        ("%pmap abs(3)", "did you mean `%pmap abs range(3)`"),
        ("%pmap abs nowhere", "name `nowhere` is not defined"),
        ("%pmap abs(x) for x in", "cannot read"),
        ("%%pmap abs(x) for\npass", "cannot read"),
        ("%%parallel --foo\npass", "unknown option `--foo`"),
        ("%%parallel\nawait x", "cannot await"),
        ("%%parallel\nf(", "line 2 of the cell"),
        ("# mine\n%%parallel\npass", "`%%parallel` goes into the first line of a cell"),
        ("x = 1\n\n%%pmap -q abs [x]\npass", "`%%pmap` goes into the first line of a cell"),
    ],
)
def test_what_is_typed_wrong_is_a_usage_error(
    loaded: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str, message: str
) -> None:
    """Exactly that class, which IPython shows as one line on stderr without a traceback."""
    result = loaded.run_cell(cell)

    assert type(result.error_in_exec) is UsageError
    assert message in str(result.error_in_exec)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"UsageError: {result.error_in_exec}\n"


@pytest.mark.parametrize("magic", ["pmap", "parallel"])
def test_help_is_the_usage(
    loaded: InteractiveShell, capsys: pytest.CaptureFixture[str], magic: Magic
) -> None:
    """`-h`, `--help` and the docstring say the same; the first line says what it is for."""
    for option in ("-h", "--help"):
        for cell in (f"%{magic} {option}", f"%%{magic} {option}\nnever = 1"):
            run(loaded, cell)
            assert usage(magic) in capsys.readouterr().out
    assert "never" not in loaded.user_ns
    assert loaded.find_cell_magic(magic).__doc__ == usage(magic)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("%pmap --b", ["--backend"]),
        ("values = %pmap --qui", ["--quiet"]),
        ("%pmap -b pr", ["process"]),
        ("%%parallel --comp", ["--compare"]),
    ],
)
def test_options_are_completed_and_nothing_else(
    loaded: InteractiveShell, typed: str, offered: list[str]
) -> None:
    """An option by its beginning, a backend after `-b`; no magics, files or variables."""
    assert only_ours(loaded, typed, offered) == offered


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("%pmap -c ", [*NAMES, "all", "slow", "slower"]),
        ("%pmap --plot ", ["summary", "timeline", "breakdown", "sweep", "slow", "slower"]),
        ("%%parallel -c ", [*NAMES, "all"]),
        ("%%parallel --plot ", ["summary", "timeline", "breakdown"]),
        ("%%parallel --ex", ["--explain"]),
        ("%pmap --ex", ["--export"]),
        ("%pmap slo", ["slow", "slower"]),
        ("%%pmap slo", ["slow", "slower"]),
        ("x = %pmap -q -w 2 slo", ["slow", "slower"]),
        ("%pmap -c slo", ["slow", "slower"]),
        ("%pmap slow num", ["number", "numbers"]),
        ("%pmap slow [num", ["number", "numbers"]),
        ("%pmap slow(x) for x in num", ["number", "numbers"]),
        ("%pmap -w num", ["number"]),
        ("%pmap numb", []),
    ],
)
def test_what_stands_at_an_empty_or_a_bare_word_is_completed(
    loaded: InteractiveShell, typed: str, offered: list[str]
) -> None:
    """Choices where an option has some, functions where the code begins, then any name."""
    run(loaded, "def slow(x): return x\ndef slower(x): return x\nnumber, numbers = 2, [1]")

    assert sorted(only_ours(loaded, typed, offered)) == sorted(offered)


@pytest.mark.skipif(
    not hasattr(completer, "context_matcher"), reason="before 8.6, IPython does not ask for it"
)
@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("%pmap --comp", ["option"]),
        ("%pmap -b pr", ["option"]),
        ("%pmap --plot slo", ["function"]),
        ("%pmap slow num", ["instance"]),
        ("%pmap slow enum", ["function"]),
    ],
)
def test_a_completion_says_what_it_is(
    loaded: InteractiveShell, typed: str, kinds: list[str]
) -> None:
    """Beside a function of the notebook, JupyterLab does not write that it is an option."""
    run(loaded, "def slow(x): return x\nnumbers = [1]")
    assert loaded.Completer is not None

    with provisionalcompleter():
        found = list(loaded.Completer.completions(typed, len(typed)))

    assert [one.type for one in found] == kinds


@pytest.mark.parametrize("typed", ["%pmap --", "x = %pmap -q --", "%%parallel --", "%%pmap --"])
def test_two_dashes_offer_all_options_and_only_them(loaded: InteractiveShell, typed: str) -> None:
    """IPython's own completion would offer the options of other magics."""
    magic: Magic = "parallel" if "parallel" in typed else "pmap"
    offered = [option.long for option in options_of(magic)]
    assert only_ours(loaded, typed, offered) == offered


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ('backend = "threads"', "no backend 'threads': choose serial, thread"),
        ('start_method = "fork"', "no start method `fork`: choose "),
    ],
)
def test_a_bad_setting_does_not_keep_the_extension_from_being_loaded(
    loaded: InteractiveShell,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    setting: str,
    why: str,
) -> None:
    """IPython keeps a setting that was refused, and would refuse to load with it."""
    run(loaded, "%config ParallelMagics.quiet = True")
    loaded.run_cell(f"%config ParallelMagics.{setting}")
    capsys.readouterr()

    run(loaded, "%reload_ext parmagic")

    assert capsys.readouterr().err == ""
    assert why in caplog.text
    assert run(loaded, "%config ParallelMagics.quiet").result is True
    assert run(loaded, "%pmap abs [-1]").result == [1]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("backend", "threads", "no backend 'threads': choose serial, thread"),
        ("start_method", "fork", "no start method `fork`: choose "),
    ],
)
def test_a_bad_setting_of_a_file_does_not_keep_the_extension_from_being_loaded(
    loaded: InteractiveShell, capsys: pytest.CaptureFixture[str], name: str, value: str, why: str
) -> None:
    """Nothing has refused it before."""
    run(loaded, "%unload_ext parmagic")
    loaded.config["ParallelMagics"][name] = value

    run(loaded, "%load_ext parmagic")

    said = capsys.readouterr().err
    assert said.startswith(f"parmagic is loaded without the settings that it had: {why}")
    assert run(loaded, "%pmap -q abs [-1]").result == [1]
    run(loaded, "%reload_ext parmagic")
    assert capsys.readouterr().err == ""


def test_a_bad_setting_is_refused(loaded: InteractiveShell) -> None:
    """What %config accepts is what the options accept."""
    from traitlets import TraitError

    (ours,) = [one for one in loaded.configurables if type(one).__name__ == "ParallelMagics"]

    wrong = [("backend", "threads"), ("workers", -1), ("plot", "yes"), ("start_method", "foo")]
    for name, value in [*wrong, ("start_method", 3)]:
        before = getattr(ours, name)
        with pytest.raises(TraitError):
            setattr(ours, name, value)
        assert getattr(ours, name) == before
