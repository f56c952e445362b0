"""What classes of libraries were given, by the notebook or by what it has imported."""

from __future__ import annotations

import pytest

from kernel import Notebook

on_processes = pytest.mark.parametrize("backend", ["process", "pool"])


@on_processes
def test_accessors_of_the_notebook_are_there_in_workers(notebook: Notebook, backend: str) -> None:
    """With what they read, also where one is registered after a run that lacked it."""
    notebook.do(
        "import pandas as pd\n"
        "table = pd.DataFrame({'v': [1, 2, 3]})\n"
        "def task(k): return int(table.geo.total() * k)"
    )
    line = f"%pmap -w 2 -b {backend} task range(3)"
    notebook.run("del pd.DataFrame.geo")  # of another backend's run of this test
    assert notebook.run(line).error.ename == "AttributeError"
    notebook.do(
        "UNIT = 10\n"
        "@pd.api.extensions.register_dataframe_accessor('geo')\n"
        "class Geo:\n"
        "    def __init__(self, frame): self.frame = frame\n"
        "    def total(self): return self.frame.v.sum() * UNIT"
    )

    assert notebook.get(line) == [0, 60, 120]
    assert notebook.get(f"%pmap -q -b {backend} int(table.geo.total()) for _ in '1'") == [60]
    notebook.do("UNIT = 100")
    reply = notebook.do(line)
    assert reply.value == "[0, 600, 1200]"
    assert reply.stderr == ""


@on_processes
def test_accessors_that_an_import_has_registered_are_there_in_workers(
    notebook: Notebook, backend: str
) -> None:
    """As `import rioxarray` does, though nothing reads its name."""
    (notebook.folder / "hexes.py").write_text(
        "import pandas as pd\n"
        "@pd.api.extensions.register_series_accessor('hexes')\n"
        "class Hexes:\n"
        "    def __init__(self, series): self.series = series\n"
        "    def all(self): return [hex(one) for one in self.series]\n"
    )
    notebook.do("import hexes, pandas as pd\ndef task(k): return pd.Series([k]).hexes.all()")

    assert notebook.get(f"%pmap -q -w 2 -b {backend} task range(2)") == [["0x0"], ["0x1"]]


@on_processes
def test_functions_that_were_put_into_libraries_are_told_of(
    notebook: Notebook, backend: str
) -> None:
    """Workers import these anew: serially, such a function is called."""
    notebook.do(
        "import pandas as pd, statistics\n"
        "was = statistics.mean\n"
        "def mine(xs): return -1\n"
        "def task(k): return statistics.mean([k])\n"
        "def doubled(k): return hasattr(pd.Series.double, '__call__')"
    )
    told = (
        "note: `{}` was put there later, and workers import `{}` anew, without it: put it there in "
        "the function, too, or use `--backend thread`"
    )
    assert notebook.do(f"%pmap -b {backend} task range(2)").stderr == ""
    notebook.do("statistics.mean = mine\npd.Series.double = lambda self: self * 2")

    reply = notebook.do(f"%pmap -b {backend} task range(2)")
    assert told.format("statistics.mean", "statistics") in reply.stderr.splitlines()
    assert notebook.do("%pmap -b thread task range(2)").stderr == ""
    reply = notebook.run(f"%pmap -b {backend} doubled range(2)")
    assert told.format("pandas.Series.double", "pandas") in reply.stderr.splitlines()
    notebook.do("statistics.mean = was\ndel pd.Series.double")
