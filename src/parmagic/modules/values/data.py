"""What travels beside a module file: values, pickled by the standard library."""

from __future__ import annotations

import io
import math
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CellType, FunctionType, ModuleType
from typing import Any

from parmagic.main import MAINS
from parmagic.modules.beside import named
from parmagic.modules.definitions.wrapped import CACHED
from parmagic.modules.values import made
from parmagic.modules.values.buffers import Collector
from parmagic.modules.values.kinds import ATOMS
from parmagic.modules.values.reducers import reducers

LITERAL_LENGTH = 200  # characters; a longer constant would make the module file unreadable
_ITERATORS = ("builtins", "itertools")  # modules whose iterators the standard pickle copies

# Gives an object a name in the module file, if it can have one.
Define = Callable[[Any], str | None]


class Recorder(pickle.Pickler):
    """A pickler that notes which definitions of `__main__` its pickle refers to.

    In what is `common` to all tasks it refuses iterators. The standard pickle copies them, so each
    worker would take the same items.
    """

    def __init__(self, names: set[str], define: Define, *, common: bool) -> None:
        # Buffers go out of band and are dropped: a large array costs nothing here.
        super().__init__(
            io.BytesIO(), pickle.HIGHEST_PROTOCOL, buffer_callback=lambda _buffer: None
        )
        self.dispatch_table = reducers()
        self._names = names
        self._define = define
        self._common = common

    def reducer_override(self, obj: Any) -> Any:
        """Note a class or function of the notebook; pickle everything as usual."""
        if self._common and is_iterator(obj):
            raise TypeError("workers cannot share an iterator")
        own = name = name_in_pickles(obj)
        if own is None and isinstance(obj, FunctionType | type | CACHED):
            # A lambda, a closure, a class that was defined again.
            name = None if importable_from(obj) else self._define(obj)
        if name is None:
            return NotImplemented
        self._names.add(name.partition(".")[0])
        return NotImplemented if own else (named, (name,))


class Renamer(pickle.Pickler):
    """A pickler that refers to some objects by the names they have in a module file."""

    def __init__(
        self, file: io.BytesIO, collector: Collector | None, names: Mapping[int, str]
    ) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL, buffer_callback=collector)
        self.dispatch_table = reducers()
        self._private = names

    def reducer_override(self, obj: Any) -> Any:
        """Refer to an object that the standard pickle would not find by its own name."""
        name = self._private.get(id(obj))
        return NotImplemented if name is None else (named, (name,))


class Returner(Renamer):
    """A pickler of what a task returns: also of functions that it has made."""

    def reducer_override(self, obj: Any) -> Any:
        """Take apart a function that has no name by which it could be found."""
        reduced = super().reducer_override(obj)
        if reduced is not NotImplemented:
            return reduced
        if type(obj) is CellType:
            return made.variable, ()
        if type(obj) is not FunctionType or name_in_pickles(obj) or importable_from(obj):
            return NotImplemented
        return made.take_apart(obj) or NotImplemented


def is_iterator(value: object) -> bool:
    """Tell whether a value is one of Python's own iterators, which reading uses up."""
    return type(value).__module__ in _ITERATORS and isinstance(value, Iterator)


def told(value: object, attribute: str) -> Any:
    """Return an attribute; None if there is none, or if a `__getattr__` raises something else.

    That of a `dict` whose items are its attributes may raise KeyError.
    """
    try:
        return getattr(value, attribute, None)
    except Exception:  # noqa: BLE001 - it is the user's: it may raise anything
        return None


def name_in_pickles(value: Any) -> str | None:
    """Return the name by which a pickle refers to an object of `__main__`; None if by none."""
    if getattr(value, "__module__", None) not in MAINS:
        return None
    name = told(value, "__qualname__")
    if not isinstance(name, str):
        kind: Any = type(value)  # a type variable, or what says so itself
        if kind.__reduce__ is object.__reduce__ and kind.__reduce_ex__ is object.__reduce_ex__:
            return None
        try:
            name = value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        except Exception:  # noqa: BLE001 - the class is the user's: it may raise anything
            return None
        if not isinstance(name, str):
            return None
    elif not callable(value):
        return None
    found: Any = sys.modules["__main__"]
    for part in name.split("."):
        found = getattr(found, part, None)
    return name if found is value else None


def references(
    value: object, define: Define = lambda _: None, *, common: bool = True
) -> frozenset[str]:
    """Return the names of `__main__` that a pickle of `value` refers to.

    `value` is `common` to all tasks, or one task's own. Raises whatever the standard pickle raises
    if it cannot be pickled; `define` may give names to what the standard pickle finds by none.
    """
    names: set[str] = set()
    Recorder(names, define, common=common).dump(value)
    return frozenset(names)


