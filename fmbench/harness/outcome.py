"""What came of a cell: the record of its logits, or of what ended it."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmbench import environment, metrics
from fmbench.baselines import BASELINES
from fmbench.data import Dataset, Split
from fmbench.errors import FmbenchError
from fmbench.harness.memory import peak_rss_mib
from fmbench.harness.setting import Setting
from fmbench.record import Record, Status
from fmbench.spec import RunSpec
from fmbench.training.device import full_name
from fmbench.training.fit import Diverged
from fmbench.training.memory import is_short

Kept = Mapping[str, NDArray[np.float32]]
"""Logits as they are kept, `(rows,)` of each part; none of a trial or of a cell that failed."""


def record_of_logits(
    spec: RunSpec,
    dataset: Dataset,
    logits: Mapping[str, NDArray[np.float64]],
    **measured: Any,
) -> tuple[Record, Kept]:
    """Return the record of a run that came to logits, and the logits as they are kept."""
    parts = logits if spec.tests else ()
    kept = {part: logits[part].astype("<f4") for part in parts}
    quality, undefined = _quality(dataset, logits)
    return Record(
        spec=spec,
        status="ok",
        metrics=quality,
        undefined=undefined,
        peak_rss_mib=peak_rss_mib(),
        fingerprint=dataset.fingerprint,
        audit=dataset.audit,
        predictions=hashlib.sha256(kept["test"].tobytes()).hexdigest() if kept else None,
        **measured,
    ), kept


def _quality(
    dataset: Dataset, logits: Mapping[str, NDArray[np.float64]]
) -> tuple[dict[str, dict[str, float | None]], dict[str, dict[str, str]]]:
    """Return the metrics of each part and, for those that are undefined, why.

    They are computed from the logits as kept, so that the kept logits give the same again.
    """
    quality, undefined = {}, {}
    for part, exact in logits.items():
        scores = exact.astype("<f4").astype(np.float64)
        split: Split = getattr(dataset, part)
        labels, users = split.is_positive, split.users if dataset.user else None
        quality[part] = metrics.evaluate(labels, scores, users)
        if reasons := metrics.why_undefined(quality[part], labels, scores, users):
            undefined[part] = reasons
    return quality, undefined


def record_of_error(spec: RunSpec, setting: Setting, error: BaseException) -> Record:
    """Return the record of a run that an error ended."""
    error.with_traceback(None)  # its frames hold all that the run had allocated
    reason = next(iter(str(error).splitlines()), "")
    if not isinstance(error, FmbenchError):
        reason = f"{type(error).__name__}: {reason}".removesuffix(": ")
    return record_of_status(spec, setting, _status(error), reason)


def record_of_status(spec: RunSpec, setting: Setting, status: Status, reason: str) -> Record:
    """Return the record of a run that came to no result."""
    reason = environment.without_private(reason)
    return Record(
        spec=spec,
        status=status,
        reason=reason,
        baseline=spec.model in BASELINES,
        environment=environment_of(setting),
    )


def _status(error: BaseException) -> Status:
    if isinstance(error, Diverged):
        return "diverged"
    return "oom" if is_short(error) else "error"


def environment_of(setting: Setting) -> dict[str, Any]:
    """Return what ran a cell, for its record."""
    return {
        **environment.describe(),
        "device": full_name(setting.device),
        "threads": setting.threads,
        "jobs": setting.jobs,
    }
