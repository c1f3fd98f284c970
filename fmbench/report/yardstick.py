"""Yardsticks: what a table is held against that is no row of it, a constant guess and a leak.

A constant guess says the positive rate of the training rows for every row. A leak is a field that
alone tells the label as well as the models do: mostly it was written down after the label was.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from fmbench.report.rows import Row
from fmbench.report.tables import Table
from fmbench.stats import Interval

CHANCE = 0.5

CERTAIN = 0.99
"""AUC of a single field that is named whatever the models have."""

NORMAL = 1.96
"""Standard errors to either end of a 95 % interval of something known from many rows."""


def constant_logloss(table: Table) -> float | None:
    """Return the logloss that a constant guess has on the test rows; None where it is not known."""
    parts = table.audit.get("parts", {})
    train, test = (_rate(parts.get(part, {})) for part in ("train", "test"))
    if train is None or test is None or not 0 < train < 1:
        return None
    return -(test * math.log(train) + (1 - test) * math.log1p(-train))


def lines(table: Table) -> Iterator[str]:
    """Yield which models are no better than a constant, and which fields are likely leaks."""
    rows = [row for row in table.rows if row.model != "mean"]
    loss = constant_logloss(table)
    found = {}
    if loss is not None:
        found[f"logloss ({loss:.4g})"] = [row.name for row in rows if _is_no_less(row, loss)]
    error = table.audit.get("auc_standard_error")
    found["AUC (0.5)"] = [row.name for row in rows if _is_no_more(row, error)]
    said = "; by ".join(f"{what}: {', '.join(names)}" for what, names in found.items() if names)
    if said:
        yield f"NO BETTER than a constant guess, by their intervals, by {said}"
    yield from _leaks(table.audit.get("telling_fields", {}), rows, error)


def _rate(part: dict[str, Any]) -> float | None:
    """Return the share of positives of a part, in full."""
    rows, positives = part.get("rows"), part.get("positives")
    return positives / rows if rows and positives is not None else None


def _is_no_less(row: Row, loss: float) -> bool:
    """Tell whether the interval of a logloss reaches up to that of a constant."""
    found = row.metrics["logloss"]
    return found.mean is not None and found.mean + _half(found) >= loss


def _is_no_more(row: Row, error: float | None) -> bool:
    """Tell whether other seeds and other rows might put an AUC at chance."""
    found = row.metrics["auc"]
    if found.mean is None:
        return False
    return found.mean - math.hypot(_half(found), NORMAL * (error or 0.0)) <= CHANCE


def _half(interval: Interval) -> float:
    return interval.half_width or 0.0


def _leaks(telling: dict[str, float], rows: Sequence[Row], error: float | None) -> Iterator[str]:
    """Name the fields that alone are as good as the best model, within a standard error."""
    known = [mean for row in rows if (mean := row.metrics["auc"].mean) is not None]
    enough = min(CERTAIN, max(known, default=1.0) - (error or 0.0))
    for name, auc in sorted(telling.items(), key=lambda item: (-item[1], item[0])):
        if auc >= enough:
            yield (
                f"LEAK, likely: {name} alone has AUC {auc:.4f} on validation rows, by the share of "
                f"positives of its values in training; without it: --without {name}"
            )
