"""What the value of a call may be: a part of what the function knows, or of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from parmagic.plan.effects.alias import GIVEN, OWN, Outside
from parmagic.plan.effects.effects import ARRAY, CHANGEABLE, NONE, Effects
from parmagic.plan.effects.walks import after_self

Named = Callable[[str], Collection[str]]  # which functions are meant by the name of one
_ITS = ("itself", "part")  # how a function returns something that it knows, or a part of that


def results(
    known: Effects, there: Mapping[str, Effects], named: Named
) -> Iterator[tuple[str, str, str, str]]:
    """Yield what a function changes through the values of others that it calls.

    Each as: the name whose value is changed; through which function; the sort that this value must
    be of, as in a `Doubt`, or ""; and whether it "itself" must be of that sort, or a "part" of it,
    or "" for either.
    """
    for result in known.results:
        of, place = result.of, result.place
        if result.inside and place != "" and f"{of}.__init__" in there:
            of, place = f"{of}.__init__", after_self(place)  # a part of an object that keeps it
        sure = place == "" or not result.of.startswith(OWN)
        kind = "" if sure else CHANGEABLE if place else result.of
        for ways, asked in _ways(result):
            for name in meant(result.name, of, place, there, named, ways=ways):
                if name:  # not what another call returned: `Row(str(n), [])`
                    yield name, result.of, result.by or kind, asked
        if not result.inside:  # a slice is a view of an array, and a list of its own otherwise
            for name in meant(result.name, of, place, there, named, ways=("slice",)):
                if name:
                    yield name, result.of, ARRAY, "itself"


def _ways(result: Outside) -> list[tuple[tuple[str, ...], str]]:
    """List the ways in which a function may return it, each with what must be of that sort."""
    around = result.place != "" and result.how == "itself"  # it was in something new
    if not result.by or around:
        return [((*_ITS, "holds") if result.inside else _ITS, "")]
    return [((*_ITS, "holds"), "part")] if result.inside else [((one,), one) for one in _ITS]


def meant(  # noqa: PLR0913 - a name, and where it is looked up
    name: str,
    of: str,
    place: int | str,
    there: Mapping[str, Effects],
    named: Named,
    *,
    ways: Collection[str] = _ITS,
) -> Iterator[str]:
    """Yield what a name stands for, or, with `of`, the value of a function that was given it."""
    if not of:
        yield name
        return
    functions = [*named(of)]
    called = {*functions}
    for function in functions:  # which grows
        by = there.get(function, NONE)
        if place == "":  # `return find(key)`: what that returns of what it knows
            functions += sorted(by.gives & there.keys() - {*functions})
        # It may return what it was made with: a `partial`, or an object that is called.
        made = by.method == "__call__" and function != of and not of.startswith(OWN)
        for returned in by.returns:
            if returned.how not in ways:
                continue
            if place == "" and (made or returned.name == GIVEN):
                yield from (of,) if function in called else ()
            elif place == "" and returned.name not in by.named:
                yield returned.name
            elif place != "" and returned.name in by.received(place):
                yield name
