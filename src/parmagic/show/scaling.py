"""A sweep in words: what was measured, the serial fraction, and what more workers may bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parmagic.measure.advice import WORTH
from parmagic.show.duration import duration
from parmagic.show.remedy import typed
from parmagic.show.verdict import factor, serial_time
from parmagic.words import either, plural

if TYPE_CHECKING:
    from parmagic.measure.record import Run
    from parmagic.measure.scaling import Point, Scaling

_ROUNDS = 3  # that tell what is chance
_NEVER = 1e-4  # a serial fraction this small bounds nothing that anyone has
_ALL = 0.995  # one this large leaves nothing to share


def sweep_lines(run: Run) -> list[str]:
    """Return what was measured, what it means, and the forecast, a line each."""
    scaling = run.scaling
    if scaling is None or not len(run.tasks):
        return []
    ran = [one for one in run.sweep if one.elapsed > 0]  # of others there is no point
    told = ran[0].baseline
    bounded = scaling.against == "serial" and not told.exact
    times = "; ".join(
        f"{plural(one.workers, 'worker')} {duration(one.elapsed)}, "
        + _between(point.middle, told.high / one.elapsed if bounded else point.middle)
        for one, point in zip(ran, scaling.measured, strict=True)
    )
    seconds = serial_time(told) if bounded else duration(scaling.seconds)
    lines = [f"sweep, against {scaling.against} ({seconds}): {times}"]
    laws = [amdahl_said(scaling), universal_said(scaling)]
    lines += ["; ".join(filter(None, laws))] if any(laws) else []
    if scaling.above:
        lines.append(f"{_above(scaling)}: {_again(run)}")
    lines += [f"{beyond}: not fitted"] if (beyond := beyond_said(scaling)) else []
    if scaling.forecast:
        points = "; ".join(map(_point, scaling.forecast))
        more = "; with processors for them all" if scaling.shared(most_workers(scaling)) else ""
        end = f"; {said}" if (said := most_said(run, scaling)) else ""
        lines.append(f"forecast, not measured: {points}{more}{end}")
    elif scaling.vague:
        lines.append(f"no law and no forecast: {_vague(run, scaling)}")
    else:
        lines.append(f"no forecast: {_too_few(scaling)}")
    return lines


def _between(low: float, high: float) -> str:
    """Say a speed-up, or from what to what it goes where that makes a difference."""
    return " to ".join(dict.fromkeys(map(factor, (low, high))))


def _above(scaling: Scaling) -> str:
    """Say where there was more speed-up than workers, and what that may come from."""
    point = scaling.above[-1]
    return (
        f"{plural(point.workers, 'worker')} cannot be {factor(point.middle)} as fast but by larger "
        f"caches, more likely {scaling.against} was slower by chance"
    )


def most_workers(scaling: Scaling) -> int:
    """Return the most workers that anything is said of."""
    return max(point.workers for point in (*scaling.measured, *scaling.forecast))


def beyond_said(scaling: Scaling) -> str:
    """Say which points have more workers than there are processors; "" if none has."""
    if not scaling.beyond:
        return ""
    counts = [str(point.workers) for point in scaling.beyond]
    workers = "worker" if counts == ["1"] else "workers"
    return f"{either(counts, 'and')} {workers} share {plural(scaling.processors, 'processor')}"


def _vague(run: Run, scaling: Scaling) -> str:
    """Say how little is known of the serial part, and why."""
    why = "they differ so much by chance"
    if scaling.busy > WORTH:
        share = f"{100 * scaling.busy:.0f} %"
        why = f"tasks waited up to {share} of the time for processors that other programs had"
    return f"by these times {_ends(scaling)} of the work may be serial, as {why}: {_again(run)}"


def _again(run: Run) -> str:
    return f"measure again with {typed(run, repeat=2 * len(run.rounds) or _ROUNDS)}"


def _too_few(scaling: Scaling) -> str:
    if not scaling.fitted:
        return "no number of workers had processors for them all"
    (point,) = scaling.fitted
    whose = " with processors for them all" if scaling.beyond else ""
    return f"{plural(point.workers, 'worker')} is the only number{whose} that was measured"


def most_said(run: Run, scaling: Scaling) -> str:
    """Say what these tasks allow, where that ends the forecast; "" if it does not."""
    if not scaling.limited:
        return ""
    tasks = plural(len(run.tasks), "task")
    return f"at most {factor(scaling.most)} with these {tasks}: none can be shared"


def amdahl_said(scaling: Scaling) -> str:
    """Say the serial fraction, and the speed-up it allows; "" if it could not be fitted."""
    law = scaling.amdahl
    if law is None:
        return ""
    if law.serial <= _NEVER:
        return "Amdahl: no serial part is seen"
    if law.serial >= _ALL:  # or more workers were slower, for which this law has no number
        return "Amdahl: more workers gain nothing"
    said = f"Amdahl: {_percent(law.serial)} % of the work is serial ({_ends(scaling)})"
    allowed = 1 / law.serial
    return said if allowed > scaling.most else f"{said}, so at most about {factor(allowed)} faster"


def _ends(scaling: Scaling) -> str:
    """Say the least and the most of the work that may be serial."""
    return " to ".join(map(_percent, scaling.serial)) + " %"


def _percent(part: float) -> str:
    """Say a part of the work with two digits."""
    return f"{100 * part:.2g}" if part < _ALL else "100"


def universal_said(scaling: Scaling) -> str:
    """Say where the Universal Scalability Law has its peak; "" if it could not be fitted."""
    law = scaling.universal
    if law is None:
        return ""
    if law.peak is None:
        return "USL: no peak"
    workers = max(1, round(law.peak))
    if law.speedup(workers) > scaling.most:
        return f"USL: no peak up to {factor(scaling.most)}"
    return f"USL: best with {plural(workers, 'worker')}, {factor(law.speedup(workers))}"


def _point(point: Point) -> str:
    ends = f"{factor(point.low)} to {factor(point.high)}"
    return f"{plural(point.workers, 'worker')} {factor(point.middle)} ({ends})"
