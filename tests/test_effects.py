"""What functions change where their own lines do not show it: a cell leaves it as it does serially.

Where in doubt, a call is no task; ordinary calls that look alike stay tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from parmagic.magics.changed import path_of
from parmagic.plan.effects.alias import How
from parmagic.plan.effects.called import ANY
from parmagic.plan.effects.effects import EFFECT, NONE, Doubt, Effects, Passed
from parmagic.plan.effects.function import effects
from parmagic.plan.effects.meaning import is_pure_path
from parmagic.plan.effects.spread import spread, spread_over
from parmagic.plan.effects.strand import Spread

if TYPE_CHECKING:
    from kernel import Notebook

# Whether a call is a task is read in the source, in the notebook.
pytestmark = pytest.mark.by_any_method

BEGIN = """
import configparser, dataclasses, enum, functools, itertools, threading
import numpy as np
from xml.etree import ElementTree
tree = ElementTree.Element("a")
done, held, table, n, array = [], {1: [], 2: []}, {}, 0, np.zeros(3)
class Box: pass
box = Box()
class Account:
    made, paid = 0, []
    def __init__(self, total=0):
        self.total, self.names = total, []
    def pay(self, x): self.total += x
    def pay_through(self, x): self.pay(x)
    def note(self, x): self.names.append(x)
    def __call__(self, x): self.total += x
    def __lshift__(self, x): self.total += x
    def __enter__(self): self.total += 1
    def __exit__(self, *_): pass
    def value(self, x): return self.total + x
    @property
    def read(self):
        self.total += 1
        return self.total
    @classmethod
    def new(cls, x): cls.paid.append(x)
    @staticmethod
    def register(x): Account.paid.append(x)
class Savings(Account):
    def pay(self, x): super().pay(x)
class Counted:
    made = 0
    def __init__(self): Counted.made += 1
class Last:
    last = None
    def __new__(cls, x):
        cls.last = x
        return super().__new__(cls)
class Registering:
    names = []
    def __init_subclass__(cls): Registering.names.append(cls.__name__)
class Colour(enum.Enum):
    RED = 1
    def hit(self, x): self.hits = x
@dataclasses.dataclass
class Point:
    n: int
    def twice(self, x): return self.n * x
class Given: pass
Given.go = lambda self, x: done.append(x)
Given.handlers = {"go": lambda x: done.append(x)}
given, account, savings, point = Given(), Account(), Savings(), Point(2)
accounts = [Account(), Account()]
pay = account.pay
put = setattr
add = functools.partial(done.append)
def push(to, x): to.append(x)
def apply(function, *given): return function(*given)
def through(function, *given): return apply(function, *given)
def lists(): yield done
class Adding:
    def __init__(self, to): to.append(1)
table_of = {"push": push}
class Box:
    def __init__(self, items): self.items = items
    def put(self, x): self.items.append(x)
    def more(self, x): self.items += [x]
class Crate(Box): pass
@dataclasses.dataclass
class Tray:
    items: list
    def put(self, x): self.items.append(x)
class Numbered:
    numbers = itertools.count()
    def __init__(self): self.number = next(self.numbers)
class Bus:
    def __init__(self, hook): self.hooks = [hook]
    def fire(self, x): return [hook(x) for hook in self.hooks]
class Asked:
    n = 0
    def asked(self, *_):
        self.n += 1
        return "1"
    def __contains__(self, x): return self.asked()
    def __neg__(self): return self.asked()
    def __bool__(self): return bool(self.asked())
    def __lt__(self, x): return self.asked()
    __str__ = __format__ = asked
    def __getattr__(self, name):
        if name[0] == "_": raise AttributeError(name)
        return self.asked()
config = configparser.ConfigParser()
config.add_section("a")
numbered, bus, other, asked = Numbered(), Bus(done.append), Bus(account.pay), Asked()
subtract = np.subtract
def f(x):
    {body}
    return x
