"""How values are pickled that the standard pickle refuses, or writes so that nobody can read it."""

from __future__ import annotations

import copyreg
import sys
import types
from collections.abc import Callable
from functools import partial
from importlib import import_module
from operator import methodcaller
from struct import Struct
from types import MappingProxyType, MethodType, ModuleType
from typing import Any, ForwardRef

from parmagic.main import MAINS


def reducers() -> dict[type, Callable[[Any], Any]]:
    """Return what a pickler is to have as its `dispatch_table`."""
    found: dict[type, Callable[[Any], Any]] = {
        **copyreg.dispatch_table,
        ForwardRef: _forward,
        MappingProxyType: _read_only,
        MethodType: _method,
        ModuleType: _module,
        Struct: _packing,
        type({}.keys()): lambda view: (methodcaller("keys"), (dict.fromkeys(view),)),
        type({}.values()): lambda view: (methodcaller("values"), (dict(enumerate(view)),)),
        type({}.items()): lambda view: (methodcaller("items"), (dict(view),)),
    }
    if vectorize := getattr(sys.modules.get("numpy"), "vectorize", None):
        found[vectorize] = _vectorized
    return found


def _method(method: MethodType) -> Any:
    """Reduce a method to its function and object, if it is not found in the class by its name.

    It was given to the object alone, or a decorator without `functools.wraps` has made it.
    """
    owner, name = method.__self__, getattr(method, "__name__", "")
    own = not isinstance(owner, type) and name in getattr(owner, "__dict__", {})
    if own or getattr(owner, name, None) != method:
        return _of_types("MethodType", method.__func__, owner)
    return getattr, (owner, name)


def _module(module: ModuleType) -> Any:
    name = module.__name__
    if name in MAINS or sys.modules.get(name) is not module:
        raise TypeError("a module that was made by hand, not imported")
    return import_module, (name,)


def _of_types(name: str, *given: Any) -> Any:
    """Reduce to a call of what the module `types` has, which a pickle finds by no other name.

    It needs nothing of parmagic: an exported script reads it, too.
    """
    return methodcaller(name, *given), (types,)


def _read_only(view: MappingProxyType[Any, Any]) -> Any:
    return _of_types("MappingProxyType", dict(view))


def _packing(value: Struct) -> Any:
    return Struct, (value.format,)


def _forward(reference: Any) -> Any:
    """Reduce the quoted name in `Optional["Node"]` to what it was made of, without its code."""
    return partial(
        ForwardRef,
        reference.__forward_arg__,
        is_argument=reference.__forward_is_argument__,
        module=reference.__forward_module__,
        is_class=reference.__forward_is_class__,
    ), ()


def _vectorized(value: Any) -> Any:
    """Leave out what `numpy.vectorize` has made in earlier calls, which cannot be pickled."""
    function, arguments, state = value.__reduce_ex__(2)[:3]
    return function, arguments, {**state, "_ufunc": {}}
