"""Options of libraries that the notebook has set, and by which tasks compute, print and draw.

They are read of libraries that the notebook has imported, and set for those that a worker has
imported. What is not plain, such as a function, is left out: a worker would have to import more.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

Options = dict[str, Any]

_ATOMS = frozenset((int, float, complex, bool, str, bytes, type(None)))
# Of matplotlib: what workers have none of.
_OF_FRONT_END = {"backend", "backend_fallback", "interactive", "toolbar"}
_COLOURS = "axes.prop_cycle"  # an object, which may be set by its text


class _Library(NamedTuple):
    """How the options of a module are read, and how some of them are set."""

    read: Callable[[Any], Options]
    set: Callable[[Any, Options], object]


def _called(reader: str, setter: str) -> _Library:
    """Say that a module has one function that returns all, and one that takes some by name."""
    return _Library(
        lambda module: dict(getattr(module, reader)()),
        lambda module, options: getattr(module, setter)(**options),
    )


def _of_pandas(pandas: Any) -> Options:
    found: Options = {}
    waiting = [("", pandas.options.d)]  # to ask for each would warn of some
    while waiting:
        path, group = waiting.pop()
        for name, value in group.items():
            if type(value) is dict:
                waiting.append((f"{path}{name}.", value))
            else:
                found[path + name] = value
    return found


def _set_pandas(pandas: Any, options: Options) -> None:
    with warnings.catch_warnings(action="ignore"):  # the notebook has shown it
        for name, value in options.items():
            pandas.set_option(name, value)


def _set_mpmath(mpmath: Any, options: Options) -> None:
    for name, value in options.items():
        setattr(mpmath.mp, name, value)


_LIBRARIES = {
    "locale": _Library(
        lambda locale: {"all": locale.setlocale(locale.LC_ALL)},
        lambda locale, options: locale.setlocale(locale.LC_ALL, options["all"]),
    ),
    "matplotlib": _Library(
        lambda matplotlib: matplotlib.rcParams,
        lambda matplotlib, options: matplotlib.rcParams.update(options),
    ),
    "mpmath": _Library(lambda mpmath: {"prec": mpmath.mp.prec}, _set_mpmath),
    "numpy": _called("get_printoptions", "set_printoptions"),
    "pandas": _Library(_of_pandas, _set_pandas),
    "sklearn": _called("get_config", "set_config"),
    "xarray": _called("get_options", "set_options"),
}
NAMES = frozenset(_LIBRARIES)
_OF_THREADS = ("sklearn",)  # each thread has its own

# What was read last, and what of it is plain: to see that nothing has changed is faster than to
# look at each option.
_last: dict[str, tuple[Options, Options]] = {}


def options(names: Collection[str] = NAMES) -> dict[str, Options]:
    """Read the plain options of libraries that this process has imported."""
    found = {}
    for name, library in _LIBRARIES.items():
        module = sys.modules.get(name) if name in names else None
        if module is not None:
            try:  # noqa: SIM105 - this is faster
                found[name] = _plain(name, library.read(module))
            except Exception:  # noqa: BLE001, S110 - of another version, or just being imported
                pass
    return found


def _plain(name: str, read: Options) -> Options:
    last, plain = _last.get(name, ({}, {}))
    # As a dict, whatever else it is: matplotlib's would sort its names, and choose a backend.
    if not dict.__eq__(read, last):
        last = dict(dict.items(read))
        said = {key: repr(value) if key == _COLOURS else value for key, value in last.items()}
        plain = {key: said[key] for key in said.keys() - _OF_FRONT_END if _is_plain(said[key])}
        _last[name] = last, plain
    return plain


def _is_plain(value: object) -> bool:
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))  # type: ignore[call-overload]  # it is one of these
    return type(value) in _ATOMS


def follow(there: Mapping[str, Options]) -> None:
    """Set the options of this process that differ from those `there`, of what it has imported."""
    for name, here in options(there.keys()).items():
        if here == there[name]:  # as before each run, unless a task has set something
            continue
        known = {key: value for key, value in there[name].items() if key in here}
        other = {key: value for key, value in known.items() if here[key] != value}
        if other:
            with contextlib.suppress(Exception):
                _LIBRARIES[name].set(sys.modules[name], other)


@contextlib.contextmanager
def in_thread(there: Mapping[str, Options]) -> Iterator[None]:
    """Follow in what each thread has of its own, and go back in the end."""
    before = options(_OF_THREADS)
    follow({name: there[name] for name in before if name in there})
    try:
        yield
    finally:
        follow(before)
