"""The options of %pmap, %%pmap and %%parallel: one table, for reading, help and completion."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from parmagic.magics.values import Kind
from parmagic.run.backend import AUTO, CHOICES, DEFAULT, NAMES
from parmagic.run.manner import CLOSE, ERRORS
from parmagic.show.kinds import KINDS, SWEEP
from parmagic.words import either

Magic = Literal["pmap", "parallel"]


class Option(NamedTuple):
    """One option: how it is written, what it sets, and what it takes."""

    short: str | None
    long: str
    dest: str  # the field of `Options` that it sets
    metavar: str  # stands for its value in the help; in brackets if that may be left out
    help: str
    kind: Kind = "flag"
    choices: tuple[str, ...] = ()
    sets: object = True  # what it sets when it is given without a value
    only: Magic | None = None  # the one magic that takes it
    only_pmap: tuple[str, ...] = ()  # those of its choices that %pmap alone takes
    instead: str = ""  # what the other magic says to it

    @property
    def may_stand_alone(self) -> bool:
        """Whether it takes a value that may be left out."""
        return self.metavar.startswith("[")

    def choices_of(self, magic: Magic) -> tuple[str, ...]:
        """Return what a magic lets it be set to, where there is a choice."""
        left_out = self.only_pmap if magic == "parallel" else ()
        return tuple(choice for choice in self.choices if choice not in left_out)

    def help_of(self, magic: Magic) -> str:
        """Return its help, with the choices that it has there."""
        choices = self.choices_of(magic)
        said = self.help.replace("{either}", either(choices))
        return said.replace("{choices}", ", ".join(choices))


_SEVERAL = (
    "tasks of a cell are of several kinds, and the first say nothing of others: "
    "`--forecast` and `-b auto` are for %pmap"
)

_TIMEOUT = "end a task that takes longer: 2.5, 500ms, 2min (on process and pool)"

OPTIONS: Final = (
    Option(
        *("-b", "--backend", "backend", "NAME"),
        f"{{either}}, or a variable that holds an executor of your own; default: {DEFAULT}",
        kind="backend",
        choices=CHOICES,
        only_pmap=(AUTO,),
        instead=_SEVERAL,
    ),
    Option(
        *("-w", "--workers", "workers", "N"),
        "how many tasks run at a time; default: all processors",
        kind="count",
    ),
    Option(
        *("-c", "--compare", "compare", "[LIST]"),
        "run serially too, measure it, and check that the values are equal; or compare "
        "several: thread,process,pool, or all",
        kind="backends",
        choices=NAMES,
        sets=(),
    ),
    Option(
        *(None, "--forecast", "forecast", ""),
        "run the first few tasks alone, say what is to be expected of each backend, then run "
        "the rest",
        only="pmap",
        instead=_SEVERAL,
    ),
    Option(
        *(None, "--sweep", "sweep", "[LIST]"),
        "run with several numbers of workers, and forecast more: --sweep 1,2,4",
        kind="counts",
        sets=(),
        only="pmap",
        instead="a cell runs once: `--sweep` is for %pmap, e.g. `%pmap --sweep f xs`",
    ),
    Option(
        *("-r", "--repeat", "repeat", "N"),
        "run everything N times, in turns; times are medians",
        kind="count",
    ),
    Option(
        *(None, "--close", "close", "[TOLERANCE]"),
        "numbers are equal if they differ by at most this part of them; "
        f"{CLOSE:g} if it is left out",
        kind="tolerance",
        sets=CLOSE,
    ),
    Option("-o", "--out", "out", "NAME", "keep the record of the run in this variable", "name"),
    Option("-q", "--quiet", "quiet", "", "show nothing but the value"),
    Option(
        *(None, "--plot", "plot", "[KIND]"),
        "draw the chart of serial against parallel time, or another kind: {choices}",
        kind="chart",
        choices=KINDS,
        only_pmap=(SWEEP,),
        instead="a cell runs once: `--plot sweep` is for %pmap, e.g. `%pmap --sweep f xs`",
    ),
    Option(None, "--no-plot", "plot", "", "draw none, whatever else is asked for", sets=False),
    Option(None, "--save", "save", "FILE", "write the chart to a file: .png, .svg or .pdf", "file"),
    Option(
        *(None, "--explain", "explain", ""),
        "show what of the cell runs together, what waits for what, what stays serial and why; "
        "run nothing",
        only="parallel",
        instead="`--explain` reads a %%parallel cell: put the calls into one",
    ),
    Option(
        *(None, "--export", "export", "FILE"),
        "write the run as a script that needs no parmagic: .py",
        kind="script",
        only="pmap",
        instead="`--export` writes the run of a %pmap line: put the calls into one",
    ),
    Option("-t", "--timeout", "timeout", "SECONDS", _TIMEOUT, "seconds"),
    Option(
        None, "--retries", "retries", "N", "run a task that fails again, up to N times", "count"
    ),
    Option(
        *(None, "--errors", "errors", "NAME"),
        "raise: raise the first exception (default); keep: go on, and return exceptions in "
        "their places",
        kind="errors",
        choices=ERRORS,
    ),
    Option(
        *("-Q", "--queue", "queue", ""),
        "put the tasks into one queue, from which each worker takes one at a time; a task may "
        "add others by parmagic.enqueue",
    ),
    Option(None, "--max-tasks", "max_tasks", "N", "how many tasks a queue may come to", "count"),
    Option("-h", "--help", "help", "", "show this"),
)


def option_called(given: str) -> Option | None:
    """Find the option that is written `given`, such as "-b" or "--backend"."""
    return next((option for option in OPTIONS if given in (option.short, option.long)), None)


def options_of(magic: Magic) -> list[Option]:
    """List the options that a magic takes, in the order of the help."""
    return [option for option in OPTIONS if option.only in (None, magic)]
