"""Where the cache is: what the environment says, and what is left of it for a user unknown."""

import os
import sys
from pathlib import Path

import pytest

from fmbench import cache


def test_the_variable_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_CACHE", str(tmp_path / "mine"))
    assert cache.folder() == tmp_path / "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="each platform has a folder of its own")
@pytest.mark.parametrize("named", [None, ""])
def test_without_it_it_is_the_users(
    named: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FMBENCH_CACHE")
    if named is not None:
        monkeypatch.setenv("FMBENCH_CACHE", named)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.folder() == tmp_path / ".cache" / "fmbench"


def test_of_a_user_without_an_entry_it_is_no_folder_named_tilde(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("FMBENCH_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 1_234_567)
    assert cache.folder().is_absolute()
