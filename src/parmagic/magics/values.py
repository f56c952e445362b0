"""Reads the values of options: as they are typed, or as a variable of the notebook holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from keyword import iskeyword
from pathlib import Path
from typing import Literal

from parmagic.arguments import nearest, number, said, whole
from parmagic.errors import PlanError
from parmagic.plan.habits import nearest_backend
from parmagic.run.backend import CHOICES, NAMES, executor_of, missing
from parmagic.run.manner import ERRORS
from parmagic.show.kinds import FORMATS, KINDS, kind_called
from parmagic.words import either

Kind = Literal[
    "tolerance", "flag", "backend", "count", "backends", "name", "file", "script", "seconds",
    "errors", "chart", "counts",
]  # fmt: skip

ALL = "all"  # of the backends
_UNITS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_TIMED = re.compile(rf"(\d+|\d*\.\d+)({'|'.join(_UNITS)})")  # `2s`, `0.5min`
_FILES = {  # a usual name, and how the names end
    "file": ("chart", [f".{name}" for name in FORMATS]),
    "script": ("run", [".py"]),
}


def read_value(
    kind: Kind,
    option: str,
    text: str,
    namespace: Mapping[str, object],
    choices: Sequence[str] = CHOICES,
) -> object:
    """Read the value of `option`, written as `text`; a PlanError says what is allowed.

    `choices` are the backends that the message names.
    """
    match kind:
        case "backend":
            value: object = _backend(option, text, namespace, choices)
        case "backends" | "counts":
            value = (_backends if kind == "backends" else _counts)(option, text)
        case "count":
            value = _count(option, text, namespace)
        case "seconds" | "tolerance":
            value = _number(kind, option, text, namespace)
        case "errors":
            value = _errors(option, text)
        case "chart":
            value = kind_called(text)
        case "name":
            value = _name(option, text)
        case "file" | "script":
            value = _path(option, text, namespace, *_FILES[kind])
        case "flag":
            raise PlanError(f"`{option}` takes no value: leave out `{text}`")
    return value


def may_be_value(kind: Kind, text: str) -> bool:
    """Tell whether a word after an option that may stand alone is its value, or else the code."""
    if kind == "chart":
        return text in KINDS
    if kind == "counts":
        # One number may begin the code; `1-8` is refused with the numbers that are meant.
        return re.fullmatch(r"\d+((,\d+)+|-\d+)", text) is not None
    if kind == "tolerance":
        return re.match(r"[.\d]", text) is not None
    return text == ALL or _is_backend_list(text)


def _is_backend_list(text: str) -> bool:
    """Tell whether `text` is a list such as "thread,pool"."""
    return all(part in NAMES for part in text.split(","))


def _backend(
    option: str, text: str, namespace: Mapping[str, object], choices: Sequence[str]
) -> str | Executor:
    value = text if text in CHOICES else _held(text, namespace)
    if isinstance(value, str) and value in CHOICES:
        return value
    if executor := executor_of(value):
        return executor
    word = value if isinstance(value, str) else text
    if why := missing(word):
        raise PlanError(why)
    several = word == ALL or ("," in word and _is_backend_list(word))
    meant = f"; to run on several, `--compare {word}`"
    if not several:
        meant = f", or a variable that holds an executor{nearest_backend(word, choices)}"
    allowed = f"{either(choices)}{meant}"
    raise PlanError(_refusal(option, text, value, allowed))


def _backends(option: str, text: str) -> tuple[str, ...]:
    if text == ALL:
        return (ALL,)
    if _is_backend_list(text):
        return tuple(dict.fromkeys(text.split(",")))
    wrong = next(part for part in text.split(",") if part not in NAMES)
    if why := missing(wrong):
        raise PlanError(why)
    allowed = f"names of {either(NAMES)}, with commas and no spaces between"
    raise PlanError(_refusal(option, text, text, f"{allowed}{nearest(wrong, NAMES)}"))


def _count(option: str, text: str, namespace: Mapping[str, object]) -> int:
    value = int(text) if text.isdecimal() else _held(text, namespace)
    count = whole(value)
    least = 0 if option == "--retries" else 1
    if count is not None and count >= least:
        return count
    allowed = f"a whole number from {least}, or a name in the notebook that holds one: `{option} 8`"
    if option in ("-w", "--workers"):
        allowed += f"; without `{option}`, all processors are used"
    raise PlanError(_refusal(option, text, value, allowed))


def _counts(option: str, text: str) -> tuple[int, ...]:
    if re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", text):
        return tuple(map(int, text.split(",")))
    example = "1,2,4"
    if ends := re.fullmatch(r"([1-9]\d?)\s*(?:-|\.\.|:)\s*([1-9]\d?)", text):
        example = ",".join(map(str, range(int(ends[1]), int(ends[2]) + 1))) or example
    allowed = "numbers of workers from 1 up, with commas and no spaces between"
    raise PlanError(_refusal(option, text, text, f"{allowed}: `--sweep {example}`"))


def _number(
    kind: Literal["seconds", "tolerance"],
    option: str,
    text: str,
    namespace: Mapping[str, object],
) -> float:
    timed = _TIMED.fullmatch(text) if kind == "seconds" else None
    try:
        value: object = float(timed[1]) * _UNITS[timed[2]] if timed else float(text)
    except ValueError:
        value = _held(text, namespace)
    found = number(value)
    if kind == "seconds":
        fits = found is not None and found > 0
        allowed = (
            f"seconds, more than 0, such as `{option} 2.5`, a time such as `{option} 2min`, "
            "or a name in the notebook that holds seconds"
        )
    else:
        fits = found is not None and 0 <= found < 1
        allowed = f"a part of 1, or a name in the notebook that holds it: `{option} 1e-6`"
    if found is not None and fits:
        return found
    raise PlanError(_refusal(option, text, value, allowed))


def _errors(option: str, text: str) -> str:
    if text in ERRORS:
        return text
    raise PlanError(_refusal(option, text, text, f"{either(ERRORS)}{nearest(text, ERRORS)}"))


def _name(option: str, text: str) -> str:
    if text.isidentifier() and not iskeyword(text):
        return text
    raise PlanError(
        f"`{option} {text}`: `{text}` is not a name that can be assigned: type e.g. `{option} run`"
    )


def _path(
    option: str, text: str, namespace: Mapping[str, object], usual: str, suffixes: Sequence[str]
) -> Path:
    literal = Path(text).suffix.lower() in suffixes
    value = text if literal else _held(text, namespace)
    path = Path(value) if isinstance(value, str | Path) else Path()
    if path.suffix.lower() not in suffixes:
        stem = path.with_suffix("").as_posix() if path.name else usual
        allowed = f"a file that ends in {either(suffixes)}: `{option} {stem}{suffixes[0]}`"
        raise PlanError(_refusal(option, text, value, allowed))
    path = path.expanduser()
    if not path.parent.is_dir():
        raise PlanError(
            f"`{option} {text}`: there is no folder `{path.parent}`: make it first, "
            f"or type `{option} {path.name}`"
        )
    return path


def _held(text: str, namespace: Mapping[str, object]) -> object:
    """Return the value of a name, also a dotted one; the text itself if there is none."""
    first, *attributes = text.split(".")
    if first not in namespace:
        return text
    value = namespace[first]
    for attribute in attributes:
        if not hasattr(value, attribute):
            return text
        value = getattr(value, attribute)
    return value


def _refusal(option: str, text: str, value: object, allowed: str) -> str:
    held = "" if value == text or text.isdecimal() else f", which is {said(value)}"
    return f"`{option} {text}`{held}: {option} takes {allowed}"
