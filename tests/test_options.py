"""The options of the magics: how a line is read, what is refused and how, help and completion."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from parmagic.errors import PlanError
from parmagic.magics.completion import complete
from parmagic.magics.options import Options, parse
from parmagic.magics.table import OPTIONS, Magic, options_of
from parmagic.magics.usage import usage
from parmagic.run.backend import CHOICES, NAMES

NOTEBOOK: dict[str, object] = {
    "n": 4,
    "zero": 0,
    "flag": True,
    "kind": "thread",
    "wrong": "threads",
    "target": Path("a.svg"),
    "config": SimpleNamespace(n=3, file="b.pdf"),
    "numbers": [1, 2],
    "out": SimpleNamespace(png=1),
    "_hidden": 2,
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-b thread f xs", Options(backend="thread")),
        ("-bthread f xs", Options(backend="thread")),
        ("--backend=thread f xs", Options(backend="thread")),
        ("-b 'thread' f xs", Options(backend="thread")),
        ("-b kind f xs", Options(backend="thread")),
        ("-w 8 f xs", Options(workers=8)),
        ("-w8 f xs", Options(workers=8)),
        ("-w=8 f xs", Options(workers=8)),
        ("--workers 8 f xs", Options(workers=8)),
        ("--workers=8 f xs", Options(workers=8)),
        ("-w n f xs", Options(workers=4)),
        ("-w config.n f xs", Options(workers=3)),
        ("-w 8 -w 2 f xs", Options(workers=2)),
        ("-c f xs", Options(compare=())),
        ("-c thread f xs", Options(compare=("thread",))),
        ("-cthread f xs", Options(compare=("thread",))),
        ("--compare thread,process,thread f xs", Options(compare=("thread", "process"))),
        ("--compare=pool f xs", Options(compare=("pool",))),
        ("-o run f xs", Options(out="run")),
        ("-q f xs", Options(quiet=True)),
        ("-qc f xs", Options(quiet=True, compare=())),
        ("-cq f xs", Options(quiet=True, compare=())),
        ("-qw8 f xs", Options(quiet=True, workers=8)),
        ("--plot f xs", Options(plot=True)),
        ("--plot --no-plot f xs", Options(plot=False)),
        ("--no-plot --plot f xs", Options(plot=True)),
        ("--save chart.PNG f xs", Options(save=Path("chart.PNG"))),
        ('--save "my chart.png" f xs', Options(save=Path("my chart.png"))),
        ('--save="my chart.png" f xs', Options(save=Path("my chart.png"))),
        ("--save target f xs", Options(save=Path("a.svg"))),
        ("--save config.file f xs", Options(save=Path("b.pdf"))),
        ("--save out.png f xs", Options(save=Path("out.png"))),
        ("-t 2.5 f xs", Options(timeout=2.5)),
        ("-t 2s f xs", Options(timeout=2.0)),
        ("--timeout=1.5min f xs", Options(timeout=90.0)),
        ("-t 500ms f xs", Options(timeout=0.5)),
        ("--timeout n f xs", Options(timeout=4.0)),
        ("--retries 2 f xs", Options(retries=2)),
        ("--retries zero f xs", Options(retries=0)),
        ("--errors keep f xs", Options(errors="keep")),
        ("-q -- f xs", Options(quiet=True)),
        ("f xs", Options()),
    ],
)
def test_an_option_is_read_in_each_of_its_forms(line: str, expected: Options) -> None:
    """Short, long, attached, quoted, in clusters, and as a name of the notebook."""
    assert parse("pmap", line, NOTEBOOK) == (expected, "f xs")


@pytest.mark.parametrize(
    "code",
    [
        "square(x) for x in numbers",
        "f  [0, -1]",
        "f (a -w)",
        "f {'a': 1}  # $x --quiet ",
        "f 'two  blanks' ;  ",
        "f -b thread",
        "-1 * x for x in numbers",
        "-(x) for x in numbers",
        "- x for x in numbers",
    ],
)
def test_the_code_arrives_as_it_was_written(code: str) -> None:
    """Nothing after the options is split, unquoted, expanded or read as an option."""
    assert parse("pmap", f"  -q   {code}", NOTEBOOK) == (Options(quiet=True), code)


def test_two_dashes_end_the_options() -> None:
    """Code may then begin with what looks like an option."""
    assert parse("pmap", "-q -- -b + y for y in ys", NOTEBOOK)[1] == "-b + y for y in ys"


def test_help_is_given_whatever_follows() -> None:
    """Nobody who asks for help is told about an unknown option."""
    assert parse("pmap", "-h --nonsense", NOTEBOOK)[0] == Options(help=True)
    assert parse("parallel", "--help me", NOTEBOOK)[0] == Options(help=True)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (
            "--wrokers 3 f xs",
            ["unknown option `--wrokers`; did you mean `--workers`? `%pmap -h` shows all"],
        ),
        ("--work 3 f xs", ["did you mean `--workers`?"]),
        ("--no-plots f xs", ["did you mean `--no-plot`?"]),
        ("--zzz f xs", ["unknown option `--zzz`; the options are"]),
        ("-x + y for x, y in ps", ["unknown option `-x`", "`%pmap -- -x + y for x, y in ps`"]),
        ("-qx f xs", ["unknown option `-x`"]),
        ("-n + y for y in ys", ["unknown option `-n`", "`%pmap -- -n + y for y in ys`"]),
        ("--sweep=1-3 f xs", ["`--sweep 1-3`", "numbers of workers", "`--sweep 1,2,3`"]),
        ("--sweep 1-3 f xs", ["`--sweep 1-3`", "numbers of workers", "`--sweep 1,2,3`"]),
        ("--sweep=2..4 f xs", ["`--sweep 2,3,4`"]),
        ("--sweep=4-2 f xs", ["`--sweep 1,2,4`"]),
        ("-n 4 f xs", ["unknown option `-n`; did you mean `--workers`?"]),
        ("-j4 f xs", ["unknown option `-j`; did you mean `--workers`?"]),
        ("-p 4 f xs", ["unknown option `-p`; did you mean `--workers`?"]),
        ("--num-cpus 4 f xs", ["unknown option `--num-cpus`; did you mean `--workers`?"]),
        ("--keep f xs", ["`--keep` is for other libraries: `--errors keep` puts exceptions"]),
        ("--n_jobs=-1 f xs", ["unknown option `--n_jobs`; did you mean `--workers`?"]),
        ("--processes 4 f xs", ["unknown option `--processes`; did you mean `--workers`?"]),
        ("-w", ["`-w` needs a value", "`-w 8`"]),
        ("-w --quiet f xs", ["`-w` needs a value"]),
        ("--backend", ["`--backend` needs a value", "`--backend thread`"]),
        ("--save= f xs", ["`--save` needs a value", "`--save chart.png`"]),
        ("--sweep= f xs", ["`--sweep` needs a value", "`--sweep 1,2,4`"]),
        ("--plot= f xs", ["`--plot` needs a value", "`--plot timeline`"]),
        ("-o", ["`-o` needs a value", "`-o run`"]),
        ("--compare= f xs", ["`--compare` needs a value"]),
        ("-w 0 f xs", ["`-w 0`", "whole number from 1"]),
        ("-w -1 f xs", ["`-w -1`", "whole number from 1", "without `-w`, all processors"]),
        ("--retries -1 f xs", ["`--retries -1`", "whole number from 0"]),
        ("-w two f xs", ["`-w two`", "a name in the notebook"]),
        ("-w 2.5 f xs", ["`-w 2.5`", "whole number"]),
        ("-w True f xs", ["`-w True`", "whole number"]),
        ("-w flag f xs", ["`-w flag`, which is True", "whole number"]),
        ("-w zero f xs", ["`-w zero`, which is 0", "whole number"]),
        ("-w numbers f xs", ["`-w numbers`, which is a list", "whole number"]),
        ("-w config.m f xs", ["`-w config.m`", "whole number"]),
        ("-b threads f xs", [f"{', '.join(NAMES)} or auto", "did you mean `thread`?"]),
        ("-b multiprocessing f xs", ["did you mean `pool`?"]),
        ("-b loky f xs", ["did you mean `pool`?"]),
        ("--chunksize 10 f xs", ["`--chunksize` is for other libraries: leave it out: chunks"]),
        ("--verbose f xs", ["`--verbose` is for other libraries: leave it out: a run"]),
        ("--timeout 0s f xs", ["`--timeout 0s`", "such as `--timeout 2.5`", "`--timeout 2min`"]),
        ("-b thread,pool f xs", ["or auto; to run on several, `--compare thread,pool`"]),
        ("-b all f xs", ["or auto; to run on several, `--compare all`"]),
        ("-b wrong f xs", ["`-b wrong`, which is 'threads'", "did you mean `thread`?"]),
        ("--compare=thread,pol f xs", ["with commas and no spaces", "did you mean `pool`?"]),
        ("-o 2x f xs", ["`2x` is not a name", "`-o run`"]),
        ("--thread f xs", ["unknown option `--thread`; did you mean `-b thread`?"]),
        ("-pool f xs", ["unknown option `-pool`; did you mean `-b pool`?"]),
        ("-W 2 f xs", ["unknown option `-W`; did you mean `-w`?"]),
        ("-o class f xs", ["`class` is not a name"]),
        ("-o a.b f xs", ["`a.b` is not a name"]),
        ("--quiet=1 f xs", ["`--quiet` takes no value", "type just `--quiet`"]),
        ("-q=1 f xs", ["`-q` takes no value"]),
        ("-q; f xs", ["put a space after `-q`"]),
        ("--plot;", ["put a space after `--plot`"]),
        ("-t 0 f xs", ["`-t 0`", "seconds, more than 0", "`-t 2.5`"]),
        ("--timeout soon f xs", ["`--timeout soon`", "seconds, more than 0"]),
        ("--retries many f xs", ["`--retries many`", "whole number"]),
        ("--errors kep f xs", ["`--errors kep`", "raise or keep", "did you mean `keep`?"]),
        ("--save a.jpg f xs", [".png, .svg or .pdf", "`--save a.png`"]),
        ("--save chart f xs", [".png, .svg or .pdf", "`--save chart.png`"]),
        ("--save n f xs", ["`--save n`, which is 4", "`--save chart.png`"]),
        ("--save nowhere/a.png f xs", ["no folder `nowhere`", "`--save a.png`"]),
        ('--save "a b.png f xs', ["quote", "not closed"]),
    ],
)
def test_a_slip_in_an_option_is_answered_in_one_line(line: str, parts: list[str]) -> None:
    """The message quotes what is wrong, and says what is allowed or what to type."""
    with pytest.raises(PlanError) as caught:
        parse("pmap", line, NOTEBOOK)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("thread", ["`thread` is no option", "did you mean `-b thread`?"]),
        ("workers", ["did you mean `--workers`?"]),
        ("-c thread pool", ["commas between and no spaces: type `-c thread,pool`"]),
        ("-c thread, pool", ["commas between and no spaces: type `-c thread,pool`"]),
        ("-q a = f(1)", ["`a` is no option", "the code of %%parallel goes below its line"]),
    ],
)
def test_the_line_of_a_cell_takes_no_code(line: str, parts: list[str]) -> None:
    """Code beside %%parallel would silently not run, so it is refused."""
    with pytest.raises(PlanError) as caught:
        parse("parallel", line, NOTEBOOK)
    for part in parts:
        assert part in str(caught.value)


def test_the_line_of_a_cell_may_end_in_a_comment() -> None:
    """A comment beside %%parallel is nobody's mistake."""
    assert parse("parallel", "-q  # both at once", NOTEBOOK) == (Options(quiet=True), "")


