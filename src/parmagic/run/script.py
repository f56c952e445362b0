"""Writes a run as a script that needs no parmagic: what the tasks need, their items, a main guard.

Small data stand in it as they are written in Python, others as pickles: in the script, or, if they
are large, in a file beside it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from textwrap import indent, wrap

from parmagic import cells
from parmagic.errors import PlanError
from parmagic.modules.definitions.definition import Definition
from parmagic.modules.needs import Needs
from parmagic.modules.package import Packer
from parmagic.modules.text import DATA, ENTRY, write
from parmagic.modules.values import data
from parmagic.modules.values.buffers import discard
from parmagic.modules.values.literal import literals
from parmagic.plan.work import Plan
from parmagic.run.chunk import Unsendable, payload_of
from parmagic.run.items import Items
from parmagic.run.manner import Manner

MARK = "# Exported by parmagic"  # what the first line of a script begins with
INSIDE = 30_000  # bytes of pickles that a script holds; more lie in a file beside it
_POOLS = {  # how the tasks are run: an import, what has the workers, and how they are given out
    "pool": ("import multiprocessing", "multiprocessing{context}.Pool({workers})", ""),
    "process": (
        "import multiprocessing",
        "multiprocessing{context}.Pool({workers}, maxtasksperchild=1)",
        ", chunksize=1",
    ),
    "thread": ("from multiprocessing.pool import ThreadPool", "ThreadPool({workers})", ""),
    "serial": ("", "", ""),
}
_READER = '''

class __Reader__(pickle.Unpickler):
    """Reads what was pickled in the notebook: its `__main__` is this file."""

    def find_class(self, module, name):
        if (module, name) == ("parmagic.modules.beside", "named"):  # what has no name of its own
            return globals().__getitem__
        if module != "__main__":
            return super().find_class(module, name)
        first, *rest = name.split(".")
        return functools.reduce(getattr, rest, globals()[first])
'''
_NAMED = '''

class __Values__:
    """Gives the data their names, in the order in which they were pickled."""

    def __init__(self, reader):
        self.reader = reader

    def __getitem__(self, name):
        return self.reader.load()


'''


@dataclass
class Script:
    """The text of a script, and the file beside it that it reads, if there is one."""

    text: str = ""
    files: dict[str, bytes] = field(default_factory=dict)  # name: contents


def script_of(plan: Plan, manner: Manner, stem: str) -> Script:
    """Write a script that runs a plan; PlanError if only parmagic can.

    The items have been read. Files beside the script are named `stem` and what they hold.
    """
    _refuse(manner)
    packer = Packer(plan.entry, plan.namespace)
    packer.pack()  # what cannot travel is refused as ever
    items = plan.items if isinstance(plan.items, Sequence) else list(plan.items)
    try:
        discard(payload_of(0, items, packer.private))
    except Unsendable as refusal:
        raise refusal.error from None
    finder, start = packer.found()
    return _Writer(plan, manner, finder.needs, stem).write(start)


def _refuse(manner: Manner) -> None:
    if manner.backend not in _POOLS:
        raise PlanError(f"only runs on {', '.join(_POOLS)} can be exported: type e.g. `-b pool`")
    for given, option in ((manner.timeout, "--timeout"), (manner.queue, "--queue")):
        if given:
            raise PlanError(f"a script without parmagic has no `{option}`: export without it")


class _Writer:
    """Writes one script."""

    def __init__(self, plan: Plan, manner: Manner, needs: Needs, stem: str) -> None:
        self._plan = plan
        self._manner = manner
        self._needs = needs
        self._stem = stem
        self._script = Script()
        self._taken = {*needs.before, *needs.literals, *needs.imports}

    def write(self, start: Definition | str) -> Script:
        """Write all that a script needs to run the tasks, whose code is `start`."""
        needs, plan = self._needs, self._plan
        for line in needs.imports.values():
            if "parmagic" in line.replace(".", " ").split():
                raise PlanError(f"the tasks need parmagic (`{line}`): a script cannot do without")
        alone = self._data()
        items = self._items()
        reader = _READER.split("\n") if "__Reader__" in items and not alone else []
        body = [*reader, *self._task(), "", "", *self._main(items), ""]
        where = cells.label(plan.entry.filename)
        code = " ".join(plan.code.split())
        head = [f"{MARK} from {where}, and independent of it: {code}", *_usage(self._script)]
        text = write(needs, start, head, alone).text
        self._script.text = "\n".join([text, *body])
        return self._script

    def _import(self, line: str) -> None:
        """Have the script import something of its own."""
        name = line.rpartition(" ")[2]
        if name in self._taken and self._needs.imports.get(name) != line:
            raise PlanError(f"`{name}` is a name that a script needs for itself: call it otherwise")
        self._needs.imports[name] = line

    def _free(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        return name

    def _data(self) -> list[str]:
        """Write what finds the data; small ones become constants."""
        needs = self._needs
        written = literals(needs.data.values())
        if written is not None:
            needs.literals.update(zip(needs.data, written, strict=True))
            for name in needs.data:
                del needs.before[name]
            needs.data.clear()
            return []
        return self._reader(lambda: _pickled_each(needs))

    def _reader(self, dump: Callable[[], bytes]) -> list[str]:
        text = _READER + _NAMED + f"{DATA} = __Values__({self._stored('data', dump())})"
        return text.lstrip("\n").split("\n")

    def _stored(self, what: str, contents: bytes) -> str:
        """Write an expression for the reader of pickles."""
        for line in ("import functools", "import io", "import pickle"):
            self._import(line)
        if len(contents) <= INSIDE:
            self._import("import base64")
            lines = wrap(base64.b64encode(contents).decode(), 88)
            text = "\n".join(f'    "{line}"' for line in lines)
            return f"__Reader__(io.BytesIO(base64.b64decode(\n{text}\n)))"
        name = f"{self._stem}.{what}"
        self._script.files[name] = contents
        self._import("import pathlib")
        return f"__Reader__(io.BytesIO(pathlib.Path(__file__).with_name({name!r}).read_bytes()))"

    def _items(self) -> str:
        """Write an expression for the items."""
        written = literals([self._plan.items])
        if written is not None:
            return written[0]
        file = io.BytesIO()
        data.Renamer(file, None, self._needs.private).dump(self._plan.items)
        stored = self._stored("items", file.getvalue())
        return f"{stored}.load()"

    def _task(self) -> list[str]:
        """Write the function that runs one task, as the run would."""
        manner = self._manner
        call = f"{ENTRY}(*arguments)"
        awaited = any("async " in one.text for one in self._needs.definitions.values())
        lines = [f"return {call}"]
        if awaited:
            self._import("import asyncio")
            self._import("import inspect")
            lines = [
                f"value = {call}",
                "return asyncio.run(value) if inspect.iscoroutine(value) else value",
            ]
        if manner.retries or manner.errors == "keep":
            last = "return error" if manner.errors == "keep" else "raise"
            caught = "Exception as error" if manner.errors == "keep" else "Exception"
            tries = [f"for tries_left in reversed(range({manner.retries + 1})):", "    try:"]
            tries += [f"        {line}" for line in lines]
            tries += [f"    except {caught}:", "        if not tries_left:"]
            lines = [*tries, f"            {last}"]
        head = ["", f"def {self._free('task')}(*arguments):", '    """Run one task."""']
        return head + [f"    {line}" for line in lines]

    def _main(self, items: str) -> list[str]:
        plan, manner = self._plan, self._manner
        needed, pool, chunks = _POOLS[manner.backend]
        if needed:
            self._import(needed)
        task, main = self._free("task"), self._free("main")
        context = '.get_context("spawn")' if manner.start_method == "spawn" else ""
        workers = max(1, min(manner.workers or 1, Items(plan.items).total or 1))
        pool = pool.format(workers=workers, context=context)
        lines = ['"""Return the values of all tasks, in the order of the items."""']
        lines += f"items = {items}".split("\n")
        if not pool:
            star = "*" if plan.spread else ""
            lines.append(f"return [{task}({star}item) for item in items]")
        else:
            verb = "starmap" if plan.spread else "map"
            lines += [f"with {pool} as pool:", f"    return pool.{verb}({task}, items{chunks})"]
        return [
            f"def {main}():",
            *indent("\n".join(lines), "    ").split("\n"),
            "",
            "",
            'if __name__ == "__main__":',
            f"    for value in {main}():",
            "        print(repr(value))",
        ]


def _pickled_each(needs: Needs) -> bytes:
    """Pickle the data one after another, in the order in which the script asks for them."""
    names = write(needs, "None").data
    file = io.BytesIO()
    pickler = data.Renamer(file, None, needs.private)
    for name in names:
        pickler.dump(needs.data[name])
    return file.getvalue()


def _usage(script: Script) -> Sequence[str]:
    beside = "".join(f", with {name} beside it" for name in script.files)
    return (f"# Run it from a shell{beside}; it prints the values.",)
