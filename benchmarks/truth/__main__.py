"""The command: `python -m benchmarks.truth`."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.truth import tables
from benchmarks.truth.causes import verdicts
from benchmarks.truth.estimates import estimates
from benchmarks.truth.forecasts import forecasts
from benchmarks.truth.sweeps import sweeps
from benchmarks.versions import describe, sentence

_README = Path(__file__).parent / "README.md"
_PARTS = {
    "a": lambda: tables.of_estimates(estimates()),
    "b": lambda: tables.of_verdicts(verdicts()),
    "c": lambda: tables.of_first_tasks(forecasts()),
    "d": lambda: tables.of_forecasts(sweeps()),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts asked for, print their tables, and put them into the README."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=main.__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(_PARTS)}; all of them by default")
    parser.add_argument("--dry", action="store_true", help="leave the README as it is")
    asked = parser.parse_args(arguments)
    unknown = set(asked.parts) - set(_PARTS)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}: choose of {', '.join(_PARTS)}")
    text = _README.read_text("utf-8")
    begun = time.monotonic()
    for part in asked.parts or _PARTS:
        table = _PARTS[part]()
        print(f"({part})\n{table}\n")  # noqa: T201 - it is what the command is for
        text = _put(text, part, table)
    text = _put(text, "machine", f"Measured on {sentence(describe(()))}")
    print(f"in {time.monotonic() - begun:.0f} s")  # noqa: T201 - as above
    if not asked.dry:
        _README.write_text(text, "utf-8")
    return 0


def _put(text: str, part: str, table: str) -> str:
    """Put a table between the marks of its part."""
    marks = f"<!-- {part} -->", f"<!-- /{part} -->"
    pattern = f"{re.escape(marks[0])}.*?{re.escape(marks[1])}"
    return re.sub(pattern, lambda _: f"{marks[0]}\n{table}\n{marks[1]}", text, flags=re.DOTALL)


if __name__ == "__main__":
    raise SystemExit(main())
