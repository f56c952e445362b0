"""What the calls in code are: of the user's own functions, or without effects, or with some."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from parmagic.modules.mutators import CHANGING
from parmagic.modules.names import chain_of
from parmagic.plan.effects.targets import root_of
from parmagic.plan.effects.walks import calls_in, named

_BUILTINS = """
    abs all any ascii bin bool bytes bytearray chr complex dict divmod enumerate float format
    frozenset hash hex int isinstance issubclass len list max min oct ord pow range repr
    reversed round set slice sorted str sum tuple type zip
    ValueError TypeError KeyError IndexError RuntimeError ArithmeticError Exception
"""
# Functions of libraries that change nothing, and whose value depends on their arguments alone; and
# clocks, from which nobody expects the same value again.
_LIBRARY = """
    math.* cmath.* statistics.* operator.* fractions.* decimal.Decimal textwrap.* re.* colorsys.*
    json.dumps json.loads hashlib.* _hashlib.* zlib.* base64.* copy.copy copy.deepcopy
    collections.Counter collections.defaultdict collections.deque collections.OrderedDict
    pathlib.Path pathlib.PurePath itertools.* functools.reduce functools.partial
    datetime.date datetime.timedelta datetime.datetime datetime.datetime.strptime
    datetime.datetime.combine datetime.*.from* datetime.datetime.now datetime.date.today
    numpy.* time.time time.perf_counter time.monotonic
    os.path.join os.path.basename os.path.dirname os.path.split* os.path.normpath os.fspath
    posixpath.join posixpath.basename posixpath.dirname posixpath.split* posixpath.normpath
    ntpath.join ntpath.basename ntpath.dirname ntpath.split* ntpath.normpath
"""
_NOT_PURE = """
    numpy.random.* numpy.save* numpy.load* numpy.put* numpy.place numpy.copyto numpy.set*
    numpy.fill_diagonal numpy.from* numpy.memmap numpy.nditer numpy.*.at
    *operator.setitem *operator.delitem *operator.methodcaller *operator.call *operator.iadd
    *operator.iand *operator.iconcat *operator.ifloordiv *operator.ilshift *operator.imatmul
    *operator.imod *operator.imul *operator.ior *operator.ipow *operator.irshift *operator.isub
    *operator.itruediv *operator.ixor
"""
# What makes generators of random numbers from a seed.
_GENERATORS = """
    random.Random numpy.random.default_rng numpy.random.RandomState numpy.random.mtrand.RandomState
"""
_SEEDED = f"{_GENERATORS} numpy.random.SeedSequence numpy.random.bit_generator.SeedSequence"
_METHODS = """
    split rsplit splitlines strip lstrip rstrip lower upper title casefold replace
    startswith endswith join count index find rfind encode decode isdigit isalpha isalnum
    isupper islower isspace zfill ljust rjust center partition rpartition removeprefix
    removesuffix get keys values items copy mean sum std var min max argmin argmax dot
    reshape ravel flatten astype tolist transpose item any all prod cumsum round conj
    trace bit_length hex conjugate as_integer_ratio is_integer union intersection
    difference most_common total strftime isoformat total_seconds
    with_suffix with_name with_stem relative_to joinpath as_posix
"""
# Of what is not pure, what changes something, as its name says.
_CHANGING_BUILTINS = frozenset(
    ("next", "print", "input", "setattr", "delattr", "exec", "eval", "open")
)
_CHANGING_METHODS = CHANGING.union(
    ("write", "writelines", "read", "readline", "readlines", "fill", "seek")
)
_CHANGING_LIBRARY = """
    random.* numpy.random.* os.[!p]* posix.* nt.* shutil.* subprocess.* heapq.* _heapq.*
    bisect.insort* _bisect.insort* pickle.dump _pickle.dump json.dump
    numpy.copyto numpy.put* numpy.place numpy.fill_diagonal numpy.save* numpy.set*
