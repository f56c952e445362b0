"""What a run leaves behind: the tables, all numbers, the chart, and the part of the README."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import table
from benchmarks.contenders import CONTENDERS
from benchmarks.results import Row
from benchmarks.scenario import Scenario
from benchmarks.scenarios import SCENARIOS
from benchmarks.versions import sentence

_BEGIN = "<!-- The part below is written by `python -m benchmarks`. -->"
_END = "<!-- The part above is written by `python -m benchmarks`. -->"
_SAME = ("packages", "python", "processor", "processors", "rounds")  # for rows of one table


def write(folder: Path, rows: Sequence[Row], facts: dict[str, Any]) -> None:
    """Write table.md, results.json and chart.png into a folder."""
    from benchmarks import chart

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(_page(rows, facts) + "\n", encoding="utf-8")
    found = facts | {"scenarios": [row.to_dict() for row in rows]}
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    chart.draw(rows, folder / "chart.png")


def joined(
    folder: Path, rows: Sequence[Row], facts: dict[str, Any]
) -> tuple[list[Row], dict[str, Any]]:
    """Join rows that were measured again with the others of the run that `folder` has.

    Raises ValueError if that was on another machine, or with other versions.
    """
    before = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    differ = [name for name in _SAME if before[name] != facts[name]]
    if differ:
        raise ValueError(f"other {', '.join(differ)} than in the last run: measure everything")
    new = {row.scenario.name: row for row in rows}
    empty = {one.name: _empty(one) for one in SCENARIOS}
    found = [
        new.get(name) or Row.from_dict(data, empty[name])
        for data in before.pop("scenarios")
        if (name := data["scenario"]) in empty
    ]
    again = {**before.get("again", {}), **dict.fromkeys(new, facts["begun"])}
    return found, {**before, "again": again}


def _empty(scenario: Scenario) -> Row:
    return Row(
        scenario,
        peers=frozenset(one.name for one in CONTENDERS if one.peer),
        forks=frozenset(one.name for one in CONTENDERS if one.forks),
    )


def put_into(readme: Path, rows: Sequence[Row], facts: dict[str, Any]) -> None:
    """Replace the generated part of a README."""
    text = readme.read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{readme} lacks the marks between which the table goes")
    readme.write_text(
        f"{before}{_BEGIN}\n\n{_page(rows, facts)}\n\n{_END}{after}", encoding="utf-8"
    )


def _page(rows: Sequence[Row], facts: dict[str, Any]) -> str:
    again = ", ".join(f"`{name}` on {day}" for name, day in facts.get("again", {}).items())
    head = (
        f"Run on {facts['begun']}, {facts['rounds']} alternating rounds, calls cut after "
        f"{facts['limit_s']:g} s; before the rounds other programs kept the processors "
        f"busy to {_busy(rows)}. {sentence(facts)}"
        + (f" Whole rows were measured again later: {again}." if again else "")
    )
    legend = "Every contender: median (lowest–highest round), × the best peer."
    summary = table.markdown(table.summary(rows))
    return "\n\n".join([head, summary, legend, table.markdown(table.everyone(rows))])


def _busy(rows: Sequence[Row]) -> str:
    shares = [share for row in rows for share in row.busy] or [0.0]
    return f"{statistics.median(shares):.0f}% (median; {max(shares):.0f}% at most)"
