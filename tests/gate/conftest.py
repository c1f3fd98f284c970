"""Records as two runs would leave them; every number in them is made up."""

import hashlib
import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fmbench.record import Record
from fmbench.spec import RunSpec, TrainSpec

Make = Callable[..., list[Record]]

ENVIRONMENT = {
    "system": "Linux x86_64",
    "cpu": "A Processor",
    "packages": {"torch": "2.13.0"},
    "commit": "0123456789ab",
    "dirty": False,
    "device": "cpu",
    "threads": 1,
    "engine": "plain",
}


def make_records(
    model: str = "fm",
    aucs: Sequence[float | None] = (0.79, 0.791, 0.792),
    losses: Sequence[float] | None = None,
    *,
    seeds: Sequence[int] | None = None,
    lr: float = 0.005,
    dataset: str = "kmrd-small",
    split: str = "random",
    model_args: Mapping[str, Any] | None = None,
    **changed: Any,
) -> list[Record]:
    """Return the records of a cell, one for each AUC, but for what is `changed`."""
    records = []
    for place, auc in enumerate(aucs):
        loss = 0.5 if losses is None else losses[place]
        usual: dict[str, Any] = {
            "status": "ok",
            "metrics": {"test": {"auc": auc, "logloss": loss}},
            "parameters": 1000,
            "peak_rss_mib": 400.0,
            "fingerprint": "f00dfeed" * 8,
            # What predicts the same has the same metrics, and nothing else has.
            "predictions": hashlib.sha256(repr((model, auc, loss)).encode()).hexdigest(),
            "environment": ENVIRONMENT,
        }
        spec = RunSpec(
            name=model,
            dataset=dataset,
            dataset_args={"fields": "ids", "split": split},
            model=model,
            model_args=dict(model_args or {}),
            train=TrainSpec(lr=lr),
            seed=place if seeds is None else seeds[place],
        )
        records.append(Record(spec=spec, **(usual | changed)))
    return records


def make_failures(model: str = "fm", n: int = 3, status: str = "diverged") -> list[Record]:
    """Return what the harness writes when a run fails: nothing but the environment."""
    return make_records(
        model,
        [None] * n,
        status=status,
        reason="loss is nan",
        metrics={},
        parameters=None,
        peak_rss_mib=None,
        fingerprint=None,
        predictions=None,
    )


@pytest.fixture(scope="session")
def records() -> Make:
    """Return `make_records`."""
    return make_records


@pytest.fixture(scope="session")
def failures() -> Make:
    """Return `make_failures`."""
    return make_failures


@pytest.fixture(scope="session")
def planting() -> ModuleType:
    """Return the module that plants faults into a copy of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2] / "benchmarks" / "faults")
        return importlib.import_module("plant")
