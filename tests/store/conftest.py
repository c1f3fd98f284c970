"""Records as a run would leave them; every number in them is made up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fmbench.record import Epoch, Record
from fmbench.spec import RunSpec
from fmbench.store import Store


def make_record(seed: int = 0, **changed: Any) -> Record:
    usual: dict[str, Any] = {
        "status": "ok",
        "metrics": {"test": {"auc": 0.1 + 0.2, "gauc": None}},
        "curve": [
            Epoch(train_loss=1 / 3, tail_loss=0.5, valid_logloss=1e-300, valid_auc=None, seconds=2)
        ],
        "samples": {"predict_latency_ms": [0.1, 0.25]},
        "audit": {"parts": {"train": {"rows": 8}}, "한글": "멜로/로맨스"},
    }
    spec = RunSpec(name="fm", dataset="kmrd-synth", model="fm", seed=seed)
    return Record(spec=spec, **(usual | changed))


@pytest.fixture
def made() -> Callable[..., Record]:
    return make_record


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "runs")
    store.prepare()
    return store
