"""How many processors a run may use, and how many workers can be talked to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from parmagic.run import cpus


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"": "max 100000"}, []),
        ({"": "150000 100000"}, [1.5]),
        ({"": "400000 100000", "box": "max 100000", "box/inner": "50000 100000"}, [0.5, 4.0]),
        ({}, []),
        ({"": "nonsense"}, []),
    ],
    ids=["none", "one", "nested", "missing", "unreadable"],
)
def test_the_quotas_of_every_control_group_around_count(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limits: dict[str, str],
    expected: list[float],
) -> None:
    """A container may be limited by its own group, or by one that it is in."""
    for group, text in limits.items():
        (tmp_path / group).mkdir(parents=True, exist_ok=True)
        (tmp_path / group / "cpu.max").write_text(text)
    monkeypatch.setattr(cpus, "_groups", lambda: iter(["box/inner"]))

    assert list(cpus._quotas(tmp_path)) == expected


def test_the_quota_of_older_control_groups_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 1 has it in two files."""
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("250000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    monkeypatch.setattr(cpus, "_groups", lambda: iter([]))

    assert list(cpus._quotas(tmp_path)) == [2.5]


def test_a_part_of_a_processor_is_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quota is rounded up, and there always is a worker."""
    cpus._quota_of_this_process.cache_clear()
    monkeypatch.setattr(cpus, "_quotas", lambda _root: iter([0.5]))
    try:
        assert cpus.available() == 1
    finally:
        cpus._quota_of_this_process.cache_clear()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux has it")
def test_the_affinity_of_the_process_counts() -> None:
    """A process bound to one processor has one worker."""
    program = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from parmagic.run import cpus; print(cpus.available())"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert shown.stdout.split() == [b"1"]


@pytest.mark.skipif(sys.platform == "win32", reason="there the limit is another")
def test_open_files_limit_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is always room for one, and never for more than may be opened."""
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (64, 64))
    few = cpus.most_workers(cpus.FILES_EACH)
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (resource.RLIM_INFINITY,) * 2)

    assert 1 <= few < 64 / 4
    assert cpus.most_workers(cpus.FILES_EACH) > 1_000_000
