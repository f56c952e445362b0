"""Runs Python programs, as a user runs a script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kernel import LIMIT, environment


def run_python(
    folder: Path, *arguments: str, temporary: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments in a folder, and return what came of it.

    It has a `temporary` folder of its own, or else takes the same for that.
    """
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(folder, temporary or folder),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=LIMIT,
    )
