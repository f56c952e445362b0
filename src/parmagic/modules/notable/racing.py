"""Where a function changes what all threads share by its old value, which another may change first.

    old = counter
    result = compute(x)
    counter = old + result

What has a variable of the function in it, such as `found[x]`, is left out: each thread may have
another. With the GIL, a call must stand between the reading and the writing: there others run.
"""

from __future__ import annotations

import ast
import dis
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from types import CodeType

from parmagic import cells
from parmagic.modules.bound import named_in, own_names
from parmagic.modules.codes import CODES
from parmagic.modules.source import Def, find_function

_STORING = {dis.opmap[name] for name in ("STORE_GLOBAL", "STORE_SUBSCR", "STORE_ATTR")}


@lru_cache(maxsize=CODES)
def race_in(code: CodeType, *, gil: bool) -> str:
    """Say where threads that run a function may lose a change; "" where none is seen.

    None is seen in a function that holds a lock, as by `with lock:`.
    """
    if _STORING.isdisjoint(code.co_code[::2]):
        return ""
    found = find_function(code)
    if found is None or not isinstance(found.node, Def):
        return ""
    nodes = list(ast.walk(found.node))
    if any(isinstance(one, ast.With) or getattr(one, "attr", "") == "acquire" for one in nodes):
        return ""
    lines = [one.lineno for one in nodes if isinstance(one, ast.Call)] if gil else None
    changed = _changed(nodes, lines)
    if changed is None:
        return ""
    place = f"`{code.co_name}` in {cells.label(code.co_filename)} line {changed.lineno}"
    name = ast.unparse(_target(changed))
    return (
        f"`{name}`, changed by {place}, may lose changes: another thread may change it after it is "
        "read, and before it is assigned: return what is to be added, or hold a lock meanwhile"
    )


def _changed(
    nodes: Sequence[ast.AST], calls: Sequence[int] | None
) -> ast.Assign | ast.AugAssign | None:
    """Find the first statement that assigns what was read before a call; `calls` are their lines.

    Without these, no call is needed.
    """
    outer = {name for one in nodes if isinstance(one, ast.Global) for name in one.names}
    own = own_names(nodes) - outer
    read: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)  # by the variable it is in
    statements = [one for one in nodes if isinstance(one, ast.Assign | ast.AugAssign)]
    for one in sorted(statements, key=lambda one: one.lineno):
        target, value = _target(one), one.value
        parts = {ast.unparse(part): one.lineno for part in ast.walk(value) if _is_place(part)}
        place = ast.unparse(target)
        shared = _is_place(target) and own.isdisjoint(named_in(target))
        if not shared:
            read[place] += parts.items()
            continue
        since = [line for name in parts for old, line in read.get(name, ()) if old == place]
        if isinstance(one, ast.AugAssign) or place in parts:
            since.append(one.lineno)
        last = one.end_lineno or one.lineno
        if since and (calls is None or any(min(since) <= line <= last for line in calls)):
            return one
    return None


def _target(one: ast.Assign | ast.AugAssign) -> ast.expr:
    return one.targets[0] if isinstance(one, ast.Assign) else one.target


def _is_place(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
