"""What `help` shows of the public names says what they hold."""

from __future__ import annotations

import dataclasses
import inspect
import re
from importlib import metadata

import pytest

import parmagic
from parmagic.measure.advice import Advice
from parmagic.measure.breakdown import Breakdown
from parmagic.measure.scaling import Scaling


def described(thing: object, section: str) -> list[str]:
    """List the names that a section of a docstring describes, in their order."""
    text = inspect.getdoc(thing) or ""
    found = re.search(rf"^{section}:\n((?:    .*\n|\n)+)", text + "\n", re.MULTILINE)
    return re.findall(r"^    (\w+): \S", found[1], re.MULTILINE) if found else []


@pytest.mark.parametrize(
    "record",
    [
        *(parmagic.Run, parmagic.Task, parmagic.Baseline, parmagic.Forecast, parmagic.Comparison),
        *(Advice, Breakdown, Scaling),
    ],
)
def test_every_field_of_a_record_is_described_in_its_order(record: type) -> None:
    """One entry each; what is computed has a docstring of its own."""
    fields = [field.name for field in dataclasses.fields(record)]
    computed = [name for name in vars(record) if name not in fields and name[0] != "_"]

    assert described(record, "Attributes") == fields
    assert [name for name in computed if not inspect.getdoc(getattr(record, name))] == []


def test_every_argument_of_pmap_is_described_in_its_order() -> None:
    """And so is what it raises."""
    assert described(parmagic.pmap, "Args") == [*inspect.signature(parmagic.pmap).parameters]
    assert {"PlanError", "TravelError", "WorkerDied", "QueueError"} <= {
        *described(parmagic.pmap, "Raises")
    }


def test_the_version_is_that_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that was not installed has none."""
    assert parmagic.__version__ == metadata.version("parmagic")

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert not hasattr(parmagic, "__version__")


@pytest.mark.parametrize("name", parmagic.__all__)
def test_every_public_name_opens_with_one_plain_sentence(name: str) -> None:
    """In one line that ends as a sentence does; of a constant, its class says it."""
    first = (inspect.getdoc(getattr(parmagic, name)) or "").partition("\n\n")[0]

    assert first.endswith(".")
    assert "\n" not in first