def made_here(value: object) -> tuple[frozenset[str], list[Any]]:
    """Return what one task's own value refers to: names of `__main__`, and objects without one.

    The latter are lambdas, closures, and classes that functions make. Raises what the pickle
    raises.
    """
    names: set[str] = set()
    found: list[Any] = []

    def note(one: Any) -> str:
        found.append(one)
        return ""

    Recorder(names, note, common=False).dump(value)
    return frozenset(names - {""}), found


def dump(
    values: list[Any], private: Mapping[int, str], *, returned: bool = False
) -> tuple[bytes, Collector]:
    """Pickle `values` one after another, so that what they share stays one object.

    Large buffers are kept back, in the collector. `private` has names of objects, by identity. In
    what a task has `returned`, functions go as their code.
    """
    file = io.BytesIO()
    collector = Collector()
    pickler: pickle.Pickler
    if returned:
        pickler = Returner(file, collector, private)
    elif private:
        pickler = Renamer(file, collector, private)
    else:
        pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL, buffer_callback=collector)
        pickler.dispatch_table = reducers()
    for value in values:
        before = file.tell()
        pickler.dump(value)
        collector.end_value(file.tell() - before)
    return file.getvalue(), collector


def loads(data: bytes, buffers: Sequence[memoryview], objects: Mapping[str, Any]) -> Any:
    """Unpickle what refers to objects by the names that a module file has for them.

    What is not among `objects` has the same name in the notebook.
    """

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) == (named.__module__, named.__name__):
                return lambda own: objects[own] if own in objects else named(own)
            return super().find_class(module, name)

    return Unpickler(io.BytesIO(data), buffers=buffers).load()


def pickled(
    value: object, collector: Collector, on_reference: Callable[[set[str]], object]
) -> bytes:
    """Pickle `value`, and report the names of `__main__` that it refers to, if any."""
    plain = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL, buffer_callback=collector)
    if b"_main__" in plain:  # which is rare: looking takes longer
        on_reference(set(references(value, common=False)))
    return plain


def is_literal(value: object) -> bool:
    """Tell whether `value` can stand in a module file as it is printed."""
    if type(value) is tuple:
        return all(is_literal(item) for item in value) and len(repr(value)) <= LITERAL_LENGTH
    if type(value) not in ATOMS:
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, complex):
        parts = value.real, value.imag
        if not all(map(math.isfinite, parts)) or "-0.0" in map(repr, parts):
            return False  # `-1-0j` is a subtraction, which loses the sign of the zero
    if isinstance(value, int) and value.bit_length() > 4 * LITERAL_LENGTH:
        return False
    return len(repr(value)) <= LITERAL_LENGTH


def importable_from(value: object, name: str = "") -> str | None:
    """Name the module from which `value`, a class or function, can be imported; None if none.

    Some other objects, such as `dataclasses.KW_ONLY`, are found as `name` where their class is.
    """
    qualname = own_name(value)
    module = getattr(value, "__module__", None)
    own = qualname or name
    if not own or not isinstance(module, str) or module in MAINS:
        return None
    if module in ("builtins", "") and not qualname:
        return None
    return module if getattr(sys.modules.get(module), own, None) is value else None


def own_name(value: object) -> str:
    """Return the name that a value has in its module, as it says itself; "" if it has none.

    Functions of Boost for C++ have a `__name__` only.
    """
    for attribute in ("__qualname__", "__name__"):
        if isinstance(found := told(value, attribute), str):
            return found
    return ""


def is_named_tuple(kind: type) -> bool:
    """Tell whether `namedtuple(...)` itself has made a class."""
    return kind.__bases__ == (tuple,) and "_field_defaults" in vars(kind)


def is_of_rows(kind: type) -> bool:
    """Tell whether a named tuple of a library is in no module: pandas makes one for each frame."""
    if kind.__module__ in MAINS or not is_named_tuple(kind):
        return False
    return not hasattr(sys.modules.get(kind.__module__), kind.__qualname__)


def home_of_method(value: object) -> tuple[str, str] | None:
    """Name the module and its attribute that is the bound method `value`; None if none is.

    `random.randint` is one, of an object that the module keeps to itself. A pickle of it would hold
    a copy of that object: every worker would draw the same numbers.
    """
    owner, name = told(value, "__self__"), told(value, "__name__")
    if owner is None or isinstance(owner, ModuleType | type) or not isinstance(name, str):
        return None
    for module in (getattr(value, "__module__", None), type(owner).__module__):
        if not isinstance(module, str) or module in MAINS:
            continue
        if getattr(sys.modules.get(module), name, None) is value:
            return module, name
    return None
