"""What was edited, replaced or changed by hand is in workers as in a plain loop."""

from __future__ import annotations

import pytest

from kernel import Notebook
from marks import on_processes

SERIAL = "[task(x) for x in [1, 2]]"


def same_after_each(notebook: Notebook, backend: str, *cells: str) -> None:
    """Run cells, the first of which defines `task`, and compare with a loop after each."""
    for cell in cells:
        notebook.do(cell)
        notebook.do(f"_found = %pmap -q -b {backend} task [1, 2]")
        assert notebook.get(f"[] if _found == {SERIAL} else repr(_found)") == [], cell


REGISTERED = """import functools
@functools.singledispatch
def kind(x): return "any"
def task(x): return kind([x]), kind(x)"""
DATA = """from dataclasses import dataclass
class Outer:
    @dataclass
    class Inner:
        n: int
        size = 3
        def get(self): return self.n + self.size
        def more(self): return 1
@dataclass
class Point:
    n: int
    def more(self): return 1
def task(x): return Outer.Inner(x).get(), hasattr(Outer.Inner, "more"), hasattr(Point, "more")"""
EDITS = {
    "the base of a class, which takes types": (
        (
            "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
            "class Base(Generic[T]):\n    def get(self): return 'first'\n"
            "class Kind(Base[int]): pass\ndef task(x): return Kind().get()"
        ),
        "class Base(Generic[T]):\n    def get(self): return 'second'",
    ),
    "what a single-dispatch function is given to register": (
        REGISTERED,
        "kind.register(list, lambda x: len(x))",
        "@kind.register\ndef _(x: int): return 'int'",
        "kind.register(list, len)",
    ),
    "a data class within a class, and what is taken from one": (
        DATA,
        "Outer.Inner.size = 4",
        "Outer.Inner.get = lambda self: 'new'",
        "del Outer.Inner.more",
        "del Point.more",
    ),
    "a list within a tuple of a class": (
        "class Kind: parts = ([1], 2)\ndef task(x): return Kind.parts",
        "Kind.parts[0].append(2)",
        "Kind.parts[0].append(3)",
    ),
    "a property that a value replaces": (
        (
            "class Kind:\n    @property\n    def size(self): return 1\n"
            "    @staticmethod\n    def get(): return 2\n"
            "kind = Kind()\ndef task(x): return kind.size, Kind.get is not None"
        ),
        "Kind.size = 5",
        "Kind.get = None",
    ),
    "the class of a descriptor": (
        (
            "class Field:\n    def __set_name__(self, owner, name): self.name = name\n"
            "    def __get__(self, one, kind): return 'first', self.name\n"
            "class Kind:\n    field = Field()\ndef task(x): return Kind().field"
        ),
        "class Field:\n    def __get__(self, one, kind): return 'second'",
    ),
    "the attributes of a member of an enumeration": (
        "import enum\nclass Kind(enum.Enum): one = 1\ndef task(x): return dict(vars(Kind.one))",
        "Kind.one.note = [1]",
        "Kind.one.note.append(2)",
        "del Kind.one.note",
    ),
    "the name of a function": (
        "def named(): pass\ndef task(x): return named.__name__, named.__qualname__",
        "named.__name__ = 'other'",
        "named.__qualname__ = 'an.other'",
    ),
}


@pytest.mark.parametrize("cells", EDITS.values(), ids=EDITS)
@on_processes
def test_what_is_changed_between_two_runs_is_seen(
    notebook: Notebook, backend: str, cells: tuple[str, ...]
) -> None:
    """On warm workers, too, which have run the same code before."""
    same_after_each(notebook, backend, *cells)


HIDDEN = "class Kind:{}\n    def __init__(self): self.__x = 1\n    def get(self): return self.__x\n"
DEFINED = {
    "private attributes of a class that was defined again": (
        HIDDEN.format("") + "old = Kind()\nclass Kind: pass\ndef task(x): return old.get()"
    ),
    "private slots of a class that was defined again": (
        HIDDEN.format("\n    __slots__ = ('__x', 'y')")
        + "old = Kind()\nclass Kind: pass\ndef task(x): return old.get()"
    ),
    "private attributes of a class under another name": (
        HIDDEN.format("") + "Other = Kind\none = Other()\ndel Kind\ndef task(x): return one.get()"
    ),
    "annotations of the future that were evaluated": (
        "from __future__ import annotations\nimport typing\ndef task(x: int) -> str:\n"
        "    return task.__annotations__['x'] is int\n"
        "task.__annotations__ = typing.get_type_hints(task)"
    ),
    "a default of a class that cannot be printed": (
        "class Kind:\n    def __repr__(self): raise ValueError\n"
        "kinds = [Kind()]\ndef task(x, of=kinds): return len(of) + x"
    ),
    "a closure that returns itself": (
        "def make():\n    def task(x): return task\n    return task\ntask = make()"
    ),
    "a metaclass that keeps classes, whose base keeps them too": (
        "class Meta(type):\n    made = {}\n    def __init__(cls, *rest):\n"
        "        super().__init__(*rest)\n        Meta.made[cls.__name__] = cls\n"
        "class Base(metaclass=Meta):\n    names = set()\n"
        "    def __init_subclass__(cls): Base.names.add(cls.__name__)\n"
        "class Kind(Base):\n    def get(self): return 'kind'\n"
        "def task(x): return Meta.made['Kind']().get(), Base.names"
    ),
    "functions of a `%%time` cell with magics in it": (
        "%%time\n%precision\n!true\nimport math\ndef task(x): return math.floor(x)"
    ),
}


