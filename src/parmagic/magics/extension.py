"""Loads and unloads the extension; after unloading, nothing of it is left."""

from __future__ import annotations

import builtins
import contextlib
import sys
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core import completer
from IPython.core.interactiveshell import InteractiveShell
from traitlets import TraitError

from parmagic import cells
from parmagic.errors import TravelError
from parmagic.run.interrupt import held
from parmagic.run.processes import launch

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext

    from parmagic.magics.ahead import Ahead
    from parmagic.magics.magics import ParallelMagics

_OURS = "ParallelMagics"
_OPTION = object()  # stands for the value of what is no name, but an option
ENDS = (  # what ends what was started, in this order: workers first, then what they read
    ("run.backends.interpreter", "close"),
    ("run.backends.pool", "close"),
    ("run.processes.launch", "end"),
    ("run.processes.launch", "end_files"),
    ("modules.kept", "clear"),
    ("modules.shelf", "forget"),
    ("modules.written", "forget"),
)
_ahead: weakref.WeakKeyDictionary[InteractiveShell, Ahead] = weakref.WeakKeyDictionary()


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to `shell`: what `%load_ext parmagic` calls."""
    with held():  # or half of it would be there, which could not be unloaded
        _unload(shell)  # a second loading must not leave two of everything
        _load(shell)


def _load(shell: InteractiveShell) -> None:
    with contextlib.suppress(OSError, TravelError):  # the first run says what is wrong
        launch.begin()  # it imports what workers need while the rest of parmagic is imported here
    from parmagic.magics.ahead import Ahead

    magics = _made(shell)
    shell.register_magics(magics)
    shell.Completer.custom_matchers.append(_matcher())
    _ahead[shell] = Ahead(shell, magics)
    _ahead[shell].begin()
    shell.observe(_on_exit, names="exit_now")


def _made(shell: InteractiveShell) -> ParallelMagics:
    from parmagic.magics.magics import ParallelMagics

    try:
        return ParallelMagics(shell)
    except TraitError as error:  # one was refused, and IPython keeps it all the same
        print(f"parmagic is loaded without the settings that it had: {error}", file=sys.stderr)
        del shell.config[_OURS]
        return ParallelMagics(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Remove the magics, the workers and the module files: what `%unload_ext parmagic` calls."""
    with held():  # or some of it would be left, and nothing would end it
        _unload(shell)


def _unload(shell: InteractiveShell) -> None:
    if shell in _ahead:
        shell.unobserve(_on_exit, names="exit_now")
        _ahead.pop(shell).end()
    manager = shell.magics_manager
    for magics in manager.magics.values():
        for name, magic in list(magics.items()):
            if type(getattr(magic, "__self__", None)).__name__ == _OURS:
                del magics[name]
    manager.registry.pop(_OURS, None)
    for one in shell.configurables:
        if type(one).__name__ == _OURS and _OURS in shell.config:
            section = shell.config[_OURS]  # IPython keeps there also what was refused
            section.update({name: getattr(one, name) for name in section if one.has_trait(name)})
    shell.configurables[:] = [one for one in shell.configurables if type(one).__name__ != _OURS]
    matchers = shell.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "__module__", None) != __name__]
    _clean_up()


def _matcher() -> Callable[..., Any]:
    """Return what completes our options, in the form that this IPython asks for."""
    if not hasattr(completer, "context_matcher"):  # IPython before 8.6
        return _match_text
    matcher: Callable[..., Any] = completer.context_matcher(identifier="parmagic")(_match_options)
    return matcher


def _match_options(context: CompletionContext) -> dict[str, Any]:
    """Complete the options of our magics, and what they may be set to."""
    from parmagic.magics.completion import complete

    shell = cells.shell()
    found = complete(context.text_until_cursor, shell.user_ns if shell else {})
    if found is None:
        return {"completions": [], "suppress": False}
    names = {**vars(builtins), **shell.user_ns} if shell else {}
    offered = ((text, _kind(names.get(text, _OPTION))) for text in found.texts)
    return {
        "completions": [completer.SimpleCompletion(text, type=kind) for text, kind in offered],
        "matched_fragment": found.fragment,
        "suppress": found.exclusive,
        "ordered": True,
    }


def _kind(value: object) -> str:
    """Say what a completion is, as front ends show it beside the text."""
    if value is _OPTION:
        return "option"
    return "function" if callable(value) else "instance"


def _match_text(text: str) -> list[str]:
    """Do the same in an IPython before 8.6, where other completions stand beside ours."""
    from parmagic.magics.completion import complete

    shell = cells.shell()
    found = complete(shell.Completer.text_until_cursor, shell.user_ns) if shell else None
    return [text + one[len(found.fragment) :] for one in found.texts] if found else []


def _on_exit(change: Any) -> None:
    """End the workers of a shell that is about to end.

    `atexit` would be too late: before it, a kernel waits for its children.
    """
    if change.new:
        if change.owner in _ahead:
            _ahead[change.owner].stop()
        _clean_up()


def _clean_up() -> None:
    """End what was started; what has not been imported, or only in part, has started nothing."""
    with contextlib.ExitStack() as stack:  # all are called, also where one fails
        for name, end in reversed(ENDS):
            if (act := getattr(sys.modules.get(f"parmagic.{name}"), end, None)) is not None:
                stack.callback(act)
