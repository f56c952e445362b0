"""What a function changes outside itself: in another process that would be lost."""

from __future__ import annotations

from typing import NamedTuple

from parmagic.plan.effects.acts import Act
from parmagic.plan.effects.alias import How, Outside

# A doubt says: if the value is such, it is changed. "Such" may be that it has a method:
ARRAY = "__array__"  # it gives views of itself
NEXT = "__next__"  # it is used up by reading
MISSING = "__missing__"  # it gets the keys that are looked up; with ".a" behind, `it.a` does
# Or that it has a method of a library, with this before its name. One that is called for its effect
# alone most likely changes its object. (Before a method of the user's there is `alias.OWN`.)
EFFECT = "!"
# Or that it is of a kind:
CHANGEABLE = "="  # no number, text, function or the like
DRAWN = "matplotlib"  # what is drawn in: axes and figures
COPIED = "copy"  # a container whose copy has parts in common with it that may be changed
# With this before the kind, it is what a function returns and the cell changes: `&=`; or
# `&__array__`, if only a view of it would be changed with it.
SHARED = "&"

# What is known of the arguments of a call, by their places, as keys that it may look up: written as
# in `plan.effects.keys`.
Keys = tuple[tuple[int | str, str], ...]


class Passed(NamedTuple):
    """Something from outside that a function hands on to another."""

    to: str  # with `OWN` before it, any method of that name
    place: int | str  # the number of the argument, or its name; "*" if it may be any
    name: str
    how: How = "itself"
    of: str = ""  # the function whose value it is, or a part of that
    given: int | str = ""  # which of the arguments of that function it was; "" if none
    by: str = ""  # the parameter that is the other function, if it has no name here
    beside: str = ""  # a function that is given both, and may call the one with the other
    keys: Keys = ()  # of the same call


def passed_on(to: str, place: int | str, one: Outside) -> Passed:
    """Say that something is handed on to a function, and as which argument."""
    return Passed(to, place, one.name, one.how, one.of, one.place)


class Doubt(NamedTuple):
    """A name whose value, or a part of it, a function changes if that is of a certain sort."""

    name: str
    method: str  # the sort: a method that it has, or a kind, as written above
    part: bool = False
    key: str = ""  # for `MISSING`: what is looked up, as `plan.effects.keys` writes it

    def said(self) -> str:
        """Say what the function then does."""
        if self.method.startswith(SHARED):
            return f"returns `{self.name}`, or a part of it, which the cell changes"
        if not self.method.startswith(MISSING):
            return f"changes `{self.name}` in place"
        where = "a `defaultdict` in" if self.part else "the `defaultdict`"
        return f"may add keys to {where} `{self.name}`"


class Effects(NamedTuple):
    """What a function changes, and what it hands on to others, which may change it."""

    changes: tuple[str, ...] = ()  # ends of sentences, such as "assigns the global `count`"
    parameters: tuple[str, ...] = ()  # in the order in which they are given
    named: frozenset[str] = frozenset()  # all parameters
    starred: tuple[str, str] = ("", "")  # those that take any other argument: `*args`, `**kwargs`
    kept: frozenset[str] = frozenset()  # parameters whose default is an object that may be changed
    changed: frozenset[str] = frozenset()  # parameters whose objects are changed
    deep: frozenset[str] = frozenset()  # those of which parts are changed
    drawn: frozenset[str] = frozenset()  # globals that random numbers come from, if not modules
    acts: frozenset[Act] = frozenset()  # what it calls and assigns of libraries
    lightly: frozenset[str] = frozenset()  # globals that are changed, if they are not modules
    doubts: frozenset[Doubt] = frozenset()
    passed: tuple[Passed, ...] = ()
    # What it calls, and with which keys; with none what it only hands on.
    calls: frozenset[tuple[str, Keys]] = frozenset()
    results: frozenset[Outside] = frozenset()  # values of functions that it changes
    returns: frozenset[Outside] = frozenset()
    attributes: frozenset[tuple[str, str]] = frozenset()  # each after its global; "" if none
    # Globals that it gives to functions, each with the function, which may be a library's.
    given: frozenset[tuple[str, str]] = frozenset()
    method: str = ""  # the name that it has as a method of a class
    makes: tuple[str, ...] = ()  # what functions inside, if they are there after it, change of it
    gives: frozenset[str] = frozenset()  # functions whose values it returns; "" for one inside
    new: bool = False  # whether what it returns is a container that it has made
    rewrites: bool = False  # whether it writes a file anew that is the same in each call

    def received(self, place: int | str) -> tuple[str, ...]:
        """List the parameters that an argument may come to."""
        if place == "*":
            return (*self.named,)
        if isinstance(place, int):
            return self.parameters[place : place + 1] or (self.starred[0],)
        return (place if place in self.named else self.starred[1],)


NONE = Effects()
_it = frozenset({"it"})
BUILT_IN = Effects(parameters=("it",), named=_it, changed=_it)  # changes its first argument
