"""What Python's own exceptions say of the name that was missing, and their pickles leave out.

By it Python asks whether another name was meant.
"""

from __future__ import annotations

import contextlib
import io
import pickle

from parmagic.run.workers.raised import set_field

_LONGEST = 100_000  # bytes of a pickle: a table that has no such column may be of gigabytes
_NAMES = ("name", "obj", "name_from", "path")


def missing_of(error: BaseException) -> tuple[tuple[str, bytes], ...]:
    """Pickle what an exception has of it, and what of that can be, each by its name."""
    if not isinstance(error, NameError | AttributeError | ImportError):
        return ()
    from parmagic.modules.values.reducers import reducers  # here: few tasks come to this

    found = []
    for name in _NAMES:
        with contextlib.suppress(BaseException):  # as of `_survives`: of what does not, nothing
            value = getattr(error, name)
            file = _Bounded()
            pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
            pickler.dispatch_table = reducers()  # or modules could not
            pickler.dump(value)
            pickle.loads(file.getvalue())
            found.append((name, file.getvalue()))
    return tuple(found)


def set_missing(error: BaseException, found: tuple[tuple[str, bytes], ...]) -> None:
    """Give it to an exception that was made again without it."""
    for name, pickled in found:
        with contextlib.suppress(Exception):  # it may be unreadable here
            if getattr(error, name, None) is None:
                set_field(error, name, pickle.loads(pickled))


class _Bounded(io.BytesIO):
    def write(self, data: bytes) -> int:  # type: ignore[override]  # a pickler writes bytes
        if self.tell() + len(data) > _LONGEST:
            raise ValueError
        return super().write(data)
