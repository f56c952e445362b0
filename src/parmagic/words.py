"""Fit text to where it is shown, and to what a stream can encode; say counts, sizes and choices."""

from __future__ import annotations

from collections.abc import Sequence

# Ends what is said of a run that was not finished; it is a line that can be typed.
DONE = "what was done: `import parmagic; parmagic.last_run().values`"

_PLAIN = {
    "×": "x", "µ": "u", "–": "-", "…": "...", "│": "|", "←": "<-", "░": "-",
    **dict.fromkeys("▏▎▍", " "),
    **dict.fromkeys("█▌▊▋▉", "#"),
}  # fmt: skip
_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "bytes"))  # bytes in each, largest first


def plain(text: str, encoding: str | None) -> str:
    """Replace what an encoding cannot carry: `×` by `x`, `µs` by `us`, other characters by `?`."""
    try:
        text.encode(encoding or "utf-8")
    except LookupError:  # an encoding Python does not know carries at least ASCII
        return plain(text, "ascii")
    except UnicodeEncodeError:
        return "".join(_carried(character, encoding or "utf-8") for character in text)
    return text


def _carried(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return _PLAIN.get(character, "?")
    return character


def one_line(text: str, longest: int) -> str:
    """Join the lines of a text; what is too long is cut off at its end, and marked with `…`."""
    joined = " ".join(text.split())
    return joined if len(joined) <= longest else f"{joined[: longest - 1].rstrip()}…"


def plural(count: int, noun: str) -> str:
    """Count a noun: `1 task`, `8 tasks`, `10,000 tasks`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size(count: float) -> str:
    """Say a number of bytes with up to three significant digits: `512 bytes`, `3.2 MB`."""
    rounded = float(f"{count:.3g}")
    unit, name = next((pair for pair in _UNITS if rounded >= pair[0]), _UNITS[-1])
    return f"{rounded / unit:.3g} {name}"


def either(names: Sequence[str], word: str = "or") -> str:
    """Say a choice, `thread, process or pool`, or by another word a list: `1, 2 and 3`."""
    return f" {word} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def crew(backend: str, workers: int) -> str:
    """Name what runs tasks: `serial`, `pool × 2`."""
    return "serial" if backend == "serial" else f"{backend} × {workers}"
