"""The command: `python -m benchmarks.truth`."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.truth import tables
from benchmarks.truth.beside import beside
from benchmarks.truth.causes import verdicts
from benchmarks.truth.estimates import estimates
from benchmarks.truth.forecasts import forecasts
from benchmarks.truth.sweeps import sweeps
from benchmarks.truth.workloads import Wanted
from benchmarks.versions import describe, sentence

_README = Path(__file__).parent / "README.md"
_PARTS: dict[str, Callable[[Wanted], str]] = {
    "a": lambda wanted: tables.of_estimates(estimates(wanted), beside()),
    "b": lambda wanted: tables.of_verdicts(verdicts(wanted)),
    "c": lambda wanted: tables.of_first_tasks(forecasts(wanted)),
    "d": lambda wanted: tables.of_forecasts(sweeps(wanted)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts asked for, print their tables, and put them into the README."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=main.__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(_PARTS)}; all of them by default")
    parser.add_argument("--dry", action="store_true", help="leave the README as it is")
    parser.add_argument("--rows", default="", metavar="TEXT", help="only those with it; prints")
    asked = parser.parse_args(arguments)
    unknown = set(asked.parts) - set(_PARTS)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}: choose of {', '.join(_PARTS)}")
    text = _README.read_text("utf-8")
    begun = time.monotonic()
    for part in asked.parts or _PARTS:
        table = _PARTS[part](lambda name: asked.rows in name)
        print(f"({part})\n{table}\n", flush=True)  # noqa: T201 - it is what the command is for
        text = _put(text, part, table)
    text = _put(text, "machine", f"Measured on {sentence(describe(()))}")
    print(f"in {time.monotonic() - begun:.0f} s")  # noqa: T201 - as above
    if not (asked.dry or asked.rows):
        _README.write_text(text, "utf-8")
    return 0


def _put(text: str, part: str, table: str) -> str:
    """Put a table between the marks of its part."""
    marks = f"<!-- {part} -->", f"<!-- /{part} -->"
    pattern = f"{re.escape(marks[0])}.*?{re.escape(marks[1])}"
    return re.sub(pattern, lambda _: f"{marks[0]}\n{table}\n{marks[1]}", text, flags=re.DOTALL)


if __name__ == "__main__":
    raise SystemExit(main())
