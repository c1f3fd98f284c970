"""Reading the kernel's count of kills."""

from pathlib import Path

import pytest

from fmbench.executors.local import oom


def test_the_count_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "vmstat"
    monkeypatch.setattr(oom, "VMSTAT", file)
    assert oom.kills() == 0
    file.write_text("nr_free_pages 11\noom_kill_other 7\noom_kill 3\n")
    assert oom.kills() == 3
    file.write_text("nr_free_pages 11\n")
    assert oom.kills() == 0