def state():
    objects = [box, account, savings, asked, *accounts]
    made = Counted.made, repr(Numbered.numbers)
    classes = Account.made, Account.paid, made, Last.last, Registering.names
    others = vars(Colour.RED).get('hits'), [vars(one) for one in objects]
    return done, held, dict(table), n, array.tolist(), classes, others, dict(config["a"]), len(tree)
"""
CHANGES = {
    "a lambda that is called at once": "(lambda to: to.append(x))(done)",
    "a lambda with a default": "go = lambda y, to=done: to.append(y); go(x)",
    "a lambda that `reduce` calls": "functools.reduce(lambda to, y: to.append(y) or to, [x], done)",
    "an inner function": "def go(to): to.append(x)\n    go(done)",
    "an inner function that is handed on": "def go(to): to.append(x)\n    apply(go, done)",
    "an inner function that `map` calls": "def go(to): to.append(x)\n    [*map(go, held.values())]",
    "a function handed on twice": "through(push, done, x)",
    "a function that hands itself on": "apply(apply, push, done, x)",
    "a value that is used": "y = done.append(x)",
    "a value within a display": "y = (done.append(x), x)[1]",
    "a condition": "if not done.append(x): y = 1",
    "an attribute by its name": "getattr(done, 'append')(x)",
    "the target of a loop": "for table['k'] in [x]: pass",
    "the target of a `with`": "with account as table['k']: pass",
    "globals()": "globals()['n'] = x",
    "exec": "exec(f'global n; n = {x}')",
    "eval": "eval('done').append(x)",
    "__main__": "import __main__; __main__.n = x",
    "object.__setattr__": "object.__setattr__(box, 'n', x)",
    "another name for what is built in": "put(box, 'n', x)",
    "a partial method": "add(x)",
    "a memoryview": "memoryview(array)[1] = x",
    "a method": "account.pay(x)",
    "a method that calls another": "account.pay_through(x)",
    "a method of a base class": "savings.pay(x)",
    "a method of an element": "accounts[0].note(x)",
    "methods of elements": "for one in accounts: one.note(x)",
    "a method with a name of its own": "pay(x)",
    "a property": "account.read",
    "an object that is called": "account(x)",
    "an operator": "account << x",
    "a context manager": "with account: pass",
    "a class method": "Account.new(x)",
    "a static method": "Account.register(x)",
    "a constructor": "Counted()",
    "a constructor that sets its class": "Last(x)",
    "a base class": "class Some(Registering): pass",
    "a member of an enumeration": "Colour.RED.hit(x)",
    "a method that was given to a class": "given.go(x)",
    "a function that a class holds": "Given.handlers['go'](x)",
    "a function in a table": "table_of['push'](done, x)",
    "another name for a function": "go = push; go(done, x)",
    "a function with a part of its arguments": "functools.partial(push, done)(x)",
    "a function that a thread runs": "threading.Thread(target=push, args=(done, x)).run()",
    "a constructor that changes what it is given": "Adding(done)",
    "what is chained": "for to in itertools.chain([done]): to.append(x)",
    "what a generator yields": "for to in lists(): to.append(x)",
    "a starred target": "first, *rest = [x, done]; rest[0].append(x)",
    "an object that keeps what it is made with": "Box(done).put(x)",
    "an object that adds to what it keeps": "y = Box(done); y.more(x)",
    "an object of a derived class that does": "y = Crate(done); y.put(x)",
    "a data class that does": "y = Tray(done); y.put(x)",
    "what an object keeps": "y = Box(done); y.items.append(x)",
    "a view of an array": "y = array[1:]; y += x",
    "a part of a copy": "held.copy()[1].append(x)",
    "a row of a list of the rows": "y = [one for one in held.values()]; y[0].append(x)",
    "a method of a list that an object holds": "bus.fire(x)",
    "a method of an object that another holds": "other.fire(x)",
    "an iterator of a class": "Numbered()",
    "a method whose name is made": "getattr(account, 'pa' + 'y')(x)",
    "a method of a list whose name is made": "way = 'append'\n    getattr(done, way)(x)",
    "an iterator of numpy that writes": "for y in np.nditer(array, op_flags=['write']): y[...] = x",
    "an output of a function of numpy by itself": "subtract(array, x, array)",
    "a question whether something is in it": "y = x in asked",
    "an operator with one side": "y = -asked",
    "a comparison": "y = asked < x",
    "a condition that asks an object": "if asked: y = 1",
    "a text of an object": "y = f'{asked}'",
    "the text that `str` gives": "y = str(asked)",
    "an attribute that is made when it is asked for": "y = asked.anything",
    "a method of a library that is called for its effect": "config.set('a', 'n', str(x))",
    "the same, of what a container holds": "for one in [config]: one.set('a', 'm', 'y')",
    "a part that is made of an element of XML": "ElementTree.SubElement(tree, 'b')",
    "arguments by a dict": "push(**{'to': done, 'x': x})",
}
ALIKE = {
    "a lambda that changes what is made for it": "(lambda to: to.append(x))([1])",
    "a key of sorted": "y = sorted([3, x], key=lambda one: -one)",
    "an inner function on a local list": "y = [x]\n    def go(to): to.append(x)\n    go(y)",
    "a function handed on that changes nothing": "through(max, x, 2)",
    "a method of a local object": "y = Account(x); y.pay(x); y.note(x)",
    "a method that only reads": "account.value(x)",
    "a property of a local object": "y = Account(x).read",
    "a local object as a context": "with Account(x): pass",
    "a local list that has a name of a method": "y = []\n    y.append(x)\n    push(y, x)",
    "a dict that is copied": "y = dict(table)\n    y.update(k=x)",
    "a text that grows": "y = ''\n    for one in 'ab': y += one",
    "a data class, whose text is a library's": "y = Point(x)\n    y.n += 1",
    "an object that keeps what is new": "y = Box([x]); y.put(x)",
    "an object that keeps a copy": "y = Box(list(done)); y.put(x)",
    "an object that has been made": "y = numbered.number",
    "copies of rows": "y = [one.copy() for one in held.values()]\n    y[0].append(x)",
    "slices of rows": "y = [one[:] for one in held.values()]\n    y[0].append(x)",
    "a copy of an array": "y = array.copy()\n    y[0] = x",
    "a method whose name is made, which changes nothing": "y = getattr(point, 'tw' + 'ice')(x)",
    "a method of a library whose value is used": "y = config.get('a', 'n', fallback=x)",
    "a method of a library's object of its own": (
        "y = configparser.ConfigParser(); y.add_section('b'); y.set('b', 'n', 'x')"
    ),
    "what is executed with names of its own": "exec('k = 1', {})",
    "what is evaluated with names of its own": "eval('k', {'k': x})",
}
OWN = """
class Own:
    def __init__(self): self.n = 0
    def up(self): self.n += 1
