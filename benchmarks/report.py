"""What a run leaves behind: the tables, all numbers, the chart, and the part of the README."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import table
from benchmarks.results import Row
from benchmarks.versions import sentence

_BEGIN = "<!-- The part below is written by `python -m benchmarks`. -->"
_END = "<!-- The part above is written by `python -m benchmarks`. -->"


def write(folder: Path, rows: Sequence[Row], facts: dict[str, Any]) -> None:
    """Write table.md, results.json and chart.png into a folder."""
    from benchmarks import chart

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(_page(rows, facts) + "\n", encoding="utf-8")
    found = facts | {"scenarios": [row.to_dict() for row in rows]}
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    chart.draw(rows, folder / "chart.png")


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
    head = (
        f"Run on {facts['begun']}, {facts['rounds']} alternating rounds, calls cut after "
        f"{facts['limit_s']:g} s; before the rounds other programs kept the processors "
        f"busy to {_busy(rows)}. {sentence(facts)}"
    )
    legend = "Every contender: median (lowest–highest round), × the best peer."
    summary = table.markdown(table.summary(rows))
    return "\n\n".join([head, summary, legend, table.markdown(table.everyone(rows))])


def _busy(rows: Sequence[Row]) -> str:
    shares = [share for row in rows for share in row.busy] or [0.0]
    return f"{statistics.median(shares):.0f}% (median; {max(shares):.0f}% at most)"
