"""Soundness: what seeds and rows would not notice, since it cannot be true at all."""

import math
from collections.abc import Iterator

from fmbench.gate.match import BySeed, Match
from fmbench.record import Record

SAME = 1e-6
"""Relative difference between one logloss and itself, computed twice on a device whose sums have
no order."""


def unsound(cell: Match) -> str:
    """Say why the records of a cell cannot be what they seem; nothing where they can."""
    for side, records in (("base", cell.base), ("new", cell.new)):
        for seed, record in records.items():
            for why in _contradictions(record):
                return f"{side}, seed {seed}: {why}"
    base, new = (_distinct(side) for side in (cell.base, cell.new))
    for side, few, many in (("base", base, new), ("new", new, base)):
        if few == 1 < many:
            return f"all seeds of {side} predict the same, bit for bit, and those of the other not"
    return ""


def _contradictions(record: Record) -> Iterator[str]:
    valid, test = (record.metrics.get(part, {}) for part in ("valid", "test"))
    loss = valid.get("logloss")
    if record.best_epoch is not None and loss is not None:
        best = record.curve[record.best_epoch].valid_logloss
        if not math.isclose(best, loss, rel_tol=SAME):
            yield (
                f"validation logloss {best:.6f} in the best epoch, {loss:.6f} in the end: "
                "of other rows, or of other weights"
            )
    trained = record.audit.get("parts", {}).get("train", {}).get("rows")
    rates = record.samples.get("train_samples_per_s", [])
    for rate, epoch in zip(rates, record.curve, strict=False) if trained else ():
        rows = trained * epoch.passes
        if not math.isclose(rate * epoch.seconds, rows, rel_tol=SAME):
            yield f"{rate:,.0f} rows/s in {epoch.seconds:.2g} s are not the {rows:,} trained on"
            break
    if valid and valid == test:
        yield "every metric of validation is that of test: the same rows"


def _distinct(records: BySeed) -> int:
    """Count the different predictions of the seeds that came to some; 0 if fewer than two did."""
    found = [record.predictions for record in records.values() if record.predictions]
    return len(set(found)) if len(found) > 1 else 0
