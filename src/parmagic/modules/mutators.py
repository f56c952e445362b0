"""The names of methods that change the object they are called on.

Other objects may have methods of these names: so look at the value as well, or at what is done with
what the call returns.
"""

from __future__ import annotations

ADDING = frozenset(("append", "appendleft", "extend", "insert", "add", "update"))
GIVING = frozenset(("pop", "popleft", "popitem", "setdefault"))  # called for their value, too
CHANGING = ADDING | GIVING | frozenset(("remove", "discard", "clear", "sort", "reverse"))
# Those that change something where a call is a statement of its own, as a rule.
_ALONE = """
    extendleft rotate subtract move_to_end intersection_update difference_update
    symmetric_difference_update fill put put_nowait resize seek partition
"""
ALONE = CHANGING | frozenset(_ALONE.split())
CALLED_TO_CHANGE = ALONE - GIVING  # and for nothing else
