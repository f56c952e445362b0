"""The code of a %pmap line: its two forms, what is split where, and the answers to slips."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from parmagic.errors import PlanError
from parmagic.measure.label import function_of
from parmagic.modules.quiet import parsed
from parmagic.plan.line import read_line
from parmagic.plan.names import missing_name_message
from parmagic.plan.quote import quoting


@pytest.mark.parametrize(
    ("code", "function", "items"),
    [
        ("square numbers", "square", "numbers"),
        ("  square   numbers  ", "square", "numbers"),
        ("f [0, -1]", "f", "[0, -1]"),
        ("f (a -w)", "f", "(a -w)"),
        ("f -numbers", "f", "-numbers"),
        ("f {'a': 1}", "f", "{'a': 1}"),
        ("f 'two words; # and $x'", "f", "'two words; # and $x'"),
        ('f """a "b" c"""', "f", '"""a "b" c"""'),
        ("f (x for x in y)", "f", "(x for x in y)"),
        ("np.sqrt xs", "np.sqrt", "xs"),
        ("partial(f, 2) xs", "partial(f, 2)", "xs"),
        ('"é ü".join rows', '"é ü".join', "rows"),
        ("square numbers + 1", "square", "numbers + 1"),
        ("square xs if xs else []", "square", "xs if xs else []"),
        ("f if c else g xs", "f if c else g", "xs"),
        ("f (1, 2)", "f", "(1, 2)"),
        ("(lambda x: x*x) xs", "(lambda x: x*x)", "xs"),
        ("lambda x: x + 1 range(1, 10)", "lambda x: x + 1", "range(1, 10)"),
        ("lambda x: x - 1 [1, 2]", "lambda x: x - 1", "[1, 2]"),
        ("lambda x: f (x) [1, 2]", "lambda x: f (x)", "[1, 2]"),
        ("lambda x, k=2: x * k numbers", "lambda x, k=2: x * k", "numbers"),
    ],
)
def test_a_function_and_an_iterable_are_split_where_a_reader_would(
    code: str, function: str, items: str
) -> None:
    """At the first white space that leaves two expressions; after a lambda, at the last."""
    line = read_line(code)
    assert (line.function, line.items) == (function, items)
    assert line.expression is None
    assert not line.spread


@pytest.mark.parametrize(
    ("code", "expression", "parameters", "items"),
    [
        ("square(x) for x in numbers", "square(x)", ("x",), "numbers"),
        ("square(x) + offset for x in range( 9 )", "square(x) + offset", ("x",), "range( 9 )"),
        ("(a)+(b) for a in xs", "(a)+(b)", ("a",), "xs"),
        ('x["for"] for x in "a for b"', 'x["for"]', ("x",), '"a for b"'),
        ("x in y for x in xs", "x in y", ("x",), "xs"),
        ("sum(x for x in y) for y in ys", "sum(x for x in y)", ("y",), "ys"),
        ("f(x) for x in [y for y in ys if y in z]", "f(x)", ("x",), "[y for y in ys if y in z]"),
        ("'é' + x for x in 'ñ é'", "'é' + x", ("x",), "'ñ é'"),
        ("-x for x in xs", "-x", ("x",), "xs"),
        ("f(id) for id in ids", "f(id)", ("id",), "ids"),
        ("(y := f(x)) * y for x in xs", "(y := f(x)) * y", ("x",), "xs"),
        ('f"{x!r:>{w}} {{" for x in xs', 'f"{x!r:>{w}} {{"', ("x",), "xs"),
        ('f"for{x}" for x in xs', 'f"for{x}"', ("x",), "xs"),
        ("f(x)\n for x\n in xs", "f(x)", ("x",), "xs"),
    ],
)
def test_one_plain_loop_takes_its_items_from_the_iterable_itself(
    code: str, expression: str, parameters: tuple[str, ...], items: str
) -> None:
    """So a list or a range can be cut into slices."""
    line = read_line(code)
    assert (line.expression, line.parameters, line.items) == (expression, parameters, items)
    assert line.function is None
    assert not line.spread


NUMBERS = {"xs": [1, 2, 3], "ps": [(1, (2, 3, 4)), (5, (6, 7))], "g": lambda x: x % 2}


@pytest.mark.parametrize(
    ("code", "parameters", "made"),
    [
        ("f(x) for x in xs if x % 2", ("x",), [(1,), (3,)]),
        ("f(x, y) for x in xs for y in range(x) if y", ("x", "y"), [(2, 1), (3, 1), (3, 2)]),
        ("f(y, x) for x in xs if x > 1 for y in [0]", ("x", "y"), [(2, 0), (3, 0)]),
        ("f(a) for a, b in ps", ("a",), [(1,), (5,)]),
        ("f(a, *r) for a, (b, *r) in ps", ("a", "r"), [(1, [3, 4]), (5, [7])]),
        ("f(b) for (a, [b, *_]) in ps", ("b",), [(2,), (6,)]),
        ("f(y) for x in xs if (y := g(x))", ("y",), [(1,), (1,)]),
        ("f() for _ in xs", (), [(), (), ()]),
        ("[x for x in y] for y, x in ps", ("y",), [(1,), (5,)]),
    ],
)
def test_any_other_loop_is_run_in_the_notebook_for_the_arguments_alone(
    code: str, parameters: tuple[str, ...], made: list[tuple[object, ...]]
) -> None:
    """Each item is then a tuple of what the expression reads."""
    line = read_line(code)
    assert line.parameters == parameters
    assert line.spread
    assert list(eval(line.items, dict(NUMBERS))) == made  # noqa: S307 - code from the table above


@pytest.mark.parametrize(
    ("code", "text", "silent"),
    [
        ("f xs", "f xs", False),
        ("f xs;", "f xs", True),
        ("f xs ;  # no value", "f xs", True),
        ("f xs  # not silent;", "f xs", False),
        ("f 'a;'", "f 'a;'", False),
        ("f '#';", "f '#'", True),
        ("f(x) for x in xs;", "f(x) for x in xs", True),
    ],
)
def test_a_final_semicolon_silences_and_a_comment_is_dropped(
    code: str, text: str, *, silent: bool
) -> None:
    """Unless they stand in a string."""
    line = read_line(code)
    assert (line.text, line.silent) == (text, silent)


@pytest.mark.parametrize(
    ("code", "names", "items_names"),
    [
        ("square(x) + offset for x in numbers", ("square", "offset"), ("numbers",)),
        ("f(x, y) for x in xs if p(x) for y in x", ("f",), ("xs", "p")),
        ("np.add(x, [x for x in k]) for x in np.arange(9)", ("np", "k"), ("np",)),
        ("(y := f(x)) + y for x in xs", ("f",), ("xs",)),
        ("print(len(x)) for x in range(3)", (), ()),
        ("(lambda v: v + w)(x) for x in xs", ("w",), ("xs",)),
        ("f'{x:{w}}' for x in xs", ("w",), ("xs",)),
        ("square numbers", ("square",), ("numbers",)),
        ("lambda x: x + k sorted(xs)", ("k",), ("xs",)),
    ],
)
def test_the_names_that_must_exist_are_known_before_anything_starts(
    code: str, names: tuple[str, ...], items_names: tuple[str, ...]
) -> None:
    """Without the loop's own names and without built-in ones."""
    line = read_line(code)
    assert (line.names, line.items_names) == (names, items_names)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("", "`%pmap square(x) for x in numbers`"),
        ("  # only a comment", "`%pmap square numbers`"),
        (";", "nothing to run"),
        ("square(10)", "`%pmap square range(10)` or `%pmap square [10]`?"),
        ("square (10)", "`%pmap square range(10)`"),
        ("square -1", "`-1` is not an iterable: did you mean `%pmap square [-1]`?"),
        ("square 1 -2 3.5", "need brackets and commas: did you mean `%pmap square [1, -2, 3.5]`?"),
        ("square x in xs", "`for` is missing: did you mean `%pmap square(x) for x in xs`?"),
        ("range(10)", "no function stands before `range(10)`: type e.g. `%pmap square range(10)`"),
        ("[1, 2]", "no function stands before `[1, 2]`: type e.g. `%pmap square [1, 2]`"),
        ("square 10", "`10` is not an iterable: did you mean `%pmap square range(10)`"),
        ("square(numbers)", "did you mean `%pmap square numbers`?"),
        ("square(-3)", "did you mean `%pmap square [-3]`?"),
        ("square('a')", "did you mean `%pmap square ['a']`?"),
        ("square(*xs)", "did you mean `%pmap square xs`?"),
        ("simulate()", "did you mean `%pmap simulate() for _ in range(10)`?"),
        ("f(xs, 2, k=3)", "did you mean `%pmap f(x, 2, k=3) for x in xs`?"),
        ("f(1, 2)", "did you mean `%pmap f(x, 2) for x in numbers`?"),
        ("square", "`%pmap square numbers`, or `%pmap square(x) for x in numbers`"),
        ("np.sqrt", "`%pmap np.sqrt numbers`"),
        ("lambda x: x - 1", "`%pmap lambda x: x - 1 numbers`"),
        ("square, numbers", "did you mean `%pmap square numbers`?"),
        ("square,numbers", "did you mean `%pmap square numbers`?"),
        ("square,", "did you mean `%pmap square numbers`?"),
        ("pow, xs, ys", "did you mean `%pmap pow(x, y) for x, y in zip(xs, ys)`?"),
        ("f, 1, 2", "did you mean `%pmap f [1, 2]`?"),
        ("pow xs ys", "did you mean `%pmap pow(x, y) for x, y in zip(xs, ys)`?"),
        ("pow xs, ys", "did you mean `%pmap pow(x, y) for x, y in zip(xs, ys)`?"),
        ("f 1, 2, 3", "did you mean `%pmap f [1, 2, 3]`?"),
        ("map(square, numbers)", "did you mean `%pmap square numbers`?"),
        ("list(map(square, numbers))", "did you mean `%pmap square numbers`?"),
        ("map(pow, xs, ys)", "did you mean `%pmap pow(x, y) for x, y in zip(xs, ys)`?"),
        ("'f(x) for x in xs'", "no quotes around it: did you mean `%pmap f(x) for x in xs`?"),
        ("'square xs'", "no quotes around it: did you mean `%pmap square xs`?"),
        ("'square' xs", "no quotes around it: did you mean `%pmap square xs`?"),
        ("sum(f(x) for x in xs)", "`%pmap f(x) for x in xs`, then sum() of the result"),
        ("add xs, b=10", "goes into a call: did you mean `%pmap add(x, b=10) for x in xs`?"),
        ("add f(1) b=10", "goes into a call: did you mean `%pmap add(x, b=10) for x in f(1)`?"),
        ("[await f(x) for x in xs]", "without the brackets: `%pmap f(x) for x in xs`"),
        ("[f(x) for x in xs]", "without the brackets: `%pmap f(x) for x in xs`"),
        ("(f(x) for x in xs)", "without the brackets: `%pmap f(x) for x in xs`"),
        ("{f(x) for x in xs if x}", "`%pmap f(x) for x in xs if x`, then set()"),
        ("{x: f(x) for x in xs}", "`%pmap (x, f(x)) for x in xs`, then dict()"),
        ("f(x for x in xs)", "did you mean `%pmap f(x) for x in xs`?"),
        ("for x in xs: f(x)", "did you mean `%pmap f(x) for x in xs`?"),
        ("for x in xs: y = f(x)", "without a colon: did you mean `%pmap f(x) for x in xs`?"),
        ("for x in xs f(x)", "the expression comes first: did you mean `%pmap f(x) for x in xs`?"),
        ("for i = 1:3 f(i)", "comes first: did you mean `%pmap f(i) for i in range(1, 4)`?"),
        (
            "for x in xs",
            "an expression stands before `for`: type e.g. `%pmap square(x) for x in xs`",
        ),
        ("for x = 1:10", "type e.g. `%pmap square(x) for x in range(1, 11)`"),
        ("f 1:10", "a range is written `range(1, 11)`: did you mean `%pmap f range(1, 11)`?"),
        ("f [1:10]", "a range is written `range(1, 11)`: did you mean `%pmap f range(1, 11)`?"),
        ("f(x) for x = -1:n", "did you mean `%pmap f(x) for x in range(-1, n + 1)`?"),
        ("f(x) for x in 1..9", "did you mean `%pmap f(x) for x in range(1, 10)`?"),
        (
            "f(x) for x = xs",
            "written `for NAME in ITERABLE`: did you mean `%pmap f(x) for x in xs`?",
        ),
        ("f(x) for x numbers", "did you mean `%pmap f(x) for x in numbers`?"),
        ("f(x) for x of xs", "did you mean `%pmap f(x) for x in xs`?"),
        ("f(x) for each x in xs", "did you mean `%pmap f(x) for x in xs`?"),
        ("f(x) foreach x in xs", "did you mean `%pmap f(x) for x in xs`?"),
        ("for each in xs: f(each)", "did you mean `%pmap f(each) for each in xs`?"),
        ("f(x) for x in range 5", "needs brackets: did you mean `%pmap f(x) for x in range(5)`?"),
        ("f(x) for x in range 1 n", "did you mean `%pmap f(x) for x in range(1, n)`?"),
        ("f(x) for x in 1 2 3", "did you mean `%pmap f(x) for x in [1, 2, 3]`?"),
        ("f(x, y) for x, y in xs, ys", "did you mean `%pmap f(x, y) for x, y in zip(xs, ys)`?"),
        ("f(x, y) for x in xs, y in ys", "did you mean `%pmap f(x, y) for x, y in zip(xs, ys)`?"),
        ("f(x, y) for x, y in (1, 2), (3, 4)", "`%pmap f(x, y) for x, y in [(1, 2), (3, 4)]`?"),
        ("(f(x) for  x in xs)", "without the brackets: `%pmap f(x) for x in xs`"),
        ("f in [1,2]", "between the function and the iterable: did you mean `%pmap f [1,2]`?"),
        ("f in 1, 2", "between the function and the iterable: did you mean `%pmap f [1, 2]`?"),
        ("f over xs", "between the function and the iterable: did you mean `%pmap f xs`?"),
        ("f *xs", "the iterable: did you mean `%pmap f(*x) for x in xs` or `%pmap f xs`?"),
        ("return f(x) for x in xs", "leave out `return`: did you mean `%pmap f(x) for x in xs`?"),
        ("async f(x) for x in xs", "leave out `async`: did you mean `%pmap f(x) for x in xs`?"),
        ("f -> xs", "between the function and the iterable: did you mean `%pmap f xs`?"),
        ("f(x) forx in xs", "`for` is missing: did you mean `%pmap f(x) for x in xs`?"),
        ("f forx in xs", "`for` is missing: did you mean `%pmap f(x) for x in xs`?"),
        ("f(x) x in xs", "`for` is missing: did you mean `%pmap f(x) for x in xs`?"),
        ("make(3) x in xs", "`for` is missing: did you mean `%pmap make(3)(x) for x in xs`?"),
        ("map square xs", "does what `map` does: did you mean `%pmap square xs`?"),
        ("map pow xs ys", "did you mean `%pmap pow(x, y) for x, y in zip(xs, ys)`?"),
        ("f(x)", "did you mean `%pmap f(x) for x in numbers` or `%pmap f x`?"),
        ("f(x) for x in xs:", "no colon ends the line: did you mean `%pmap f(x) for x in xs`?"),
        ("f(x) for x in xs if x :", "did you mean `%pmap f(x) for x in xs if x`?"),
        ("x, f(x) for x in xs", "need brackets: did you mean `%pmap (x, f(x)) for x in xs`?"),
        ("x, [y for y in x] for x in xs:", "`%pmap (x, [y for y in x]) for x in xs`?"),
        ("ys = f(x) for x in xs", "did you mean `ys = %pmap f(x) for x in xs`?"),
        ("f x for x in xs", "did you mean `%pmap f(x) for x in xs`?"),
        ("f for x in xs", "did you mean `%pmap f(x) for x in xs`?"),
        ("lambda x: x+1 for x in xs", "did you mean `%pmap x + 1 for x in xs`?"),
        ("f xs; g ys", "put `g ys` on its own line"),
        ("b'a' xs", "`b'a'` is not a function"),
        ("[f, g] xs", "`[f, g]` is not a function"),
        ("a + b", "`a + b` is one value: type e.g. `%pmap a + b for x in numbers`"),
        ("a < b", "`a < b` is one value: type e.g. `%pmap a < b for x in numbers`"),
        ("'word'", "`'word'` is one value"),
        ("f(x) for x in xs, ys", "need brackets: did you mean `%pmap f(x) for x in [xs, ys]`?"),
        ("f xs 2", "goes into a call: did you mean `%pmap f(x, 2) for x in xs`?"),
        ("(t := t + x) for x in xs", "`t := t + x` carries `t` from one item to the next"),
        ("f(x) for p.x in xs", "use a plain name"),
        ("f(x) for d[0] in xs", "use a plain name"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(code: str, answer: str) -> None:
    """In one line, with a line to type instead."""
    with pytest.raises(PlanError) as caught:
        read_line(code)
    assert answer in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("f(x) for x in", "at the end of the line"),
        ("f(x for x in xs", "was never closed, at `(x`, character 2"),
        ("f(x) for x in [1, 2", "'[' was never closed, at `[1,`, character 15"),
        ("f x)", "unmatched ')', at `)`, character 4"),
        ("f 'abc", "unterminated string"),
        ("f $x", "at `$x`, character 3"),
        ("x => x + 1 xs", "at `=>`, character 3"),
        ("é $x", "at `$x`, character 3"),
        ("f (a]", "at `]`, character 5"),
        ("while True: f(x)", "at `while`, character 1"),
        ("[x := 1 for x in xs] for y in ys", "cannot rebind comprehension iteration variable"),
        ("f(x) for x in (y := xs)", "assignment expression cannot be used"),
        (f"f({'x, ' * 99}", "`f(x, x, x,"),
    ],
)
def test_a_syntax_error_says_what_and_where_in_one_line(code: str, answer: str) -> None:
    """With Python's own reason, and the place by its text and its number."""
    with pytest.raises(PlanError) as caught:
        read_line(code)
    message = str(caught.value)
    assert answer in message
    assert "\n" not in message
    assert "<" not in message  # no file name of ours
    assert len(message) < 240


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("await f(x) for x in xs", "a task awaits the coroutine that it returns, so leave it out"),
        ("f(x) async for x in xs", "`async for` cannot stand"),
        ("f(await x) xs", "into an `async def`"),
        ("f (await xs)", "or on a line before"),
        ("(yield x) for x in xs", "`yield` cannot stand"),
    ],
)
def test_what_only_an_async_function_can_do_is_refused(code: str, answer: str) -> None:
    """A task is an ordinary call."""
    with pytest.raises(PlanError, match=answer):
        read_line(code)


