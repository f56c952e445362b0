"""Temporary folders that are small, full or read-only, mounted for a program of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent

import pytest

from kernel import LIMIT
from marks import by_each_method
from parmagic.modules import folder

_UNSHARE = shutil.which("unshare") or ""
_MAY_MOUNT = [_UNSHARE, "--user", "--map-root-user", "--mount", "true"]

pytestmark = pytest.mark.skipif(
    not _UNSHARE or subprocess.run(_MAY_MOUNT, check=False, capture_output=True).returncode != 0,
    reason="nothing may be mounted here",
)
CELLS = """
%load_ext parmagic
%config ParallelMagics.start_method = "METHOD"
import numpy as np
data = np.arange(3_000_000.0)
def total(i): return float(data[i::2].sum()), len(np.ones(300_000) * i)
values = %pmap -q total range(2)
print(values)
"""
VALUES = [(2249998500000.0, 300000), (2250000000000.0, 300000)]


def run(
    tmp_path: Path, mounts: str, method: str, home: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the cells in IPython, with `mounts` done before, in its own view of the file system."""
    file = tmp_path / "cells.ipy"
    file.write_text(CELLS.replace("METHOD", method))
    home = home or str(tmp_path)
    small = tmp_path / "small"
    small.mkdir()
    script = f"""
        set -e
        {mounts.replace("SMALL", str(small)).replace("CELLS", str(file))}
        export TMPDIR={small} IPYTHONDIR={home} HOME={home}
        exec {sys.executable} -m IPython --no-banner --no-term-title --colors=NoColor \\
            --HistoryManager.enabled=False {home}/cells.ipy
    """
    command = [_UNSHARE, "--user", "--map-root-user", "--mount", "sh", "-c", dedent(script)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=LIMIT)


@by_each_method
@pytest.mark.parametrize(
    "mounts",
    [
        "mount -t tmpfs -o size=1m none /dev/shm",
        "mount -t tmpfs -o size=64k none SMALL; mount -t tmpfs -o size=64k none /dev/shm",
        "mount -t tmpfs -o size=4k none SMALL",
        "mount -t tmpfs -o ro none /dev/shm",
    ],
    ids=["small memory", "both small", "full", "read-only memory"],
)
def test_where_there_is_little_room_data_travel_all_the_same(mounts: str, method: str) -> None:
    """In the other folder; or through the pipe, if nowhere is room for a large array."""
    with tempfile.TemporaryDirectory() as folder:  # its path is short, as that of a socket must be
        done = run(Path(folder), mounts, method)

    assert done.stdout.strip() == str(VALUES), done.stdout + done.stderr
    assert done.stderr == ""


@by_each_method
def test_where_nothing_can_be_written_one_error_says_so(tmp_path: Path, method: str) -> None:
    """And says what to do; loading the extension says nothing."""
    done = run(
        tmp_path,
        "mount -t tmpfs none /mnt; cp CELLS /mnt/cells.ipy; cd /proc;"
        "for each in /tmp /var/tmp; do mount --bind $each $each;"
        "mount -o remount,bind,ro $each; done;"
        "mount -t tmpfs -o ro none /dev/shm",
        method,
        home="/mnt",
    )

    text = done.stdout + done.stderr
    assert text.count("no folder to write module files in") == 1, text
    assert "TMPDIR" in text
    assert "Traceback" not in text


def test_who_helps_to_remove_a_folder_makes_no_file_in_it(tmp_path: Path) -> None:
    """It may end at that moment, and the file would stay: another has just removed the lock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "_remove", lambda _: None)
        folder._remove_unlocked(tmp_path)

    assert not list(tmp_path.iterdir())


def test_what_is_left_of_a_folder_that_another_began_to_remove_goes_too(tmp_path: Path) -> None:
    """A large result may have been written into it meanwhile."""
    left = tmp_path / "parmagic-left"
    left.mkdir()
    (left / "buffers-1-2").touch()

    folder.remove_if_abandoned(str(left), 0.0)

    assert not left.exists()
