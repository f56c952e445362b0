"""What IPython gives to the code of cells, and worker processes lack: `!`, `%`, and `display`."""

from __future__ import annotations

import ast
import builtins
import re

from parmagic.errors import TravelError
from parmagic.modules.needs import Reader
from parmagic.modules.quiet import parsed, parsed_expression
from parmagic.modules.source import Def

NAME = "get_ipython"  # that `!command` and `%magic` in a function are made to call
_SHELL = ("system", "getoutput")
_VARIABLE = re.compile(r"\$(\w+)")  # of the notebook, or of the shell if there is none
_MAGICS = ("run_line_magic", "run_cell_magic")
# As text, as IPython does outside a notebook. Imported only if it is called.
_DISPLAY = 'lambda *shown, **how: __import__("IPython.display").display.display(*shown, **how)'


def built_in(name: str) -> str | None:
    """Return an expression for what IPython has made a built-in name mean, such as `display`."""
    module = getattr(getattr(builtins, name, None), "__module__", "") or ""
    return _DISPLAY if name == "display" and module.startswith("IPython.") else None


def left_out(reader: Reader) -> str:
    """Return an expression for the shell of the notebook in what only methods of a class use it.

    A class is sent as a whole, and those methods may be none that tasks call. TravelError if it is
    a function that uses the shell: it says what to type instead.
    """
    if _in_methods_alone(reader.text):
        text = (
            f"what methods of `{reader.name}` do by `!` or `%` is done only in the notebook's own "
            "process: use the backend `thread`"
        )
        return f"lambda: (_ for _ in ()).throw(RuntimeError({text!r}))"
    used, instead = _used(reader.text)
    raise TravelError(
        f"`{used}`, used by {reader.place(NAME)}, is there only in the notebook's own process: "
        f"{instead}, or use `--backend thread`"
    )


def _in_methods_alone(source: str) -> bool:
    """Tell whether code is a class that uses the shell in methods, and not as it is made."""
    kind = next(iter(parsed(source).body), None)
    if not isinstance(kind, ast.ClassDef):
        return False
    waiting: list[ast.AST] = [*kind.decorator_list, *kind.bases, *kind.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id == NAME:
            return False
        if not isinstance(node, Def):
            waiting += ast.iter_child_nodes(node)
    return True


def _command(text: str, source: str) -> str:
    """Return a command as code: IPython puts values in the place of `{name}` and `$name`."""
    nodes = list(ast.walk(parsed(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names.update(node.arg for node in nodes if isinstance(node, ast.arg))

    def value(found: re.Match[str]) -> str:
        return f"{{{found[1]}}}" if found[1] in names else found[0]

    filled = f"f{_VARIABLE.sub(value, text)!r}"
    try:
        parts = parsed_expression(filled).body.values  # type: ignore[attr-defined]
    except SyntaxError:  # as in `awk '{print $1}'`, which IPython leaves as it is
        return repr(text)
    return filled if any(isinstance(part, ast.FormattedValue) for part in parts) else repr(text)


def _used(source: str) -> tuple[str, str]:
    """Name the first use of the shell as it was typed, and what to type instead."""
    calls = (node for node in ast.walk(parsed(source)) if isinstance(node, ast.Call))
    for call in calls:
        method = call.func
        if not isinstance(method, ast.Attribute) or not isinstance(method.value, ast.Call):
            continue
        if getattr(method.value.func, "id", "") != NAME:
            continue
        first = str(getattr(call.args[0], "value", "")) if call.args else ""
        if method.attr in _SHELL:
            return f"!{first}", f"call `subprocess.run({_command(first, source)}, shell=True)`"
        if method.attr in _MAGICS:
            ours = first == "pmap"
            return f"%{first}", "call `parmagic.pmap`" if ours else "leave it out of the function"
    return f"{NAME}()", "leave it out of the function"
