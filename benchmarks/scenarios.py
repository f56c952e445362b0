"""The table of scenarios: two workers, defaults only, functions defined in a cell."""

from __future__ import annotations

from benchmarks import rounds
from benchmarks.scenario import Goal, Limit, Scenario

TRIVIAL = """
def trivial(x):
    return x + 1
"""
NUMPY = """
import numpy as np

def trivial(x):
    return float(np.sqrt(x))
"""
SQUARE = """
def square(x):
    return x * x
"""
DICTS = """
def trivial(x):
    return x + 1

def total(row):
    return {**row, "total": row["price"] * row["count"]}

rows = [
    {"id": i, "name": f"item {i}", "price": i * 0.25, "count": i % 7} for i in range(20_000)
]
"""
SPIN = """
from time import perf_counter

def spin(seconds):
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass
"""
EVEN = f"""{SPIN}
def trivial(x):
    return x + 1

tasks = [0.005] * 400
"""
# Quantiles of a log-normal distribution, so that no luck is involved; the longest task comes last
# and has a fifth of the work.
TAIL = f"""{SPIN}
from math import exp
from statistics import NormalDist

def trivial(x):
    return x + 1

tasks = [0.01 * exp(1.5 * NormalDist().inv_cdf((i + 0.5) / 64)) for i in range(64)]
"""
SLICES = """
import numpy as np

SLICE = 781_250  # numbers

def trivial(x):
    return x + 1

def total(part):
    return float(part.sum())

def sum_of_part(i, data):
    return float(data[i * SLICE : (i + 1) * SLICE].sum())

def sum_of_slice(i):
    return float(data[i * SLICE : (i + 1) * SLICE].sum())
"""
ARRAY = "data = np.random.default_rng(0).random(64 * SLICE)"  # 400 MB
SLICE_FUNCTIONS = ("trivial", "total", "sum_of_part", "sum_of_slice")
# How memory is aligned changes the last digits of a sum; stale data changes the first.
SLICE_SUMS = "bool(np.allclose(value, [sum_of_slice(i) for i in range(64)], rtol=1e-9))"
BLOCK = """
import numpy as np

def block(i):
    return np.full(1_000_000, float(i))
"""
SLEEP = """
from time import sleep

def trivial(x):
    return x + 1

def doze(seconds):
    sleep(seconds)
    return seconds
"""
ROUND_TRIP = Limit("one pipe round trip", "echo.round_trip()", start="echo = limits.Echo()")
EIGHT = "list(value) == [x + 1 for x in range(8)]"
HALF = "half of a plain loop"

