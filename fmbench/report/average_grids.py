"""The grid of averages: beside a table, and in none of its ties and pairs."""

from collections.abc import Iterator
from typing import Any

import msgspec

from fmbench.metrics import METRICS
from fmbench.pages.page import NOTHING, Cell, Grid, Section
from fmbench.report import words
from fmbench.report.averages import Average, Averages
from fmbench.report.digits import digits
from fmbench.report.leaderboard import cost, large, quality
from fmbench.report.tables import Table
from fmbench.stats import Interval

HEADERS = (
    "average", "of", "AUC ±", "logloss ±\nnats", "gain in\nAUC ±", "para-\nmeters",
    "predict\nrows/s", "p50\nms", "best\nat s",
)  # fmt: skip

_RIGHT = [i > 4 for i in range(len(HEADERS))]


def sections(table: Table, found: Averages | None) -> Iterator[Section]:
    """Yield a section with the averages of a table, if it has any."""
    if found is not None:
        yield Section(
            title=f"{words.title(table)}: averages of predictions",
            grid=Grid(HEADERS, [_cells(each, table) for each in found.rows], _RIGHT),
            below=list(found.notes),
        )


def _cells(each: Average, table: Table) -> list[str]:
    places = digits(table, "auc")
    return [
        each.name,
        each.of,
        quality(each.metrics["auc"], places),
        quality(each.metrics["logloss"], digits(table, "logloss")),
        _signed(each.gain, places),
        NOTHING if each.parameters is None else large(each.parameters),
        cost(each.predict_samples_per_s, METRICS["predict_samples_per_s"].digits),
        cost(each.predict_latency_p50_ms, METRICS["predict_latency_p50_ms"].digits),
        cost(each.time_to_best_s, METRICS["time_to_best_s"].digits),
    ]


def _signed(gain: Interval, places: int) -> str:
    if gain.mean is None:
        return NOTHING
    return f"{'+' if gain.mean >= 0 else ''}{quality(gain, places)}"


def objects(table: Table, found: Averages | None) -> Iterator[dict[str, Any]]:
    """Yield the averages of a table in full, for JSON."""
    for each in () if found is None else found.rows:
        yield {"fingerprint": table.fingerprint, **msgspec.to_builtins(each)}


def columns(table: Table, found: Averages | None) -> Iterator[dict[str, Cell]]:
    """Yield the averages of a table by column of its CSV; their status is `average`."""
    for each in () if found is None else found.rows:
        row: dict[str, Cell] = {"name": each.name, "status": "average", "source": each.of}
        row |= {"fingerprint": table.fingerprint, "dataset": table.dataset}
        row |= {"seeds_ok": each.seeds, "parameters": each.parameters}
        for metric, interval in each.metrics.items():
            for part in ("mean", "low", "high", "n"):
                row[f"{metric}_{part}"] = getattr(interval, part)
        for metric in ("predict_samples_per_s", "predict_latency_p50_ms", "time_to_best_s"):
            row[f"{metric}_mean"] = getattr(each, metric)
        yield row
