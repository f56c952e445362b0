"""What names mean where a statement of a cell stands, and what calls of them change."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from parmagic.modules.source import Def
from parmagic.plan.cells.bindings import COMPOUND
from parmagic.plan.cells.handing import Handing
from parmagic.plan.cells.known import Known
from parmagic.plan.cells.put import gives_method
from parmagic.plan.cells.reaching import decorated
from parmagic.plan.effects.alias import parts
from parmagic.plan.effects.effects import BUILT_IN, EFFECT, MISSING, NONE, Doubt, Effects
from parmagic.plan.effects.function import effects
from parmagic.plan.effects.keys import given_as, looped, through
from parmagic.plan.effects.made import global_change
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.spread import spread
from parmagic.plan.effects.strand import Spread
from parmagic.plan.effects.uncertain import Uncertain, kept_for_later, of_arguments
from parmagic.plan.effects.walks import arguments, calls_in, running
from parmagic.plan.names import read_names

_TELLING = ast.Import | ast.ImportFrom | ast.ClassDef
_MAKING_CLASSES = ("collections.namedtuple", "typing.NamedTuple", "dataclasses.make_dataclass")


class Scope(Handing):
    """What names mean where the statement stands that is being read.

    `Bindings` say what they are bound to, `Reaching` what functions lead to, `Libraries` what these
    do to libraries, `Handing` what they return; here it is put together, for one call.
    """

    def __init__(self, known: Known, seeded: Collection[str] = ()) -> None:
        super().__init__(known, seeded)
        self.meaning = Meaning(
            is_own=self._is_own,
            is_builtin=self._is_builtin,
            through=self.reach_of,
            exists=self._exists,
            is_class=self._is_class,
            path=self._path,
            is_own_import=self._is_own_import,
            changed_by=self.changed_by,
            gives=self.gives_function,
            has_state=self._has_state,
            makes_new=self._makes_new,
            holds=self._holds,
            hands_back=self.hands_back,
            rewrites=self.rewrites,
        )
        self._makes = False  # whether what decorators of the last statement make changes something
        self._looped: dict[str, str] = {}  # of what its loops bind names to the items
        self._said: dict[str, str] = {}  # what calls of a function change

    def begin(self, node: ast.stmt) -> None:
        """Say which statement is being read."""
        super().begin(node)
        self._said = {}
        self._looped = looped(node)

    def end(self, node: ast.stmt) -> None:
        """Take what a statement binds; decorators of the user's have made something of it."""
        asked = {name: self.asked_by(one) for name, one in decorated(node)}
        found = {name: [*self.made_by(one)] for name, one in asked.items()}
        self._makes = any(found.values())
        super().end(node)
        for name, one in asked.items():
            self._cell.change(name, found[name], one)

    def _is_own(self, name: str) -> bool:
        """Tell whether a name is a function of the user's whose calls are tasks."""
        return self._is_defined(name) and not self.changes(name)

    def changes(self, name: str) -> str:
        """Say what any call of a function of the user's changes, itself or by what it calls."""
        if name not in self._said:
            self._said[name] = self._changes(name)
        return self._said[name]

    def changed_by(self, call: ast.Call) -> str:
        """Say what this call changes: also of what it is given."""
        name = self._name_of(call.func)
        return (name and self.changes(name)) or self._given_changes(name, call)

    def gives_function(self, call: ast.Call) -> str:
        """Say why what a call returns stays in the notebook; "" if it may come from a worker."""
        waiting = [name] if self._known.sends and (name := self._name_of(call.func)) else []
        for one in waiting:  # which grows
            given = self._effects_of(one).gives
            if "" in given:
                return f"`{name}()` returns a function that it makes: it would hold copies"
            waiting += sorted(given - {*waiting})
        return ""

    def _makes_new(self, call: ast.Call) -> bool:
        return self._effects_of(self._name_of(call.func)).new

    def _holds(self, call: ast.Call) -> list[ast.expr] | None:
        known = self._effects_of(self._name_of(call.func))
        names = {one.name for one in known.returns}
        if names & known.kept:
            return None
        given = [one for place, one in arguments(call) if names & {*known.received(place)}]
        return [*given, *(ast.Name(one, ast.Load()) for one in sorted(names - known.named))]

    def rewrites(self, call: ast.Call) -> Collection[str]:
        """Name the functions that a call leads to which write the same file in each call."""
        name = self._name_of(call.func)
        reached = {name, *self._spread(name)[0]} if name else ()
        return [one for one in sorted(reached) if self._effects_of(one).rewrites]

    def tells_more(self, node: ast.stmt) -> bool:
        """Tell whether the values say more that a statement has bound, once it has run.

        A function that a decorator has made may change what it is given, and so may what has been
        given a method: `bus.subscribe(seen.append)`.
        """
        inside = running(node) if isinstance(node, COMPOUND) else [node]
        kinds = _TELLING | Def if isinstance(node, COMPOUND) else _TELLING
        if any(isinstance(one, kinds) for one in inside) or self._makes_class(node):
            return True
        asked = {name for _, one in decorated(node) for name in self.asked_by(one)}
        if self._makes:
            return False  # the source shows that what the decorator makes changes something
        if any(map(self._is_definition, asked)) or gives_method(node):
            return True
        return self.puts_out_of_sight(node)

    def _makes_class(self, node: ast.stmt) -> bool:
        value = node.value if isinstance(node, ast.Assign) else None
        path = self.meaning.dotted(value.func) if isinstance(value, ast.Call) else None
        return path in _MAKING_CLASSES

    def uncertain(self, call: ast.Call) -> Uncertain | None:
        """Say which values tell whether a call changes something; None if it needs none."""
        name = self._name_of(call.func)
        reached, found = self._spread_by(call, name)
        doubts: set[Doubt] = set()
        for inner in reached & found.keys():
            known = self._effects_of(inner)
            for one in found[inner].doubts:
                if one.name not in known.named:
                    doubts.update(self._with_keys(one, inner, call, reached))
                elif inner == name:
                    doubts.update(of_arguments(self._with_key(one, known, call), known, call))
        doubts.update(self._by_given(call)[1].doubts, self.handed(name, call) if name else ())
        if not self._known.sends:  # what a library's method does is done to the object itself
            doubts = {one for one in doubts if not one.method.startswith(EFFECT)}
        handed = {one for _, given in arguments(call) for one in kept_for_later(given)}
        used = frozenset(handed.union(*map(self.read_by, reached)))
        if not (doubts or used):
            return None
        return Uncertain(call.lineno, ast.unparse(call.func), frozenset(doubts), used)

    def _with_keys(
        self, doubt: Doubt, inner: str, call: ast.Call, reached: Collection[str]
    ) -> Iterator[Doubt]:
        """Say of a key, known by a parameter of a function, which ones they are in the cell."""
        waiting = [(inner, doubt)]
        for name, one in waiting:  # which grows
            known = self._effects_of(name)
            called = name == self._name_of(call.func)
            if called or one.key[1:] not in known.named:
                yield self._with_key(one, known, call)
            if one.key[1:] not in known.named:
                continue
            callers = {outer for outer in reached if name in self.read_by(outer)}
            calls = [
                (outer, keys)
                for outer in callers
                for to, keys in self._effects_of(outer).calls
                if to == name
            ]
            if callers != {outer for outer, _ in calls} or not (calls or called):
                yield one._replace(key="")
            for outer, keys in calls:
                above = outer, one._replace(key=through(one.key, known, keys))
                waiting += [above] if above not in waiting else []

    def _with_key(self, doubt: Doubt, known: Effects, call: ast.Call) -> Doubt:
        """Say of a key, known by a parameter, what it is in the cell that calls the function."""
        if doubt.key[1:] not in known.named:
            return doubt
        by_name = {each: one for place, one in arguments(call) for each in known.received(place)}
        key = given_as(doubt.key, by_name, self._looped, lambda one: one not in self._local)
        return doubt._replace(key=key)

    def leaves(self, doubt: Doubt, call: ast.Call) -> bool:
        """Tell whether what a call returns may be of the kind that a doubt is about."""
        if not doubt.method.startswith(MISSING):
            return True
        return not {"defaultdict", "collections"}.isdisjoint(self.reach_of(*read_names(call)))

    def _changes(self, name: str) -> str:
        if name in self._rebound and self._is_defined(name):
            return f"`{name}` is bound to something else within the statement"
        reached, changed = self._spread(name)
        seeded = self.seeds_of(name, *reached)
        for inner in [name, *sorted(reached)]:
            known = self._effects_of(inner)
            found = [*self.of_libraries(known, seeded), *known.changes, *self._lightly(known)]
            drawn = [one for one in sorted(known.drawn) if self._path(one) is None]
            found += [f"draws random numbers from the global `{one}`" for one in drawn]
            if inner in changed:
                for one, other in sorted(changed[inner].changed.items()):
                    if one not in known.named:
                        found.append(f"has `{other}()` change the global `{one}`")
                kept = changed[inner].kept(known.kept, called=inner == name)
                found += [f"changes the default of its argument `{one}`" for one in kept]
            for one in sorted(self.read_by(inner)):
                used = "" if one in self._functions else self._known.used_up(one)
                if used:
                    found.append(f"{used} `{one}`")
            if found:
                return f"`{inner}()` {found[0]}"
        return ""

    def _given_changes(self, name: str, call: ast.Call) -> str:
        """Say what a call changes of what it is given, or has functions change that it is given."""
        known = self._effects_of(name) if name else NONE
        changed = self._spread_by(call, name)[1].get(name, Spread()).changed
        changed = {} if known is BUILT_IN else changed  # no function of the user's, and no task
        for one, other in sorted(changed.items()):
            places = [
                place
                for place, given in arguments(call)
                # Nobody else has a generator of random numbers that is made for the call.
                if one in known.received(place) and not self.meaning.makes_generator(given)
            ]
            text = f"has `{other}()` change" if other else "changes"
            if one not in known.named:  # by a function that it is given
                return f"`{name}()` {text} the global `{one}`"
            if places or one in known.kept:
                return f"`{name}()` {text} its argument `{one}`"
        for _, given in arguments(call):
            for each in parts(given, {}):
                if each.of or each.name in self._local:
                    continue
                if text := self.changes(each.name):
                    return text
        return self._uses(name, call) if "." in name or self._is_defined(name) else ""

    def _uses(self, name: str, call: ast.Call) -> str:
        """Say what a call of a function of the user's changes or uses up, by what it is given."""
        known, _ = self._by_given(call)
        for text in (*known.changes, *self._lightly(known), *self.of_libraries(known, ())):
            return f"what `{name}()` is given {text}"
        for handed in (one for _, given in arguments(call) for one in kept_for_later(given)):
            if self._is_here(handed) and (used := self._known.used_up(handed)):
                return f"`{name}()` {used} `{handed}`"
        return self._confirmed(call)

    def _lightly(self, known: Effects) -> list[str]:
        """Say which globals a function changes that would not be changed if they were modules."""
        return [global_change(one) for one in sorted(known.lightly) if self._path(one) is None]

    def _by_given(self, call: ast.Call) -> tuple[Effects, Spread]:
        """Read what a call changes by a `lambda`, or by a method, that it is given.

        What its arguments call themselves is called before it.
        """
        given = [one for one in call.args if not any(calls_in(one))]
        named = [one for one in call.keywords if not any(calls_in(one))]
        inside = [each for one in (*given, *named) for each in ast.walk(one)]
        if not any(isinstance(one, ast.Lambda | ast.Attribute) for one in inside):
            return NONE, Spread()
        text = ast.unparse(ast.Call(call.func, given, named))
        known = effects(f"lambda: {text}")
        reached = self.reach_of(*read_names(text), *self._methods_asked(known))
        there = {**self._effects_in(reached), text: known}
        return known, spread(there, {}, self._held_by)[text]

    def _confirmed(self, call: ast.Call) -> str:
        """Say what values that the notebook has already tell."""
        uncertain = self.uncertain(call)
        for doubt in sorted(uncertain.doubts if uncertain else ()):
            here = self._is_here(doubt.name) and doubt.key[1:] not in self._functions
            if here and self._known.confirmed(doubt):
                return f"`{ast.unparse(call.func)}()` {doubt.said()}"
        return ""

    def _is_here(self, name: str) -> bool:
        """Tell whether the notebook has the value that a name has in the statement."""
        return name not in self._functions and name not in self._local

    def _is_own_import(self, module: str, name: str) -> bool:
        return self._known.is_own_import(module, name) and not self.changes(f"{module}.{name}")
