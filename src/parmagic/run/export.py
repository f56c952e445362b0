"""Writes the script of a run to a file, and never over a file of somebody else's."""

from __future__ import annotations

import os
from pathlib import Path

from parmagic.arguments import said
from parmagic.errors import PlanError
from parmagic.modules.whole_file import NEW
from parmagic.plan.work import Plan
from parmagic.run.items import read_all
from parmagic.run.manner import Manner
from parmagic.run.script import MARK, script_of

SUFFIX = ".py"


def export(plan: Plan, manner: Manner, path: str | os.PathLike[str]) -> Plan:
    """Write a script that does what the run of a plan does; return the plan, its items read.

    Raises PlanError if there is no such folder, if a file is there that was not exported, or if a
    script cannot do what the run does; nothing is written then.
    """
    manner = manner.checked()
    path = checked(path)
    plan = plan._replace(items=read_all(plan.items))
    script = script_of(plan, manner, path.stem)
    own = path.exists()
    for name in script.files:
        if not own and path.with_name(name).exists():
            raise _refusal(path.with_name(name))
    for name, contents in script.files.items():
        _write(path.with_name(name), contents)
    _write(path, script.text.encode())
    return plan


def checked(path: str | os.PathLike[str]) -> Path:
    """Refuse a place where a script cannot be written."""
    if not isinstance(path, str | os.PathLike):
        raise PlanError(f"export must be a file that ends in {SUFFIX}, not {said(path)}")
    path = Path(path).expanduser()
    if path.suffix != SUFFIX:
        raise PlanError(f"a script is a file that ends in {SUFFIX}: `{path.with_suffix(SUFFIX)}`")
    if not path.parent.is_dir():
        raise PlanError(f"there is no folder `{path.parent}`: make it first")
    if path.is_symlink() or (path.exists() and not _is_ours(path)):
        raise _refusal(path)
    return path


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK.encode()


def _refusal(path: Path) -> PlanError:
    return PlanError(
        f"`{path}` is there already, and no script that was exported: remove it, or type another "
        "name"
    )


def _write(path: Path, contents: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, NEW, 0o666)  # never through a link that is there
        with os.fdopen(descriptor, "wb") as file:
            file.write(contents)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
