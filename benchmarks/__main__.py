"""The command: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import report, table
from benchmarks.alternate import measure
from benchmarks.contender import Contender
from benchmarks.contenders import CONTENDERS
from benchmarks.scenario import Scenario
from benchmarks.scenarios import SCENARIOS
from benchmarks.versions import describe

_HERE = Path(__file__).parent
_ROUNDS, _QUICK_ROUNDS = 5, 1
_LIMIT, _QUICK_LIMIT = 20.0, 8.0  # seconds for one timed call


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for, print the tables, and write them if that was everything."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.again and (asked.contenders or asked.quick or asked.out):
        parser.error("--again is for whole rows, as the last run measured them")
    scenarios = [one for one in SCENARIOS if one.name in (asked.only or _names(SCENARIOS))]
    contenders = [one for one in CONTENDERS if one.name in (asked.contenders or _names(CONTENDERS))]
    rounds = asked.rounds or (_QUICK_ROUNDS if asked.quick else _ROUNDS)
    limit = _QUICK_LIMIT if asked.quick else _LIMIT
    facts: dict[str, Any] = {
        "begun": dt.datetime.now(dt.UTC).date().isoformat(),
        "rounds": rounds,
        "limit_s": limit,
        **describe(contenders),
    }
    rows = []
    begin = time.monotonic()
    for scenario in scenarios:
        rows.append(measure(scenario, contenders, rounds, limit, _say))
        facts["took_s"] = round(time.monotonic() - begin)
        if asked.out:
            report.write(asked.out, rows, facts)
        _say(table.plain(table.everyone(rows[-1:])))
    _say("\n" + table.plain(table.summary(rows)))
    if asked.again:
        rows, facts = report.joined(_HERE / "results", rows, facts)
    if asked.again or not (asked.quick or asked.only or asked.contenders or asked.out):
        report.write(_HERE / "results", rows, facts)
        report.put_into(_HERE / "README.md", rows, facts)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure parmagic and its peers side by side, in notebooks. A run of "
        "everything writes its tables into benchmarks/results and benchmarks/README.md; "
        "a part of it is only printed, but for --again.",
    )
    parser.add_argument("--rounds", type=int, help=f"turns of each contender ({_ROUNDS})")
    parser.add_argument("--only", type=_list_of(SCENARIOS), help="scenarios, with commas between")
    parser.add_argument("--contenders", type=_list_of(CONTENDERS), help="with commas between")
    parser.add_argument("--quick", action="store_true", help="one round, and less patience")
    parser.add_argument(
        "--again", action="store_true", help="put what is measured into the tables of the last run"
    )
    parser.add_argument("--out", type=Path, help="a folder to write the tables into")
    return parser


def _list_of(known: Sequence[Scenario | Contender]) -> Any:
    names = _names(known)

    def read(text: str) -> list[str]:
        chosen = []
        for word in text.split(","):
            # "joblib" will do for "joblib (loky)".
            short = word.casefold()
            found = [one for one in names if short in {one.casefold(), _short(one)}]
            if not found:
                raise argparse.ArgumentTypeError(f"no `{word}`: choose {', '.join(names)}")
            chosen += found
        return chosen

    return read


def _short(name: str) -> str:
    return name.casefold().split(" (")[0]


def _names(known: Sequence[Scenario | Contender]) -> list[str]:
    return [one.name for one in known]


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is its output


if __name__ == "__main__":
    sys.exit(main())