SCENARIOS = (
    Scenario(
        name="cold",
        title="first call, 8 trivial tasks, 1 s after the import",
        unit="ms",
        setup=TRIVIAL,
        functions=("trivial",),
        items="range(8)",
        expect=EIGHT,
        round=rounds.cold,
        goal=Goal("≤ the pools that fork", forks=True),
        limit=Limit("one bare interpreter", "limits.interpreter()"),
    ),
    Scenario(
        name="at-once",
        title="first call, 8 trivial tasks, right after the import",
        unit="ms",
        setup=TRIVIAL,
        functions=("trivial",),
        items="range(8)",
        expect=EIGHT,
        round=rounds.at_once,
        goal=Goal("≤ 75 ms", 75),
        limit=Limit("one bare interpreter", "limits.interpreter()"),
    ),
    Scenario(
        name="cold-numpy",
        title="first call, 8 tasks with numpy, imported 1 s before",
        unit="ms",
        setup=NUMPY,
        functions=("trivial",),
        items="range(8)",
        expect="list(value) == [float(np.sqrt(x)) for x in range(8)]",
        round=rounds.cold,
        goal=Goal("≤ 40 ms", 40),
        limit=Limit("one bare interpreter with numpy", "limits.interpreter('import numpy')"),
    ),
    Scenario(
        name="warm",
        title="next call, 8 trivial tasks",
        unit="ms",
        setup=TRIVIAL,
        functions=("trivial",),
        items="range(8)",
        expect=EIGHT,
        round=rounds.warm,
        goal=Goal("≤ 0.5 ms", 0.5),
        limit=ROUND_TRIP,
        repeats=20,
    ),
    Scenario(
        name="warm-loop",
        title="the same, 20 calls in one cell",
        unit="ms",
        setup=TRIVIAL,
        functions=("trivial",),
        items="range(8)",
        expect=EIGHT,
        round=rounds.warm,
        limit=ROUND_TRIP,
        repeats=5,
        loop=20,
    ),
    Scenario(
        name="magic",
        title="next call, 8 trivial tasks, through the magic",
        unit="ms",
        setup=TRIVIAL,
        functions=("trivial",),
        items="range(8)",
        expect=EIGHT,
        round=rounds.warm,
        goal=Goal("≤ 2.5 ms", 2.5),
        limit=ROUND_TRIP,
        repeats=20,
        way="magic",
    ),
    Scenario(
        name="million",
        title="a million x * x, of a range",
        unit="s",
        setup=SQUARE,
        functions=("square",),
        items="range(1_000_000)",
        expect="list(value) == [x * x for x in range(1_000_000)]",
        round=rounds.warm,
        goal=Goal("≤ 0.12 s", 0.12),
        limit=Limit(HALF, "limits.half_a_loop(square, range(1_000_000))"),
        repeats=5,
    ),
    Scenario(
        name="million-list",
        title="a million x * x, of a list",
        unit="s",
        setup=f"{SQUARE}\nnumbers = list(range(1_000_000))",
        functions=("square",),
        items="numbers",
        expect="list(value) == [x * x for x in numbers]",
        round=rounds.warm,
        limit=Limit(HALF, "limits.half_a_loop(square, numbers)"),
        repeats=5,
    ),
    Scenario(
        name="dicts",
        title="20,000 small dicts to and fro",
        unit="ms",
        setup=DICTS,
        functions=("trivial", "total"),
        items="rows",
        expect="list(value) == [total(row) for row in rows]",
        round=rounds.warm,
        goal=Goal("≤ 18 ms", 18),
        limit=Limit("pickling in the notebook alone", "limits.pickling(total, rows)"),
        repeats=5,
    ),
    Scenario(
        name="even",
        title="400 tasks of 5 ms",
        unit="of the limit",
        setup=EVEN,
        functions=("trivial", "spin"),
        items="tasks",
        expect="list(value) == [None] * 400",
        round=rounds.warm,
        goal=Goal("≥ 0.98 of the limit", 0.98),
        limit=Limit("two bare processes", "limits.two_processes(spin, tasks)"),
        repeats=2,
    ),
    Scenario(
        name="tail",
        title="64 long-tailed tasks, the longest last",
        unit="× the limit",
        setup=TAIL,
        functions=("trivial", "spin"),
        items="tasks",
        expect="list(value) == [None] * 64",
        round=rounds.warm,
        goal=Goal("≤ 1.05 × the limit", 1.05),
        limit=Limit("half of the work", "max(sum(tasks) / 2, max(tasks))"),
    ),
    Scenario(
        name="array",
        title="64 slice sums of a new 400 MB array of the notebook",
        unit="ms",
        setup=SLICES,
        functions=SLICE_FUNCTIONS,
        items="range(64)",
        expect=SLICE_SUMS,
        data=ARRAY,
        round=rounds.new_data,
        goal=Goal("≤ 330 ms", 330),
        limit=Limit(HALF, "limits.half_a_loop(sum_of_slice, range(64))"),
    ),
    Scenario(
        name="array-again",
        title="the same again, the array changed in place",
        unit="ms",
        setup=SLICES,
        functions=SLICE_FUNCTIONS,
        items="range(64)",
        expect=SLICE_SUMS,
        data=ARRAY,
        change="data += 1",
        round=rounds.changed_data,
        goal=Goal("≤ 80 ms", 80),
        limit=Limit(HALF, "limits.half_a_loop(sum_of_slice, range(64))"),
        repeats=3,
    ),
    Scenario(
        name="array-memory",
        title="memory the first of them takes beyond the notebook's array",
        unit="copies",
        setup=SLICES,
        functions=SLICE_FUNCTIONS,
        items="range(64)",
        expect=SLICE_SUMS,
        data=ARRAY,
        round=rounds.data_memory,
        goal=Goal("≤ 1.05 copies", 1.05),
    ),
    Scenario(
        name="results",
        title="32 results of 8 MB",
        unit="ms",
        setup=f"{TRIVIAL}\n{BLOCK}",
        functions=("trivial", "block"),
        items="range(32)",
        expect="[(b.size, b[0], b[-1]) for b in value] == [(1_000_000, i, i) for i in range(32)]",
        remark="'' if all(b.flags.writeable for b in value) else 'read-only'",
        round=rounds.warm,
        goal=Goal("≤ 120 ms, writable", 120),
        limit=Limit(HALF, "limits.half_a_loop(block, range(32))"),
        repeats=5,
    ),
    Scenario(
        name="sleep",
        title="400 × sleep(10 ms) on 32 threads",
        unit="ms",
        setup=SLEEP,
        functions=("trivial", "doze"),
        items="[0.01] * 400",
        expect="list(value) == [0.01] * 400",
        round=rounds.warm,
        goal=Goal("≤ 136 ms", 136),
        limit=Limit("13 turns of 10 ms", "0.130"),
        repeats=5,
        way="threads",
    ),
    Scenario(
        name="edit",
        title="first call after an edit, 8 trivial tasks",
        unit="ms",
        setup=TRIVIAL,
        functions=("trivial",),
        items="range(8)",
        expect="list(value) == [trivial(x) for x in range(8)]",
        change="def trivial(x):\n    return x + 100 + {turn}",
        wrong="stale: ran the old code",
        round=rounds.edited,
        goal=Goal("≤ 1 ms, never stale", 1),
        limit=ROUND_TRIP,
        repeats=10,
    ),
    Scenario(
        name="idle",
        title="memory of all helpers of two idle workers",
        unit="MiB",
        setup=TRIVIAL,
        functions=("trivial",),
        items="range(8)",
        expect=EIGHT,
        round=rounds.idle,
        goal=Goal("≤ 20 MiB", 20),
        limit=Limit("two bare interpreters", "limits.two_idle_interpreters()"),
    ),
)
