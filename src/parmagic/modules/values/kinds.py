"""What kind of thing a value is, as far as it matters whether tasks may change it.

Nothing is imported for it: a value can only be of a class whose module is there.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping, MutableSequence, MutableSet
from typing import Any

from parmagic.main import MAINS

# Nothing can change these.
ATOMS: frozenset[type] = frozenset((int, float, complex, bool, str, bytes, type(None)))
CONTAINERS: tuple[type, ...] = (MutableSequence, MutableMapping, MutableSet)
_TABLES = (
    *("numpy.ndarray", "pandas.DataFrame", "pandas.Series"),
    *("pandas.core.frame.DataFrame", "pandas.core.series.Series"),  # before pandas 3
)
_GENERATORS = (
    "random.Random",
    "numpy.random._generator.Generator",
    "numpy.random.mtrand.RandomState",
)
_ARTISTS = ("matplotlib.artist.Artist",)
_GRAPHS = ("networkx.classes.graph.Graph",)


def is_container(value: object) -> bool:
    """Tell whether a value is a container of Python's own that can be changed.

    What is put into one of another class may go to a file or to a server.
    """
    own = type(value).__module__ in ("builtins", "collections")
    return own and isinstance(value, CONTAINERS)


def is_table(value: object) -> bool:
    """Tell whether a value is an array or a frame, or of a class made of these."""
    return _is_one_of(type(value), _TABLES)


def is_generator(value: object) -> bool:
    """Tell whether a value is a generator of random numbers."""
    return _is_one_of(type(value), _GENERATORS)


def is_artist(value: object) -> bool:
    """Tell whether a value is one of the axes, figures and lines of matplotlib."""
    return _is_one_of(type(value), _ARTISTS)


def holds_artists(value: Any, depth: int = 2) -> bool:
    """Tell whether a value is an artist, or begins with one, as what `plt.subplots(2, 2)` gives."""
    if is_artist(value) or not depth:
        return is_artist(value)
    first, kind = None, type(value)
    if kind in (list, tuple) and value:
        first = value[0]
    elif kind is dict:
        first = next(iter(value.values()), None)
    elif _is_one_of(kind, ("numpy.ndarray",)) and value.dtype == object and value.size:
        first = value.flat[0]
    return holds_artists(first, depth - 1)


def is_graph(value: object) -> bool:
    """Tell whether a value is a graph of networkx."""
    return _is_one_of(type(value), _GRAPHS)


def is_own_object(value: object) -> bool:
    """Tell whether a value is an instance of a class of the notebook."""
    return type(value).__module__ in MAINS


def _is_one_of(kind: type, names: Collection[str]) -> bool:
    return any(_name_of(one) in names for one in kind.__mro__)


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
