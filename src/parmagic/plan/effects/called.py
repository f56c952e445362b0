"""Which methods of an object code may call, also by operators: `a + b` calls `__add__`."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from parmagic.modules.names import chain_of
from parmagic.plan.effects.walks import given_to

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.MatMult: "matmul",
}  # fmt: skip
# By which methods `a += b` changes the object itself, if it has them.
IN_PLACE = {kind: f"__i{name}__" for kind, name in OPERATORS.items()}
UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__",
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], tuple[str, ...]] = {
    **dict.fromkeys((ast.Lt, ast.Gt, ast.LtE, ast.GtE), ("__lt__", "__gt__", "__le__", "__ge__")),
    **dict.fromkeys((ast.Eq, ast.NotEq), ("__eq__", "__ne__")),
    **dict.fromkeys((ast.In, ast.NotIn), ("__contains__", "__eq__")),
}
_ORDER = ("__lt__", "__gt__")
_TEXT = ("__format__", "__str__", "__repr__")
_TRUTH = ("__bool__", "__len__")
_KEY = ("__hash__", "__eq__")
_NUMBER = ("__index__", "__int__", "__float__", "__complex__", "__trunc__")
_READ = ("__iter__", "__next__", "__getitem__", "__len__", "keys")  # or its items
# What is called of what functions are given, and of its items.
_BUILT_IN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **dict.fromkeys(("str", "print", "repr", "format"), (_TEXT, ("__repr__", "__str__"))),
    **dict.fromkeys(("bool", "len"), (_TRUTH, ())),
    **dict.fromkeys(("sorted", "min", "max"), ((*_READ, *_ORDER, "__call__"), _ORDER)),
    **dict.fromkeys(("list", "tuple", "enumerate", "zip", "next"), (_READ, ())),
    "iter": ((*_READ, "__call__"), ()),
    **dict.fromkeys(("any", "all"), (_READ, _TRUTH)),
    **dict.fromkeys(("set", "frozenset", "dict"), (_READ, (*_KEY, *_READ))),
    "sum": ((*_READ, "__add__", "__radd__"), ("__add__", "__radd__")),
    "abs": (("__abs__",), ()),
    "round": (("__round__",), ()),
    "hash": (_KEY, _KEY),
    "reversed": (("__reversed__", *_READ), ()),
    **dict.fromkeys(
        ("int", "float", "complex", "range", "hex", "oct", "bin", "chr"), (_NUMBER, ())
    ),
    **dict.fromkeys(("getattr", "hasattr"), (("__getattr__",), ())),
    **dict.fromkeys(("isinstance", "issubclass", "type", "id", "callable"), ((), ())),
}
ANY = "__*"  # any that Python may call of an object which a function of a library is given
# But not these, for which there are statements.
_STATED = """
    init new post_init init_subclass set_name class_getitem setattr delattr getattr getattribute
    setitem delitem set delete get enter exit aenter aexit del
"""
_stated = frozenset((*(f"__{name}__" for name in _STATED.split()), *IN_PLACE.values()))


def is_meant(asked: str, name: str) -> bool:
    """Tell whether a method may be one that is asked for: by its name, or as `visit_*`."""
    if asked == ANY:
        return name.startswith("__") and name.endswith("__") and name not in _stated
    return name.startswith(asked[:-1]) if asked.endswith("*") else name == asked


def methods_called(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names of methods, or properties, that a node may call, each with its object.

    `*xs` stands for the items of `xs`.
    """
    yield from _by_operator(node)
    yield from ((name, one) for one in _asked(node) for name in _TRUTH)
    yield from ((name, one) for one in _read(node) for name in _READ)
    yield from ((name, one) for one in _keys(node) for name in (*_KEY, "__index__"))
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from ((node.attr, node.value), ("__getattr__", node.value))
    elif isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
        yield from (("__call__", node.func), ("__new__", node.func))
        of_it, of_items = _BUILT_IN.get(getattr(node.func, "id", ""), ((), ()))
        for one in given_to(node):
            yield from ((name, one) for name in of_it)
            yield from ((name, ast.Starred(one, ast.Load())) for name in of_items)
    elif isinstance(node, ast.Call):
        yield from _by_method(node)
    elif isinstance(node, ast.Match):
        yield "__eq__", node.subject
    elif isinstance(node, ast.FormattedValue):
        yield from ((name, node.value) for name in _TEXT)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield from (("__getitem__", node.value), ("__missing__", node.value))
    elif isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            yield from (("__enter__", item.context_expr), ("__exit__", item.context_expr))


