"""Slips between the options and the code of a %pmap line, each answered with what was meant.

Options after the code are read as code, and so is a misspelt value of an option that may stand
alone. Code that can be read, and whose names exist, is never doubted.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from itertools import pairwise
from types import CodeType
from typing import NamedTuple

from parmagic.arguments import near
from parmagic.errors import PlanError
from parmagic.magics.options import MissingValueError, parse, take_option, taken
from parmagic.magics.table import Option, option_called, options_of
from parmagic.magics.values import ALL, may_be_value, read_value
from parmagic.plan.arity import parameters_in
from parmagic.plan.foreign import rewritten
from parmagic.plan.habits import WORKERS, remedy
from parmagic.plan.line import MapLine, read_line, tidy
from parmagic.plan.meant import suggest
from parmagic.plan.syntax import brief
from parmagic.plan.tokens import tokens_of
from parmagic.run.backend import BACKENDS, CHOICES, NAMES

Names = Mapping[str, object]

_PART = re.compile(r"[\s,]*(\w+)(?=[\s,]|$)")  # of a list, which may have spaces


def read_code(line: str, code: str, namespace: Names) -> MapLine:
    """Read the `code` after the options of a line; a PlanError says what was meant."""
    try:
        read = read_line(code, parameters_in(namespace))
    except PlanError as error:
        before = line[: len(line) - len(code)]
        slips = (find(before, code, namespace) for find in (_misspelt, _late, _argument, _alone))
        raise _foreign(line, namespace) or next(filter(None, slips), error) from None
    given = [namespace.get(name) for name in read.names]
    slip = _foreign(line, namespace) if any(map(_hands_out, given)) else None
    if slip is not None:  # it can be read, but each task would only hand a call to a library
        raise slip
    return read


def _hands_out(value: object) -> bool:
    """Tell whether a value is handed calls, as an executor is, and `joblib.delayed`."""
    module = str(getattr(value, "__module__", "") or getattr(value, "__name__", ""))
    return isinstance(value, Executor) or module.startswith(("joblib", "dask", "distributed"))


def _foreign(line: str, namespace: Names) -> PlanError | None:
    """Make the error for a line written for another library, or with the quotes of a text."""
    plain, reason = rewritten(line)
    if plain == line:
        return None
    try:
        read_code(plain, parse("pmap", plain, namespace)[1], namespace)
    except PlanError as error:  # what is wrong besides
        return error
    return suggest(reason, f"%pmap {plain.strip()}")


def refuse_late(line: str, code: str, read: MapLine, namespace: Names) -> None:
    """Refuse options that were read as code, as in `f xs --compare` where nothing is `compare`."""
    for name in (*read.names, *read.items_names):
        if name not in namespace:
            before = line[: len(line) - len(code)]
            slip = _late(before, code, namespace, missing=name)
            if slip is None and code.startswith(name):
                slip = _misspelt(before, code, namespace) or _alone(before, code, namespace)
            if slip is not None:
                raise slip


def refuse_overwriting(out: str | None, read: Collection[str], namespace: Names) -> None:
    """Refuse to bind the record of a run to the name of a function that its code reads."""
    if out is not None and out in read and callable(namespace.get(out)):
        raise PlanError(
            f"`-o {out}`: the code calls `{out}`, whose place the record of the run would take: "
            "type e.g. `-o run`"
        )


class _Late(NamedTuple):
    """An option that stands in the code."""

    typed: str  # with its value, if it has one
    meant: str  # how it should be typed
    wrong: str = ""  # what else is wrong with it


def _late(before: str, code: str, namespace: Names, *, missing: str = "") -> PlanError | None:
    """Make the error for options after the code, if there are any.

    If they are looked for because a name is `missing`, one of them must have that name.
    """
    text, _ = tidy(code)
    found, rest = _options_in(text, namespace, sure=bool(missing))
    words = re.findall(r"\w+", " ".join(late.typed for late in found))
    if not found or (missing and missing not in words):
        return None
    meant = [late.meant for late in found]
    others = ", ".join(late.wrong for late in found if late.wrong)
    wrong = f"{others}, and options come first" if others else "options come first"
    ended = re.search(r"(?:^|\s)--\s*$", before)  # code after `--` may begin with a minus
    options = [(before[: ended.start()] if ended else before).strip(), *meant, ended and "--"]
    line = " ".join(filter(None, [*options, rest]))
    try:
        read = read_line(rest)
    except PlanError as error:
        return PlanError(f"{wrong}, as in `%pmap {' '.join(meant)} ...`; and {error}")
    if missing in (*read.names, *read.items_names):
        return None
    try:
        parse("pmap", line, namespace)
    except PlanError as error:
        return PlanError(f"{wrong}: `%pmap {line}`; and {error}")
    return PlanError(f"{wrong}: `%pmap {line}`")


def _options_in(code: str, namespace: Names, *, sure: bool) -> tuple[list[_Late], str]:
    """Find options in the code, after its first token; return them, and the rest of it."""
    found: list[_Late] = []
    kept: list[str] = []
    end = 0
    for token, following in pairwise(tokens_of(code)):
        start = following.start
        apart = token.depth == 0 and code[token.end : start].isspace()
        if start < end or not apart or following.text != "-":
            continue
        late = _option_at(code[start:], namespace, sure=sure)
        if late is not None:
            kept.append(code[end:start].strip())
            found.append(late)
            end = start + len(late.typed)
    kept.append(code[end:].strip())
    return found, " ".join(filter(None, kept))


def _option_at(code: str, namespace: Names, *, sure: bool) -> _Late | None:
    """Read the option that `code` begins with, and its value; if `sure`, that must be a fit one."""
    rest = code
    while rest == code or not code.endswith(rest):  # `-w2` is left of the cluster `-qw2`
        try:
            given, option, text, rest = take_option("pmap", rest)
            if text is not None and sure:
                read_value(option.kind, given, text, namespace)
        except MissingValueError as error:
            end = len(code) - len(rest) + len(error.given)
            before = code[:end].removesuffix(error.given.lstrip("-"))  # of a cluster: `-q` of `-qw`
            typed = code[: end + code.startswith("=", end)]
            return _Late(
                typed, before + error.example.lstrip("-"), f"`{error.given}` needs a value"
            )
        except PlanError:
            return _misspelt_at(code, namespace, sure=sure) if rest == code else None
    typed = code[: len(code) - len(rest)].strip()
    return _Late(typed, typed)


def _misspelt_at(code: str, namespace: Names, *, sure: bool) -> _Late | None:
    """Read the option that `code` begins with, if its long name is misspelt."""
    word = re.match(r"--?\w[\w-]{2,}", code)  # shorter ones are near to anything
    given = word[0] if word else ""
    meant = near(f"--{given.lstrip('-')}", [option.long for option in options_of("pmap")])
    if not word or not meant or meant == given:
        return None
    late = _option_at(meant + code[word.end() :], namespace, sure=sure)
    if late is None:
        return None
    typed = given + late.typed.removeprefix(meant)
    wrong = [f"unknown option `{given}`", late.wrong]
    return _Late(typed, late.meant, ", ".join(filter(None, wrong)))


def _misspelt(before: str, code: str, namespace: Names) -> PlanError | None:
    """Make the error for a misspelt value, before the code, of an option that may stand alone."""
    last = [*taken("pmap", before)][-1:]
    given, option, value, rest = last[0] if last else ("", None, None, "")
    if option is None or not option.may_stand_alone or rest:
        return None
    parts, rest = _list_in(option, code, namespace)
    cut = option.kind == "counts" and code[: len(code) - len(rest)].endswith(",")  # of `1,x`
    if parts and rest and not cut:
        meant = ALL if ALL in (value, *parts) else ",".join(filter(None, [value, *parts]))
        typed = f"{value or ''} {code[: len(code) - len(rest)]}".strip()
        try:
            read_value(option.kind, given, meant, namespace)
        except PlanError as error:  # of `--sweep 0`
            return error
        fits = may_be_value(option.kind, meant)
        line = f"{given} {meant}" if fits else f"{option.long}={meant}"
        spaces = ", without spaces" if "," in meant and " " in typed else ""
        return PlanError(f"`{given} {brief(typed)}`: did you mean `{line}`{spaces}?")
    return None if value else _unfit(given, option, code, namespace)


def _list_in(option: Option, code: str, namespace: Names) -> tuple[list[str], str]:
    """Take the parts of a list off the code; return them as they were meant, and the rest."""
    parts: list[str] = []
    while found := _PART.match(code):
        word = found[1]
        if option.kind == "counts":
            part = word if word.isdecimal() else ""
        elif option.kind != "backends" or _is_function(word, namespace):
            part = ""
        else:  # `task` and `mask` are near to `dask`, and names that people use
            part = word if word in NAMES else near(word, [*BACKENDS, ALL])
        if not part:
            break
        parts.append(part)
        code = code[found.end() :]
    return parts, code.strip(" \t,")


def _unfit(given: str, option: Option, code: str, namespace: Names) -> PlanError | None:
    """Make the error for a first word that is no function, if the code after it can be read."""
    word, _, rest = code.partition(" ")
    if not word or (word != ALL and _is_function(word, namespace)):
        return None
    try:
        read_line(rest)
    except PlanError:
        return None
    try:
        read_value(option.kind, given, word, namespace)
    except PlanError as error:
        return error
    return PlanError(f"`{given} {word}`: type `{option.long}={word}`")


def _argument(before: str, code: str, namespace: Names) -> PlanError | None:
    """Make the error for an option that is written as an argument: `f xs, workers=2`."""
    found = re.search(r"(?:^|[\s,])([a-z_]+)=([^\s,=]+)", code)
    if found is None:
        return None
    given = f"--{found[1].replace('_', '-')}"
    option = option_called("--workers" if WORKERS.fullmatch(given) else given)
    if option is None:
        apart = "(" not in code[: found.start()]  # else it belongs to a call, which is read as one
        if apart and (cure := remedy(found[1])) and not _takes(namespace, code, found[1]):
            return PlanError(f"`{found[1]}=` is for other libraries: {cure}")
        return None
    meant = option.long
    if found[2] != "True" or not (option.kind == "flag" or option.may_stand_alone):
        try:
            read_value(option.kind, option.long, found[2].strip("\"'"), namespace)
        except PlanError:
            return None
        meant += f" {found[2]}"
    rest = f"{code[: found.start()]} {code[found.end() :]}".strip(" \t,")
    try:
        read_line(rest)
    except PlanError:
        rest = "..."
    line = " ".join(filter(None, [before.strip(), meant, rest]))
    other = "`parmagic.pmap`" if given == option.long else "other libraries"
    return PlanError(f"`{found[1]}=` is for {other}: type `%pmap {line}`")


def _alone(before: str, code: str, namespace: Names) -> PlanError | None:
    """Make the error for `-o f xs`, for a backend without `-b`, and for items alone: `xs`."""
    name, _ = tidy(code)
    last = [*taken("pmap", before)][-1:]
    if last and last[0][1].dest == "out" and callable(namespace.get(out := last[0][2] or "")):
        line = f"{before[: before.rstrip().rindex(out)]}run {out} {name}"
        return PlanError(f"`-o` takes a name for the record of the run: type `%pmap {line}`")
    word, _, rest = name.partition(" ")
    if rest and word in CHOICES and word not in namespace:
        return PlanError(f"did you mean `%pmap {before}-b {word} {rest.strip()}`?")
    if name not in namespace or callable(namespace[name]):
        return None
    return PlanError(f"no function stands before `{name}`: type e.g. `%pmap square {name}`")


def _takes(namespace: Names, code: str, argument: str) -> bool:
    """Tell whether the function that a line begins with has an argument of a name."""
    read = getattr(namespace.get(code.split(maxsplit=1)[0]), "__code__", None)
    return isinstance(read, CodeType) and argument in read.co_varnames


def _is_function(word: str, namespace: Names) -> bool:
    return callable(namespace.get(word, vars(builtins).get(word)))
