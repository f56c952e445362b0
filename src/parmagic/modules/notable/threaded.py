"""Whether code may call what uses several threads: products of matrices, and what is made of them.

In worker processes numerical libraries have fewer threads (see `run.workers.libraries`), so that
such a call takes longer there than in the notebook.
"""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from parmagic.modules.codes import CODES, nested
from parmagic.modules.reach import Piece

# Of numpy, and of arrays: what BLAS or LAPACK does; not sorting, sums, or what is done by element.
_CALLS = frozenset(
    (
        *("dot", "vdot", "inner", "matmul", "matvec", "vecmat", "tensordot", "einsum", "linalg"),
        *("multi_dot", "cov", "corrcoef", "polyfit", "matrix_power"),
    )
)
_ARRAYS = ("numpy", "scipy", "pandas")  # modules whose objects have these calls
# Packages that do their work with threads whose number the environment limits.
_PACKAGES = frozenset(
    (*("sklearn", "statsmodels", "torch", "tensorflow", "jax", "numexpr"), *("lightgbm", "xgboost"))
)


def may_thread(starts: Iterable[Any], found: Iterable[Piece]) -> bool:
    """Tell whether calls, or the code that they run, use a numerical library that has threads."""
    if any(map(_is_threaded, starts)):
        return True
    arrays = any(name in sys.modules for name in _ARRAYS)
    return any(_may(piece, arrays=arrays) for piece in found)


def _may(piece: Piece, *, arrays: bool) -> bool:
    if _PACKAGES & piece.names or any(map(_is_threaded, piece.values.values())):
        return True
    if not (arrays or piece.names & set(_ARRAYS)):
        return False
    attributes = piece.names - piece.values.keys()  # a helper called `inner` is no product
    return bool(_CALLS & attributes) or _multiplies(piece.code)


def _is_threaded(value: Any) -> bool:
    """Tell whether a value is of such a package, or such a function of numpy.

    No attribute of an object of the user's is read: that might run code.
    """
    kind = type(value)
    if issubclass(kind, ModuleType):
        return _is_package(value.__name__)
    if _is_package(str(kind.__module__)):
        return True
    of_arrays = str(kind.__module__).partition(".")[0] in _ARRAYS and callable(value)
    if not (of_arrays or issubclass(kind, FunctionType | BuiltinFunctionType | type)):
        return False
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", "")
    if not isinstance(module, str):
        return False
    return _is_package(module) or (module.partition(".")[0] in _ARRAYS and name in _CALLS)


def _is_package(module: str) -> bool:
    return module.partition(".")[0] in _PACKAGES or ".linalg" in module


@functools.lru_cache(maxsize=CODES)
def _multiplies(code: CodeType) -> bool:
    """Tell whether code, or a function in it, has the operator `@`."""
    return any(not _OPERATORS.isdisjoint(_pairs(one)) for one in nested(code))


def _pairs(code: CodeType) -> set[tuple[int, int]]:
    return set(zip(code.co_code[::2], code.co_code[1::2], strict=True))


_BINARY = dis.opmap["BINARY_OP"]
_OPERATORS = {
    pair
    for source in ("a @ b", "a @= b")
    for pair in _pairs(compile(source, "", "exec"))
    if pair[0] == _BINARY
}
