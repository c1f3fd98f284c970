"""What all tests share: a cache of their own, and the real files where they are."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


def pytest_configure() -> None:
    """Have Ctrl-C mean the same wherever the suite is started from: a shell's `&` ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty cache folder; none sees the user's."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("FMBENCH_CACHE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def processor() -> Iterator[None]:
    """Have one thread, as a cell has, and numbers as IEEE has them, whatever a run here sets.

    On batches as small as those of tests, two threads wait for one another.
    """
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(autouse=True, scope="session")
def untuned() -> Iterator[None]:
    """Have `run` try no settings before it runs, unless a test asks for trials."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fmbench.tuning.budget.TRIALS", 0)
        yield


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Set back what the command in this process does with signals."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def kmrd() -> Path:
    """Return the folder that holds `kmrd-small`; skip where FMBENCH_DATA does not name it."""
    folder = Path(os.environ.get("FMBENCH_DATA") or "nowhere")
    if not (folder / "kmrd-small" / "rates.csv").is_file():
        pytest.skip("FMBENCH_DATA names no folder that holds kmrd-small/rates.csv")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as `shown`, so that counts and seeds stand in the log of CI."""
    for report in terminalreporter.getreports("passed"):
        for name, line in report.user_properties:
            if name == "shown":
                terminalreporter.write_line(line)
