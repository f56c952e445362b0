"""Imports between the parts of the package go one way, as `docs/how-it-works.md` says."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

import parmagic
from parmagic.magics.extension import ENDS

PACKAGE = Path(parmagic.__file__).parent
BELOW = {  # what each part may import besides itself
    "modules": set[str](),
    "plan": {"modules"},
    "measure": {"modules"},
    "run": {"modules", "plan", "measure"},
    "show": {"modules", "plan", "measure", "run"},
    "magics": {"modules", "plan", "measure", "run", "show"},
}


INSIDE = {  # the same of the folders in a part: of that part
    "plan": {"plan"},
    "plan/effects": {"plan"},
    "plan/cells": {"plan", "plan/effects"},
    "run/workers": set[str](),
    "run/processes": {"run", "run/workers"},
    "run/scheduling": {"run", "run/processes", "run/workers"},
    "run/backends": {"run", "run/scheduling", "run/processes", "run/workers"},
}


@cache
def imported(path: Path) -> list[tuple[str, bool]]:
    """List what a file imports, and whether as it is imported itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[tuple[str, bool]] = []
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found += ((name, node in tree.body) for name in names)
    return found


@pytest.mark.parametrize("part", BELOW)
def test_a_part_imports_only_those_below_it(part: str) -> None:
    """But a record that is asked for its text, or its picture, imports what shows it."""
    for path in (PACKAGE / part).rglob("*.py"):
        for name, at_once in imported(path):
            other = name.removeprefix("parmagic.").partition(".")[0]
            if other in BELOW and name.startswith("parmagic.") and other != part:
                shows = part == "measure" and other == "show" and not at_once
                assert other in BELOW[part] or shows, f"{path.name} imports {name}"


@pytest.mark.parametrize("folder", INSIDE)
def test_a_folder_imports_only_those_below_it(folder: str) -> None:
    """So a worker, which imports one of `run.workers`, imports nothing of the others."""
    for path in (PACKAGE / folder).glob("*.py"):
        for name, _ in imported(path):
            place = PACKAGE.parent.joinpath(*name.split("."))
            other = place if place.is_dir() else place.parent
            if other.is_relative_to(PACKAGE / folder.partition("/")[0]):
                below = {folder, *INSIDE[folder]}
                assert other.relative_to(PACKAGE).as_posix() in below, f"{path} imports {name}"


@pytest.mark.parametrize("folder", [*INSIDE, *BELOW, "modules/definitions", "show/charts"])
def test_a_folder_with_many_files_says_what_each_is(folder: str) -> None:
    """A newcomer finds there where to look; and no name of a file that is gone."""
    text = ast.get_docstring(ast.parse((PACKAGE / folder / "__init__.py").read_text("utf-8"))) or ""
    files = {path.stem for path in (PACKAGE / folder).iterdir()} - {"__init__", "__pycache__"}
    rows = {*re.findall(r"^    (\w+)  ", text, re.MULTILINE)}

    assert not rows or files <= {*re.findall(r"\w+", text)}
    assert rows <= files


@pytest.mark.parametrize(
    ("library", "files"), [("matplotlib", "show/charts/*.py"), ("IPython", "magics/*.py")]
)
def test_a_library_for_front_ends_is_imported_in_one_place(library: str, files: str) -> None:
    """Who runs tasks needs neither, and a worker starts sooner without."""
    for path in PACKAGE.rglob("*.py"):
        for name, at_once in imported(path):
            if name.partition(".")[0] == library and at_once:
                assert path in PACKAGE.glob(files), f"{path} imports {name}"


@pytest.mark.parametrize(("module", "name"), ENDS)
def test_what_unloading_calls_is_there(module: str, name: str) -> None:
    """It is named by text, as it is not imported unless something has used it."""
    assert callable(getattr(importlib.import_module(f"parmagic.{module}"), name))
