"""Slips between the options and the code of a %pmap line, each answered with what was meant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from kernel import Notebook
from parmagic.errors import PlanError
from parmagic.magics.options import parse
from parmagic.magics.slips import read_code, refuse_late
from parmagic.run.backend import BACKENDS

pytestmark = pytest.mark.by_any_method  # nothing is run

FUNCTIONS = """
def add(a, b): return a + b
def most(a, b, c=0): return a + b + c
def one(a): return a + 1
def perhaps(a, b=2): return a + b
def any_number(*args): return sum(args)
def inner(a): return add(a)
def nothing(): return 1
def keyword(*, a): return a
xs, ys = [1, 2], [3, 4]
"""
NAMES: dict[str, object] = {
    "square": abs,
    "numbers": [1, 2],
    "n": 4,
    "w": 1,
    "tolerance": 1e-3,
}


def answer(line: str) -> str:
    """Return what is said of a line; nothing if it can be read, and nothing is found in it."""
    try:
        _, code = parse("pmap", line, NAMES)
        refuse_late(line, code, read_code(line, code, NAMES), NAMES)
    except PlanError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("square range(3) --compare", "--compare square range(3)"),
        ("square numbers --compare;", "--compare square numbers"),
        ("square numbers -q", "-q square numbers"),
        ("square range(5) -w 2", "-w 2 square range(5)"),
        ("square range(5) -w n", "-w n square range(5)"),
        ("square range(5) -w2", "-w2 square range(5)"),
        ("square range(5) -qw2", "-qw2 square range(5)"),
        ("square range(5) --workers=2", "--workers=2 square range(5)"),
        ("square range(5) --no-plot", "--no-plot square range(5)"),
        ("square range(5) --plot timeline", "--plot timeline square range(5)"),
        ("square range(5) -c thread,pool", "-c thread,pool square range(5)"),
        ('square range(5) --save "a b.png"', '--save "a b.png" square range(5)'),
        ("square range(5) -o run --errors keep", "-o run --errors keep square range(5)"),
        ("-b thread square range(5) -w 2", "-b thread -w 2 square range(5)"),
        ("square -w 2 range(5)", "-w 2 square range(5)"),
        ("square --compare range(5)", "--compare square range(5)"),
        ("square(x) for x in numbers -w 2", "-w 2 square(x) for x in numbers"),
        ("square(x) for x in numbers --compare", "--compare square(x) for x in numbers"),
        ("lambda x: x + 1 numbers -w 2", "-w 2 lambda x: x + 1 numbers"),
        ("-- -square(x) for x in numbers -w 2", "-w 2 -- -square(x) for x in numbers"),
    ],
)
def test_options_after_the_code_are_put_before_it(line: str, meant: str) -> None:
    """The whole line that was meant, and it can be read."""
    assert answer(line) == f"options come first: `%pmap {meant}`"
    assert answer(meant) == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("square numbers -k", ""),
        ("square numbers -t", "`-t` needs a value, and @: `%pmap -t 60 square numbers`"),
        ("square numbers -qt;", "`-t` needs a value, and @: `%pmap -qt 60 square numbers`"),
        ("square numbers -t -q", "`-t` needs a value, and @: `%pmap -t 60 -q square numbers`"),
        ("square numbers --workers", "`--workers` needs a value, and @: `%pmap --workers 8 square"),
        ("square numbers --workers=", "`--workers` needs a value, and @: `%pmap --workers 8 squar"),
        ("-q square numbers -b", "`-b` needs a value, and @: `%pmap -q -b thread square numbers`"),
        (
            "square(x) for x in numbers -o  # run",
            "`-o` needs a value, and @: `%pmap -o run square(",
        ),
        ("square numbers -b pool -t", "`-t` needs a value, and @: `%pmap -b pool -t 60 square num"),
        ("square(3) -t", "`-t` needs a value, and @, as in `%pmap -t 60 ...`; and `square(3)` is"),
        ("square numbers --comapre", "unknown option `--comapre`, and @: `%pmap --compare square"),
        ("square numbers -compare;", "unknown option `-compare`, and @: `%pmap --compare square"),
        ("square numbers --workres 4", "unknown option `--workres`, and @: `%pmap --workers 4 squ"),
        ("square numbers --workres=4", "unknown option `--workres`, and @: `%pmap --workers=4 squ"),
        (
            "square numbers --workres",
            "unknown option `--workres`, `--workers` needs a value, and @",
        ),
        ("square numbers --no-plto", "unknown option `--no-plto`, and @: `%pmap --no-plot square"),
        ("square numbers --verbose", ""),
        ("square numbers -b proces", "@: `%pmap -b proces square numbers`; and `-b proces`: -b"),
        ("square [1, 2] -w 0", "@: `%pmap -w 0 square [1, 2]`; and `-w 0`: -w takes"),
    ],
)
def test_late_options_that_are_wrong_besides_say_both(line: str, said: str) -> None:
    """One without its value, or misspelt; where nothing is near, it is a name like any other."""
    answered = answer(line)
    assert answered.startswith(said.replace("@", "options come first"))
    assert said or not answered


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("square numbers, workers=2", "--workers 2 square numbers"),
        ("workers=n square numbers", "--workers n square numbers"),
        ('-q square numbers backend="thread"', '-q --backend "thread" square numbers'),
        ("square numbers compare=True", "--compare square numbers"),
        ("square, numbers, max_tasks=3", "--max-tasks 3 ..."),
        ("queue=square numbers", ""),
        ("square numbers backend=square", ""),
        ("square numbers other=2", ""),
    ],
)
def test_an_option_written_as_an_argument_is_answered_with_its_name_on_a_line(
    line: str, meant: str
) -> None:
    """As `parmagic.pmap` takes it; where its value is none of the option, it is other code."""
    answered = answer(line)
    assert ("is for `parmagic.pmap`: type" in answered) == bool(meant)
    assert answered.endswith(f"type `%pmap {meant}`") or not meant


def test_a_backend_without_its_option_is_not_taken_for_a_function() -> None:
    """Unless the notebook has one of that name."""
    assert answer("-q thread square numbers") == "did you mean `%pmap -q -b thread square numbers`?"
    assert answer("auto square [1]") == "did you mean `%pmap -b auto square [1]`?"


def test_items_alone_are_not_taken_for_a_function() -> None:
    """They are what a function is run over."""
    said = answer("numbers")
    assert said == "no function stands before `numbers`: type e.g. `%pmap square numbers`"


@pytest.mark.parametrize(
    "code",
    [
        "square numbers - w",
        "square numbers -w",
        "square numbers --w",
        "square [x -w for x in numbers]",
        "square (n -w)",
        "x --n for x in numbers",
        "x -n for x in numbers if x -w",
        "square '-w 2'",
    ],
)
def test_code_that_can_be_read_and_whose_names_exist_is_never_doubted(code: str) -> None:
    """A minus before a name is a minus."""
    assert answer(code) == ""


def test_a_second_slip_beside_late_options_is_named_too() -> None:
    """So that the line is not refused twice."""
    said = answer("square(3) -w 2")
    assert said.startswith(
        "options come first, as in `%pmap -w 2 ...`; and `square(3)` is a single"
    )
    assert "did you mean `%pmap square range(3)`" in said


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("-c threads square range(3)", "`-c threads`: did you mean `-c thread`?"),
        ("-c threads square numbers", "`-c threads`: did you mean `-c thread`?"),
        ("-qc threads square numbers", "`-c threads`: did you mean `-c thread`?"),
        ("-c thread, pool square range(3)", "did you mean `-c thread,pool`, without spaces?"),
        ("-c thread , pool square range(3)", "did you mean `-c thread,pool`, without spaces?"),
        ("-c thread pool square range(3)", "did you mean `-c thread,pool`, without spaces?"),
        ("-c thread,poll square range(3)", "`-c thread,poll`: did you mean `-c thread,pool`?"),
        ("-c all pool square range(3)", "did you mean `-c all`"),
        ("-c auto square range(3)", "`-c auto`: -c takes names of"),
        ("-cthreads square range(3)", "did you mean `thread`?"),
        ("--plot foo square range(3)", "no chart 'foo'. The kinds are summary, timeline"),
        ("--plot timelin square range(3)", "did you mean 'timeline'?"),
        ("--sweep a square range(3)", "`--sweep a`: --sweep takes numbers of workers"),
        ("--sweep 1, 2 square range(3)", "did you mean `--sweep 1,2`, without spaces?"),
        ("--sweep 1 2 square range(3)", "did you mean `--sweep 1,2`, without spaces?"),
        ("--sweep 4 square range(3)", "`--sweep 4`: did you mean `--sweep=4`?"),
        ("--sweep 0 square range(3)", "`--sweep 0`: --sweep takes numbers of workers from 1 up"),
        ("--sweep 1,x square range(3)", "`--sweep 1,x`: --sweep takes numbers of workers"),
        ("--sweep all square range(3)", "`--sweep all`: --sweep takes numbers of workers"),
        ("--close tolerance square range(3)", "type `--close=tolerance`"),
        ("-workers 2 square range(3)", "unknown option `-workers`; did you mean `--workers`?"),
        ("-compare square range(3)", "unknown option `-compare`; did you mean `--compare`?"),
    ],
)
def test_a_misspelt_value_of_an_option_is_not_taken_for_code(line: str, meant: str) -> None:
    """Also where the value may be left out, and the code could begin there."""
    assert meant in answer(line)


@pytest.mark.parametrize("line", ["--plot square numbers w", "-c square numbers w"])
def test_a_function_after_such_an_option_is_the_code(line: str) -> None:
    """The slip is then in the code, and so is the answer."""
    assert "several iterables go through zip" in answer(line)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("add [1, 2], [3, 4]", "add(a, b) for a, b in zip([1, 2], [3, 4])"),
        ("add xs, ys", "add(a, b) for a, b in zip(xs, ys)"),
        ("add xs, ys, xs", "add(x, y, z) for x, y, z in zip(xs, ys, xs)"),
        ("add range(2), range( 3 )", "add(a, b) for a, b in zip(range(2), range( 3 ))"),
        ("add [1, 2] [3, 4]", "add(a, b) for a, b in zip([1, 2], [3, 4])"),
        ("add [1] [3]", "add(a, b) for a, b in zip([1], [3])"),
        ("one [1] [3]", "one(x, y) for x, y in zip([1], [3])"),
        ("add xs [3]", "add(a, b) for a, b in zip(xs, [3])"),
        ("add range(2) range(3)", "add(x, y) for x, y in zip(range(2), range(3))"),
        ("perhaps [1, 2] [3, 4]", "perhaps(x, y) for x, y in zip([1, 2], [3, 4])"),
        ("one [1, 2], [3, 4]", "one [[1, 2], [3, 4]]"),
        ("one xs, ys", "one [xs, ys]"),
        ("perhaps xs, ys", "perhaps(x, y) for x, y in zip(xs, ys)"),
        ("perhaps [1, 2], [3, 4]", "perhaps [[1, 2], [3, 4]]"),
        ("any_number [1, 2], [3, 4]", "any_number [[1, 2], [3, 4]]"),
    ],
)
def test_several_iterables_go_where_the_function_takes_them(
    notebook: Notebook, code: str, meant: str
) -> None:
    """Through zip if it needs several arguments; where that is open, by the look of the line."""
    notebook.do(FUNCTIONS)

    assert notebook.run(f"%pmap {code}").usage_error.endswith(f": did you mean `%pmap {meant}`?")


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("add 1000 [1, 2]", "add(1000, b) for b in [1, 2]"),
        ("add xs 3", "add(x, 3) for x in xs"),
        ("range(8) one", "one range(8)"),
        ("[1, 2] one", "one [1, 2]"),
        ("one(a) for a in 1, 2, 3", "one(a) for a in [1, 2, 3]"),
        ("add(a, b) in pairs", "add(a, b) for a, b in pairs"),
        ("one(a) in xs", "one(a) for a in xs"),
        ("xs.apply(one)", "one xs"),
        ("table['n'].map(lambda x: x + 1)", "lambda x: x + 1 table['n']"),
        ("one range 5", "one range(5)"),
        ("one range 1 5", "one range(1, 5)"),
        ("xs.apply(add, args=(2,))", "add(x, 2) for x in xs"),
        ("xs.apply(add, b=2)", "add(x, b=2) for x in xs"),
        ("xs.apply(lambda a, b: a + b, args=[2])", "(lambda a, b: a + b)(x, 2) for x in xs"),
        ("table.apply(most, args=(2,), axis=1)", "most(row, 2) for _, row in table.iterrows()"),
        ("table.apply(one, axis=1)", "one(row) for _, row in table.iterrows()"),
        ("table.apply(lambda r: one(r.n), axis=1)", "one(r.n) for _, r in table.iterrows()"),
        ("pool.map(one, range(8))", "one range(8)"),
        ("pool.map(add, xs, ys)", "add(x, y) for x, y in zip(xs, ys)"),
        ("pool.imap_unordered(one, xs, chunksize=2)", "one xs"),
        ("process_map(one, xs, max_workers=2)", "one xs"),
        ("list(pool.map(one, xs))", "one xs"),
        ("pool.starmap(add, zip(xs, ys))", "add(*x) for x in zip(xs, ys)"),
        ("starmap(add, zip(xs, ys))", "add(*x) for x in zip(xs, ys)"),
        ("table.groupby('n').apply(one)", "one(group) for _, group in table.groupby('n')"),
        ("executor.submit(one, 1)", "one range(1)` or `%pmap one [1]"),
        ("[one(x) for x in xs].map(one)", "one [one(x) for x in xs]"),
        ("Parallel(n_jobs=2)(delayed(one)(x) for x in xs)", "one(x) for x in xs"),
    ],
)
def test_what_plain_python_or_pandas_would_take_is_answered_with_a_line_that_can_be_read(
    notebook: Notebook, code: str, meant: str
) -> None:
    """A number among lists, a wrong order, a forgotten `for`, methods that map."""
    notebook.do(FUNCTIONS)

    assert notebook.run(f"%pmap {code}").usage_error.endswith(f": did you mean `%pmap {meant}`?")
    assert answer(meant.partition("`")[0]) == ""


def test_calls_that_are_handed_to_another_library_are_answered_with_the_call() -> None:
    """In brackets or not; and only those, in a line that can be read, that such a library takes."""

    def delayed() -> None: ...

    for code in ("ex.submit(square, x) for x in numbers", "delayed(square)(x) for x in numbers"):
        assert answer(f"[{code}]").endswith("brackets: `%pmap square(x) for x in numbers`")
        assert answer(code.replace("ex.", "n.")) == ""
    delayed.__module__ = "joblib.parallel"
    with ThreadPoolExecutor() as ex:
        names = {**NAMES, "delayed": delayed, "ex": ex, "joblib": ModuleType("joblib")}
        for code in (
            "ex.submit(square, x) for x in numbers",
            "delayed(square)(x) for x in numbers",
            "joblib.delayed(square)(x) for x in numbers",
        ):
            with pytest.raises(PlanError, match=r"did you mean `%pmap -q square\(x\) for x in num"):
                read_code(f"-q {code}", code, names)
        assert read_code("square(ex) for x in numbers", "square(ex) for x in numbers", names).names


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "square [\u201ca\u201d]",
            '`\u201d` (right double quotation mark) is typed `"`: did you mean',
        ),
        (
            "square \u2018abc\u2019",
            "`\u2019` (right single quotation mark) is typed `'`: did you mean",
        ),
        (
            "\u2013w 2 square numbers",
            "`\u2013` (en dash) is typed `-`: did you mean `%pmap -w 2 squa",
        ),
        ("\u2014compare square numbers", "unknown option `-compare`; did you mean `--compare`?"),
        (
            "-w 2 square\xa0numbers",
            "`\xa0` (no-break space) is typed ` `: did you mean `%pmap -w 2",
        ),
        ("square(x) for x in \u2018\u201d", "cannot read"),
        ("square ['\u201ca\u201d']", ""),
    ],
)
def test_what_other_programs_make_of_quotes_and_dashes_is_answered_with_what_is_typed(
    line: str, said: str
) -> None:
    """Where the rest of the line can be read; in a text of the user's they are what they are."""
    answered = answer(line)
    assert answered.startswith(said)
    assert said or not answered


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("square $numbers", "`%pmap square numbers`"),
        ("square(x) + $n for x in $numbers", "`%pmap square(x) + n for x in numbers`"),
        ("square ['$n', \"$n\", 'US$']", ""),
    ],
)
def test_a_variable_that_is_written_as_for_other_magics_is_answered_with_its_name(
    line: str, said: str
) -> None:
    """They replace `$name` by its value; in a text of the user's, it stays what it is."""
    assert answer(line) == (
        f"a variable is written by its name alone: did you mean {said}?" * bool(said)
    )


