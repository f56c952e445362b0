"""The cells that the scenarios type: small notebooks, each as its user would write it."""

from __future__ import annotations

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
