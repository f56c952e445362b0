"""Writes cells at random: calls, comprehensions, loops; also such as fail or stay serial."""

# ruff: noqa: E501 - an alternative of the grammar is not broken up

from __future__ import annotations

import random
import re
from textwrap import indent

NAMES = ["a", "b", "c", "total", "best", "scale", "n"]


# Statements that make several calls, or one and something else.
_WITH_CALLS = (
    "a, b = @, @", "b, c = b, f(@)", "a = [@, @]", "c = (@, @)", "[@, a, @]", "a = @ + @",
    "found = {'a': @, 'b': @}", "found['a'] = f(@)", "found[n] = g(@)", "out[@] = f(@)",
    "done.append(f(@))", "done.append(g(@, @))", "total += f(@)", "done += [f(@), g(@)]",
    'print(f"{f(@)} {g(@):.1f} {a}")', "print(f(@), g(@))", "a, *c = f(@), g(@), @", "a = f(@)",
    "a, out[n] = f(@), g(@)", "b = h(f(@), g(f(@)), @)", "c = sized(extra)", "extra = done",
    "b = h(*extra, f(@))", "a = sized(done) + f(@)", "if f(@) > g(@): b = f(@)", "xs[f(@) > 1] = f(@)",
    "assert f(@) != f(@)", "c = f(@) if n else f(@)", "a = [done.pop(), f(@)]", "b = pair(f(@))",
    "b = [f(@), (n := f(@)), f(n)]", "c = f(@) < f(@) < @", "c: int = f(@) - f(@)",
    "a = max(f(@), g(@)), nowhere", "a = [*pair(@), *pair(f(@))]", "found[f(@)] = f(@)",
)  # fmt: skip


