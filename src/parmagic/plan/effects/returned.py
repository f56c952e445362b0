"""What is meant by what functions return: a part of what they know, or of what they are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from parmagic.plan.effects.effects import NONE, Effects


def after_self(place: int | str) -> int | str:
    """Say as which of its arguments `__init__` is given what its class is called with."""
    return place + 1 if isinstance(place, int) else place


def results(known: Effects, there: Mapping[str, Effects]) -> Iterator[tuple[str, str]]:
    """Yield what is changed of what other functions return, if it is a part of what they know."""
    for result in known.results:
        of, place = result.of, result.place
        if result.inside and place != "" and f"{of}.__init__" in there:
            of, place = f"{of}.__init__", after_self(place)  # a part of an object that keeps it
        for name in meant(result.name, of, place, there):
            if name:  # not what another call returned: `Row(str(n), [])`
                yield name, result.of


def meant(name: str, of: str, place: int | str, there: Mapping[str, Effects]) -> Iterator[str]:
    """Yield what is meant by a name, or by what a function returns that was given it at a place."""
    if not of:
        yield name
        return
    by = there.get(of, NONE)
    for returned in by.returns:
        if returned.how in ("itself", "part"):
            if place == "" and returned.name not in by.named:
                yield returned.name
            elif place != "" and returned.name in by.received(place):
                yield name
