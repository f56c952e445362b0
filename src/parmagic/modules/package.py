"""A package is all that a worker must have before its first task: a module file and its data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from parmagic import cells
from parmagic.errors import TravelError
from parmagic.modules import kept, shelf
from parmagic.modules.beside import keep_pickles
from parmagic.modules.definitions.definition import Definition
from parmagic.modules.finder import Finder
from parmagic.modules.folder import buffer_folders
from parmagic.modules.module_file import ModuleFile
from parmagic.modules.needs import Needs, Reader, private_name, shown_name, word
from parmagic.modules.notable.changes import Changeable, changeable
from parmagic.modules.notable.remarks import large, remarks_on
from parmagic.modules.own_modules import stamps
from parmagic.modules.text import ENTRY, ModuleText, write
from parmagic.modules.values import data
from parmagic.modules.values.buffers import LARGE, Parcel, no_collection
from parmagic.modules.written import hold, write_text


@dataclass(frozen=True, eq=False)
class Package:
    """A module file on disk, and the pickled values it reads."""

    key: str  # the same for the same code and the same data
    path: Path
    names: tuple[str, ...]  # of the pickled values, in the order of the pickles
    data: Parcel
    text: ModuleText
    changeable: Changeable = field(default_factory=Changeable)  # names of values that are
    sizes: tuple[tuple[int, int], ...] = ()  # of each value: bytes that are copied, and shared
    private: Mapping[int, str] = field(default_factory=dict)  # names of objects, by identity
    replaced: Mapping[type, tuple[type, str]] = field(default_factory=dict)  # see `Needs`
    objects: Mapping[str, Any] = field(default_factory=dict)  # that have the private names

    def loads(self, pickled: bytes, buffers: Sequence[memoryview]) -> Any:
        """Unpickle what a task returned."""
        return data.loads(pickled, buffers, self.objects)

    @cached_property
    def file(self) -> ModuleFile:
        """What the record of a run keeps of the module file; its data only if they are small."""
        data, text = self.data, self.text
        small = not (data.spans or data.inside) and len(data.pickle) < LARGE
        pickles = data.pickle if small else None
        place = partial(keep_pickles, str(self.path), self.names, pickles)
        filenames = dict.fromkeys(span.definition.filename for span in text.spans)
        names = tuple(map(cells.label, filenames))
        file = ModuleFile(text.text, names, place, partial(_labelled, text))
        hold(self.path, file)
        return file

    def remarks(self, workers: int) -> Iterator[str]:
        """Yield what is to be said before this goes to workers, a line each."""
        for name, (copied, shared) in zip(self.names, self.sizes, strict=True):
            yield from large(shown_name(name), copied, shared, workers)
        yield from self._remarks

    @cached_property
    def _remarks(self) -> tuple[str, ...]:
        return tuple(remarks_on(self.text, self.changeable))


class Entry(NamedTuple):
    """The code that runs one task, as the plan gives it."""

    code: str  # as a person would call it
    filename: str  # the cell that asked for it
    line: int
    parameters: tuple[str, ...] = ()
    expression: str | None = None  # a Python expression of the parameters
    source: str = ""  # or: the whole function, each line as far below `line` as in the cell
    value: Any = None  # or: any callable
    functions: tuple[str, ...] = ()  # names that the arguments choose from
    local: Mapping[str, Any] | None = None  # names of an enclosing function that it reads

    def definition(self) -> Definition:
        """Write the expression as the function `__task__` of a module file."""
        if self.source:
            return Definition(ENTRY, self.source, self.filename, self.line, whole=True)
        bound = [f"{name}={name}" for name in self.local or ()]
        parameters = ", ".join([*self.parameters, *bound])
        text = f"def {ENTRY}({parameters}):\n    return (\n{self.expression}\n)\n"
        return Definition(ENTRY, text, self.filename, self.line)


class Packer:
    """Makes packages for one entry: again, with more in it, when the arguments need more."""

    def __init__(self, entry: Entry, namespace: Mapping[str, Any]) -> None:
        self._entry = entry
        self._namespace = {**namespace, **(entry.local or {}), _own_name(entry): entry.value}
        self._also: set[str] = set()
        self._objects: list[Any] = []  # in arguments, without a name in the notebook
        self._latest: Package | None = None
        self.files: dict[Path, ModuleFile] = {}  # that were written for the entry

    @property
    def code(self) -> str:
        """What runs a task, as a person would call it."""
        return self._entry.code

    @property
    def place(self) -> tuple[str, int]:
        """The file name and the line of the cell that asked for the tasks."""
        return self._entry.filename, self._entry.line

    def pack(self) -> Package:
        """Find the needs of the entry and write them; TravelError names what cannot travel."""
        package = _package(*self._text())
        self.files[package.path] = package.file
        self._latest = package
        return package

    def _text(self) -> tuple[ModuleText, Needs]:
        """Return the text of the module file, and what is needed beside it."""
        entry = self._entry
        key: tuple[object, ...]
        key = (entry.code, id(entry.value), entry.functions, frozenset(self._also))
        if written := entry.source or entry.expression:  # a piece of its cell, whose lines it names
            key += (written, entry.filename, entry.line, entry.parameters, *(entry.local or ()))
        text = None if self._objects else kept.find(key, self._namespace)
        if text is not None:
            return text, Needs(data={name: self._namespace[name] for name in text.data})
        with no_collection():  # of syntax trees
            finder, start = self.found()
            text = write(finder.needs, start)
        if not self._objects:
            kept.keep(key, text, finder)
        return text, finder.needs

    def found(self) -> tuple[Finder, Definition | str]:
        """Find the needs of the entry, and what the entry is in the module file."""
        entry = self._entry
        finder = Finder(self._namespace)
        start: Definition | str
        if entry.source or entry.expression:
            start = entry.definition()
            fixed = not start.whole
            reader = Reader(entry.code, start.text, entry.filename, entry.line, fixed)
            finder.read(reader)
        else:
            reader = Reader(entry.code, "", entry.filename, entry.line)
            start = self._name()
            finder.add(start, reader)
        finder.add_all({*entry.functions, *self._also}, reader)
        for one in self._objects:
            finder.define(one, None, reader)
        return finder, start

    def include(self, names: Iterable[str], objects: Iterable[Any] = ()) -> Package | None:
        """Pack again, with what the arguments' pickles refer to; None if that is there already.

        Raises TravelError if some of it cannot travel: it is left out again then.
        """
        before = self._also, self._objects
        there = set(map(id, self._objects))
        more = [one for one in objects if id(one) not in there]
        if not more and self._also.issuperset(names):
            return None
        self._also, self._objects = self._also.union(names), [*self._objects, *more]
        try:
            return self.pack()
        except TravelError:
            self._also, self._objects = before
            raise

    def private(self, names: Iterable[str], objects: Iterable[Any]) -> Mapping[int, str]:
        """Return the names that objects without one have in the file, with what is included."""
        return (self.include(names, objects) or self._latest or self.pack()).private

    def _name(self) -> str:
        """Find the name that the notebook has for a callable: its source is found by that name."""
        entry, namespace = self._entry, self._namespace
        if namespace.get(entry.code) is entry.value:
            return entry.code
        held = (name for name, value in list(namespace.items()) if value is entry.value)
        return next((name for name in held if not name.startswith("_")), _own_name(entry))


def _labelled(text: ModuleText, line: int) -> tuple[str, int] | None:
    place = text.origin(line)
    return None if place is None else (cells.label(place[0]), place[1])


def _own_name(entry: Entry) -> str:
    """Return a name in the module file for a callable that has none in the notebook."""
    return private_name(word(entry.code), 0)


def _package(made_of: ModuleText, needs: Needs) -> Package:
    values, private = [needs.data[name] for name in made_of.data], needs.private
    code_alone = not values and not private
    if code_alone and (same := kept.package(made_of)):
        return same
    path, text = write_text(made_of)
    pickles, collector = data.dump(values, private)
    objects = {private[id(one)]: one for one in needs.objects if id(one) in private}
    with shelf.lock:  # from here on nobody may change the file, until it is lent to the package
        parcel = shelf.put(pickles, collector, buffer_folders() if collector.views else ())
        package = Package(
            *(_key(path, pickles, parcel), path, text.data, parcel, text),
            changeable=changeable(text.data, values),
            sizes=tuple(collector.sizes),
            private=private,
            replaced=needs.replaced,
            objects=objects,
        )
        shelf.lend(package, parcel)
    if code_alone:
        kept.keep_package(made_of, package)
    return package


def _key(path: Path, pickles: bytes, parcel: Parcel) -> str:
    # An edited module of the user's makes another package of the same text: it is imported anew.
    digest = hashlib.blake2b(pickles + repr(stamps()).encode(), digest_size=8).hexdigest()
    return f"{path}-{digest}-{PurePath(parcel.path).name}.{parcel.version}"
