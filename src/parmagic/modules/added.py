"""What others have put into classes of libraries: the notebook, or what it has imported.

After `@register_dataframe_accessor("geo")` code can read `frame.geo`, and after `import rioxarray`
`array.rio`: no name in that code leads to the class, or to the module.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

# Those that are made to be added to, by their packages.
_CLASSES = {
    "pandas": ("DataFrame", "Series", "Index"),
    "polars": ("DataFrame", "Expr", "LazyFrame", "Series"),
    "xarray": ("DataArray", "Dataset"),
}
_HELD_AS = ("_ns", "_accessor", "fget")  # by polars, by pandas and xarray, and by a property


def added(attributes: AbstractSet[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield what others have put there under these attributes: the class, the attribute, and it."""
    for package, names in _CLASSES.items():
        module = sys.modules.get(package)
        for name in names if module is not None else ():
            there = vars(getattr(module, name, object))
            for attribute in sorted(attributes & there.keys()):
                held = there[attribute]
                value = next((getattr(held, one) for one in _HELD_AS if hasattr(held, one)), held)
                home = getattr(value, "__module__", None)
                if isinstance(home, str) and home.partition(".")[0] != package:
                    yield f"{package}.{name}", attribute, value
