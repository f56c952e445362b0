"""Which globals functions read in workers: their own, and those that a text names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marks import on_workers

if TYPE_CHECKING:
    from kernel import Notebook


@on_workers
def test_a_function_of_a_script_reads_its_own_names(notebook: Notebook, backend: str) -> None:
    """`%run` gives functions globals of their own: what the notebook changes, they do not see."""
    (notebook.folder / "script.py").write_text(
        "K = 1\n"
        "def down(n): return 0 if n == 0 else K + down(n - 1)\n"
        "def get(x: int, by: int = K) -> int: return K + by + (lambda: down(x))()\n"
        "def count():\n    global K\n    K += 1\n    return K\n"
    )
    notebook.do("%run script.py")
    line = f"%pmap -q -b {backend} get [1]"
    assert notebook.get(line) == [3]
    notebook.do("K = 100\ndef down(n): return None\ndef counted(x): return count() + x")

    assert notebook.get(line) == [3]
    notebook.do("get.__globals__['K'] = 5")
    assert notebook.get(line) == [11]
    message = notebook.run(f"%pmap -q -b {backend} counted [1]").usage_error

    assert "`count` of script.py assigns its own `K`" in message
    assert notebook.get("%pmap -q -b thread counted [1]") == [7]


@on_workers
def test_functions_that_a_library_has_made_of_a_text_read_their_own_names(
    notebook: Notebook, backend: str
) -> None:
    """As `sympy.lambdify` does: what `exp` is, its namespace says, and not the notebook."""
    notebook.do(
        "import linecache, math\n"
        "def lambdify(text, n, **names):\n"
        "    source = f'def _generated(x):\\n    return {text}\\n'\n"
        "    linecache.cache[f'<made-{n}>'] = len(source), None, source.splitlines(True), ''\n"
        "    exec(compile(source, f'<made-{n}>', 'exec'), names)\n"
        "    return names['_generated']\n"
        "made = [lambdify('exp(x) + k', n, exp=math.exp, k=n) for n in range(3)]\n"
        "made.append(lambdify('exp(x)', 3, exp=abs))\n"
        "def exp(x): return 'the notebook has another'\n"
        "def task(x): return [one(x) for one in made]"
    )

    for line in ("task [0, -1]", "one(-1) for one in made"):
        there = notebook.get(f"%pmap -q -b {backend} {line}")
        assert there == notebook.get(f"%pmap -q -b serial {line}")


@on_workers
def test_names_that_pandas_reads_in_a_text_travel(notebook: Notebook, backend: str) -> None:
    """As in `df.query("x > @least")`: it looks for them where it is called."""
    notebook.do(
        "import re, sys\n"
        "def query(text):\n"
        "    there = sys._getframe(1)\n"
        "    names = {**there.f_globals, **there.f_locals}\n"
        "    return [names[name] for name in re.findall(r'@(\\w+)', text)]\n"
        "k = iter('nothing that could travel')\n"
        "least = 50\n"
        "def task(k): return query('x > @least and g == @k')"
    )
    by_name, by_line = "task 'ab'", "query('g == @k and @least') for k in 'ab'"

    assert notebook.get(f"%pmap -q -b {backend} {by_name}") == [[50, "a"], [50, "b"]]
    notebook.do("least = 70")
    assert notebook.get(f"%pmap -q -b {backend} {by_name}") == [[70, "a"], [70, "b"]]
    assert notebook.get(f"%pmap -q -b {backend} {by_line}") == [["a", 70], ["b", 70]]
    notebook.do(f"%%parallel -q -b {backend}\nfound = [task(query('@k')) for k in 'ab']")
    assert notebook.get("found") == [[70, ["a"]], [70, ["b"]]]