class Writer:
    """Writes cells from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - not for secrets

    def cell(self) -> str:
        """Write a cell of a few statements."""
        return "\n".join(self._statement() for _ in range(self._random.randint(1, 5)))

    def _one(self, *texts: str) -> str:
        return self._random.choice(texts)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _atom(self, local: list[str]) -> str:
        if local and self._chance(0.6):
            return self._random.choice(local)
        return self._one(str(self._random.randint(0, 5)), *NAMES, "len(done)", "out[1]")

    def _value(self, local: list[str], depth: int = 2) -> str:
        """Write an expression, most often with a call of an own function."""
        if depth == 0:
            return self._atom(local)
        if self._chance(0.02):
            return self._one(
                f"bad({self._atom(local)})", f"f(1 / {self._atom(local)})", "f(nowhere)"
            )

        chosen = self._one(
            "f(@)", "f(@)", "g(@, @)", "g(@, y=@)", "h(@, @)", "scaled(@)", "f(@) + @",
            "g(@, 1) * 2 - @", "max(f(@), @)", "sqrt(abs(@))", "(f(@) if @ > 2 else @)",
            "counted(@)", "@", "float(str(f(@)).strip())",
        )  # fmt: skip
        return self._filled(chosen, local, depth - 1)

    def _filled(self, text: str, local: list[str], depth: int = 2) -> str:
        """Put a value in place of each `@`: only what was chosen is written."""
        return re.sub("@", lambda _: self._value(local, depth), text)

    def _items(self, local: list[str]) -> str:
        more = [f"range({name})" for name in local]
        return self._one(
            "xs", "ys", "range(4)", "list(table.values())", "xs[2:]", "list(done)", "iter(ys)", "[]",
            "sorted(xs)", "range(n)", "out", *more,
        )  # fmt: skip

    def _statement(self) -> str:
        kind = self._random.random()
        if kind < 0.35:
            target = self._one("a", "b", "c", "a = b", "total")
            return f"{target} = {self._one('f', 'g', 'h', 'scaled')}({self._value([], 1)})"
        if kind < 0.4:
            return f"{self._one('a, b', 'b, c', 'a, *c')} = pair({self._value([], 1)})"
        if kind < 0.6:
            return f"{self._one('a', 'b', 'c', 'found', 'done')} = {self._comprehension()}"
        if kind < 0.84:
            return self._loop([], 1)
        if kind < 0.94:
            return self._changing_its_items() if kind < 0.88 else self._with_calls()
        chosen = self._one(
            "print(@)", "total += @", "scale = @", "del a", "out[@] = @", "done.append(@)",
            f"if n:\n    ys = {self._comprehension()}\n    c = [f(y) for y in ys]",
            "def f(x): return x + scale", f"if {self._comprehension()}: c = @",
            f"print({self._comprehension()})", "@",
        )  # fmt: skip
        return self._filled(chosen, [])

    def _with_calls(self) -> str:
        """Write statements with several calls in each, most of which run at the same time."""
        count = self._random.randint(1, 4)
        return self._filled("\n".join(self._one(*_WITH_CALLS) for _ in range(count)), [], 1)

    def _comprehension(self) -> str:
        value = self._value(["x"])
        clauses = f"for x in {self._items([])}"
        if self._chance(0.2):
            clauses += f" for y in {self._items([])}"
            value = self._value(["x", "y"])
        if self._chance(0.3):
            test = self._one("x > 2", "x % 2", "not done.append(x)", "f(x) > 2")
            clauses += f" if {test}"
        if self._chance(0.15):
            value = self._one(
                f"math.floor({value})", f"done.append({value})", f"str({value}).upper()"
            )
        if self._chance(0.15):
            function = self._one("f", "scaled", f"lambda x: {self._value(['x'])}")
            items = self._items([])
            return self._one(
                f"list(map({function}, {items}))", f"sorted({items}, key={function})",
                f"max({items}, key={function}, default=0)", f"list(filter({function}, {items}))",
                f"[*map({function}, {items})]", f"sum(map({function}, {items}), f(1))",
            )  # fmt: skip
        return self._one(
            f"[{value} {clauses}]", f"[{value} {clauses}]", f"{{{value} {clauses}}}",
            f"{{x: {value} {clauses}}}", f"sum({value} {clauses})", f"any({value} {clauses})",
            f"all({value} {clauses})", f"sorted({value} {clauses})", f"tuple({value} {clauses})",
            f"max({value} {clauses})", f"sum([{value} {clauses}]) + 1", f"len([{value} {clauses}])",
        )  # fmt: skip

    def _loop(self, local: list[str], depth: int) -> str:
        name = "ijk"[len([each for each in local if each in "ijk"])]
        items, target = self._items(local), name
        if self._chance(0.2):
            target, items = f"{name}, z", f"enumerate({items})"
            local = [*local, "z"]
        known = [*local, name]
        body = [self._line(known, depth) for _ in range(self._random.randint(1, 4))]
        return f"for {target} in {items}:\n" + indent("\n".join(body), "    ")

    def _changing_its_items(self) -> str:
        """Write a loop over lists or dicts, most of which change these."""
        head, item = self._one("for r in nested", "for i, r in enumerate(nested)"), "len(r)"
        change = self._one("r.append(@)", "r.extend([@, @])", "r[:1] = [@]", "r[0] += @")
        if self._chance(0.4):
            head, item = "for r in [{'x': 1}, {'x': n}, {'x': 3}]", "r['x']"
            change = self._one("r['x'] = @", "r['y'] = @", "r.update(x=@)", "r['x'] += @")
        others = [
            "done.append(r)", "print(r)", f"total += {item}", "t = @", "extra.append(@)", "t = r",
            f"if {item} > best: best = {item}", f"if {item} > 1: continue", "found[@] = r", change,
            f"t = g({item})", "total += len(nested)", "t = h(*r)", f'print(f"{{{item}}} of {{r}}")',
        ]  # fmt: skip
        body = [change, *(self._one(*others) for _ in range(self._random.randint(0, 3)))]
        self._random.shuffle(body)
        lines = [self._filled(one, [item, item]) for one in body]
        return f"{head}:\n" + indent("\n".join(lines), "    ")

    def _choice(self, local: list[str]) -> str:
        """Write an `if` that decides by what earlier turns have changed."""
        value, other = self._atom(local), self._atom(local)
        test = self._one(
            f"{value} > best", f"best is None or {value} < best", f"{value} not in found",
            "len(done) < 3", f"total > {value} and {other} < n", "not extra",
        )  # fmt: skip
        body = self._one(
            f"best = {value}", f"best, n = {value}, {other}", f"found[{value}] = {other}",
            f"done.append({value})", f"total -= {other}", f"n = {value}\n    print({other}, n)",
            f"extra.append([{value}, {other}])", f"best = f({value})", "t = 1", f"best = 9 / {value}",
        )  # fmt: skip
        last = self._one("", "", f"\nelse:\n    {self._one('n = 3', f'best = {other}', 'pass')}")
        return f"if {test}:\n    {body}{last}"

    def _line(self, local: list[str], depth: int) -> str:
        """Write a statement of a loop's body; a temporary that it assigns joins `local`."""
        kind = self._random.random()
        if kind < 0.25:
            name = self._one("t", "u", "t", "u", "a")
            line = f"{name} = {self._value(local)}"
            if name != "a" or self._chance(0.3):
                local.append(name)
            return line
        if kind < 0.7:
            index = self._atom(local)
            chosen = self._one(
                "total += @", "done.append(@)", f"out[{index}] = @", f"found[{index}] = @",
                "best = min(best, @)", f"out[{index}] += @",
                f"found[{index}] = found.get({index}, 0) + @", "done += [@]",
                f"found.update({{{index}: @}})", f"print({index}, total)", "total = total + @",
                f"found.setdefault({index}, []).append(@)",
            )  # fmt: skip
            return self._filled(chosen, local)
        if kind < 0.85:
            inner = self._line(list(local), depth) if depth else "total += 1"
            other = self._one("continue", "t = f(1)", "pass", "total -= f(2)")
            last = f"\nelse:\n    {other}" if self._chance(0.4) else ""
            test = f"{self._atom(local)} > {self._value(local, 1)}"
            return f"if {test}:\n{indent(inner, '    ')}{last}"
        if kind < 0.91 and depth:
            return self._loop(local, depth - 1)
        if kind < 0.95:
            return self._choice(local)
        return self._one(
            "t = 0", f"t += {self._value(local)}", f"c = [{self._value([*local, 'x'])} for x in ys]",
            "break", f"extra.append({self._value(local)})", f"f({self._atom(local)})", "continue",
        )  # fmt: skip
