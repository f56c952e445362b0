"""The statements of a %%parallel cell: which may run at the same time, and which wait."""

from __future__ import annotations

import ast
from collections.abc import Collection
from textwrap import dedent

import pytest

from parmagic.errors import PlanError
from parmagic.modules.bound import bound_names
from parmagic.plan.cells.awaits import refuse_awaiting
from parmagic.plan.cells.cell import read_cell
from parmagic.plan.cells.known import Known
from parmagic.plan.cells.step import Barrier, CallStatement, Group, Step

OWN = {"f", "g", "h", "uses_a"}
READS = {"uses_a": {"a"}, "h": {"uses_a"}}


def steps_of(cell: str) -> tuple[Step, ...]:
    """Read a cell in a notebook that has the functions f, g, h and uses_a."""

    def reads_of(name: str) -> Collection[str]:
        return READS.get(name, ())

    return read_cell(ast.parse(dedent(cell)), Known(OWN.__contains__, reads_of)).steps


def shape(cell: str) -> list[str]:
    """Write each step as one text: calls in brackets, other statements bare."""
    return [
        f"[{' | '.join(_waiting(call) for call in step.calls)}]"
        if isinstance(step, Group)
        else " ; ".join(ast.unparse(one.node).split("\n", maxsplit=1)[0] for one in step.statements)
        for step in steps_of(cell)
    ]


def _waiting(call: CallStatement) -> str:
    """Write a call, with the names that it waits for after it."""
    needs = sorted(name.removeprefix("_parmagic_value_") for name in call.needs)
    return f"{call.text} < {', '.join(needs)}" if needs else call.text


@pytest.mark.parametrize(
    "statement",
    [
        "f()",
        "f(1, *xs, k=2, **kw)",
        "a = f(1)",
        "a = b = f(1)",
        "a, b = f(1)",
        "(a, [b, *c]) = f(1)",
        "a: int = f(1)",
        "a = f(lambda: x)",
        "a = f([i for i in xs])",
        "a = f((b := 2))",
    ],
    ids=str,
)
def test_a_call_of_an_own_function_is_a_task(statement: str) -> None:
    """With or without an assignment to names."""
    [group] = steps_of(statement)
    assert isinstance(group, Group)
    assert [call.function for call in group.calls] == ["f"]


