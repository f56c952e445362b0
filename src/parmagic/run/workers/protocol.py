"""What the notebook and a worker say to each other: `handle` and `worker` are its two ends.

Messages are pickled tuples, their first item says what they are. To the worker, in lists:

    ("surroundings", *Surroundings)                      follow the notebook, answer nothing
    ("back",)                                            go back to what it has set, answer nothing
    ("import", name, ...)                                import these, answer nothing
    ("ahead", name, ...)                                 import these when there is nothing else to
                                                         do, answer "ready"
    ("forget", key, ...)                                 let go of these packages, answer nothing
    ("package", key, path, places, names, data)          have this ready, answer nothing
    ("chunk", *Order)                                    run these, answer "done"
    None instead of a list                               end

What is large in a message follows it, as it is: `pickle.loads` takes that as its buffers.

From the worker:

    ("ready", clock)                                     it has begun to listen, at that moment, or
                                                         again after what it imported ahead
    ("print", [(task, stream, text), ...])               whole lines, while the tasks run; where
                                                         the stream is "record", a Record
    ("enqueue", task, number, label, payload)            one more task, added by `task`
    ("done", first, payload, clocks, links, refused,     the values, in the order of the items
     passage)

A chunk ends at its first exception: `links` is that exception, and `payload` the values before it.
`refused` are exceptions, by number, for those of the values that the notebook cannot have.
It also ends after the first task that is over later than `patience` seconds after the first began,
and before one that must be claimed and cannot be: the notebook has taken it back.
`passage` is received, loaded, unpacked, ran, packed, aside, delayed, faults, given, new (see
`measure.traffic`). A `payload` is a Parcel as a plain tuple: most of the time it takes to pickle a
short message would be for the name of that class.
"""

from __future__ import annotations

from typing import Any, NamedTuple

RECORD = "record"  # what stands for a stream where a warning or a log record is sent


class Order(NamedTuple):
    """A chunk of tasks that is to be run."""

    key: str  # of the package that has their code
    first: int  # index of its first task
    each: bool  # whether the clocks are read for each
    patience: float  # seconds after which those not begun are given back
    form: str  # of an item: see `chunk.Form`
    queue: bool  # whether its task may enqueue others
    payload: tuple[Any, ...]  # the items, pickled
    claims: str = ""  # the pipe by which all but the first must be claimed; "" if they need not be
