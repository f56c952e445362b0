"""Whatever calls whatever across cells: parallel values are those of a plain loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel import Notebook

BEGIN = """
import dataclasses, enum, functools
def noted(function):
    @functools.wraps(function)
    def around(*args, **kwargs):
        return function(*args, **kwargs) + 1
    return around
"""
CALLS = {  # how a definition of each kind is used: an expression whose value is a number
    "number": "{name}",
    "list": "sum({name})",
    "dict": "{name}['a']",
    "text": "len({name})",
    "function": "{name}(x + {shift}, {depth})",
    "lambda": "{name}(x - {shift}, {depth})",
    "closure": "{name}(x * {shift}, {depth})",
    "decorated": "{name}(x, depth={depth})",
    "generator": "{name}(x, {depth})",
    "partial": "{name}({depth})",
    "class": "{name}(x).value({depth})",
    "record": "{name}(x, {shift}).value({depth})",
    "instance": "{name}.value({depth})",
    "enum": "{name}(2).value",
}
TEXTS = {  # what they are defined by
    "number": "{name} = {step} * 1000",
    "list": "{name} = [{step}, {default}]",
    "dict": "{name} = {{'a': {step}, 'b': None}}",
    "text": "{name} = 'ü' * {step}",
    "function": """\
def {name}(x, depth, /, *, more={default}):
    # not part of what it means: {step}
    if depth <= 0:
        return x + {step}
    return more + {body}""",
    "lambda": "{name} = lambda x, depth=0: x if depth <= 0 else ({body})",
    "closure": """\
def make_{name}(factor):
    def inner(x, depth):
        if depth <= 0:
            return x + {step}
        return factor * ({body})
    return inner
{name} = make_{name}({default})""",
    "decorated": """\
@noted
def {name}(x, depth=0):
    if depth <= 0:
        return x + {step}
    return {body}""",
    "generator": """\
def {name}(x, depth):
    def parts():
        yield {step}
        if depth > 0:
            yield {body}
    return sum(parts())""",
    "partial": """\
def base_{name}(x, depth):
    if depth <= 0:
        return x + {step}
    return {body}
{name} = functools.partial(base_{name}, {step})""",
    "class": """\
class {name}({base}):
    step = {default}
    def __init__(self, x):
        self.x = x
    def value(self, depth):
        x = self.x
        if depth <= 0:
            return x + self.step + {above}
        return {body}""",
    "record": """\
@dataclasses.dataclass
class {name}:
    x: int
    y: int = {default}
    def value(self, depth):
        x = self.x * self.y
        if depth <= 0:
            return x
        return {body}""",
    "instance": "{name} = {base}({step})",
    "enum": """\
class {name}(enum.IntEnum):
    ONE = 1
    TWO = 2""",
}
AT_ONCE = ("number", "list", "dict", "text", "enum")  # what can be used while others are defined


@dataclass(frozen=True)
class Defined:
    """One definition of a generated notebook."""

    name: str
    kind: str

    def use(self, shift: int, depth: str) -> str:
        """Write an expression that uses it."""
        return CALLS[self.kind].format(name=self.name, shift=shift, depth=depth)


def text_of(
    one: Defined, step: int, body: str, earlier: list[Defined], some: Callable[[int], int]
) -> str:
    """Write a definition; `body` is what it computes, and `some` chooses below a number."""
    classes = [other.name for other in earlier if other.kind == "class"]
    known = [other.use(step, "1") for other in earlier if other.kind in AT_ONCE]
    return TEXTS[one.kind].format(
        name=one.name,
        step=step,
        body=body,
        default=known[some(len(known))] if known else step,
        base=classes[some(len(classes))] if classes else "object",
        above="super().value(0)" if classes else "0",
    )


@dataclass(frozen=True)
class Written:
    """A generated notebook: its cells, and the line that runs something of it."""

    cells: tuple[str, ...]
    expression: str  # of x


@st.composite
def written(draw: st.DrawFn) -> Written:
    """Generate a notebook of definitions that use each other, also those of later cells."""

    def some(below: int) -> int:
        return draw(st.integers(0, below - 1))

    kinds = draw(st.lists(st.sampled_from([*CALLS]), min_size=2, max_size=8))
    for at, kind in enumerate(kinds):
        if kind == "instance" and "class" not in kinds[:at]:
            kinds[at] = "class"
    all_of_them = [Defined(f"d{at}", kind) for at, kind in enumerate(kinds)]
    cells = [BEGIN]
    for at, one in enumerate(all_of_them):
        uses = [all_of_them[some(len(kinds))].use(some(4), "depth - 1") for _ in range(some(3))]
        body = " + ".join([f"x * {some(5)}", *uses])
        text = text_of(one, 1 + some(7), body, all_of_them[:at], some)
        if draw(st.booleans()):
            cells.append(text)
        else:
            cells[-1] += f"\n{text}"
    changed = [one for one in all_of_them if one.kind == "number"]
    if draw(st.booleans()) and changed:  # in a later cell: defaults stay what they were
        cells.append(f"{changed[some(len(changed))].name} = {some(9)}")
    used = [all_of_them[some(len(kinds))].use(1 + some(3), "2") for _ in range(2)]
    return Written(tuple(cells), ", ".join(used))


def check(notebook: Notebook, example: Written, options: str, items: str) -> None:
    """Compare what a loop in the notebook gives with what the workers give."""
    *most, last = example.cells
    for cell in most:
        notebook.send(cell)
    notebook.do(last)

    reply = notebook.do(
        f"expected = [({example.expression}) for x in {items}]\n"
        f"values = %pmap -q {options} ({example.expression}) for x in {items}\n"
        "(values == expected, values, expected)"
    )

    assert (reply.value or "").startswith("(True,"), reply.value


few = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,  # the same examples in every run
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(900)
@settings(few, max_examples=100)
@given(example=written())
def test_a_pool_gives_the_values_of_a_loop(notebook: Notebook, example: Written) -> None:
    """On warm workers, which have run the examples before: names are defined again and again."""
    check(notebook, example, "-b pool -w 2", "range(-1, 3)")


@pytest.mark.timeout(900)
@few
@given(example=written())
def test_new_processes_give_the_values_of_a_loop(notebook: Notebook, example: Written) -> None:
    """A process for each task begins with nothing."""
    check(notebook, example, "-b process -w 2", "(-1, 2)")