@pytest.mark.parametrize("cell", DEFINED.values(), ids=DEFINED)
@on_processes
def test_what_is_defined_gives_what_a_loop_gives(
    notebook: Notebook, backend: str, cell: str
) -> None:
    """Twice, as the second run uses what the first has made."""
    same_after_each(notebook, backend, cell, "pass")


REGISTERS = {
    "names, by a decorator of classes": (
        "names = []\ndef note(kind):\n    names.append(kind.__name__)\n    return kind\n"
        "@note\nclass Kind: pass\ndef task(x): return names, Kind().__class__ is Kind"
    ),
    "numbers, by a decorator of classes": (
        "count = 0\ndef numbered(kind):\n    global count\n    count += 1\n"
        "    kind.number = count\n    return kind\n"
        "@numbered\nclass One: pass\n@numbered\nclass Two: pass\n"
        "def task(x): return count, One.number, Two.number"
    ),
    "numbers, by a base class": (
        "class Base:\n    count = 0\n    names = []\n    def __init_subclass__(cls):\n"
        "        Base.count += 1\n        Base.names.append(cls.__name__)\n"
        "        cls.number = Base.count\nclass One(Base): pass\nclass Two(Base): pass\n"
        "def task(x): return Base.count, Base.names, One.number, Two.number"
    ),
    "names, by descriptors, in an object": (
        "class Register:\n    def __init__(self): self.names = []; self.count = 0\n"
        "register = Register()\n"
        "class Field:\n    def __set_name__(self, owner, name):\n"
        "        register.names.append(name); register.count += 1\n"
        "class Kind:\n    one = Field()\n    two = Field()\n"
        "def task(x): return register.names, register.count, Kind.one is not None"
    ),
    "classes, by a decorator with a name": (
        "kinds = {}\ndef register(name):\n    def note(kind):\n        kinds[name] = kind\n"
        "        return kind\n    return note\n"
        "@register('one')\nclass One:\n    size = 1\n@register('two')\nclass Two:\n    size = 2\n"
        "def task(x): return kinds['two'] is Two, [kinds[name]().size for name in kinds]"
    ),
    "classes, by a method of an object": (
        "class Register:\n    def __init__(self): self.kinds = []\n"
        "    def add(self, kind):\n        self.kinds.append(kind)\n        return kind\n"
        "register = Register()\n@register.add\nclass One:\n    size = 1\n"
        "def task(x): return register.kinds[0] is One, len(register.kinds), One.size"
    ),
    "names, below a decorator of the library": (
        "import functools\nnames = []\n"
        "def note(function):\n    names.append(function.__name__)\n    return function\n"
        "@functools.cache\n@note\ndef twice(x): return 2 * x\ndef task(x): return twice(x), names"
    ),
}


@pytest.mark.parametrize("cell", REGISTERS.values(), ids=REGISTERS)
@on_processes
def test_what_a_definition_adds_to_a_register_is_there_once(
    notebook: Notebook, backend: str, cell: str
) -> None:
    """The register comes from the notebook, where the definition has been run before."""
    same_after_each(notebook, backend, cell, "pass")


@on_processes
def test_an_exception_that_comes_from_deep_down_comes_back(
    notebook: Notebook, backend: str
) -> None:
    """With all its lines, whatever the variables on the way hold: a worker does not die of it."""
    notebook.do(
        "import threading\n"
        "def down(n):\n"
        "    lock = threading.Lock()\n"
        "    if n == 0: raise LookupError('the end')\n"
        "    return down(n - 1)"
    )

    error = notebook.run(f"%pmap -q -b {backend} down [60]").error

    assert (error.ename, error.evalue.splitlines()[0]) == ("LookupError", "the end")
    assert error.traceback.count("in down(n)") == 61


@on_processes
def test_instances_of_an_old_class_that_is_itself_the_task_come_back(
    notebook: Notebook, backend: str
) -> None:
    """Of the class that made them."""
    notebook.do("class Kind:\n    def __init__(self, n): self.n = n\nold = Kind\nclass Kind: pass")

    assert notebook.get(
        f"one, two = %pmap -q -b {backend} old [1, 2]\ntype(two) is old, two.n"
    ) == (
        True,
        2,
    )


@on_processes
def test_a_function_of_a_module_that_was_reloaded_is_refused_with_the_cure(
    notebook: Notebook, backend: str
) -> None:
    """It is none that can be defined in a cell."""
    (notebook.folder / "tool.py").write_text("def get(x): return x\n")
    notebook.do("import importlib, tool\nfrom tool import get\nimportlib.reload(tool)")

    message = notebook.run(f"%pmap -q -b {backend} get [1]").usage_error

    assert "because its module `tool` has been reloaded since: import it anew, or" in message


@on_processes
@pytest.mark.parametrize("above", ["", "# Edited.\n"])
def test_what_a_module_made_before_it_was_edited_is_refused_with_the_cure(
    notebook: Notebook, backend: str, above: str
) -> None:
    """Its source is not there any more. What it makes once it is reloaded is sent."""
    name = f"maker_{backend}_{len(above)}"
    file = notebook.folder / f"{name}.py"
    file.write_text("def make(n): return lambda x: x + n\n")
    notebook.do(f"import importlib, {name} as maker\nadd = maker.make(1)")

    file.write_text(f"{above}def make(n): return lambda x: x + n + 1\n")
    notebook.do("importlib.reload(maker)")
    message = notebook.run(f"%pmap -q -b {backend} add(x) for x in [1]").usage_error
    edited = f"because `{name}.py` has been edited since it was imported: import it anew, or"
    assert edited in message

    notebook.do("add = maker.make(1)")
    notebook.do(f"found = %pmap -q -b {backend} add(x) for x in [1]")
    assert notebook.get("found") == [3]