def test_an_unknown_option_of_a_cell_is_not_taken_for_code() -> None:
    """The hint about a minus would mislead where no code can stand."""
    with pytest.raises(PlanError) as caught:
        parse("parallel", "-x", NOTEBOOK)
    assert "--" in str(caught.value)
    assert "%pmap" not in str(caught.value)


def test_every_option_of_the_table_sets_a_field() -> None:
    """The table and the record of options cannot drift apart."""
    assert {option.dest for option in OPTIONS} == set(Options._fields)


@pytest.mark.parametrize("magic", ["pmap", "parallel"])
def test_the_help_names_what_a_magic_takes_and_fits_a_narrow_screen(magic: Magic) -> None:
    """It is made from the table, in lines of at most 80 characters, those of a terminal."""
    text = usage(magic)
    unfolded = " ".join(text.split())
    for option in OPTIONS:
        listed = re.search(rf"^  ( {{4}}|-\w, ){option.long}( |$)", text, re.MULTILINE)
        assert bool(listed) == (option in options_of(magic))
        assert not listed or option.help_of(magic) in unfolded
    assert max(map(len, text.split("\n"))) <= 80
    assert text.split("\n", maxsplit=1)[0].endswith(".")
    assert "Examples:" in text
    assert "{" not in text


@pytest.mark.parametrize("magic", ["pmap", "parallel"])
def test_what_a_magic_does_not_list_it_refuses_and_does_not_offer(magic: Magic) -> None:
    """With a message that says where it belongs, and before its value is looked at."""
    offered = complete(f"%%{magic} --", NOTEBOOK)
    assert offered is not None
    assert offered.texts == tuple(option.long for option in options_of(magic))
    refused = [option for option in OPTIONS if option not in options_of(magic)]
    assert refused
    for option in refused:
        with pytest.raises(PlanError) as caught:
            parse(magic, option.long, NOTEBOOK)
        assert str(caught.value) == option.instead
        assert ("%pmap" if magic == "parallel" else "%%parallel") in option.instead


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-b auto", "`--forecast` and `-b auto` are for %pmap"),
        ("--plot sweep", "`--plot sweep` is for %pmap"),
        ("-b threads", "takes serial, thread, process"),
    ],
)
def test_a_value_that_a_cell_does_not_take_is_refused_and_not_offered(line: str, said: str) -> None:
    """Neither in the help, nor by a message about another value."""
    with pytest.raises(PlanError) as caught:
        parse("parallel", line, NOTEBOOK)
    assert said in str(caught.value)
    assert "or auto" not in str(caught.value) + usage("parallel")
    offered = complete(f"%%parallel {line[:-1]}", NOTEBOOK)
    assert offered is None or line.split()[1] not in offered.texts


