"""Large buffers travel in files in memory: one copy, which every worker maps.

Pickle protocol 5 hands the contents of arrays over separately. Those of a megabyte and more are
written side by side into one file, and only its name goes through a pipe. A worker maps the file
copy-on-write, so a task may write to its arrays, and nobody else sees it.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import pickle
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

_Piece = TypeVar("_Piece")
LARGE = 1_000_000  # bytes; smaller buffers travel inside the pickle
PAGE = 4096  # bytes; buffers begin at multiples of it
STEP = 1 << 20  # bytes compared or written at a time
PARALLEL = 32 << 20  # bytes from which two threads copy: one does not fill the memory's bandwidth
MANY = 10_000  # bytes of a pickle that may hold many objects
Loads = Callable[[bytes, Sequence[memoryview]], Any]  # unpickles, with the buffers beside
MARGIN = 64 << 20  # bytes of a folder in memory that are left to others
MAPS = 64  # that hold a file number each, of which a process may have only 256 (macOS)

# Before Python 3.13, a map keeps the number of its file as long as it lives.
_holding: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


class Parcel(NamedTuple):
    """A pickle, and where its large buffers lie: a file, and offset and size of each."""

    pickle: bytes
    path: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    version: int = 0  # counts the contents that the file has had
    inside: tuple[bytes, ...] = ()  # or the buffers themselves, where no folder has room for them

    @property
    def size(self) -> int:
        """All its bytes, those of large buffers too."""
        if not self.spans and not self.inside:
            return len(self.pickle)
        large = (*(size for _, size in self.spans), *map(len, self.inside))
        return len(self.pickle) + sum(large)


class Collector:
    """Takes large buffers out of a pickle while it is made: a `buffer_callback`."""

    def __init__(self) -> None:
        self.views: list[memoryview] = []
        self.sizes: list[tuple[int, int]] = []  # of each value: bytes in the pickle, and beside it
        self._ended = 0

    def __call__(self, buffer: pickle.PickleBuffer) -> bool:
        """Keep the buffer back if it is large; True if it shall stay in the pickle."""
        try:
            view = buffer.raw()
        except BufferError:  # not contiguous
            return True
        if view.nbytes < LARGE or not hasattr(os, "pwrite"):  # as on Windows
            return True
        self.views.append(view)
        return False

    def end_value(self, inside: int) -> None:
        """Note the size of the value that was pickled last, into `inside` bytes and our views."""
        beside = sum(view.nbytes for view in self.views[self._ended :])
        self._ended = len(self.views)
        self.sizes.append((inside, beside))

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where the buffers go in a file."""
        sizes = [view.nbytes for view in self.views]
        ends = accumulate(-(-size // PAGE) * PAGE for size in sizes)
        return tuple(zip((0, *ends), sizes, strict=False))


def wrap(value: object, folders: Sequence[str]) -> Parcel:
    """Pickle `value`; its large buffers go into a new file in the first folder with room."""
    collector = Collector()
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL, buffer_callback=collector)
    return parcel_of(data, collector, folders)


def parcel_of(data: bytes, collector: Collector, folders: Sequence[str]) -> Parcel:
    """Make a parcel of a pickle and the buffers that were kept back from it."""
    if not collector.views:
        return Parcel(data)
    spans = collector.spans
    path, size = "", sum(spans[-1])
    try:
        path, descriptor = _new_file(size, folders)
        try:
            os.truncate(descriptor, size)
            _write(descriptor, collector.views, spans)
        finally:
            os.close(descriptor)
    except BaseException as error:  # an interrupt, too: it may take long to write
        discard(Parcel(data, path))
        if not isinstance(error, OSError):
            raise
        return Parcel(data, inside=tuple(map(bytes, collector.views)))
    return Parcel(data, path, spans)


def views_of(parcel: Parcel, access: int = mmap.ACCESS_COPY) -> list[memoryview]:
    """Map the file of a parcel, and return a view of each buffer.

    As a rule, writing to a view changes it only here.
    """
    if not parcel.path:
        return [memoryview(bytearray(buffer)) for buffer in parcel.inside]
    descriptor = os.open(parcel.path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        whole = memoryview(_map(descriptor, sum(parcel.spans[-1]), access))
    finally:
        os.close(descriptor)
    return [whole[start : start + size] for start, size in parcel.spans]


def _map(descriptor: int, size: int, access: int) -> mmap.mmap:
    if sys.version_info >= (3, 13):
        return mmap.mmap(descriptor, size, access=access, trackfd=False)
    mapping = mmap.mmap(descriptor, size, access=access)
    _holding.add(mapping)
    return mapping


def _taken_over(parcel: Parcel) -> list[memoryview]:
    """Return views of the buffers of a parcel that nobody else will use."""
    if not parcel.path or len(_holding) < MAPS:
        return views_of(parcel, mmap.ACCESS_WRITE)
    contents = memoryview(bytearray(sum(parcel.spans[-1])))
    with open(parcel.path, "rb") as file:  # noqa: PTH123 - pathlib takes a worker 3 ms to import
        file.readinto(contents)
    return [contents[start : start + size] for start, size in parcel.spans]


def receive(parcel: Parcel, loads: Loads | None = None) -> Any:
    """Unpickle a parcel that was made for us alone, and take its file over.

    By `loads`, if given, instead of the usual.
    """
    if loads is None and not parcel.path and not parcel.inside and len(parcel.pickle) < MANY:
        return pickle.loads(parcel.pickle)
    with no_collection() if len(parcel.pickle) > MANY else contextlib.nullcontext():
        try:
            views = _taken_over(parcel)
        finally:
            discard(parcel)
        if loads is not None:
            return loads(parcel.pickle, views)
        return pickle.loads(parcel.pickle, buffers=views)


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Look for no garbage while many objects are made: there is none among them."""
    if not gc.isenabled():
        yield
        return
    try:
        gc.disable()  # in here: an interrupt may come as soon as it has been called
        yield
    finally:
        gc.enable()


def discard(parcel: Parcel) -> None:
    """Remove the file of a parcel; the memory is free when nobody maps it any more."""
    if parcel.path:
        with contextlib.suppress(OSError):
            os.unlink(parcel.path)  # noqa: PTH108 - pathlib takes a worker 3 ms to import


def _write(descriptor: int, views: Sequence[memoryview], spans: Sequence[tuple[int, int]]) -> None:
    """Write buffers into a file, several at a time if they are many megabytes."""
    pieces = [
        (view[start : start + STEP], offset + start)
        for view, (offset, size) in zip(views, spans, strict=True)
        for start in range(0, size, STEP)
    ]
    _share_out(pieces, lambda piece: _write_piece(descriptor, *piece))


def same(there: Sequence[memoryview], views: Sequence[memoryview]) -> bool:
    """Tell whether buffers have the same contents; False if it would take long to say.

    Only numpy compares fast; where there are large buffers, it usually is there.
    """
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return False
    differ: list[bool] = []

    def compare(pair: tuple[memoryview, memoryview]) -> None:
        if not differ:
            kind = "u8" if pair[0].nbytes % 8 == 0 else "u1"
            arrays = [numpy.frombuffer(one, kind) for one in pair]
            if not numpy.array_equal(*arrays):
                differ.append(True)

    _share_out(_pairs(there, views), compare)
    return not differ


def copy(there: Sequence[memoryview], views: Sequence[memoryview]) -> None:
    """Copy the contents of buffers into others of the same sizes."""
    numpy = sys.modules.get("numpy")

    def copy_piece(pair: tuple[memoryview, memoryview]) -> None:
        to, source = pair
        if numpy is None:
            to[:] = source
        else:  # it lets the other thread copy at the same time
            numpy.copyto(numpy.frombuffer(to, "u1"), numpy.frombuffer(source, "u1"))

    _share_out(_pairs(there, views), copy_piece)


def _pairs(
    there: Sequence[memoryview], views: Sequence[memoryview]
) -> list[tuple[memoryview, memoryview]]:
    return [
        (other[start : start + STEP], view[start : start + STEP])
        for other, view in zip(there, views, strict=True)
        for start in range(0, view.nbytes, STEP)
    ]


def _share_out(pieces: Sequence[_Piece], work: Callable[[_Piece], object]) -> None:
    if len(pieces) * STEP < PARALLEL:
        for piece in pieces:
            work(piece)
        return
    shared = iter(pieces)
    lock = threading.Lock()
    errors: list[Exception] = []
    over = False

    def take_turns() -> None:
        while not over:
            with lock:
                piece = next(shared, None)
            if piece is None:
                return
            work(piece)

    def help_out() -> None:
        try:
            take_turns()
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            errors.append(error)

    helper = threading.Thread(target=help_out)
    with contextlib.suppress(RuntimeError):  # no more threads are to be had
        helper.start()
    try:
        take_turns()
    finally:
        # After an interrupt, the file is closed: then its number may be that of another file.
        over = True
        if helper.ident is not None:
            helper.join()
    if errors:
        raise errors[0]


def _write_piece(descriptor: int, data: memoryview, offset: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written


def _new_file(size: int, folders: Sequence[str]) -> tuple[str, int]:
    """Create a file in the first of the folders that has room for `size` bytes."""
    for folder in folders:
        last = folder == folders[-1]
        if not last and not _has_room(folder, size):
            continue
        path = f"{folder}/buffers-{os.getpid()}-{os.urandom(8).hex()}"  # of interpreters, too
        return path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    raise FileNotFoundError("no folder for large buffers")


def _has_room(folder: str, size: int) -> bool:
    try:
        found = os.statvfs(folder)
    except (OSError, AttributeError):
        return False
    return found.f_bavail * found.f_frsize > size + min(MARGIN, size)
