"""Loops that are easily read wrongly: each leaves what it leaves serially, on every backend."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from equality import Row, Twice
from parmagic.magics.shared import why_serial
from parmagic.plan.cells.objects import Changed, Objects
from parmagic.plan.reason import Reason

NAMES_OF_WHAT_IS_BUILT_IN = [
    Row(f"{name} = 1\nfor x in xs:\n    y = f(x)\n    done.append(y)\na = f(1)\nb = g(2)", 10)
    for name in ("type", "locals", "globals", "all", "len", "tuple", "str", "BaseException")
] + [
    Row("for x in xs:\n    type = f(x)\n    done.append(type)", 8),
    Row("for x in xs:\n    locals = f(x)\n    done.append(locals)", 8),
    Row("for type in xs:\n    y = f(type)\n    done.append(y)", 8),
]


A_MOMENT = [
    Row("for x in xs:\n    y = [f(x)]\n    print(y)\n    y.append(99)", 8),
    Row("for x in xs: print(f(x), end=' ')", 8),
    Row(
        "for x in xs:\n    y = [f(x)]\n    for z in ys:\n        w = z\n        y.append(w)\n"
        "        print(y)",
        8,
    ),
    Row("for x in xs:\n    y = [f(x)]\n    z = [0]\n    print(y)\n    z[0] = y[0] = 99", 8),
    Row("for x in xs:\n    y = [f(x)]\n    done.extend(y)\n    y.append(99)", 8),
    Row("for x in xs:\n    y = [f(x)]\n    done += y\n    y *= 2\n    extra.append(y)", 8),
    Row("for x in xs:\n    y = {x: f(x)}\n    found.update(y)\n    y[100] = 1", 8),
    Row("for x in xs:\n    y = [f(x)]\n    done.append(y)\n    y.append(99)", 8),
    Row("for x in xs:\n    y = 0\n    for z in ys:\n        y += g(x, z)\n        print(y)", 8),
    Row(
        "for x in xs:\n    for z in ys:\n        y = []\n        y.append(f(z))\n        print(y)",
        8,
    ),
    Row(
        "import numpy as np\ndef vec(x): return np.full(2, float(x))\ntotal = np.zeros(2)\n"
        "for x in xs:\n    y = vec(x)\n    total += y\n    y *= 0.5\n    done.append(y)\n"
        "total = total.tolist(); done = [y.tolist() for y in done]; y = 0",
        8,
    ),
    Row(
        "for x in xs:\n    y = [[f(x)]]\n    print(y)\n    y[0].append(99)",
        0,
        ("4: `y` is changed in place after `print(y)`",),
    ),
    Row(
        "for x in xs:\n    y = [0]\n    z = [[f(x)]]\n    print(z if x else y)\n    y.append(1)\n"
        "    z[0].append(99)",
        0,
        ("6: `z` is changed in place after `print(z if x else y)`",),
    ),
]
WHERE_IT_FAILS = [  # each statement is on its own line of the cell in a traceback
    Row("for x in xs:\n    y = f(x)\n    if x == 3: raise ValueError(y)\n    done.append(y)", 8),
    Row("for x in xs:\n    y = f(x)\n    if x == 1: y = 0; bad(3)\n    done.append(y)", 8),
    Row("for x in xs:\n    y = f(x); z = bad(x)\n    done.append(y)", 8),
    Row("for x in xs: y = f(x); z = bad(x); done.append(y)", 8),
    Row("for x in xs:\n    if x > 9:\n        y = 1\n    elif x > 1:\n        y = bad(x)", 8),
    Row(
        "for x in xs:\n    if x > 9:\n        y = 1\n    elif x > 8:\n        y = 2\n"
        "    elif x > 7:\n        y = 3\n    else:\n        y = 4\n    z = bad(x)",
        8,
    ),
    Row("for x in xs:\n    if x > 9: y = 1\n    else: y = bad(x)\n    done.append(y)", 8),
    Row("for x in xs:\n    if x > 9: y = 1\n\n    else: y = 2; z = bad(x)\n    a = f(y)", 8),
    Row("for x in xs:\n    if x > 9: y = 1\n    else:\n        if x: y = bad(x)", 8),
    Row("for x in xs:\n    if x > 9:\n        y = 1\n    else:\n        y = 2\n        bad(x)", 8),
    Row("for x in xs:\n    for z in ys: y = f(z); bad(x)\n    a = f(1)", 8),
    Row(
        "for x in xs:\n    y = f(x)\n    if y > best: best = y\n    elif y < 0: n = 1\n    bad(x)",
        8,
    ),
]
AFTER_A_FAILURE = [
    Row(
        "def big(x):\n    if x == 9: raise ValueError(x)\n    return list(range(x, x + 200))\n"
        "try:\n    for x in xs:\n        y = big(x)\n        total += y[0]\n"
        "except ValueError: pass\na = y",
        8,
    ),
    Row("for x in xs:\n    y = {x: f(x)}\n    z = bad(x + 2)\n    w = {x: f(x)}", 8),
    Row(
        "import contextlib\nwith contextlib.suppress(IndexError):\n    for i in range(9):\n"
        "        y = [f(i)] * 200\n        out[i] = y[0]\n        z = [g(i)] * 200\na = z",
        9,
    ),
]
STATE = [
    Row(
        "def draw(): return random.random()\n"
        "for x in xs:\n    random.seed(x)\n    done.append(draw())",
        0,
        ("3: `random.seed()` may change what tasks read",),
    ),
    Row(
        "def read(): return os.environ['PARMAGIC_TEST']\nimport os\n"
        "for x in xs:\n    os.environ['PARMAGIC_TEST'] = str(x)\n    done.append(read())\n"
        "del os.environ['PARMAGIC_TEST']",
        0,
        ("4: `os.environ['PARMAGIC_TEST']` may be what tasks read",),
    ),
    Row(
        "import fractions\ndef read(): return fractions.rate\n"
        "for x in xs:\n    fractions.rate = x\n    done.append(read())\ndel fractions.rate",
        0,
        ("4: `fractions.rate` may be what tasks read",),
    ),
    Row("random.seed(1)\nfor x in xs:\n    random.shuffle(ys)\n    done.append(f(ys[0]))", 0,
        ("3: `random.shuffle()` may change what tasks read",)),
    Row("import logging\nfor x in xs:\n    logging.debug(f(x))", 8),
]  # fmt: skip
CHANGES_BY_CALLS = [
    Row("import heapq\nfor x in xs:\n    heapq.heappush(done, f(x))", 0,
        ("3: `heapq.heappush()` may change what tasks read",)),
    Row("from bisect import insort\nfor x in xs:\n    insort(done, f(x))", 0,
        ("3: `insort()` may change what tasks read",)),
    Row("for x in xs:\n    list.append(done, f(x))", 0,
        ("2: `list.append()` may change what it is given",)),
    Row("a = Point(1)\nfor x in xs:\n    setattr(a, 'x', f(x))\nb = a.x", 0,
        ("3: `setattr()` may change what it is given",)),
    Row("import operator\nfor x in xs:\n    operator.setitem(found, x, f(x))", 0,
        ("3: `operator.setitem()` may change what tasks read",)),
    Row("from operator import iadd\nfor x in xs:\n    iadd(done, [f(x)])", 0,
        ("3: `iadd()` may change what tasks read",)),
    Row(
        "import numpy as np\na = np.zeros(3)\n"
        "for x in xs:\n    np.add(a, f(x), out=a)\na = a.tolist()",
        0,
        ("4: `np.add()` may change what tasks read",),
    ),
    Row(
        "import numpy as np\na = np.zeros(99)\n"
        "for x in xs:\n    np.add.at(a, x, f(x))\na = a.tolist()",
        0,
        ("4: `np.add.at()` may change what tasks read",),
    ),
    Row("import io\na = io.StringIO()\nfor x in xs:\n    print(f(x), file=a)\na = a.getvalue()", 8),
    Row("import sys\nfor x in xs:\n    print(x, f(x), file=sys.stderr)", 8),
]  # fmt: skip
THE_SAME_OBJECT = [
    Row("a = Point(1)\nfor x in xs:\n    found[x] = (a, f(x))\nb = found[3][0] is a", 8),
    Row("for x in xs:\n    f(x)\n    done.append(nested[0])\na = done[0] is nested[0]", 8),
    Row("for p in nested:\n    found[len(p)] = p\n    f(len(p))\na = found[2] is nested[0]", 3),
]
PARTS = [
    Row("for i in range(3):\n    p = nested[i]\n    p += [f(i)]", 0),
    Row("for i in range(3):\n    for p in nested:\n        p += [f(i)]", 0),
    Row("for i in range(8):\n    p = xs[i]\n    p += f(i)\n    done.append(p)", 8),
    Row("for i, x in enumerate(xs):\n    p = x\n    p *= f(i)\n    done.append(p)", 8),
    Row("for i in range(3):\n    p = [f(i)]\n    p += nested[i]\n    done.append(p)", 3),
    Row("for i in range(3):\n    p: list = nested[i]\n    p.append(f(i))", 0,
        ("3: `p` is changed in place",)),
    Row("for i in range(3):\n    p = [done, extra]\n    p[i % 2].append(f(i))", 0,
        ("3: `p` is changed in place",)),
    Row("for i in range(3):\n    p = list(nested)\n    p[i].append(f(i))", 0,
        ("3: `p` is changed in place",)),
    Row("def made(i): return [nested[i], f(i)]\nfor i in range(3):\n    p = made(i)\n"
        "    p[0].append(i)", 0,
        ("3: `made()` returns `nested`, or a part of it, which the cell changes",)),
    Row("def made(x): return [f(x)]\nfor x in xs:\n    made(x).append(x)", 0,
        (("3: `made(x).append()` may change something: call it in a function of yours, and that "
          "in the loop"),)),
    Row("for x in nested:\n    p, q = x, [f(1)]\n    p.append(2)", 0,
        ("3: `p` is changed in place",)),
    Row("for x in nested:\n    p, q = x, [f(1)]\n    q.append(2)\n    done.append(q)", 3),
    Row("for i, x in enumerate(nested):\n    p = x\n    p += [f(i)]", 0),
    Row("for i in range(3):\n    p = [f(i)]\n    q = p\n    q.append(i)\n    done.append(q)", 3),
    Row("for i in range(2):\n    p = [[0], [1]]\n    p[i].append(f(i))\n    done.append(p)", 2),
    Row(
        "import numpy as np\na = np.ones((3, 2))\nfor i in range(3):\n    p = a[i]\n"
        "    p *= f(i)\na = a.tolist(); p = 0",
        0,
    ),
    Row(
        "import numpy as np\na = np.ones(3)\nfor i in range(3):\n    p = a[i]\n    p *= f(i)\n"
        "    done.append(float(p))\na = a.tolist(); p = 0",
        3,
    ),
    Row(
        "import numpy as np\na = np.ones((3, 2))\nfor i in range(3):\n    p = np.ravel(a[i])\n"
        "    p[0] = f(i)\na = a.tolist(); p = 0",
        0,
        ("5: `p` is changed in place",),
    ),
]  # fmt: skip
ASSIGNED = [
    Row("for x in xs:\n    x = -x\n    done.append(f(x))\na = x", 8),
    Row("for x in map(str, xs):\n    x = x.strip()\n    if x != '3': done.append(f(int(x)))", 8),
    Row("for i, x in enumerate(xs):\n    i, x = x, f(i)\n    found[i] = x\n    total += x", 8),
    Row("for x in xs:\n    y = f(x)\n    x = [y, x]\n    done.append(x)\n    if y > 2: x = 0", 8),
    Row("for x in xs:\n    x = f(x)\n    out[x] = x\na = x", 8),
    Row("for x in xs:\n    x = bad(x)\n    done.append(x)", 8),
    Row("for x in []:\n    x = f(x)\na = 'x' in dir()", 0),
    Row("for p in nested:\n    found[len(p)] = p\n    p = f(len(p))\na = found[2] is nested[0]", 0,
        ("3: `p` is the loop variable, and is assigned",)),
    Row("for x in xs:\n    x += 1\n    done.append(f(x))", 0,
        ("2: `x` is the loop variable, and is assigned",)),
    Row("for p in nested:\n    done.append(f(len(p)))\n    p[0] = 9\n    p = []", 0,
        ("4: `p` is the loop variable, and is assigned",)),
    Row("for p in nested:\n    y = f(len(p))\n    p = list(p)\n    p[0] = y", 0,
        ("4: `p` is changed in place",)),
    Row("for x in xs:\n    x = nested[0]\n    p = x\n    p += [f(1)]", 0,
        ("4: `p` is changed in place",)),
    Row("for p in nested:\n    p = [p]\n    p[0].append(f(1))", 0,
        ("3: `p` is changed in place",)),
]  # fmt: skip
DRAW = "import random\ndef draw(rng): return rng.random()\n"
GENERATORS = [
    Row(f"{DRAW}a = [draw(random.Random(x)) for x in xs]", 8),
    Row(
        f"{DRAW}for x in xs:\n    for y in ys:\n        rng = random.Random(x + y)\n"
        "        total += draw(rng)\nrng = 0",
        8,
    ),
    Row(
        f"{DRAW}for x in xs:\n    rng = random.Random(x)\n"
        "    done.append(draw(rng) + rng.random())\na = rng.random(); rng = 0",
        8,
    ),
    Row(
        "import numpy as np\nfrom numpy.random import default_rng\n"
        "def draw(rng): return float(rng.normal())\n"
        "for s in np.random.SeedSequence(7).spawn(3):\n    rng = default_rng(s)\n"
        "    total += draw(rng)\n    done.append(draw(rng))\na = draw(rng); s = rng = 0",
        3,
        ("8: `draw()` changes its argument `rng`",),
    ),
    Row(
        f"{DRAW}for x in xs:\n    rng = random.Random(x)\n    r = rng\n"
        "    total += draw(r)\nr = rng = 0",
        0,
        ("6: `draw()` changes its argument `rng`",),
    ),
    Row(
        f"{DRAW}rngs = [random.Random(x) for x in xs]\na = [draw(r) for r in rngs]\n"
        "b = [draw(r) for r in rngs]\nrngs = 0",
        0,
        ("4: `draw()` changes its argument `rng`", "5: `draw()` changes its argument `rng`"),
    ),
    Row(
        f"{DRAW}rng = random.Random(1)\nfor x in xs:\n    if x > 3: rng = random.Random(x)\n"
        "    total += draw(rng)\nrng = 0",
        0,
        ("6: `rng` carries from one turn to the next",),
    ),
]  # fmt: skip
COMMON = [
    Row("for x in xs:\n    y = f(x)\n    display(y, [x])\n    print(x)\n    y = 0", 8),
    Row("for x in xs:\n    y = [f(x)]\n    display(y)\n    y.append(1)", 8),
    Row(
        "import os\nfor x in xs:\n    name = os.path.join('data', f'{x}.csv')\n"
        "    found[os.path.splitext(name)[0]] = f(len(os.path.basename(name)))",
        8,
    ),
    Row(
        "from os.path import basename, join\n"
        "for x in xs:\n    total += f(len(basename(join('a', str(x)))))",
        8,
    ),
    Row(
        "import time\nfor x in xs:\n    begun = time.perf_counter()\n    y = f(x)\n"
        "    done.append(time.perf_counter() - begun < 60)\nbegun = 0",
        8,
    ),
    Row(
        "from datetime import datetime\nfor x in xs:\n"
        "    day = datetime.strptime(f'2024-01-0{x % 9 + 1}', '%Y-%m-%d')\n"
        "    found[day.strftime('%d.%m.')] = f(day.day)",
        8,
    ),
    Row(
        "from pathlib import Path\nfor p in [Path('a.txt'), Path('b.txt')]:\n"
        "    q = p.with_suffix('.png')\n    found[p.as_posix()] = f(len(q.name))",
        2,
    ),
]
CHOICES = [
    Row(
        "best = 0; arg = None\nfor x in xs:\n    y = f(x)\n    if y > best:\n"
        "        best = y\n        arg = x",
        8,
    ),
    Row(
        "best = None\nfor i, x in enumerate(xs):\n    y, z = f(x), g(x)\n"
        "    if best is None or y + z > best:\n        best, at = y + z, i\n"
        "        print('new', at, best)\n    total += y",
        8,
    ),
    Row(
        "a = b = f(xs[0])\nfor x in xs:\n    y = f(x)\n    if y < a: a = y\n"
        "    elif y > b: b = y\n    else: done.append((a, b))",
        9,
    ),
    Row(
        "for x in xs:\n    y = f(x)\n    if y not in found: found[y] = []\n"
        "    found[y].append(x)",
        8,
    ),
    Row(
        "for x in xs:\n    for y in ys:\n        z = g(x, y)\n        if z > total:\n"
        "            total = z\n            a = [x, y, z]",
        8,
    ),
    Row("for x in xs:\n    y = f(x)\n    if len(done) < 3: done.append(y)", 8),
    Row("for x in xs:\n    y = f(x)\n    if y > 1:\n        if y > n: n = y; b = [y]", 8),
    Row("for x in xs:\n    y = f(x)\n    total += y\n    if total > 9:\n        total = 0", 8),
    Row("for x in xs:\n    x = -x\n    y = f(x)\n    if x < n: n = x; done.append(x)", 8),
    Row("for x in xs:\n    y = bad(x)\n    if y < best: best = y / (y - 1)", 8),
    Row("for x in xs:\n    y = f(x)\n    if y > never: never = y", 8),
    Row("for x in xs:\n    if f(x) > best: best = x", 0,
        ("2: `best` carries from one turn to the next",)),
    Row("for x in xs:\n    y = f(x)\n    if y < best:\n        best = g(y)", 0,
        ("3: `best` carries from one turn to the next",)),
    Row("for x in xs:\n    y = f(x) + best\n    if y < best:\n        best = y", 0,
        ("2: `best` carries from one turn to the next",)),
    Row("for x in xs:\n    if x < best:\n        best = x\n        y = 1\n    else: y = 2\n"
        "    done.append(f(y))", 0, ("6: `y` carries from one turn to the next",)),
    Row("for x in xs:\n    y = [f(x)]\n    if len(done) < 2: done.append(y)\n    y[0] = 1", 0,
        ("4: `y` is changed in place after it was used",)),
    Row("for x in xs:\n    y = f(x); a = [y]\n    if y > total: a[0], total = 9, y\n"
        "    done.append(a[0])", 0, ("3: `total` is assigned together with what is changed",)),
    Row("for x in xs:\n    y = [f(x)]\n    if not done: y.append(1)\n    done.append(y)", 0,
        ("3: `done` carries from one turn to the next",)),
    Row("for x in xs:\n    y = f(x)\n    if y in found: continue\n    found[y] = x", 0,
        ("3: `found` carries from one turn to the next",)),
]  # fmt: skip
TOGETHER = [
    Row("for x in xs:\n    out[0], t = f(x), 2\n    done.append(f(t))", 0,
        ("2: `t` is assigned together with what is changed",)),
    Row("for x in xs:\n    total, t = total + f(x), 2", 0,
        ("2: `t` is assigned together with what is changed",)),
    Row("for x in xs:\n    out[0], total = f(x), total + 1", 8),
]  # fmt: skip
TWO_NAMES = {
    "b = xs\nfor i in range(1, 8):\n    xs[i] = f(b[i - 1])": "xs b",
    "b = nested[0]\nfor i in range(1, 2):\n    nested[0][i] = f(b[i - 1])": "nested b",
    "b = {'a': found}\ndef look(m): return len(m['a'])\n"
    "for x in xs:\n    found[x] = look(b)": "found b",
    "b = Point(done)\ndef size(m): return len(m.x)\n"
    "for x in xs:\n    done.append(size(b))": "done b",
    "b = found\ndef look(x): return b.get(x, 0) + 1\n"
    "for x in xs:\n    found[x] = look(x)": "found b",
    "import numpy as np\na = np.arange(9.0)\nb, c = a[:-1], a[1:]\n"
    "for i in range(8):\n    c[i] = f(b[i])\na = a.tolist(); b = c = 0": "c b",
}
NOT_THE_SAME = [
    Row("b = list(xs)\nfor i in range(1, 8):\n    xs[i] = f(b[i - 1])", 7),
    Row(
        "import numpy as np\na = np.ones((4, 2))\nb, c = a[:, 0], a[:, 1]\n"
        "for i in range(4):\n    c[i] = f(b[i])\na = a.tolist(); b = c = 0",
        4,
    ),
    Row("for x in list(done):\n    done.append(f(x))\nfor x in list(xs):\n    xs.append(f(x))", 8),
    Row("b = found.setdefault\nfor x in xs:\n    b(x, f(x))", 8),
]


FILLED = [
    Row("for x in xs: found.setdefault(x % 3, []).append(f(x))", 8),
    Row("for x in xs:\n    y = f(x)\n    found.setdefault(y > 2, set()).add(y)", 8),
    Row("for x in xs: found.setdefault(f(x), {})[x] = g(x)", 8),
    Row("for x in xs: found.setdefault(len(found), []).append(f(x))", 8),
    Row("for x in xs: found.setdefault(g(x), []).append(bad(x))", 8),
    Row("for x in xs: found.setdefault(g(x), {})[x] += bad(x)", 8),
    Row("import collections\nfound = collections.defaultdict(list)\n"
        "for x in xs: found[g(x)].append(bad(x))", 8),
    Row("found = 3\nfor x in xs: found.setdefault(x % 2, []).append(f(x))", 8),
    Row("for x in xs: done.setdefault(x, []).append(f(x))", 8),
    Row("for x in xs: found.setdefault(x % 2, extra).append(f(x))", 0,
        (("1: `found.setdefault(x % 2, extra).append()` may change something: call it in a "
          "function of yours, and that in the loop"),)),
    Row("found = {0: [1]}\nb = found[0]\ndef size(x): return len(b) + x\n"
        "for x in xs: found.setdefault(0, []).append(size(x))", 0),
    Row("a = [{'x': x} for x in xs]\nfor r in a: r.setdefault('y', []).append(f(r['x']))", 0,
        (("2: `r`, the loop variable, is changed in place: make the values first, as in "
          "`values = [f(r['x']) for r in a]`"),)),
    Row("for x in xs:\n    b = {}\n    b.setdefault(x, []).append(f(x))", 0,
        ("3: `b` is called or changed",)),
]  # fmt: skip


GROUPS = {
    "a turn fills what it makes where there is none": FILLED,
    "a loop variable that is assigned is a temporary": ASSIGNED,
    "a function draws from a generator that is made for it": GENERATORS,
    "a turn names files and days and looks at clocks": COMMON,
    "the notebook decides by what earlier turns have changed": CHOICES,
    "a temporary is assigned together with what is changed": TOGETHER,
    "a name of what is built in means something else": NAMES_OF_WHAT_IS_BUILT_IN,
    "a change uses a temporary as it is at that moment": A_MOMENT,
    "a traceback has the line of the cell where a turn fails": WHERE_IT_FAILS,
    "after a failure temporaries are as a plain loop leaves them": AFTER_A_FAILURE,
    "what changes the state of the process stays serial": STATE,
    "what a call of a library changes is changed in the notebook": CHANGES_BY_CALLS,
    "an object of the notebook is put where it is put serially": THE_SAME_OBJECT,
    "a part of what the notebook has is not changed in a copy": PARTS,
    "objects that are not the same leave a loop as it is": NOT_THE_SAME,
}


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=why) for why in GROUPS for row in GROUPS[why]]
)
def test_a_loop_leaves_what_it_leaves_serially(bare_shell: InteractiveShell, row: Row) -> None:
    """Whatever its turns do to temporaries, to what the notebook has, or to names of Python's."""
    Twice(bare_shell).check(row)


