"""Tells whether evaluating an argument may change what an earlier call reads."""

from __future__ import annotations

import ast
import fnmatch

from parmagic.plan.changing import CHANGING
from parmagic.plan.pure import Meaning, running
from parmagic.plan.targets import root_of

_BUILTINS = frozenset({"next", "print", "input", "setattr", "delattr", "exec", "eval", "open"})
_METHODS = CHANGING | {"write", "writelines", "read", "readline", "readlines", "fill", "seek"}
# Functions of libraries, by their names and by where Python has them.
_LIBRARY = """
    random.* numpy.random.* os.[!p]* posix.* nt.* shutil.* subprocess.* heapq.* _heapq.*
    bisect.insort* _bisect.insort* pickle.dump _pickle.dump json.dump
    numpy.copyto numpy.put* numpy.place numpy.fill_diagonal numpy.save* numpy.set*
"""


def may_change(node: ast.AST, meaning: Meaning) -> bool:
    """Tell whether evaluating `node` may change something; of libraries, where names say so."""
    return any(isinstance(one, ast.Call) and _changes(one, meaning) for one in running(node))


def _changes(call: ast.Call, meaning: Meaning) -> bool:
    function = call.func
    if meaning.is_own_call(call):
        return True
    if meaning.is_pure_call(call):
        return False
    path = meaning.dotted(function)
    if path is not None:
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in _LIBRARY.split())
    if isinstance(function, ast.Attribute):
        made = root_of(function) is None  # what it is a method of was made just now
        return not made and (function.attr in _METHODS or meaning.has_state(function))
    return not (isinstance(function, ast.Name) and meaning.is_builtin(function.id)) or (
        function.id in _BUILTINS
    )
