"""Cells of a little synthetic data, and the plugin of models that fail."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmbench.data import Where
from fmbench.harness import resolve
from fmbench.models import MODELS
from fmbench.registry import load_plugin
from fmbench.spec import RunSpec, TrainSpec

Spec = Callable[[str], RunSpec]


def make_spec(model: str, seed: int = 0) -> RunSpec:
    spec = RunSpec(
        name=model,
        dataset="kmrd-synth",
        dataset_args={"rows": 2000},
        model=model,
        train=TrainSpec(max_epochs=1),
        seed=seed,
    )
    return resolve(spec, Where())


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a copy of the plugin, loaded here as `run` does it."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    path = tmp_path / "failing.py"
    shutil.copy(Path(__file__).with_name("failing.py"), path)
    load_plugin(path)
    yield path


def started(plugin: Path) -> list[int]:
    """Return the processes that failing models have started."""
    file = plugin.with_name("started")
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def all_end(pids: list[int], seconds: float = 5) -> bool:
    """Wait until none of the processes is alive; return whether it came to that."""
    deadline = time.monotonic() + seconds
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not any(map(is_alive, pids))
