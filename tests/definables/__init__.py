"""What a notebook can define: a table of cells that must mean the same to workers."""

from __future__ import annotations

from definables.callables import CALLABLES
from definables.changed import CHANGED
from definables.classes import CLASSES
from definables.corners import CORNERS
from definables.decorated import DECORATED
from definables.functions import FUNCTIONS
from definables.imports import IMPORTS
from definables.made import MADE
from definables.nameless import NAMELESS
from definables.objects import OBJECTS
from definables.row import Row
from definables.shared import SHARED
from definables.text import TEXT
from definables.typed import TYPED
from definables.unusual import UNUSUAL
from definables.values import VALUES

ROWS: tuple[Row, ...] = (
    *FUNCTIONS,
    *CALLABLES,
    *DECORATED,
    *CLASSES,
    *IMPORTS,
    *VALUES,
    *TEXT,
    *CORNERS,
    *UNUSUAL,
    *CHANGED,
    *OBJECTS,
    *MADE,
    *TYPED,
    *SHARED,
    *NAMELESS,
)
