"""parmagic: `pmap` on the pool, on threads, and through the magic."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

_TOP = "%load_ext parmagic\nimport parmagic"
_END = "%unload_ext parmagic"

CONTENDER = Contender(
    name="parmagic",
    package="parmagic",
    peer=False,
    processes=Cells(
        prepare=_TOP,
        call="value = parmagic.pmap({function}, {items}, workers=2).values",
        close=_END,
    ),
    threads=Cells(
        prepare=_TOP,
        call='value = parmagic.pmap({function}, {items}, backend="thread", workers=32).values',
        close=_END,
    ),
    magic=Cells(prepare=_TOP, call="value = %pmap -w 2 {function} {items}", close=_END),
)
