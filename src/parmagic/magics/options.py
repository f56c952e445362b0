"""Reads the options of a line of %pmap, %%pmap or %%parallel, by their table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

from parmagic.arguments import near, nearest
from parmagic.errors import PlanError
from parmagic.magics.table import Magic, Option, option_called, options_of
from parmagic.magics.values import may_be_value, read_value
from parmagic.plan.habits import WORKERS, remedy
from parmagic.plan.syntax import brief
from parmagic.run.backend import BACKENDS, CHOICES, NAMES
from parmagic.show.kinds import SWEEP, USUAL


class MissingValueError(PlanError):
    """An option that needs a value has none."""

    def __init__(self, given: str, example: str) -> None:
        super().__init__(f"`{given}` needs a value: type e.g. `{example}`")
        self.given = given  # as it is written
        self.example = example  # the same with a value


class Options(NamedTuple):
    """What the options of a line say; None where it does not say."""

    backend: str | Executor | None = None
    workers: int | None = None
    compare: tuple[str, ...] | None = None  # () compares serial with the chosen backend
    forecast: bool = False
    sweep: tuple[int, ...] | None = None  # () takes powers of two, up to the number of workers
    repeat: int | None = None
    close: float | None = None
    out: str | None = None
    quiet: bool = False
    plot: bool | str | None = None  # a kind of chart, or whether to draw the usual one
    save: Path | None = None
    export: Path | None = None
    explain: bool = False
    timeout: float | None = None  # seconds
    retries: int | None = None
    errors: str | None = None
    queue: bool = False
    max_tasks: int | None = None
    help: bool = False

    @property
    def chart(self) -> str:
        """The kind of chart, also of one that is only saved."""
        usual = USUAL if self.sweep is None else SWEEP
        return self.plot if isinstance(self.plot, str) else usual


def parse(magic: Magic, line: str, namespace: Mapping[str, object]) -> tuple[Options, str]:
    """Read the options at the start of `line`, and return them with the code after them.

    The code is the untouched rest of the line, for `%%parallel` always empty. A value may be
    quoted, or be a name in `namespace` (a dotted one, too) that holds it. The last of several
    contradictory options counts, and `--` ends the options. If something is wrong, a PlanError says
    what to type instead.
    """
    found: dict[str, Any] = {}
    rest = line.lstrip()
    for given, option, text, rest in taken(magic, line):  # noqa: B007 - the last one is the code
        if option.dest == "help":
            return Options(help=True), ""
        if text is None:
            found[option.dest] = option.sets
        else:
            allowed = option.choices_of(magic)
            value = read_value(option.kind, given, text, namespace, allowed)
            if value in option.choices and value not in allowed:
                raise PlanError(option.instead)
            found[option.dest] = value
    code = rest[2:].lstrip() if rest.startswith("--") else rest
    if magic == "parallel":
        _refuse_code(code, found.get("compare"))
        code = ""
    return Options(**found), code


def taken(magic: Magic, line: str) -> Iterator[tuple[str, Option, str | None, str]]:
    """Take the options off the start of a line, one after another, as `take_option` does."""
    rest = line.lstrip()
    while re.match(r"-[A-Za-z]|--\S", rest):  # `-1 * x` is code, and what stands after `--`
        one = take_option(magic, rest)
        yield one
        rest = one[-1]


def take_option(magic: Magic, rest: str) -> tuple[str, Option, str | None, str]:
    """Take the first option off `rest`.

    Returns how it is written, what it is, its value as it is written (None if it has none), and
    what comes after it: of a cluster such as `-qw 8`, `-w 8`. A PlanError says that there is no
    such option, or that its value is missing.
    """
    given, option, after = _take_name(magic, rest)
    return given, option, *_take_value(given, option, after)


def _take_name(magic: Magic, rest: str) -> tuple[str, Option, str]:
    """Take the first option off `rest`: as it is written, what it is, and what comes after it."""
    long = re.match(r"--[\w-]*", rest)
    single = re.match(r"-\w[\w-]*", rest)
    word = (long or single or [""])[0]
    if word.lstrip("-") in CHOICES:
        raise PlanError(f"unknown option `{word}`; did you mean `-b {word.lstrip('-')}`?")
    if single and option_called(f"-{single[0]}"):
        raise PlanError(f"unknown option `{single[0]}`; did you mean `-{single[0]}`?")
    given = long[0] if long else rest[:2]
    option = option_called(given)
    if option is None:
        raise _unknown(magic, given, rest)
    if option.only not in (None, magic):
        raise PlanError(option.instead)
    after = rest[len(given) :]
    if long and after and not after[0].isspace() and after[0] != "=":
        raise _unspaced(given, after)
    return given, option, after


def _take_value(given: str, option: Option, after: str) -> tuple[str | None, str]:
    """Take the value of an option off what comes after it; None if it has none there."""
    attached = bool(after) and not after[0].isspace()
    if option.kind == "flag":
        if attached and after.startswith("="):
            raise PlanError(f"`{given}` takes no value: type just `{given}`")
        if attached and not re.match(r"[A-Za-z]", after):
            raise _unspaced(given, after)
        return None, f"-{after}" if attached else after.lstrip()
    if after.startswith("="):
        return _word(given, option, after[1:])
    start = after.lstrip()
    if option.may_stand_alone:
        text, rest = _word(given, option, start) if start else ("", "")
        misspelt = attached and option.kind == "backends" and near(text, BACKENDS)
        if misspelt or may_be_value(option.kind, text):
            return text, rest
        return None, f"-{after}" if attached else start
    if not attached and re.match(r"--|-[A-Za-z]", start):  # the next option
        raise _missing(given, option)
    return _word(given, option, start)


def _word(given: str, option: Option, rest: str) -> tuple[str, str]:
    """Take one word off `rest`, without the quotes that it may have."""
    if not rest or rest[0].isspace():
        raise _missing(given, option)
    if rest[0] not in "\"'":
        word = rest.split(maxsplit=1)[0]
        return word, rest[len(word) :].lstrip()
    end = rest.find(rest[0], 1)
    if end < 0:
        raise PlanError(f"the quote after `{given}` is not closed: `{rest}`")
    return rest[1:end], rest[end + 1 :].lstrip()


def _missing(given: str, option: Option) -> MissingValueError:
    example = {
        "count": "8", "counts": "1,2,4", "backend": "thread", "backends": "thread,pool",
        "name": "run", "file": "chart.png", "script": "run.py", "chart": "timeline",
        "seconds": "60", "tolerance": "1e-6", "errors": "keep",
    }  # fmt: skip
    return MissingValueError(given, f"{given} {example[option.kind]}")


def _unspaced(given: str, after: str) -> PlanError:
    word = after.split(maxsplit=1)[0]
    return PlanError(f"cannot read `{given}{word}`: put a space after `{given}`")


def _unknown(magic: Magic, given: str, rest: str) -> PlanError:
    """Make the error for an unknown option: it names the one that was meant, or all."""
    known = [option.long for option in options_of(magic)]
    pairs = ["/".join(filter(None, (option.short, option.long))) for option in options_of(magic)]
    allowed = f"options are {', '.join(pairs)}"
    if option_called(given.swapcase()):
        return PlanError(f"unknown option `{given}`; did you mean `{given.swapcase()}`?")
    if foreign := remedy(given):
        return PlanError(f"`{given}` is for other libraries: {foreign}")
    meant = nearest("--workers" if WORKERS.match(rest) else given, known)
    if meant:
        return PlanError(f"unknown option `{given}`{meant} `%{magic} -h` shows all")
    if magic == "pmap" and not given.startswith("--"):
        line = f"`%pmap -- {brief(rest)}`"
        return PlanError(f"unknown option `{given}`; if it is code, type {line}; the {allowed}")
    return PlanError(f"unknown option `{given}`; the {allowed}")


def _refuse_code(rest: str, compared: Sequence[str] | None) -> None:
    """Refuse code on the line of %%parallel, whose code is the cell; a comment may stand there.

    `compared` are the backends after `-c`, of which more may have been meant.
    """
    if rest and not rest.startswith("#"):
        word = rest.split(maxsplit=1)[0]
        names = re.split(r"[\s,]+", rest.strip(" ,"))
        if compared is not None and set(names) <= set(NAMES):
            line = f"-c {','.join([*compared, *names])}"
            raise PlanError(f"names of backends have commas between and no spaces: type `{line}`")
        name = "--workers" if WORKERS.match(f"--{word}") else f"--{word}"
        option = nearest(name, [option.long for option in options_of("parallel")])
        meant = f"; did you mean `-b {word}`?" if word in NAMES else option
        raise PlanError(f"`{word}` is no option; the code of %%parallel goes below its line{meant}")
