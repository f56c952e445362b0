"""What a notebook knows of names before a cell runs: what reading the cell must ask."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from parmagic.plan.effects.effects import NONE, Doubt, Effects


@dataclass(frozen=True, slots=True)
class Known:
    """Answers about the names of a notebook; by default, that it has none."""

    is_own: Callable[[str], bool] = lambda _: False  # a function whose calls are tasks
    # The names of the notebook that such a function reads when it is called; what it changes.
    reads: Callable[[str], Collection[str]] = lambda _: ()
    effects: Callable[[str], Effects] = lambda _: NONE
    # The methods of that name, each by its own one, that an object may have; where the object is
    # all that a name of the notebook holds, with this one.
    methods: Callable[[str, str], Collection[str]] = lambda _method, _name: ()
    # Whether what a call returns must be sent: not between threads.
    sends: bool = True
    shares: bool = False  # whether tasks that run at the same time are of one process
    is_bound: Callable[[str], bool] = lambda _: False  # to something other than the built-in
    is_class: Callable[[str], bool] = lambda _: False  # a class of the user's
    # Where a module, or a function of a library, is imported from.
    path: Callable[[str], str | None] = lambda _: None
    # Whether `from module import name` will bind a function whose calls are tasks.
    is_own_import: Callable[[str, str], bool] = lambda _module, _name: False
    # What a function uses up that reads the value of a name; "" if nothing.
    used_up: Callable[[str], str] = lambda _: ""
    confirmed: Callable[[Doubt], bool] = lambda _: False  # by the value of a name
    # Whether a method may do something else than its name says: of what a name holds, or of what
    # these attributes, or None for its elements, lead to.
    has_state: Callable[[str, Sequence[str | None], str], bool] = lambda _name, _steps, _method: (
        False
    )