own = Own()
def use(x): own.up()
a = b = [use(x) for x in (1, 2)]
n = own.n
del own
"""
PUT_IN_TABLE = """
table["k"] = lambda x: done.append(x)
def use(x): table["k"](x)
a = b = use(1)
del table["k"]
"""
PUT_IN_CLASS = """
def add(self, x): self.total += x
Account.value = add
def use(x): account.value(x)
a = b = use(1)
"""
MADE = """
def make(x): return Account(x)
a = make(3)
def use(one): one.pay(1)
b = use(a)
a = a.total
"""

CALLS = "a = f(3)\nb = [f(k) for k in (1, 2)]"


def left(notebook: Notebook, body: str, cell: str) -> tuple[str, str]:
    """Say what a cell leaves from the same beginning."""
    notebook.do(BEGIN.replace("{body}", body))
    reply = notebook.run(cell)
    return repr(notebook.do("repr((state(), a, b))").value), reply.status


def tasks_of(notebook: Notebook, body: str, cell: str) -> int:
    """Check that a cell leaves what it leaves serially; return how many tasks it had."""
    notebook.do("run = None")
    parallel = left(notebook, body, f"%%parallel -q -w 2 -o run\n{cell}")
    found: int = notebook.get("len(run.tasks) if run else 0")
    assert parallel == left(notebook, body, cell)
    return found


@pytest.mark.parametrize("how", CHANGES)
def test_what_a_function_changes_out_of_sight_is_changed_in_the_notebook(
    notebook: Notebook, how: str
) -> None:
    """In a worker it would be a change of a copy."""
    assert tasks_of(notebook, CHANGES[how], CALLS) == 0


@pytest.mark.parametrize("how", ALIKE)
def test_what_looks_like_a_change_of_the_notebook_and_is_none_runs_in_parallel(
    notebook: Notebook, how: str
) -> None:
    """The promise is to be right; but also to be of use."""
    assert tasks_of(notebook, ALIKE[how], CALLS) == 3


@pytest.mark.parametrize(
    ("cell", "tasks"),
    [
        ("a = b = apply(lambda to: to.append(1), done)", 0),
        ("a = b = apply(lambda y: y + 1, 3)", 1),
        ("def use(one, x): one.pay(x)\na = b = [use(one, 2) for one in accounts]", 0),
        ("def use(one, x): return one.value(x)\na = b = [use(one, 2) for one in accounts]", 2),
        (MADE, 1),
        ("a = b = apply(account.pay, 3)", 0),
        ("a = b = apply(point.twice, 3)", 1),
        (PUT_IN_TABLE, 0),
        (PUT_IN_CLASS, 0),
        (OWN, 0),
    ],
    ids=str,
)
def test_what_a_call_is_given_tells_whether_it_changes_something(
    notebook: Notebook, cell: str, tasks: int
) -> None:
    """A lambda, an object of a class, or what another call of the cell has made."""
    assert tasks_of(notebook, "pass", cell) == tasks


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("counts[k] += fails(k)", "dict(counts)"),
        ("lists[k].append(fails(k))", "dict(lists)"),
        ("few[k] += fails(k)", "few"),
    ],
)
def test_a_turn_that_fails_leaves_what_it_has_asked_for_before(
    notebook: Notebook, line: str, shown: str
) -> None:
    """A `defaultdict` has the key already; a list that is too short fails first."""
    begin = (
        "import collections\ncounts, few = collections.defaultdict(int), [0] * 3\n"
        "lists = collections.defaultdict(list)\n"
        "def fails(k):\n    if k == 3: raise ValueError(k)\n    return k"
    )
    cell = f"for k in range(5):\n    {line}"
    found = []
    for magic in ("", "%%parallel -q -w 2\n"):
        notebook.do(begin)
        error = notebook.run(f"{magic}{cell}").error
        found.append((error.ename, error.evalue, notebook.get(shown), notebook.get("k")))

    assert found[0] == found[1]


def test_a_method_that_fits_a_model_changes_it_though_its_value_is_used() -> None:
    """As in `return model.fit(xs).score(ys)`; that it is of a library, the value tells."""
    found = effects("def step(model, xs): return model.fit(xs).score(xs)").doubts

    assert Doubt("model", f"{EFFECT}fit") in found


@pytest.mark.parametrize(
    "name",
    ["operator.mul", "functools.reduce", "os.fspath", "os.path.normpath", "pathlib.Path"],
)
def test_what_says_to_be_of_a_private_module_is_known_by_its_public_one(name: str) -> None:
    """As `_operator.mul` does; on Python 3.13, so do `posix._path_normpath` and all of pathlib."""
    module, _, own = name.rpartition(".")

    assert is_pure_path(path_of(own, getattr(import_module(module), own)) or "")


def test_what_functions_hand_on_is_found_in_whatever_order_they_are_looked_at() -> None:
    """Also by those that were looked at before it was known what they call, or what that does."""
    sources = {
        "change": "def change(x): x.append(1)",
        "callee": "def callee(f, x): f(x)",
        "caller": "def caller(x): callee(change, x)",
        "outer": "def outer(x): caller(x)",
    }
    for order in permutations(sources):
        found = spread({name: effects(sources[name]) for name in order}, {}, lambda _: ())

        assert all([*one.changed] == ["x"] for one in found.values())


def _found_in(sources: dict[str, str]) -> Mapping[str, Spread]:
    there = {one: effects(source) for one, source in sources.items()}
    return spread_over({one for one in there if "." in one}, there, lambda _: ())


def test_of_functions_that_are_as_before_it_is_not_worked_out_again_what_they_change() -> None:
    """Reading what a cell calls of a large package took as long in each cell."""
    sources = {
        "package.add": "def add(xs, x): xs.append(x)",
        "package.fill": "def fill(xs): package.add(xs, 1)",
        "mine": "def mine(ys): package.fill(ys)",
    }
    before = _found_in(sources)
    sources["mine"] = "def mine(ys, zs): package.fill(zs)"
    after = _found_in(sources)

    assert before["mine"].changed == {"ys": "package.fill"}
    assert after["mine"].changed == {"zs": "package.fill"}
    assert after["package.fill"] is before["package.fill"]


def test_of_a_function_that_is_edited_it_is_worked_out_anew_what_all_change_by_it() -> None:
    """What is remembered is that of the same functions."""
    sources = {
        "package.add": "def add(xs, x): xs.append(x)",
        "package.fill": "def fill(xs): package.add(xs, 1)",
        "mine": "def mine(ys): package.fill(ys)",
    }
    for body, changed in [("xs.append(x)", ["ys"]), ("return [*xs, x]", []), ("xs[0] = x", ["ys"])]:
        sources["package.add"] = f"def add(xs, x): {body}"
        assert [*_found_in(sources)["mine"].changed] == changed


def test_what_a_function_hands_to_others_they_are_found_to_call() -> None:
    """Also where it is remembered of those what they change when they are given nothing."""
    sources = {
        "package.apply": "def apply(f, xs): f(xs)",
        "push": "def push(xs): xs.append(1)",
        "mine": "def mine(ys): package.apply(push, ys)",
        "other": "def other(ys): package.apply(len, ys)",
    }
    for name, changed in [("other", []), ("mine", ["ys"]), ("other", [])]:
        of = {one: sources[one] for one in sources if one not in {"mine", "other"} - {name}}

        assert [*_found_in(of)[name].changed] == changed


@pytest.mark.parametrize(
    ("how", "deep", "itself", "part"),
    [
        ("itself", False, True, False),
        ("part", False, False, True),
        ("perhaps", False, True, True),
        ("holds", False, False, False),
        ("holds", True, True, True),
    ],
)
def test_what_a_library_is_given_is_changed_as_it_is_part_of_that(
    *, how: How, deep: bool, itself: bool, part: bool
) -> None:
    """By a special method that Python may call; what only holds it is new itself."""
    own = frozenset({"self"})
    method = Effects(
        parameters=("self",), named=own, changed=own, deep=own if deep else NONE.deep,
        doubts=frozenset({Doubt("self", "append", part=True)} if deep else ()), method="__len__",
    )  # fmt: skip
    handed = (Passed(f".{ANY}", 0, "r", how),)
    calls = Effects(parameters=("r",), named=frozenset({"r"}), passed=handed)

    found = spread({"Box.__len__": method, "f": calls}, {}, lambda _: ())["f"].doubts

    assert (any(not one.part for one in found), any(one.part for one in found)) == (itself, part)