@pytest.mark.parametrize("code", ["'a' (b)", r"f '\d'", r"f('\d', x) for x in xs", "f(x is 1)"])
def test_reading_a_line_warns_of_nothing(code: str) -> None:
    """Python's warnings about the code come when it runs, once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            line = read_line(code)
            assert line.names or line.items_names
        except PlanError:
            pass
    assert caught == []


@pytest.mark.parametrize(
    "code", [r"f('\d')", "1if x else 2", "[0x1for x in f(x)]", "1jif x else f(x)", "f(1.or x)"]
)
@pytest.mark.parametrize(
    "read", [parsed, function_of, lambda code: quoting(code)(parsed(code).body[0])]
)
def test_reading_code_of_a_cell_again_warns_of_nothing(
    code: str, read: Callable[[str], object]
) -> None:
    """The cell has said it, whatever else is to be known of it."""
    function_of.cache_clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read(code)
    assert caught == []


def test_a_missing_name_is_answered_with_the_nearest_one() -> None:
    """From the notebook first, and from Python's built-in names."""
    notebook = {"square": 1, "_squar": 2}
    assert missing_name_message("squar", notebook) == (
        "name `squar` is not defined: did you mean `square`?"
    )
    assert "did you mean `range`?" in missing_name_message("rnage", notebook)
    assert missing_name_message("XS", {"xs": 1, "XY": 2}).endswith("did you mean `xs`?")
    assert missing_name_message("F", {"f": 1}).endswith("did you mean `f`?")
    for name in ("zzz", "score", "squar"):  # `sorted` is no more like it than many a name
        assert "run the cell that defines it first" in missing_name_message(name, {"other": 1})


@pytest.mark.parametrize(
    "code", ["square numbers", "x + n for x in xs", "lambda x: x + n range(9)"]
)
def test_a_line_that_is_run_again_is_not_parsed_again(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That took longer than to run eight short tasks."""
    before = read_line(code), read_line(code).names, read_line(code).items_names
    compiled: list[object] = []

    def counting(source: Any, *given: Any, **named: Any) -> Any:
        compiled.append(source)
        return real(source, *given, **named)

    real = builtins.compile
    monkeypatch.setattr(builtins, "compile", counting)
    line = read_line(code)

    assert (line, line.names, line.items_names) == before
    assert compiled == []