"""
_PURE_BUILTINS = frozenset(_BUILTINS.split())
_PURE_METHODS = frozenset(_METHODS.split())

_PLAIN = (
    ast.Name | ast.Constant | ast.Attribute | ast.Subscript | ast.Slice | ast.BinOp | ast.UnaryOp
    | ast.BoolOp | ast.Compare | ast.IfExp | ast.Tuple | ast.List | ast.Dict | ast.Set
    | ast.Starred | ast.JoinedStr | ast.FormattedValue | ast.Load | ast.operator | ast.unaryop
    | ast.boolop | ast.cmpop | ast.keyword
)  # fmt: skip


class Meaning(NamedTuple):
    """What names mean where a statement stands."""

    is_own: Callable[[str], bool]  # a function whose calls are tasks
    is_builtin: Callable[[str], bool]  # it has still its built-in meaning
    through: Callable[[str], Collection[str]]  # what a function reads, and those that it calls
    exists: Callable[[str], bool]  # it may have a value when the statement begins
    is_class: Callable[[str], bool]  # of the user's
    path: Callable[[str], str | None]  # e.g. "numpy" for np, "math.sqrt" for an imported sqrt
    is_own_import: Callable[[str, str], bool]  # such a function, of a module of the user's
    changed_by: Callable[[ast.Call], str]  # why this call changes something, "" if it does not
    gives: Callable[[ast.Call], str]  # why what it returns cannot be sent, "" if it can
    # Whether a method, as in `queue.get`, may do something else than its name says.
    has_state: Callable[[ast.Attribute], bool]
    makes_new: Callable[[ast.Call], bool]  # whether what it returns is a container made for it
    # What that container may hold of outside; None if that is not known.
    holds: Callable[[ast.Call], Sequence[ast.expr] | None]
    hands_back: Callable[[ast.Call], bool]  # whether it may return what it is given
    rewrites: Callable[[ast.Call], Collection[str]]  # which functions write one file in each call

    def is_own_call(self, node: ast.AST) -> bool:
        """Tell whether `node` is a call of a function of the user's: `f(x)`, or `module.f(x)`."""
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Name):
            return self.is_own(node.func.id) and not self.changed_by(node)
        module, _, name = (self.dotted(node.func) or "").rpartition(".")
        return bool(module) and self.is_own_import(module, name) and not self.changed_by(node)

    def is_pure_call(self, call: ast.Call) -> bool:
        """Tell whether a call, apart from its arguments, has no effect, and no state."""
        function = call.func
        if self.changed_by(call):  # by a function that it is given
            return False
        if isinstance(function, ast.Name) and self.is_builtin(function.id):
            return function.id in _PURE_BUILTINS
        if isinstance(function, ast.Name) and self.is_class(function.id):
            return True
        path = self.dotted(function)
        if path is not None:
            return _is_pure_function(path, call)
        if isinstance(function, ast.Attribute) and is_pure_method(function.attr):
            return not self.has_state(function)
        return False

    def is_known_call(self, call: ast.Call) -> bool:
        """Tell whether a call changes nothing here: it is a task, or has no effect."""
        return self.is_own_call(call) or self.is_pure_call(call)

    def is_reader(self, name: str) -> bool:
        """Tell whether a name is a built-in function that reads what it is given, such as `sum`."""
        return name in _PURE_BUILTINS and self.is_builtin(name)

    def makes_generator(self, node: ast.AST) -> bool:
        """Tell whether an expression makes a new generator of random numbers from a seed."""
        if not isinstance(node, ast.Call) or self.dotted(node.func) not in _GENERATORS.split():
            return False
        return bool(node.args or node.keywords)

    def dotted(self, function: ast.expr) -> str | None:
        """Return the full name of a function of a library: "numpy.random.rand"; else None."""
        first, dot, rest = chain_of(function).partition(".")
        root = self.path(first) if first else None
        return None if root is None else f"{root}{dot}{rest}"

    def own_calls(self, node: ast.AST) -> Iterator[ast.Call]:
        """Find the calls of own functions that run when `node` does."""
        return filter(self.is_own_call, calls_in(node))


def _is_pure_function(path: str, call: ast.Call) -> bool:
    if path in _SEEDED.split():
        return bool(call.args or call.keywords)
    return is_pure_path(path) and not any(keyword.arg == "out" for keyword in call.keywords)


def is_pure(node: ast.AST, meaning: Meaning) -> bool:
    """Tell whether evaluating `node` changes nothing, and reads nothing but its names."""
    if isinstance(node, ast.Call):
        if not meaning.is_pure_call(node):
            return False
    elif not isinstance(node, _PLAIN):
        return False
    return all(is_pure(child, meaning) for child in ast.iter_child_nodes(node))


def may_change(node: ast.AST, meaning: Meaning) -> bool:
    """Tell whether evaluating `node` may change something; of libraries, only as names say."""
    return any(_changes(one, meaning) for one in calls_in(node))


def _changes(call: ast.Call, meaning: Meaning) -> bool:
    function = call.func
    if meaning.is_own_call(call):
        return True
    if meaning.is_pure_call(call):
        return False
    path = meaning.dotted(function)
    if path is not None:
        return _matches(path, _CHANGING_LIBRARY)
    if isinstance(function, ast.Attribute):
        made = root_of(function) is None  # its object has been made just now
        return not made and (function.attr in _CHANGING_METHODS or meaning.has_state(function))
    builtin = isinstance(function, ast.Name) and meaning.is_builtin(function.id)
    return not builtin or getattr(function, "id", "") in _CHANGING_BUILTINS


def is_pure_path(path: str) -> bool:
    """Tell whether a function of a library, by its full name, has neither effects nor state."""
    module, _, name = path.rpartition(".")
    if module == "builtins":
        return name in _PURE_BUILTINS
    return _matches(path, _LIBRARY) and not _matches(path, _NOT_PURE)


def is_pure_method(name: str) -> bool:
    """Tell whether a method of that name, of a class of Python's own, has neither."""
    return name in _PURE_METHODS


def why_foreign(call: ast.Call) -> str:
    """Say why a call of something unknown stays in the notebook."""
    return f"{named(call)} may have effects: if it has none, call it in a function of yours"


def _matches(path: str, patterns: str) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns.split())