def test_a_condition_before_the_items_is_put_behind_them() -> None:
    """As one reads it aloud; with `else`, it stands where it may."""
    said = answer("square(x) if x > 1 for x in numbers")

    assert said.endswith("did you mean `%pmap square(x) for x in numbers if x > 1`?")
    assert answer("square(x) if x > 1 else 0 for x in numbers") == ""


@pytest.mark.parametrize("option", ["-o ", "-w 2 -o ", "--out="])
def test_a_function_in_the_place_of_the_name_of_the_record_is_not_taken_for_that(
    option: str,
) -> None:
    """`-o` needs a name, and takes what follows it."""
    assert answer(f"{option}square numbers").endswith(f"type `%pmap {option}run square numbers`")


@pytest.mark.parametrize("name", ["n_jobs", "max_workers", "nb_workers", "processes", "threads"])
def test_an_argument_of_other_libraries_is_answered_with_the_option(name: str) -> None:
    """Before the code, and after it."""
    said = f"`{name}=` is for other libraries: type `%pmap --workers 4 square numbers`"

    assert answer(f"{name}=4 square numbers") == said
    assert answer(f"square numbers, {name}=4") == said


def loud(x: int, verbose: int) -> int:
    """Take an argument that has the name of one of other libraries."""
    return x + verbose