@pytest.mark.parametrize("cell", TWO_NAMES)
def test_a_loop_stays_serial_if_two_names_of_one_object_are_changed_and_read(
    bare_shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    """By an element, an attribute, or memory that arrays share."""
    twice = Twice(bare_shell)
    twice.check(Row(cell, 0))
    twice.start()

    bare_shell.run_cell(f"%%parallel -b serial --no-plot\n{cell}")

    changed, read = TWO_NAMES[cell].split()
    said = f"`{changed}` is changed, and `{read}` is or holds the same object"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("change", ["bag.append(f(x))", "bag[x] = f(x)", "bag += [f(x)]"])
@pytest.mark.parametrize(("body", "tasks"), [("global count; count += 1", 0), ("pass", 3)])
def test_a_loop_stays_serial_if_the_class_that_it_changes_changes_what_tasks_read(
    bare_shell: InteractiveShell, change: str, body: str, tasks: int
) -> None:
    """A container of the user's own need not be one of Python's."""
    cell = (
        "class Bag(list):\n"
        + "".join(
            f"    def {name}(self, *given):\n        {body}\n        {end}\n"
            for name, end in (
                ("append", "super().append(*given)"),
                ("__setitem__", "super().__setitem__(*given)"),
                ("__iadd__", "return Bag([*self, *given[0]])"),
            )
        )
        + "bag = Bag([0, 0, 0])\ndef f(x): return x + 100 * count\n"
        f"for x in range(3):\n    {change}\nbag = list(bag)\nBag = 0"
    )
    twice = Twice(bare_shell)

    parallel = twice.parallel(cell, "-q -b thread -o run")
    run = bare_shell.user_ns["run"]
    parallel.names.pop("run")

    assert parallel == twice.serial(cell)
    assert (len(run.tasks) if run else 0) == tasks


def test_what_a_closure_keeps_is_found_and_the_globals_of_a_function_are_not() -> None:
    """Those that it reads have names of their own."""
    done: list[int] = []

    def kept() -> int:
        return len(done)

    def free() -> int:
        return len(GROUPS)

    change = Changed("done", depth=0, whole=False, rebound=False, line=2)
    by_closure = Objects((change,), ("b",), (), ())

    found = why_serial(by_closure, {"done": done, "b": kept})
    assert found == Reason(2, "`done` is changed, and `b` is or holds the same object")
    tables = Objects((change._replace(name="GROUPS"),), ("b",), (), ())
    assert why_serial(tables, {"GROUPS": GROUPS, "b": free}) is None
