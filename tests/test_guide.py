"""The guide does what it teaches, in a real kernel and under each start method."""

from __future__ import annotations

import re
from typing import Any

import nbformat
import pytest

from notebooks import EXAMPLES, check_charts, check_endings, code_cells, outputs, printed
from notebooks import run_notebook as run
from parmagic.run.processes import launch

NAME = "guide.ipynb"
LIMIT = 180  # seconds that one of its cells may take
# It sleeps and computes for half a minute, and the first test that asks for its cells waits for it.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", params=launch.methods())
def cells(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The code cells of the guide, with what they answered just now."""
    return run(NAME, request.param, tmp_path_factory.mktemp("guide"), LIMIT)


@pytest.fixture(scope="module")
def committed() -> list[Any]:
    """The code cells of the guide, with the outputs that readers find in it."""
    return code_cells(nbformat.read(EXAMPLES / NAME, as_version=4))


def the_one(cells: list[Any], part: str) -> Any:
    """Return the only cell whose source has `part`."""
    (cell,) = [cell for cell in cells if part in cell.source]
    return cell


def lines(cell: Any) -> list[str]:
    """Return the lines that the tasks of a cell printed, without the sentences of parmagic."""
    ours = (" on ", " in ", "advice: ")
    said = printed(cell).splitlines()
    return [line for line in said if not any(part in line for part in ours)]


def test_every_cell_ends_as_it_is_meant_to_and_has_its_chart(cells: list[Any]) -> None:
    """Only the bounded queue fails; whatever is measured is drawn."""
    check_endings(cells)
    check_charts(cells)
    assert sum("image/png" in str(cell.outputs) for cell in cells) >= 15


def test_what_sleeps_or_computes_long_enough_is_mixed(cells: list[Any]) -> None:
    """Both functions print their five lines, each in its order, and neither waits for the other."""
    for step, backend in (("rest", "thread"), ("rest", "process"), ("toil", "thread")):
        found = [c for c in cells if f"numbers({step})" in c.source and f"-b {backend}" in c.source]
        for cell in found:
            said = lines(cell)[-10:]  # with --compare, the serial run's come first
            assert [line for line in said if line.isdigit()] == [*"01234"]
            assert [line for line in said if line.isalpha()] == [*"ABCDE"]
            assert said != [*"01234ABCDE"], cell.source
        assert len(found) == 1


def test_both_processes_are_done_before_the_cell_says_so(cells: list[Any]) -> None:
    """The numbers and the letters come side by side, then the sentence."""
    said = lines(the_one(cells, "def print_letters"))

    assert said[-1] == "both are done"
    assert sorted(said[:-1]) == sorted("01234ABCDE")
    assert said.index("A") < said.index("4")
    assert said.index("0") < said.index("E")


def test_one_worker_keeps_the_order_of_the_queue(cells: list[Any]) -> None:
    """First in, first out."""
    said = lines(the_one(cells, "-w 1 --plot bake"))

    assert said == ["apple is ready", "cherry is ready", "plum is ready"]


def test_a_crawl_reaches_every_page_and_knows_who_found_it(cells: list[Any]) -> None:
    """The parents in the table are those of the links."""
    said = printed(the_one(cells, "for task in run.tasks"))
    found = re.findall(r"^task (\d): (\S+) +parent: (\w+)$", said, re.MULTILINE)
    labels = {index: label for index, label, _ in found}

    assert [parent for _, _, parent in found[:3]] == ["None", "0", "0"]
    assert {label: labels.get(parent, "") for _, label, parent in found[3:]} == {
        "crawl('today')": "crawl('news')",
        "crawl('1999')": "crawl('news')",
        "crawl('books')": "crawl('shop')",
        "crawl('may')": "crawl('1999')",
        "crawl('june')": "crawl('1999')",
    }


def test_the_outputs_that_readers_find_are_those_of_these_cells(
    cells: list[Any], committed: list[Any]
) -> None:
    """Every cell was run, in this order; what does not depend on a clock is the same today."""
    assert [cell.execution_count for cell in committed] == [*range(1, len(cells) + 1)]
    check_endings(committed)
    check_charts(committed)
    for now, before in zip(cells, committed, strict=True):
        assert [one.output_type for one in now.outputs if one.output_type != "stream"] == [
            one.output_type for one in before.outputs if one.output_type != "stream"
        ]
        for one, other in zip(
            outputs(now, "execute_result"), outputs(before, "execute_result"), strict=True
        ):
            if "crawl" not in now.source:  # its order is that of arrival
                assert one.data["text/plain"] == other.data["text/plain"]
        if "run.tasks" not in now.source and "--sweep" not in now.source:
            assert sorted(lines(now)) == sorted(lines(before))


def test_no_path_of_the_machine_that_ran_it_is_in_it() -> None:
    """Nor anything else of its own."""
    text = (EXAMPLES / NAME).read_text(encoding="utf-8")

    assert not re.search(r"/(home|tmp|root|Users|work|usr)/|[A-Z]:\\\\", text)
    assert "Can't get attribute 'square' on <module '__main__'>`" in text  # it is told of, and
    assert text.count("Can't get attribute") == 1  # does not happen