@pytest.mark.parametrize(
    "statement",
    [
        "print(1)",
        "unknown(1)",
        "np.f(1)",
        "f",
        "a = f(1) + 1",
        "a += f(1)",
        "a.b = f(1)",
        "a[0] = f(1)",
        "a, b.c = f(1)",
        "a: int",
        "return_value = [f(i) for i in xs]",
        "f(1)(2)",
        "if a: f(1)",
        "for i in xs: f(i)",
        "with a: f(1)",
        "del f",
    ],
    ids=str,
)
def test_any_other_statement_is_a_barrier(statement: str) -> None:
    """It runs by itself, when all before it is done."""
    [barrier] = steps_of(statement)
    assert isinstance(barrier, Barrier)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a = f(1)\nb = g(2)", ["[a = f(1) | b = g(2)]"]),
        ("a = f(1)\nb = g(a)", ["[a = f(1) | b = g(a) < a]"]),
        ("a = f(1)\nb = g(2)\nc = f(b)", ["[a = f(1) | b = g(2) | c = f(b) < b]"]),
        ("a = f(1)\nb = g(a)\nc = f(a)", ["[a = f(1) | b = g(a) < a | c = f(a) < a]"]),
        ("a = f(1)\na = f(2)", ["[a = f(1) | a = f(2)]"]),
        ("a = f(b)\nb = f(2)", ["[a = f(b) | b = f(2)]"]),
        ("a = f(1)\nb = g(a.x[0])", ["[a = f(1) | b = g(a.x[0]) < a]"]),
        ("a = f(1)\nb = g(lambda: a)", ["[a = f(1)]", "[b = g(lambda: a)]"]),
        ("a = f(1)\nb = g(lambda a: a)", ["[a = f(1) | b = g(lambda a: a)]"]),
        ("a = f(1)\nb = g([a for a in xs])", ["[a = f(1) | b = g([a for a in xs])]"]),
        ("a = f(1)\nb = g([i for i in a])", ["[a = f(1)]", "[b = g([i for i in a])]"]),
        ("a = f(1)\nb = g(f'{a}')", ["[a = f(1) | b = g(f'{a}') < a]"]),
        ("a = f(1)\nb = g(a=1)", ["[a = f(1) | b = g(a=1)]"]),
        ("a = f(1)\nb = g(x.a)", ["[a = f(1) | b = g(x.a)]"]),
        ("(a, *b) = f(1)\ng(*b)", ["[a, *b = f(1) | g(*b) < b]"]),
        ("f((a := 1))\ng(a)", ["[f((a := 1))]", "[g(a)]"]),
        ("g = f(1)\na = g(2)", ["[g = f(1)]", "a = g(2)"]),
        ("a = f(1)\na = f(2)\nc = f(a)", ["[a = f(1) | a = f(2) | c = f(a) < a]"]),
        ("a = f(1)\nc = f(a)\na = f(2)", ["[a = f(1) | c = f(a) < a | a = f(2)]"]),
        ("a = f(1)\nb = f(a)\nc = f(xs.pop())", ["[a = f(1) | b = f(a) < a]", "[c = f(xs.pop())]"]),
        ("a = f(1)\nb = f(sum(a))", ["[a = f(1) | b = f(sum(a)) < a]"]),
        ("sum = 1\na = f(1)\nb = f(sum(a))", ["sum = 1", "[a = f(1)]", "[b = f(sum(a))]"]),
        ("f(1)\nprint(2)\nx = 3\nf(4)", ["[f(1)]", "print(2) ; x = 3", "[f(4)]"]),
        ("a, b = f(1), g(2)", ["[f(1) | g(2)]"]),
        ("a = f(1) + g(2)\nb = f(3)", ["[f(1) | g(2) | b = f(3)]"]),
        ("a = f(1) + g(2)\nb = f(a)", ["[f(1) | g(2)]", "[b = f(a)]"]),
        ("a = f(1) + 1\nb = g(2) + 1\nuses_a()", ["[f(1) | g(2)]", "[uses_a()]"]),
        ("a = f(1)\nb = g(2) + 1\nc = f(a)", ["[a = f(1) | g(2) | c = f(a) < a]"]),
        ("a[0] = f(1)\na[1] = g(2)\nf(a)", ["[f(1) | g(2)]", "[f(a)]"]),
        ("a.append(f(1))\na.append(g(2))", ["[f(1) | g(2)]"]),
        ("a[b()] = f(1)\na[1] = g(2)\nf(3)", ["a[b()] = f(1)", "[g(2) | f(3)]"]),
        ("a.b = f(1)\nc = g(2)", ["a.b = f(1)", "[c = g(2)]"]),
        ("print(f(1), g(2))\nf(3)", ["[f(1) | g(2) | f(3)]"]),
        ("log(f(1), g(2))\nf(3)", ["[f(1) | g(2)]", "[f(3)]"]),
        ("a = [f(1), xs.pop(), g(2)]\nb = f(2)", ["a = [f(1), xs.pop(), g(2)]", "[b = f(2)]"]),
        ("a = h(f(1), g(f(2)))", ["[f(1) | f(2) | g(f(2)) < 1 | h(f(1), g(f(2))) < 0, 2]"]),
        ("if f(1) > g(2): f(3)", ["[f(1) | g(2)]"]),
        ("a = f(1) if b else g(2)", ["a = f(1) if b else g(2)"]),
        ("a = f(1) < g(2) < f(3), g(4)", ["a = (f(1) < g(2) < f(3), g(4))"]),
        ("a = [f(1), (b := g(2))]", ["a = [f(1), (b := g(2))]"]),
        ("a = {f(1): g(2), 3: f(4)}", ["a = {f(1): g(2), 3: f(4)}"]),
        ("f((b := 1))\na = f(2) + g(3)", ["[f((b := 1))]", "[f(2) | g(3)]"]),
    ],
)
def test_calls_run_together_and_wait_for_what_they_need(cell: str, expected: list[str]) -> None:
    """A name counts wherever in the arguments it is read, unless it is local there."""
    assert shape(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a = f(1)\nb = uses_a()", ["[a = f(1)]", "[b = uses_a()]"]),
        ("a = f(1)\nb = h()", ["[a = f(1)]", "[b = h()]"]),
        ("b = uses_a()\na = f(1)", ["[b = uses_a() | a = f(1)]"]),
        ("b = uses_a()\nf((a := 1))", ["[b = uses_a()]", "[f((a := 1))]"]),
        ("f()\nuses_a()\nf((a := 1))", ["[f() | uses_a()]", "[f((a := 1))]"]),
        ("a = f(1)\nf(a, (a := 2))", ["[a = f(1)]", "[f(a, (a := 2))]"]),
        (
            "def k(): return a\nk = 3\na = f(1)\nb = f(k)",
            ["def k(): ; k = 3", "[a = f(1) | b = f(k)]"],
        ),
        (
            "def k(): return a\na = f(1)\nb = k()",
            ["def k():", "[a = f(1)]", "[b = k()]"],
        ),
        (
            "def k(): return m()\ndef m(): return uses_a()\na = f(1)\nb = k()",
            ["def k(): ; def m():", "[a = f(1)]", "[b = k()]"],
        ),
        (
            "class C:\n x = lambda: a\na = f(1)\nb = f(C)",
            ["class C:", "[a = f(1)]", "[b = f(C)]"],
        ),
        (
            "def uses_a(): return 1\na = f(1)\nb = uses_a()",
            ["def uses_a():", "[a = f(1) | b = uses_a()]"],
        ),
        (
            "def k(a): return a\na = f(1)\nb = k(2)",
            ["def k(a):", "[a = f(1) | b = k(2)]"],
        ),
    ],
    ids=lambda value: value.replace("\n", " ; ") if isinstance(value, str) else "",
)
def test_a_call_waits_also_for_what_its_function_reads(cell: str, expected: list[str]) -> None:
    """A global that the function reads, or that a function it calls reads, is read serially too."""
    assert shape(cell) == expected


