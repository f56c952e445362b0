"""What classes of libraries were given by others: by the notebook, or by what it has imported.

`@register_dataframe_accessor("geo")` has code read `frame.geo`, and `import rioxarray` lets it read
`array.rio`: no name that the code reads leads to that class, or to that module.
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