def test_the_examples_of_the_help_are_read_without_an_error() -> None:
    """An example that the reader itself refuses would be a poor one."""
    examples = usage("pmap").partition("Examples:\n")[2].strip().split("\n")
    for example in examples:
        parse("pmap", example.partition("%pmap ")[2], NOTEBOOK)


def test_options_are_read_without_ipython() -> None:
    """The reader is a pure function; the magics turn its errors into IPython's."""
    code = "import sys, parmagic.magics.completion; sys.exit('IPython' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


LONG = tuple(option.long for option in options_of("pmap"))


@pytest.mark.parametrize(
    ("typed", "fragment", "texts"),
    [
        ("%pmap --", "--", LONG),
        ("%%pmap -q --", "--", LONG),
        ("x = %pmap --ba", "--ba", ("--backend",)),
        ("a, b = %pmap -w8 --no", "--no", ("--no-plot",)),
        ('%pmap --save "a b.png" --qui', "--qui", ("--quiet",)),
        ("%pmap -c --q", "--q", ("--quiet", "--queue")),
        ("%pmap -c thread --que", "--que", ("--queue",)),
        ("%pmap -b ", "", (*CHOICES, "kind")),
        ("%pmap -b p", "p", ("process", "pool")),
        ("%pmap -b k", "k", ("kind",)),
        ("%pmap -qb th", "th", ("thread",)),
        ("%pmap --backend=pr", "pr", ("process",)),
        ("%pmap --compare ", "", (*NAMES, "all")),
        ("%pmap --compare thread,po", "po", ("pool",)),
        ("%pmap --compare=thread,", "", NAMES),
        ("%pmap -w ", "", ("n",)),
        ("%pmap --save t", "t", ("target",)),
        ("%pmap square enum", "enum", ("enumerate",)),
        ("%pmap square(x) for x in ran", "ran", ("range",)),
    ],
)
def test_an_option_or_its_value_is_completed(
    typed: str, fragment: str, texts: tuple[str, ...]
) -> None:
    """Options after a dash, and then the values that fit."""
    found = complete(typed, NOTEBOOK)
    assert found is not None
    assert (found.fragment, found.texts) == (fragment, texts)
    assert typed.endswith(found.fragment)


