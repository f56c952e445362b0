"""What the README and the reference show and link to is there, and does what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import parmagic
from kernel import Notebook
from parmagic.magics.magics import ParallelMagics
from parmagic.magics.table import OPTIONS

ROOT = Path(__file__).parent.parent
README, REFERENCE = ROOT / "README.md", ROOT / "docs" / "reference.md"
INSIDE = ROOT / "docs" / "how-it-works.md"
PAGES = [README, REFERENCE, INSIDE]
on_each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
NAMES = (
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "runs",
    "good",
    "best",
    "found",
    "total",
    "most",
    "seed",
    "run",
)
CALLS, ELEMENTS, TURNS = 6, 85 + 85 + 170, 100  # tasks of each cell of the reference
README_TASKS, REFERENCE_TASKS = (4, 17 + 8), (CALLS, ELEMENTS, TURNS)


def examples(page: Path) -> list[str]:
    """Find the cells of a page, in their order; what takes a second there takes none here."""
    text = page.read_text(encoding="utf-8").replace("1_000_000", "1_000").replace("250_000", "250")
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return what a link to a heading of the page ends in, after its `#`."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).strip().replace(" ", "-") for one in headings}


@pytest.mark.parametrize(("page", "counts"), [(README, README_TASKS), (REFERENCE, REFERENCE_TASKS)])
def test_the_cells_of_a_page_run_one_after_another_and_leave_what_they_leave_serially(
    notebook: Notebook, page: Path, counts: tuple[int, ...]
) -> None:
    """In a notebook that is new: all calls are tasks, and prints come in serial order."""
    notebook.do("%reset -sf")
    left = f"{{name: globals()[name] for name in {NAMES!r} if type(globals().get(name)) in PLAIN}}"
    notebook.do("PLAIN = int, float, list, dict")
    found = iter(counts)
    for example in examples(page):
        magic, _, cell = example.partition("\n")
        if magic != "%%parallel":
            assert notebook.do(example).stderr == ""
            continue
        tasks = next(found)
        printed = notebook.do(cell).stdout
        expected = notebook.get(left)
        reply = notebook.do(f"%%parallel --no-plot -w 2 -o record\n{cell}")
        *lines, _ = reply.stdout.partition(f"{tasks} tasks on pool")[0].split("\n")

        assert "\n".join([*lines, ""]) == printed
        assert notebook.get(left) == expected
        assert notebook.get("len(record.tasks)") == tasks
        assert reply.stderr == ""
    assert [*found] == []


def test_every_line_of_the_recipes_runs(notebook: Notebook) -> None:
    """What is to be typed instead of a loop, of multiprocessing and of pandas."""
    text = REFERENCE.read_text(encoding="utf-8").partition("## Recipes")[2]
    rows = re.findall(r"^\| .* \| (.*) \|$", text.partition("## Cells")[0], re.MULTILINE)
    lines = [one for row in rows for one in re.findall(r"`([^`]*%pmap [^`]+)`", row)]
    notebook.do(
        "import pandas as pd\nxs, ys = [1, 2], [3, 4]\npairs, params = [*zip(xs, ys)], [{'a': 1}]\n"
        "def f(*values, **named): return len(values) + len(named)\n"
        "class Model:\n    def predict(self, x): return x\nmodel = Model()\n"
        "df = pd.DataFrame({'k': xs, 'x': ys})\nseries = df['x']"
    )

    assert len(lines) > 15
    for line in lines:
        assert notebook.do(line).stderr == "", line


def test_what_the_recipes_say_of_failures_finds_them(notebook: Notebook) -> None:
    """The values without them, and the items to run again, also of a run that stopped."""
    text = REFERENCE.read_text(encoding="utf-8")
    kept = re.search(r"`(ys = %pmap --errors keep f xs)`.*`(good = [^`]+)`", text)
    again = re.search(r"`(again = [^`]+)`.*`(ys = parmagic[^`]+)`.*`(y is [^`]+)`", text)
    assert kept is not None
    assert again is not None
    notebook.do("import parmagic\nxs = [1, 0, 2]\ndef f(x): return 4 // x")

    notebook.do("\n".join([*kept.groups(), again[1]]))

    assert notebook.get("good, again") == ([4, 2], [0])
    notebook.run("%pmap -q -b serial f xs")
    notebook.do(f"{again[2]}\nleft = [{again[3]} for y in ys]")
    assert notebook.get("left") == [False, False, True]


@on_each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file of the project, and to a heading that is in it."""
    text = page.read_text(encoding="utf-8")
    links = [one for one in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in one]

    assert links
    for link in links:
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_file_that_is_named_is_there() -> None:
    """What the page on the source names is of the package, or of the tests."""
    named = re.findall(r"`(\w+(?:/\w+)*\.py)`", INSIDE.read_text(encoding="utf-8"))

    assert named
    missing = [
        one
        for one in named
        if not (ROOT / one).exists() and not (ROOT / "src" / "parmagic" / one).exists()
    ]
    assert missing == []


def test_the_reference_has_every_option_and_no_other() -> None:
    """Each as it is written, short and long, in a row of the table."""
    rows = re.findall(r"^\| (`--?\w.*?) \| ", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", row)}
    offered = {name for one in OPTIONS for name in (one.short, one.long) if name}

    assert described == offered - {"-h", "--help"}


def test_the_reference_has_every_default_and_every_error() -> None:
    """By the name that one has to type."""
    text = REFERENCE.read_text(encoding="utf-8")
    errors = [name for name in parmagic.__all__ if name.endswith(("Error", "Died"))]
    defaults = [*ParallelMagics.class_own_traits(config=True)]

    assert len(errors) == len(defaults) == 5
    assert not [name for name in defaults if f"`{name}`" not in text]
    assert not [name for name in errors if not re.search(rf"`(parmagic\.)?{name}`", text)]


def test_what_the_reference_says_of_a_run_is_there() -> None:
    """Every name in the table is one of it."""
    text = REFERENCE.read_text(encoding="utf-8").partition("## The record: `Run`")[2]
    table = re.findall(r"^\| (`.*?) \| ", text.partition("### Charts")[0], re.MULTILINE)
    said = [name for row in table for name in re.findall(r"`(\w+)", row) if name != "run"]

    assert len(said) > 8
    assert {*said} <= {*dir(parmagic.Run), *parmagic.Run.__dataclass_fields__}
