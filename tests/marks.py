"""Marks that tests of several files have: what of the notebook's ways each is run in."""

from __future__ import annotations

import sys
import sysconfig

import pytest

from parmagic.run.backend import BACKENDS, IMPORTING, PROCESSES
from parmagic.run.processes import launch

by_any_method = pytest.mark.by_any_method  # one start method shows all there is to be seen
by_each_method = pytest.mark.parametrize("method", launch.methods())
on_each_backend = pytest.mark.parametrize("backend", BACKENDS)
side_by_side = pytest.mark.parametrize("backend", BACKENDS[1:])  # all but serial
on_processes = pytest.mark.parametrize("backend", PROCESSES)
on_workers = pytest.mark.parametrize("backend", IMPORTING)  # processes, and interpreters
lets_go = pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")) and sys.version_info < (3, 14),
    reason="Python 3.13 without a GIL keeps each module, and large memory, to its end",
)