def _by_method(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    name, owner = getattr(call.func, "attr", ""), getattr(call.func, "value", call.func)
    if name in ("count", "index", "remove", "sort"):
        yield from ((one, ast.Starred(owner, ast.Load())) for one in ("__eq__", *_ORDER))
    elif name == "enter_context":
        yield from ((one, each) for each in call.args for one in ("__enter__", "__exit__"))


def handed_on(node: ast.AST, own: Container[str]) -> list[tuple[ast.expr, str]]:
    """List what a call gives to a function of a library, which may call any method of it.

    Not to one inside of the function that is read: of that, `own` has what it returns.
    """
    if not isinstance(node, ast.Call) or getattr(node.func, "id", "") in _BUILT_IN:
        return []
    to = chain_of(node.func)
    if f"{to}()" in own or to.rpartition(".")[2] in ("append", "appendleft"):
        return []
    return [(one, to) for one in given_to(node)]


def _by_operator(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        name = OPERATORS[type(node.op)]
        left, right = (
            (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
        )
        yield f"__{name}__", left
        yield from ((one, right) for one in (f"__r{name}__", "__index__"))
        if isinstance(node.op, ast.Mod) and isinstance(left, ast.Constant):  # "%s" % right
            for one in (right, ast.Starred(right, ast.Load())):
                yield from ((each, one) for each in (*_TEXT, *_NUMBER))
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        yield UNARY[type(node.op)], node.operand
    elif isinstance(node, ast.Compare):
        sides = zip((node.left, *node.comparators), node.ops, node.comparators, strict=False)
        for left, how, right in sides:
            inside = [one for side in (left, right) for one in getattr(side, "elts", ())]
            for name in _COMPARED.get(type(how), ()):
                yield from ((name, one) for one in (left, right, *inside))
            if isinstance(how, ast.In | ast.NotIn):
                yield from ((name, right) for name in _READ)
                yield from (
                    (name, one) for one in (left, ast.Starred(right, ast.Load())) for name in _KEY
                )


def _asked(node: ast.AST) -> list[ast.expr]:
    """List the expressions whose truth is asked for."""
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        return [node.test]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.comprehension):
        return node.ifs
    if isinstance(node, ast.Match):
        return [case.guard for case in node.cases if case.guard is not None]
    return [node.operand] if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) else []


def _read(node: ast.AST) -> list[ast.expr]:
    """List what is iterated over, or taken apart."""
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        return [node.iter]
    if isinstance(node, ast.YieldFrom | ast.AugAssign):  # also `rows += more`
        return [node.value] if node.value is not None else []
    if isinstance(node, ast.Starred):
        return [node.value] if isinstance(node.ctx, ast.Load) else []
    if isinstance(node, ast.Dict):  # `{**more}`
        return [one for key, one in zip(node.keys, node.values, strict=True) if key is None]
    if isinstance(node, ast.Assign):
        parted = any(isinstance(one, ast.Tuple | ast.List | ast.Subscript) for one in node.targets)
        return [node.value] if parted else []
    return []


def _keys(node: ast.AST) -> list[ast.expr]:
    """List the keys of dicts and sets, and what may be one: the place in a list."""
    if isinstance(node, ast.Dict):
        return [one for one in node.keys if one is not None]
    if isinstance(node, ast.Set):
        return node.elts
    return [node.slice] if isinstance(node, ast.Subscript) else []
