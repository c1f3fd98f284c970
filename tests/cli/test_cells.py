"""How many cells run side by side where nobody says so."""

import argparse

import pytest

from fmbench.cli import _cells


@pytest.mark.parametrize(
    ("line", "jobs"),
    [("", 3), ("--device cuda", 1), ("--device cuda:1 --jobs 2", 2), ("--jobs 2", 2)],
)
def test_a_gpu_is_not_shared_unasked(line: str, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    parser = argparse.ArgumentParser()
    _cells.add_arguments(parser)
    assert _cells.read(parser.parse_args(line.split()))["jobs"] == jobs
