"""What a function changes of its process: `os.chdir(path)`, `np.seterr(...)`, `random.seed(1)`.

A worker would change its own process, and the notebook would not see it. So it is with the current
figure, in which `matplotlib.pyplot` draws, and with the random numbers of a module: without a seed
nobody knows which come, with one they are known.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from parmagic.plan.effects.acts import SET, Act
from parmagic.plan.effects.changing import DRAWING

_FOLDER = "contextlib.chdir"
# What sets something, as chains of `acts`, by the context that sets it for a `with` block.
_SETTING = {
    "numpy.errstate": "numpy.seterr*()",
    "numpy.printoptions": "numpy.set_printoptions()",
    "decimal.localcontext": """
        decimal.setcontext() decimal.getcontext().*= decimal.getcontext().clear_*()
    """,
    "warnings.catch_warnings": "warnings.*filter*() warnings.resetwarnings()",
    "pandas.option_context": "pandas.*set_option() pandas.options.*=",
    "matplotlib.pyplot.rc_context": """
        matplotlib*.style.use() matplotlib*.rc() matplotlib*.rcdefaults() matplotlib*.rcParams*=
        matplotlib*.rcParams.update() seaborn.set*() seaborn.reset_*()
    """,
    _FOLDER: f"os.chdir() os.fchdir() {_FOLDER}()",
    "": """
        os.umask() os.*putenv() os.unsetenv() os.nice() os.chroot() os.set*id() os.environ.update()
        os.environ.setdefault() os.environ.pop() os.environ.clear() sys.set*() sys.path.append()
        sys.path.insert() sys.path.extend() sys.path.remove() sys.modules.pop() locale.setlocale()
        signal.signal() signal.alarm() signal.set*() signal.pthread_sigmask() resource.setrlimit()
        time.tzset() socket.setdefaulttimeout() logging.basicConfig() logging.disable()
        logging.captureWarnings() logging.addLevelName() logging.set*() logging.config.*()
        logging.getLogger().[sar]*() logging.root.[sar]*() threading.set*() threading.stack_size()
        gc.enable() gc.disable() gc.freeze() faulthandler.*able() atexit.*register()
        tracemalloc.start() tracemalloc.stop() importlib.reload() csv.*register_dialect()
        csv.field_size_limit() mimetypes.add_type() copyreg.pickle() codecs.register*()
        sqlite3.register_*() matplotlib.use() matplotlib*.switch_backend() matplotlib*.ion()
        matplotlib*.ioff() jax.config.update()
    """,
}
# Such a call sets something of its module, whichever that is; so does an assignment.
_ANY = re.compile(rf"[\w.]+\.set_(?!num_)\w+\(\)|[\w.]+{SET}")
_DRAWING = re.compile(r"matplotlib\.pyplot\.(\w+)")
# What makes a figure, or closes one; what only looks something up.
_FIGURES = frozenset(("figure", "subplots", "subplot_mosaic", "close"))
_LOOKING = "cm colormaps get_cmap rcParams rc rc_context show style Figure Axes __getattr__"
_looking = frozenset(_LOOKING.split())
_CONTEXT = re.compile(r"\.(\w*context|errstate|printoptions|catch_warnings)\(\)$")
# What seeds random numbers, and of which module.
_SEEDS = {
    **dict.fromkeys(("random.seed", "random.setstate"), "random"),
    **dict.fromkeys(("numpy.random.seed", "numpy.random.set_state"), "numpy.random"),
    "torch.manual_seed": "torch",
    "tensorflow.random.set_seed": "tensorflow.random",
}
# Modules of which all functions draw, but for these, and for what makes something: `Random(1)`.
_RANDOM = ("random", "numpy.random")
_NO_DRAW = frozenset(("getstate", "get_state", "default_rng", "get_bit_generator"))
_OWN_GENERATOR = "give each call a generator of its own"


def set_by(
    acts: Iterable[Act], is_own: Callable[[str, str], bool], *, shared: bool
) -> Iterator[str]:
    """Say by which calls of libraries a function sets something.

    Args:
        acts: What it calls and assigns, by where it is.
        is_own: Whether a function is of a module of the user's: its source is read as well.
        shared: Whether the tasks run in one process. Then it does not help that a function puts
            back what it has set.

    """
    for act in acts:
        context = _context_for(act.chain)
        module, _, name = act.chain.removesuffix("()").rpartition(".")
        if context is None or is_own(module, name):
            continue
        for_a_block = context != _FOLDER and any(_is_of(one, act.chain) for one in act.within)
        if not (for_a_block or (act.chain in act.within and not shared)):
            said = act.chain.replace(SET, f"{SET} ...")
            cure = f": use `with {context}(...)`" if context and not shared else ""
            yield f"changes its process by `{said}`{cure}"


def drawing(
    attributes: Collection[tuple[str, str]], acts: Iterable[Act], path: Callable[[str], str | None]
) -> Iterator[str]:
    """Say so if a function draws by `matplotlib.pyplot` in a figure that it has not made."""
    names = {name for owner, name in attributes if owner and path(owner) == "matplotlib.pyplot"}
    names |= {found[1] for one in acts if (found := _DRAWING.match(one.chain))}
    if names - _looking and not names & _FIGURES:
        yield "draws in the current figure"


def _context_for(chain: str) -> str | None:
    """Return the context for what a chain sets; "" if there is none, None if it sets nothing."""
    for context, patterns in _SETTING.items():
        if any(fnmatch.fnmatchcase(chain.replace(SET, "="), one) for one in patterns.split()):
            return context
    return "" if _ANY.fullmatch(chain) else None


def _is_of(context: str, chain: str) -> bool:
    """Tell whether a `with` block has a context of the same library."""
    same = context.partition(".")[0] == chain.partition(".")[0]
    return same and _CONTEXT.search(context) is not None


def seeded_in(acts: Collection[Act]) -> set[str]:
    """Return the modules whose generators a function, or a statement, seeds."""
    return {_SEEDS[path] for one in acts if (path := one.chain.removesuffix("()")) in _SEEDS}


def drawn_in(acts: Collection[Act]) -> set[str]:
    """Return the modules from whose generators a function draws."""
    return {module for one in acts for module in _SEEDS.values() if _draws(one.chain, module)}


def _draws(chain: str, module: str) -> bool:
    before, _, name = chain.removesuffix("()").rpartition(".")
    if before != module or chain == before or f"{module}.{name}" in _SEEDS:
        return False
    draws = module in _RANDOM and name[:1].islower() and name not in _NO_DRAW
    return draws or name in DRAWING


def why_drawn(module: str) -> str:
    """Say why a function that draws from a generator is no task: the cell seeds it."""
    return f"draws random numbers from `{module}`, which the cell seeds: {_OWN_GENERATOR}"


def why_seeded(module: str, *, shared: bool, later: Callable[[str], bool]) -> Iterator[str]:
    """Say why a function that seeds a generator is no task, if others draw from it.

    These are other tasks of the process, if it is `shared`, or what the cell does `later`.
    """
    if shared:
        yield f"seeds `{module}`, which all threads share: {_OWN_GENERATOR}"
    elif later(module):
        yield f"seeds `{module}`, from which the cell draws random numbers later: {_OWN_GENERATOR}"
