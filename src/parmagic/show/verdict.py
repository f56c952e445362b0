"""Put a serial time against an elapsed time in words that never flatter."""

from __future__ import annotations

from parmagic.measure.baseline import Baseline
from parmagic.show.duration import duration

SAME_WITHIN = 0.05  # of 1: ratios this near to it are no difference worth claiming


def verdict(baseline: Baseline, elapsed: float, *, short: bool = False) -> str:
    """Say how a run did: `1.92× faster`, `40× slower`, `about the same, at most 1.95× faster`.

    What is to be `short` has the fewest words, for a label beside a bar.
    """
    low, high = _ratios(baseline, elapsed)
    if low == high or (_same(low) and _same(high)):
        return as_ratio(low)
    if _same(low) or _same(high):
        bound = f"at most {as_ratio(high)}" if _same(low) else f"at worst {as_ratio(low)}"
        return bound if short else f"about the same, {bound}"
    return _range(low, high, "to") if short else f"between {_range(low, high, 'and')}"


def _range(low: float, high: float, join: str) -> str:
    """Say two ratios; those that go the same way share its word."""
    if low > 1:
        return f"{factor(low)} {join} {as_ratio(high)}"
    if high < 1:
        return f"{factor(1 / high)} {join} {as_ratio(low)}"
    return f"{as_ratio(low)} {join} {as_ratio(high)}"


def _ratios(baseline: Baseline, elapsed: float) -> tuple[float, float]:
    """Return the least and the most that serial time over elapsed time can be."""
    if elapsed <= 0:
        return 1.0, 1.0
    low = baseline.low / elapsed
    return low, low if baseline.exact else baseline.high / elapsed


def factor(ratio: float) -> str:
    """Say a ratio with no more digits than clocks support: `1.92×`, `40×`, `7,100×`."""
    if float(f"{ratio:.3g}") < 10:
        return f"{ratio:.2f}×"
    return f"{round(ratio, 2 - len(str(int(ratio)))):,.0f}×"


def _same(ratio: float) -> bool:
    return 1 - SAME_WITHIN < ratio < 1 + SAME_WITHIN


def as_ratio(ratio: float) -> str:
    """Say how one time compares with another: `1.86× faster`, `about the same`."""
    if _same(ratio):
        return "about the same"
    if ratio > 1:
        return f"{factor(ratio)} faster"
    return f"{factor(1 / ratio)} slower" if ratio > 0 else "far slower"


def serial_time(baseline: Baseline) -> str:
    """Say the serial time: `2.02 s`, or `2.02 s to 3.94 s` where it is only bounded."""
    low = duration(baseline.low)
    return low if baseline.exact else f"{low} to {duration(baseline.high)}"


def as_sentence(words: str) -> str:
    """Complete a verdict with what the run was compared with."""
    if words.startswith("about the same,"):
        return words.replace("about the same,", "about the same as serial,", 1)
    return f"{words} {'as' if words == 'about the same' else 'than'} serial"