def test_a_lone_dash_offers_the_short_options_too() -> None:
    """Each short option stands before its long form."""
    found = complete("%pmap -", NOTEBOOK)
    assert found is not None
    assert found.texts[:2] == ("-b", "--backend")


@pytest.mark.parametrize(
    "typed",
    [
        "%pmap",
        "%pmap ",
        "%pmap zzz",
        "%pmap square -",
        "%pmap -w 8 zzz",
        "%pmap square(n",
        "%pmap square config.f",
        "%pmap square 'n",
        "%pmap square ",
        "%%parallel n",
        "%%parallel -q n",
        "%pmap -- -",
        "%pmap -q f --",
        "%pmap -o ",
        "%pmap -w x",
        "%pmap -w8 ",
        "%pmap --quiet=",
        "%timeit -",
        "x = y - -",
        "pmap(-",
    ],
)
def test_all_else_is_left_to_the_completion_of_ipython(typed: str) -> None:
    """Where neither an option nor a bare name of the code can stand, nothing is offered."""
    assert complete(typed, NOTEBOOK) is None


@pytest.mark.parametrize(
    ("typed", "exclusive"),
    [
        ("%pmap --", True),
        ("%pmap -b ", True),
        ("%pmap --compare ", True),
        ("%pmap --plot ", True),
        ("%pmap square n", False),
        ("%pmap --compare thread,", True),
        ("%pmap --compare=", True),
    ],
)
def test_other_completions_stay_only_where_code_may_follow(typed: str, *, exclusive: bool) -> None:
    """After a bare --compare too, ours are all: the list of backends, and where code begins."""
    found = complete(typed, NOTEBOOK)
    assert found is not None
    assert found.exclusive is exclusive
