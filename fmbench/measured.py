"""The numbers of a record, read in the one way there is."""

from collections.abc import Sequence

import numpy as np

from fmbench.record import Record


def measured(record: Record) -> dict[str, float | None]:
    """Return a record's test metrics and its timings, each timing from its raw samples."""
    # The first epoch warms up caches and allocators.
    epochs = record.samples.get("train_samples_per_s", [])
    latency = record.samples.get("predict_latency_ms", [])
    return record.metrics.get("test", {}) | {
        "train_samples_per_s": _quantile(epochs[1:] or epochs, 0.5),
        "predict_samples_per_s": _quantile(record.samples.get("predict_samples_per_s", []), 0.5),
        "predict_latency_p50_ms": _quantile(latency, 0.5),
        "predict_latency_p99_ms": _quantile(latency, 0.99),
        "time_to_best_s": record.time_to_best_s,
        "peak_rss_mib": record.peak_rss_mib,
    }


def _quantile(samples: Sequence[float], share: float) -> float | None:
    return float(np.quantile(samples, share)) if samples else None
