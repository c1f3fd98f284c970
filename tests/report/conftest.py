"""Records as a run would leave them; every number in them is made up."""

from collections.abc import Callable
from typing import Any

import pytest

from fmbench.record import Record
from fmbench.spec import RunSpec

Make = Callable[..., Record]

ARGS = {
    "fields": "ids",
    "label": "rate>9",
    "duplicates": "last",
    "split": "random",
    "split_seed": 0,
    "ratios": [0.8, 0.1, 0.1],
    "rows": None,
}

AUDIT = {
    "rows_read": 140_710,
    "rows_dropped": 6_379,
    "rows_kept": 134_331,
    "positive_share": 0.671,
    "parts": {
        "train": {"rows": 107_464, "positives": 72_108, "positive_share": 0.671},
        "valid": {"rows": 13_433, "positives": 9_001, "positive_share": 0.67},
        "test": {"rows": 13_434, "positives": 9_067, "positive_share": 0.675},
    },
    "test_pairs_in_train": 12,
    "test_pairs_in_train_share": 0.000893,
    "test_unseen_user_share": 0.271,
    "test_unseen_item_share": 0.0,
    "test_older_share": 0.312,
    "auc_standard_error": 0.0041,
    "users": 52_028,
    "items": 600,
    "first_month": "2005-01",
    "last_month": "2019-12",
}

ENVIRONMENT = {
    "python": "3.11.7",
    "system": "Linux x86_64",
    "cpu": "A Processor",
    "cores": 2,
    "packages": {"fmbench": "0.1.0", "torch": "2.13.0+cpu"},
    "commit": "0123456789ab",
    "dirty": True,
    "device": "cpu",
    "threads": 1,
    "jobs": 2,
    "engine": "plain",
}


def make_record(
    model: str = "fm",
    seed: int = 0,
    *,
    auc: float | None = 0.79,
    logloss: float = 0.5,
    name: str | None = None,
    dataset: str = "kmrd-small",
    dataset_args: dict[str, Any] | None = None,
    model_args: dict[str, Any] | None = None,
    **changed: Any,
) -> Record:
    """Return the record of a run that ended well, but for what is `changed`."""
    spec = RunSpec(
        name=name or model,
        dataset=dataset,
        dataset_args=ARGS if dataset_args is None else dataset_args,
        model=model,
        model_args=model_args or {},
        seed=seed,
    )
    usual: dict[str, Any] = {
        "status": "ok",
        "metrics": {"test": {"auc": auc, "logloss": logloss}, "valid": {"auc": 0.1}},
        "samples": {
            "train_samples_per_s": [1_000.0, 400_000.0, 500_000.0, 411_400.0],
            "predict_samples_per_s": [1_200_000.0, 1_234_567.0, 1_300_000.0],
            "predict_latency_ms": [0.1, 0.2, 0.3, 0.4, 0.5],
        },
        "time_to_best_s": 3.456,
        "parameters": 888_123,
        "peak_rss_mib": 412.4,
        "fingerprint": "f00dfeed" * 8,
        "audit": AUDIT,
        "environment": ENVIRONMENT,
    }
    return Record(spec=spec, **(usual | changed))


def make_failure(
    model: str = "fm", seed: int = 0, status: str = "diverged", reason: str | None = "loss is nan"
) -> Record:
    """Return the record that the harness writes when a run fails: nothing but the environment."""
    return make_record(
        model,
        seed,
        status=status,
        reason=reason,
        metrics={},
        samples={},
        time_to_best_s=None,
        parameters=None,
        peak_rss_mib=None,
        fingerprint=None,
        audit={},
    )


@pytest.fixture
def record() -> Make:
    """Return `make_record`."""
    return make_record


@pytest.fixture
def failure() -> Make:
    """Return `make_failure`."""
    return make_failure
