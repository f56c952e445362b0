"""What a function changes outside itself: that would be lost where it runs in another process."""

from __future__ import annotations

from typing import NamedTuple

from parmagic.plan.effects.acts import Act
from parmagic.plan.effects.alias import How, Outside

# What a value must be for a doubt to be one. It must have a method, of a name such as these:
ARRAY = "__array__"  # it gives views of itself
NEXT = "__next__"  # it is used up by reading
MISSING = "__missing__"  # it gets the keys that are looked up; with ".a" behind, `it.a` does
# Or, with this before its name, a method that a library has written: of one that is called for its
# effect alone nobody knows what it changes, most likely its object. (`alias.OWN` stands before a
# method that the user has written.)
EFFECT = "!"
# Or it must be of a kind:
CHANGEABLE = "="  # no number, text, function or the like
DRAWN = "matplotlib"  # what is drawn in: axes and figures
COPIED = "copy"  # a container whose copy has parts in common with it that may be changed
# With this before it, of what a function returns, and the cell changes: `&=`, or `&__array__`, if
# only a view of it would be changed with it.
SHARED = "&"

# By which keys a function may look something up that is called: of its arguments, by their places,
# what is known as `plan.effects.keys` writes it.
Keys = tuple[tuple[int | str, str], ...]


class Passed(NamedTuple):
    """Something from outside that a function hands on to another."""

    to: str  # with `OWN` before it, any method of that name
    place: int | str  # the number of the argument, or its name; "*" if it may be any
    name: str
    how: How = "itself"
    of: str = ""  # the function that may return it, if it does
    given: int | str = ""  # as which of its arguments it was given; "" if as none
    by: str = ""  # the parameter that stands for the other function, if it has no name here
    beside: str = ""  # the function that is given both, and may call the one with the other
    keys: Keys = ()  # of the same call


def passed_on(to: str, place: int | str, one: Outside) -> Passed:
    """Say that something is handed on to a function, as which of its arguments."""
    return Passed(to, place, one.name, one.how, one.of, one.place)


class Doubt(NamedTuple):
    """Something that a function changes if its value, or a part of it, is of a certain sort."""

    name: str
    method: str  # the sort: a method that it has, or a kind, as written above
    part: bool = False
    key: str = ""  # that is looked up, if it is `MISSING`; as `plan.effects.keys` writes it

    def said(self) -> str:
        """Say what it comes to."""
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
    changed: frozenset[str] = frozenset()  # parameters, whose objects are changed
    deep: frozenset[str] = frozenset()  # those of which parts are changed
    drawn: frozenset[str] = frozenset()  # globals that random numbers come from, if not modules
    acts: frozenset[Act] = frozenset()  # what it calls and assigns of libraries
    lightly: frozenset[str] = frozenset()  # globals that are changed, if they are not modules
    doubts: frozenset[Doubt] = frozenset()
    passed: tuple[Passed, ...] = ()
    # What it calls, with which keys; without any if it hands it on.
    calls: frozenset[tuple[str, Keys]] = frozenset()
    results: frozenset[Outside] = frozenset()  # what is changed if functions return parts of it
    returns: frozenset[Outside] = frozenset()
    attributes: frozenset[tuple[str, str]] = frozenset()  # each with the global it is of, before
    # Globals that it gives to functions, each with the function: it may be a library's.
    given: frozenset[tuple[str, str]] = frozenset()
    method: str = ""  # the name that it has as a method of a class
    makes: tuple[str, ...] = ()  # what functions inside of it, if they outlive it, change of it
    gives: frozenset[str] = frozenset()  # functions whose value it returns; "" for one it makes
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
BUILT_IN = Effects(parameters=("it",), named=_it, changed=_it)  # it changes what it is given first
