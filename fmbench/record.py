"""What came of a run, as data."""

from typing import Annotated, Any, Literal

import msgspec

from fmbench.spec import RunSpec

SCHEMA = 2

Status = Literal["ok", "diverged", "error", "timeout", "oom"]

Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""In hexadecimal; a file is named by it, so that whatever else is read as one would be a path."""


class Epoch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pass over the training rows."""

    train_loss: float
    """Mean loss over the pass, as trained: with dropout and moving weights."""
    tail_loss: float
    """The same over its last 100 steps."""
    valid_logloss: float
    valid_auc: float | None
    seconds: float
    """Of the fitting loop alone."""


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run: the resolved spec, what was measured, on what, and where."""

    schema: int = SCHEMA
    spec: RunSpec
    status: Status
    reason: str | None = None
    """Why the run is not `ok`."""
    baseline: bool = False
    """Whether what ran is a baseline, which trains itself, and no model."""
    metrics: dict[str, dict[str, float | None]] = {}
    """By part (`test`, `valid`) and metric; None where the metric is undefined."""
    undefined: dict[str, dict[str, str]] = {}
    """By part and metric: why it is None; parts with nothing to say are left out."""
    shuffled: dict[str, float] = {}
    """By field: the test AUC that is lost when its values are shuffled among the rows."""
    curve: list[Epoch] = []
    best_epoch: int | None = None
    """Index into the curve of the epoch whose weights were tested."""
    resumed_after: int | None = None
    """Epochs that an earlier process had finished when this one took over."""
    samples: dict[str, list[float]] = {}
    """Raw repeats of every timing, by measured word."""
    time_to_best_s: float | None = None
    parameters: int | None = None
    peak_rss_mib: float | None = None
    fingerprint: str | None = None
    """Hash of the encoded splits: two records that share it saw the same rows."""
    audit: dict[str, Any] = {}
    predictions: Sha256 | None = None
    """SHA-256 of the test logits, float32 little endian in the split's order."""
    environment: dict[str, Any] = {}
