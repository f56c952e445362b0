"""What was measured with what on what: versions, Python, the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.contender import Contender
from benchmarks.memory import MIB

_BESIDE = ("ipython", "ipykernel", "jupyter_client", "numpy", "cloudpickle", "dill")


def describe(contenders: Iterable[Contender]) -> dict[str, Any]:
    """Return the versions of the contenders and of what they run on."""
    packages = [one.package for one in contenders if one.package]
    found = {}
    for package in [*packages, *_BESIDE]:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return {
        "packages": found,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory_mib": psutil.virtual_memory().total // MIB,
    }


def sentence(described: dict[str, Any]) -> str:
    """Return the same as one sentence."""
    packages = ", ".join(f"{name} {number}" for name, number in described["packages"].items())
    return (
        f"{described['python']}, {described['system']}, {described['processors']} processors "
        f"({described['processor']}), {described['memory_mib'] / 1024:.0f} GiB of memory; "
        f"{packages}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()
