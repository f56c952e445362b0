"""Exceptions on their way from a worker to the notebook: taken apart there, put together here."""

from __future__ import annotations

import contextlib
import io
import pickle
import traceback
from collections.abc import Callable, Iterator
from types import CodeType, TracebackType
from typing import Any, NamedTuple

from parmagic.errors import TravelError
from parmagic.here import PACKAGE
from parmagic.main import MAINS
from parmagic.run.workers.frames import Frame, Shown, traceback_of
from parmagic.run.workers.raised import notes_of, set_field, set_traceback
from parmagic.short import Short

DEEP = 20  # frames of a traceback, the innermost, whose variables are sent
MANY = 50  # variables of a frame that are sent
_PLAIN = (int, float, complex, bool, type(None))
_short = Short(300, items=20)
_OF_MISSING = ("name", "obj", "name_from", "path")  # attributes, where a name was missing
_LARGEST = 100_000  # bytes of one: a table that has no such column may be of gigabytes


class Link(NamedTuple):
    """One exception of a chain, in parts that can always be pickled."""

    pickled: bytes | None  # the exception itself, if it survives the trip
    rebuilt: bytes | None  # else its class and arguments, if the class does
    text: str  # its class and message in words, for the rest
    attributes: bytes | None
    notes: tuple[str, ...]
    frames: tuple[Frame, ...]
    cause: int | None
    context: int | None
    suppressed: bool
    members: tuple[int, ...]  # of an exception group
    missing: tuple[tuple[str, bytes], ...]  # what it says of a missing name, pickled


def take_apart(error: BaseException) -> list[Link]:
    """Turn an exception and those it came from into links, without frames of our own files."""
    chain: list[BaseException] = [error]
    links: list[Link] = []

    def place(other: BaseException) -> int:
        for number, known in enumerate(chain):
            if known is other:
                return number
        chain.append(other)
        return len(chain) - 1

    while len(links) < len(chain):
        one = chain[len(links)]
        members = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        links.append(
            _link(one)._replace(
                cause=None if one.__cause__ is None else place(one.__cause__),
                context=None if one.__context__ is None else place(one.__context__),
                members=tuple(map(place, members)),
            )
        )
    return links


def _link(error: BaseException) -> Link:
    places = [one for one in _places(error.__traceback__) if not one.filename.startswith(PACKAGE)]
    outer = [one._replace(values=()) for one in places[:-DEEP]]
    frames = (*outer, *(one._replace(values=_values(one)) for one in places[-DEEP:]))
    group = isinstance(error, BaseExceptionGroup)  # its members travel as links of their own
    pickled = None if group else _survives(error)
    if pickled and error.args and not pickle.loads(pickled).args:
        pickled = None  # its own way of pickling loses its message
    return Link(
        pickled=pickled,
        rebuilt=None if pickled else _parts(type(error), error.args[:1] if group else error.args),
        text=_words(error),
        attributes=None if pickled else _own_attributes(error),
        notes=notes_of(error),
        frames=frames,
        cause=None,
        context=None,
        suppressed=error.__suppress_context__,
        members=(),
        missing=_missing_of(error),
    )


def _words(error: BaseException) -> str:
    """Say an exception's class and message, even where Python itself fails to say it.

    Python asks whether the exception is true, and looks for similar names where one was missing.
    """
    name = type(error).__qualname__
    with contextlib.suppress(Exception):  # the class is the user's: it may raise anything
        return "".join(traceback.format_exception_only(error)).strip()
    with contextlib.suppress(Exception):
        return f"{name}: {error}"
    return name


def _places(tb: TracebackType | None) -> Iterator[Frame]:
    while tb is not None:
        frame, code = tb.tb_frame, tb.tb_frame.f_code
        # Nobody needs the variables of libraries, and they may take long to show.
        own = frame.f_globals.get("__name__") in MAINS and code.co_name != "<module>"
        variables = tuple(frame.f_locals.items()) if own else ()
        place = code.co_filename, tb.tb_lineno, code.co_name, code.co_firstlineno
        yield Frame(*place, _arguments(code), variables, own)
        tb = tb.tb_next


def _values(frame: Frame) -> tuple[tuple[str, Any], ...]:
    """Say what the variables of a frame are, so that a debugger in the notebook can."""
    return tuple(
        (name, value if type(value) in _PLAIN else Shown(_short.repr(value)))
        for name, value in frame.values[:MANY]
        if name.isidentifier()
    )


def _arguments(code: CodeType) -> tuple[str, ...]:
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return tuple(name for name in names if name.isidentifier())  # not the `.0` of a comprehension


