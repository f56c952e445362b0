"""What `help` shows of the public names says what they hold."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pytest

import parmagic


def described(thing: object, section: str) -> list[str]:
    """List the names that a section of a docstring describes, in their order."""
    text = inspect.getdoc(thing) or ""
    found = re.search(rf"^{section}:\n((?:    .*\n|\n)+)", text + "\n", re.MULTILINE)
    return re.findall(r"^    (\w+): \S", found[1], re.MULTILINE) if found else []


def test_every_field_of_a_run_is_described_in_its_order() -> None:
    """One entry each; what is computed has a docstring of its own."""
    fields = [field.name for field in dataclasses.fields(parmagic.Run)]
    computed = [name for name in vars(parmagic.Run) if name not in fields and name[0] != "_"]

    assert described(parmagic.Run, "Attributes") == fields
    assert [name for name in computed if not inspect.getdoc(getattr(parmagic.Run, name))] == []


def test_every_argument_of_pmap_is_described_in_its_order() -> None:
    """And so is what it raises."""
    assert described(parmagic.pmap, "Args") == [*inspect.signature(parmagic.pmap).parameters]
    assert {"PlanError", "TravelError", "WorkerDied", "QueueError"} <= {
        *described(parmagic.pmap, "Raises")
    }


@pytest.mark.parametrize("name", parmagic.__all__)
def test_every_public_name_opens_with_one_plain_sentence(name: str) -> None:
    """In one line that ends as a sentence does; of a constant, its class says it."""
    first = (inspect.getdoc(getattr(parmagic, name)) or "").partition("\n\n")[0]

    assert first.endswith(".")
    assert "\n" not in first