def test_an_argument_that_other_libraries_need_is_to_be_left_out() -> None:
    """But where the function itself takes one of that name: it is given to each call then."""
    said = "`chunksize=` is for other libraries: leave it out: chunks follow how long tasks take"

    assert answer("square numbers, chunksize=4") == said
    assert answer("square numbers chunksize=4") == said
    assert "square(x, scale=4) for x in numbers" in answer("square numbers, scale=4")
    names = {**NAMES, "loud": loud}
    with pytest.raises(PlanError, match=r"`%pmap loud\(x, verbose=1\) for x in numbers`"):
        read_code("loud numbers, verbose=1", "loud numbers, verbose=1", names)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-c threads square [1] * 3", "`-c threads`: did you mean `-c thread`?"),
        (
            "-c thread, pool square [1] * 3",
            "`-c thread, pool`: did you mean `-c thread,pool`, without spaces?",
        ),
        (
            "--sweep 1, 2 square [1] * 3",
            "`--sweep 1, 2`: did you mean `--sweep 1,2`, without spaces?",
        ),
        (
            "--plot pie square [1] * 3",
            "there is no chart 'pie'. The kinds are summary, timeline, breakdown, sweep",
        ),
    ],
)
def test_a_misspelt_value_is_seen_before_items_that_look_like_an_index(
    line: str, said: str
) -> None:
    """`square [1] * 3` can be read as items: of a function that the value would be."""
    assert answer(line) == said


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("add zip(xs, ys)", "add(a, b) for a, b in zip(xs, ys)"),
        ("most zip(xs, ys)", "most(a, b) for a, b in zip(xs, ys)"),
        ("lambda a, b: a + b zip(xs, ys)", "(lambda a, b: a + b)(a, b) for a, b in zip(xs, ys)"),
    ],
)
def test_an_item_that_is_too_few_arguments_says_what_to_type(
    notebook: Notebook, code: str, meant: str, backend: str
) -> None:
    """As a note on the TypeError of the call; and what it says to type runs."""
    notebook.do(FUNCTIONS)

    error = notebook.run(f"%pmap -b {backend} {code}").error
    assert error.ename == "TypeError"
    assert f"type `%pmap {meant}`)" in error.traceback
    assert notebook.get(f"%pmap -q -b {backend} {meant}") == [4, 6]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "of_row table",
            "(`table` gives the names of its columns; its rows are in `for _, row in ",
        ),
        ("of_row(row) for row in table", "its rows are in `for _, row in table.iterrows()`)"),
        ("of_row table.iterrows()", "(each item is a pair, of a key and what you mean: `for _, x"),
        ("of_row table.groupby('n')", "`for _, x in table.groupby('n')`)"),
        ("of_row(row['n']) for _, row in table.iterrows()", ""),
    ],
)
def test_a_table_that_is_no_list_of_rows_says_how_it_is_read(
    notebook: Notebook, code: str, said: str
) -> None:
    """As a note on the error that the name of a column, or a pair, leads to."""
    notebook.do("import pandas\ntable = pandas.DataFrame({'n': [1]})\ndef of_row(r): return r['n']")

    error = notebook.run(f"%pmap {code}").error
    assert said in error.traceback
    assert ("`for _" in error.traceback) == bool(said)


@pytest.mark.parametrize("code", ["inner xs", "nothing xs", "keyword xs", "one [[]]"])
def test_a_type_error_of_another_kind_has_no_such_note(notebook: Notebook, code: str) -> None:
    """One from inside the function, or one that no other items would cure."""
    notebook.do(FUNCTIONS)

    error = notebook.run(f"%pmap {code}").error
    assert error.ename == "TypeError"
    assert "type `" not in error.traceback


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("square range(3) --compare", "options come first: `%pmap --compare square range(3)`"),
        ("square range(5) -w 2", "options come first: `%pmap -w 2 square range(5)`"),
        ("-c threads square range(3)", "`-c threads`: did you mean `-c thread`?"),
        (
            "square range(5) -w",
            "`-w` needs a value, and options come first: `%pmap -w 8 square range(5)`",
        ),
        (
            "square range(5) --comapre",
            "unknown option `--comapre`, and options come first: `%pmap --compare square range(5)`",
        ),
    ],
)
def test_a_newcomer_is_told_what_to_type(notebook: Notebook, line: str, message: str) -> None:
    """In one line, in the place of Python's own reading."""
    notebook.do("def square(x): return x * x")

    assert notebook.run(f"%pmap {line}").usage_error == message
