"""Compare NumPy arrays and pandas tables, without importing either."""

from __future__ import annotations

import sys
from typing import Any

from parmagic.measure.equality.pair import Different, Pair, Pairs, near_arrays
from parmagic.short import short


def table_parts(expected: Any, actual: Any) -> Pairs | None:
    """Take apart two arrays, frames, series or indexes; None if they are none of these."""
    # Whoever holds an array has imported its library.
    numpy: Any = sys.modules.get("numpy")
    pandas: Any = sys.modules.get("pandas")
    if hasattr(numpy, "ma") and isinstance(expected, numpy.ma.MaskedArray):
        return _masked(numpy, expected, actual)
    if hasattr(numpy, "ndarray") and isinstance(expected, numpy.ndarray):
        return _array(numpy, expected, actual)
    if hasattr(pandas, "DataFrame") and isinstance(expected, pandas.DataFrame):
        return _frame(expected, actual)
    if hasattr(pandas, "Series") and isinstance(expected, (pandas.Series, pandas.Index)):
        return _column(expected, actual)
    return None


def _array(numpy: Any, expected: Any, actual: Any) -> Pairs:
    if expected.shape != actual.shape:
        yield Different("shape", str(expected.shape), str(actual.shape))
    elif expected.dtype != actual.dtype:
        yield Different("dtype", str(expected.dtype), str(actual.dtype))
    elif expected.dtype.names:
        for name in expected.dtype.names:
            yield Pair(f"field {name!r}", expected[name], actual[name])
    elif expected.dtype.hasobject:
        for index in numpy.ndindex(expected.shape):
            yield Pair(_element(index), expected[index], actual[index])
    else:
        same = (expected == actual) | ((expected != expected) & (actual != actual))  # noqa: PLR0124 - NaN
        if not same.all() and (close := near_arrays(numpy, expected, actual)) is not None:
            same = same | close
        if not same.all():
            index = numpy.unravel_index(numpy.argmin(same), expected.shape)
            values = (short(array[index].item()) for array in (expected, actual))
            yield Different(_element(index), *values)


def _element(index: Any) -> str:
    return f"element {[int(i) for i in index]}" if index else ""


def _masked(numpy: Any, expected: Any, actual: Any) -> Pairs:
    masks = (numpy.ma.getmaskarray(array) for array in (expected, actual))
    yield Pair("mask", *masks)
    # What lies under the mask has no meaning, so both get the same there.
    yield Pair("", expected.filled(expected.fill_value), actual.filled(expected.fill_value))


def _frame(expected: Any, actual: Any) -> Pairs:
    if expected.shape != actual.shape:
        yield Different("shape", str(expected.shape), str(actual.shape))
        return
    yield Pair("columns", expected.columns, actual.columns)
    yield Pair("index", expected.index, actual.index)
    for at, name in enumerate(expected.columns):  # by position: names may occur twice
        yield Pair(f"column {name!r}", expected.iloc[:, at], actual.iloc[:, at])


def _column(expected: Any, actual: Any) -> Pairs:
    """Compare two series or indexes: their values, then the index of the series."""
    if len(expected) != len(actual):
        yield Different("length", str(len(expected)), str(len(actual)))
        return
    if expected.dtype != actual.dtype:
        yield Different("dtype", str(expected.dtype), str(actual.dtype))
        return
    if hasattr(expected, "index"):
        yield Pair("index", expected.index, actual.index)
    if expected.equals(actual):
        return
    # Where numbers may be near to each other, or one is none, the first that is not is found.
    for row, (first, second) in enumerate(zip(expected, actual, strict=True)):
        yield Pair(f"row {row}", first, second)