@pytest.mark.parametrize(
    ("cell", "last_is_task"),
    [
        ("def k(): pass\nk()", True),
        ("@decorated\ndef k(): pass\nk()", True),
        ("k = lambda: 1\nk()", True),
        ("k()\ndef k(): pass", False),
        ("class k: pass\nk()", False),
        ("async def k(): pass\nk()", False),
        ("def k(): yield\nk()", False),
        ("def k():\n def inner(): yield\n return 1\nk()", True),
        ("def k():\n def inner(): yield\n return inner\nk()", False),
        ("if x:\n def k(): pass\nk()", False),
        ("def k(): pass\nk = 3\nk()", False),
        ("def k(): pass\nk = f(1)\nk()", False),
        ("f = 3\nf()", False),
        ("import f\nf()", False),
        ("from m import x as f\nf()", False),
        ("from m import *\nf()", False),
        ("from m import *\ndef f(): pass\nf()", True),
        ("for f in xs: pass\nf()", False),
        ("with x as f: pass\nf()", False),
        ("try: pass\nexcept E as f: pass\nf()", False),
        ("del f\nf()", False),
        ("f += 1\nf()", False),
        ("class f: pass\nf()", False),
        ("[f := 1 for x in xs]\nf()", False),
        ("match x:\n case {'a': f}: pass\nf()", False),
        ("for x in [f for f in xs]: pass\nf()", True),
        ("def other():\n f = 1\nf()", True),
        ("class Other:\n f = 1\nf()", True),
    ],
    ids=lambda value: value.replace("\n", " ; ") if isinstance(value, str) else "",
)
def test_what_a_name_means_follows_the_cell(cell: str, *, last_is_task: bool) -> None:
    """A function defined in the cell counts from there on, until its name is bound again."""
    assert isinstance(steps_of(cell)[-1], Group) is last_is_task


