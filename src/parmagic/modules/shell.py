"""What IPython gives to the code of cells, and worker processes lack: `!`, `%`, and `display`."""

from __future__ import annotations

import ast
import builtins

from parmagic.modules.needs import Reader

NAME = "get_ipython"  # that `!command` and `%magic` in a function are made to call
_SHELL = ("system", "getoutput")
_MAGICS = ("run_line_magic", "run_cell_magic")
# As IPython itself shows things where no notebook is: as text. Imported only if it is called.
_DISPLAY = 'lambda *shown, **how: __import__("IPython.display").display.display(*shown, **how)'


def built_in(name: str) -> str | None:
    """Return an expression for what IPython has made a built-in name mean, such as `display`."""
    module = getattr(getattr(builtins, name, None), "__module__", "") or ""
    return _DISPLAY if name == "display" and module.startswith("IPython.") else None


def refusal(reader: Reader) -> str:
    """Say what to do with a function that uses the shell of the notebook."""
    used, instead = _used(reader.text)
    return (
        f"`{used}`, used by {reader.place(NAME)}, is there only in the notebook's own process: "
        f"{instead}, or use `--backend thread`"
    )


def _used(source: str) -> tuple[str, str]:
    """Name the first use of the shell as it was typed, and what to type instead."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    for call in calls:
        method = call.func
        if not isinstance(method, ast.Attribute) or not isinstance(method.value, ast.Call):
            continue
        if getattr(method.value.func, "id", "") != NAME:
            continue
        first = str(getattr(call.args[0], "value", "")) if call.args else ""
        if method.attr in _SHELL:
            return f"!{first}", f"call `subprocess.run({first!r}, shell=True)`"
        if method.attr in _MAGICS:
            return f"%{first}", "leave it out of the function"
    return f"{NAME}()", "leave it out of the function"