def _parts(kind: type[BaseException], args: tuple[Any, ...]) -> bytes | None:
    """Pickle a class and arguments; in the place of what cannot be sent, how it is shown."""
    return _survives((kind, args)) or _survives(
        (kind, tuple(one if _survives(one) else Shown(_short.repr(one)) for one in args))
    )


def _own_attributes(error: BaseException) -> bytes | None:
    """Pickle the attributes of an exception, all that can be."""
    own = {name: value for name, value in vars(error).items() if name != "__notes__"}
    return _survives(own) or _survives({name: own[name] for name in own if _survives(own[name])})


def _survives(value: object) -> bytes | None:
    """Pickle `value` if it also can be unpickled: an exception with its own `__init__` may not."""
    # A class may raise anything, by which the worker would end. Workers get no interrupts.
    with contextlib.suppress(BaseException):
        data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        pickle.loads(data)
        return data
    return None


def put_together(
    links: list[Link], origin: Callable[[Frame], Frame | None], outer: Frame | None = None
) -> BaseException:
    """Rebuild the exception that `take_apart` was given, with its class, arguments and traceback.

    `origin` leads each frame from a module file back to its cell, or leaves it out; `outer` is
    the line of the notebook that the task is called from.
    """
    errors: dict[int, BaseException] = {}

    def rebuilt(number: int) -> BaseException:
        if number not in errors:
            link = links[number]
            errors[number] = _rebuilt(link, [rebuilt(member) for member in link.members])
        return errors[number]

    for number, link in enumerate(links):
        error = rebuilt(number)
        set_field(error, "__cause__", None if link.cause is None else rebuilt(link.cause))
        set_field(error, "__context__", None if link.context is None else rebuilt(link.context))
        set_field(error, "__suppress_context__", link.suppressed)
        first = [outer] if outer and number == 0 else []
        found = [origin(Frame(*frame)) for frame in link.frames]
        set_traceback(error, traceback_of(first + [frame for frame in found if frame]))
        _set_missing(error, link.missing)
        if link.notes:
            set_field(error, "__notes__", list(link.notes))
    return errors[0]


def _rebuilt(link: Link, members: list[BaseException]) -> BaseException:
    with contextlib.suppress(Exception):
        if link.pickled is not None:
            error = pickle.loads(link.pickled)
            if isinstance(error, BaseException):
                return error
        if link.rebuilt is not None:
            kind, args = pickle.loads(link.rebuilt)
            if members:
                args = (*args, members)
            error = kind.__new__(kind, *args)  # not its __init__, which may want other arguments
            set_field(error, "args", args)
            vars(error).update(pickle.loads(link.attributes) if link.attributes else {})
            return _readable(error, link.text)
    return TravelError(f"{link.text} (an exception of a class that cannot be sent back)")


def _readable(error: BaseException, text: str) -> BaseException:
    """Have an exception say what it said in the worker, if it cannot any more."""
    try:
        str(error)
    except Exception:  # noqa: BLE001 - it may raise anything
        kind: Any = type(error)
        message = text.partition(": ")[2]
        names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
        own = {**names, "__str__": lambda _: message}
        error.__class__ = type(kind)(kind.__name__, (kind,), own)
    return error


def _missing_of(error: BaseException) -> tuple[tuple[str, bytes], ...]:
    """Pickle what Python's own exceptions say of a missing name, as far as that can be.

    By it Python asks whether another name was meant. Their own pickles leave it out.
    """
    if not isinstance(error, NameError | AttributeError | ImportError):
        return ()
    from parmagic.modules.values.reducers import reducers  # here: few tasks come to this

    found = []
    for name in _OF_MISSING:
        with contextlib.suppress(BaseException):  # as in `_survives`
            value = getattr(error, name)
            file = _Bounded()
            pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
            pickler.dispatch_table = reducers()  # or modules could not
            pickler.dump(value)
            pickle.loads(file.getvalue())
            found.append((name, file.getvalue()))
    return tuple(found)


def _set_missing(error: BaseException, found: tuple[tuple[str, bytes], ...]) -> None:
    """Give this to an exception that was made again without it."""
    for name, pickled in found:
        with contextlib.suppress(Exception):  # it may be unreadable here
            if getattr(error, name, None) is None:
                set_field(error, name, pickle.loads(pickled))


class _Bounded(io.BytesIO):
    def write(self, data: bytes) -> int:  # type: ignore[override]  # a pickler writes bytes
        if self.tell() + len(data) > _LARGEST:
            raise ValueError
        return super().write(data)