def test_only_a_last_expression_is_the_value_of_the_cell() -> None:
    """As in any cell: not an assignment, and not an expression before the end."""
    [group] = steps_of("f(1)\nf(2)")
    assert isinstance(group, Group)
    assert [call.shown for call in group.calls] == [False, True]
    [group] = steps_of("f(1)\na = f(2)")
    assert isinstance(group, Group)
    assert [call.shown for call in group.calls] == [False, False]


def test_a_call_keeps_where_it_stands_and_where_its_value_goes() -> None:
    """So that a traceback and an assignment can be made from it."""
    [_, group] = steps_of("x = 1\n\na = b, c = f(x,\n  k=2)")
    assert isinstance(group, Group)
    [call] = group.calls
    assert (call.line, call.text) == (3, "a = b, c = f(x, k=2)")
    assert [ast.unparse(target) for target in call.targets] == ["a", "(b, c)"]
    assert ast.unparse(call.call) == "f(x, k=2)"
    assert isinstance(call.node, ast.Assign)


def test_an_empty_cell_has_no_steps() -> None:
    """Nothing is read out of nothing."""
    assert steps_of("# only a comment") == ()


@pytest.mark.parametrize(
    ("cell", "word", "line"),
    [
        ("x = 1\nawait f()", "await", 2),
        ("async with a: pass", "async with", 1),
        ("if x:\n\n async for a in b: pass", "async for", 3),
        ("x = 1\ny = [a async for a in b]", "async for", 2),
        ("f(await g())", "await", 1),
    ],
)
def test_a_cell_that_awaits_is_refused_with_its_line(cell: str, word: str, line: int) -> None:
    """The message says where such a statement can run."""
    with pytest.raises(PlanError, match=f"`{word}` in line {line}: .*in a cell of its own"):
        refuse_awaiting(ast.parse(cell))


def test_a_cell_may_define_functions_that_await() -> None:
    """They await when they are called, which is no business of the cell."""
    refuse_awaiting(ast.parse("async def k():\n await g()\n return [a async for a in b]"))


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("a, (b, *c) = d", {"a", "b", "c"}),
        ("a.b = c[d] = e", set()),
        ("a += 1", {"a"}),
        ("import a.b, c as d", {"a", "d"}),
        ("for a in b: c = 1", {"a", "c"}),
        ("with a as (b, c): pass", {"b", "c"}),
        ("try: pass\nexcept E as e: pass", {"e"}),
        ("def a():\n b = 1", {"a"}),
        ("[(b := a) for a in c]", {"b"}),
        ("f(x := 1, lambda: (y := 2))", {"x"}),
        ("global a\na = 1", {"a"}),
        ("@(d := e)\ndef a(b=(c := 1)): f = 1", {"a", "c", "d"}),
        ("class a(b, k=(c := 1)):\n f = 1", {"a", "c"}),
        ("from m import *", {"*"}),
        ("async def a(): b = 1", {"a"}),
        ("del a", {"a"}),
        ("match a:\n case [b, *c] | {'k': b, **c}: pass", {"b", "c"}),
    ],
    ids=lambda value: value.replace("\n", " ; ") if isinstance(value, str) else "",
)
def test_the_names_that_a_statement_binds_are_known(statement: str, names: set[str]) -> None:
    """What is local to a function, a lambda or a comprehension is not among them."""
    assert bound_names(ast.parse(statement)) == names
