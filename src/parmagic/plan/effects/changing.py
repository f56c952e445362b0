"""Which calls change something of what they are given, by the names of methods and functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable

from parmagic.modules.mutators import ALONE, CHANGING, GIVING
from parmagic.plan.effects.walks import called_name, given_to

_SPECIAL = frozenset(
    ("__setitem__", "__delitem__", "__setattr__", "__delattr__", "__next__", "__iadd__", "__ior__")
)
_TYPES = frozenset(("object", "type", "list", "dict", "set", "bytearray", "deque", "defaultdict"))
# Their value is None; `add` of other classes often has one.
NONE_GIVEN = CHANGING - {"add"}
HANDED_ON = frozenset(("append", "extend", "appendleft"))  # as in `map(done.append, xs)`
STREAMS = frozenset(("write", "writelines", "writerow", "writerows"))
FITTING = frozenset(("fit", "fit_transform", "fit_predict", "partial_fit"))
SAVING = re.compile("save|to_|write|close|show|print|plot|export|dump")  # how names begin
_METHODCALLER = re.compile(rf"(operator\.)?methodcaller\('({'|'.join(CHANGING)})'")
_FRAMES = frozenset(("f_globals", "__globals__"))
_DRAWING = """
    random randint randrange uniform gauss normalvariate getrandbits betavariate expovariate choice
    choices gamma lognormal normal standard_normal triangular integers permutation permuted
    exponential poisson binomial randn rand
"""
DRAWING = frozenset(_DRAWING.split())
# Functions, which change what they are given first.
_GIVEN_FIRST = """
    next setattr delattr shuffle heappush heappop heapify heapreplace heappushpop insort
    insort_left insort_right copyto place fill_diagonal setitem delitem iadd iconcat
    SubElement
"""
GIVEN_FIRST = frozenset(_GIVEN_FIRST.split())
# Functions of numpy that put their value into an argument, and which one that is.
_OF_TWO = """
    add subtract multiply divide true_divide floor_divide power mod remainder maximum minimum
    fmax fmin matmul dot logical_and logical_or bitwise_and bitwise_or hypot arctan2
"""
_OF_ONE = """
    exp log log2 log10 log1p expm1 sqrt square abs absolute negative sin cos tan tanh floor ceil
    rint sign reciprocal logical_not
"""
_OUT = {**dict.fromkeys(_OF_TWO.split(), 2), **dict.fromkeys(_OF_ONE.split(), 1), "clip": 3}


def changed_by(call: ast.Call) -> list[ast.expr]:
    """List what a call changes, whether or not its value is used."""
    function = call.func
    name, owner = getattr(function, "id", ""), None
    found: list[ast.expr] = []
    if isinstance(function, ast.Attribute):
        name, owner = function.attr, function.value
        found += _by_method(function, call.args)
    if isinstance(function, ast.Call) and _METHODCALLER.match(ast.unparse(function)):
        found += call.args[:1]
    if name in GIVEN_FIRST:
        found += call.args[:1]
    if name == "dump":  # into a file
        found += call.args[1:2]
    if name == "exec" and owner is None:
        found += call.args[1:2]
    if name == "nditer":
        found += _iterated(call)
    for keyword in call.keywords:
        file = name == "print" and keyword.arg == "file" and isinstance(keyword.value, ast.Name)
        if file or keyword.arg == "out":
            found.append(keyword.value)
        if keyword.arg == "inplace" and owner and getattr(keyword.value, "value", None) is True:
            found.append(owner)
    return found


def outputs(call: ast.Call) -> list[ast.expr]:
    """List what a call puts its value into, if that is an array: `np.add(a, b, a)`."""
    name = called_name(call.func)
    return call.args[_OUT[name] :] if name in _OUT else []


def _iterated(call: ast.Call) -> list[ast.expr]:
    """List what `np.nditer(arrays, op_flags=["readwrite"])` may have changed."""
    flags = [one.value for one in call.keywords if one.arg == "op_flags"]
    if not call.args or not any("write" in ast.unparse(one) for one in flags):
        return []
    given = call.args[0]
    return given.elts if isinstance(given, ast.Tuple | ast.List) else [given]


def _by_method(method: ast.Attribute, given: list[ast.expr]) -> list[ast.expr]:
    found: list[ast.expr] = []
    of_type = isinstance(method.value, ast.Name) and method.value.id in _TYPES
    if of_type and method.attr in CHANGING | _SPECIAL:
        found += given[:1]  # `list.append(done, x)`, `object.__setattr__(a, "n", x)`
    elif method.attr in GIVING | _SPECIAL:
        found.append(method.value)
    if method.attr == "at" and len(given) > 1:
        found += given[:1]  # `np.add.at(sums, places, 1)`
    return found


def none_given(node: ast.AST) -> list[ast.expr]:
    """List what is changed by methods whose value is None: they are called for their effect."""
    if isinstance(node, ast.Call):
        methods = [one for one in given_to(node) if isinstance(one, ast.Attribute)]
        found = [one.value for one in methods if one.attr in HANDED_ON]
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in STREAMS:
            found += [function.value] if isinstance(function.value, ast.Name) else []
        return found
    if isinstance(node, ast.BoolOp):
        return _of_methods(node.values, CHANGING)
    if isinstance(node, ast.Expr):
        return _of_methods(_chosen(node.value), ALONE)
    if isinstance(node, ast.Return):
        return _of_methods([node.value], NONE_GIVEN)
    return _of_methods(_chosen(node), NONE_GIVEN)


def _chosen(node: ast.AST) -> list[ast.expr]:
    """List the branches of an expression, or the element of a comprehension."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return [node.elt] if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp) else []


def _of_methods(values: Iterable[ast.expr | None], names: frozenset[str]) -> list[ast.expr]:
    inner = [one.operand if isinstance(one, ast.UnaryOp) else one for one in values]
    methods = [one.func for one in inner if isinstance(one, ast.Call)]
    found = [one for one in methods if isinstance(one, ast.Attribute)]
    return [one.value for one in found if one.attr in names]


def changing_any(node: ast.AST, own: Container[str]) -> set[str]:
    """Name what may change any name of the notebook: `exec(text)`; `own` are local names."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = {getattr(node, "module", ""), *(one.name for one in node.names)}
        return names & {"__main__"}
    if isinstance(node, ast.Attribute):
        return {node.attr} & _FRAMES
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return set()
    name = node.func.id
    bare = name == "globals" or (name in ("exec", "eval") and len(node.args) == 1)
    return {f"{name}()"} if bare and name not in own else set()
