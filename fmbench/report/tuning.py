"""Searches: what tuning found of each model, for people and for programs."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from fmbench.metrics import METRICS
from fmbench.pages.page import NOTHING, Cell, Grid, Section
from fmbench.report import words
from fmbench.report.tables import Table
from fmbench.tuning import Search

_ABOUT = ("model", "trials", "failed", "seconds", "best_trial", "valid_logloss", "valid_auc")
_HEADERS = (
    "model",
    "trials",
    "failed",
    "fitting\ns",
    "best\ntrial",
    "valid\nlogloss",
    "valid\nAUC",
)
_DIGITS = (None, None, None, 1, None, METRICS["logloss"].digits, METRICS["auc"].digits)

_NOTES = (
    "Trial 0 is the model's defaults, the others are drawn at random; chosen by the logloss of the "
    "validation rows, of equals the first. No trial reads a test row",
    "best of n: the validation logloss of the best of n trials, trial 0 and n-1 others, on average "
    "over the order of the others (exact, without replacement): models compare at equal n",
    "Fitting: wall seconds of all trials' training loops, without loading and evaluation; none are "
    "known of a trial that failed",
)


def section(searches: Sequence[Search]) -> Section:
    """Return one row a model: its best trial, and the best to expect of fewer of them."""
    budgets = _budgets(searches)
    headers = (*_HEADERS, *(f"best\nof {budget:,}" for budget in budgets))
    digits = (*_DIGITS, *(METRICS["logloss"].digits for _ in budgets))
    values = [(*_about(search), *_expected(search, budgets)) for search in searches]
    data = _data(searches)
    return Section(
        title=words.title(data),
        warning=words.warning(data),
        grid=Grid(
            headers,
            [list(map(_cell, row, digits)) for row in values],
            [header != "model" for header in headers],
        ),
        below=[*map(_settings, searches), *_failures(searches), *_NOTES],
    )


def rows(searches: Sequence[Search]) -> tuple[Sequence[str], list[list[Cell]]]:
    """Return the headers and one row a model, every number in full."""
    budgets = _budgets(searches)
    data = _data(searches)
    about = {"dataset": data.dataset} | {
        key: data.dataset_args.get(key) for key in ("fields", "split", "split_seed")
    }
    headers = (*about, *_ABOUT, "settings", *(f"best_of_{budget}" for budget in budgets))
    return headers, [
        [
            *about.values(),
            *_about(search),
            msgspec.json.encode(search.settings).decode(),
            *_expected(search, budgets),
        ]
        for search in searches
    ]


def objects(searches: Sequence[Search]) -> dict[str, Any]:
    """Return all that is known, as plain JSON values."""
    data = _data(searches)
    return {
        "dataset": data.dataset,
        "dataset_args": data.dataset_args,
        "fingerprint": data.fingerprint,
        "searches": [
            {
                **dict(zip(_ABOUT, _about(search), strict=True)),
                "settings": search.settings,
                "tuned": msgspec.to_builtins(search.tuned),
                "losses": [loss if math.isfinite(loss) else None for loss in search.losses],
                "expected_best": {str(n): loss for n, loss in search.expected.items()},
                "failures": [
                    {"trial": i, "status": record.status, "reason": record.reason}
                    for i, record in enumerate(search.trials)
                    if record.status != "ok"
                ],
            }
            for search in searches
        ],
    }


def _data(searches: Sequence[Search]) -> Table:
    """Return what all trials were run on, as a table without rows."""
    records = [record for search in searches for record in search.trials]
    seen = next((record for record in records if record.fingerprint), records[0])
    return Table(
        dataset=seen.spec.dataset,
        dataset_args=seen.spec.dataset_args,
        fingerprint=seen.fingerprint,
        audit=seen.audit,
        environments=(),
        rows=(),
    )


def _about(search: Search) -> list[Cell]:
    best = search.best
    valid = best.metrics["valid"] if best else {}
    return [
        search.model,
        len(search.trials),
        len(search.failures),
        search.seconds,
        search.trials.index(best) if best else None,
        valid.get("logloss"),
        valid.get("auc"),
    ]


def _budgets(searches: Sequence[Search]) -> list[int]:
    return sorted({budget for search in searches for budget in search.expected})


def _expected(search: Search, budgets: Sequence[int]) -> list[float | None]:
    expected = search.expected
    return [expected.get(budget) for budget in budgets]


def _cell(value: Cell, digits: int | None) -> str:
    if value is None:
        return NOTHING
    return str(value) if digits is None else f"{value:.{digits}f}"


def _settings(search: Search) -> str:
    chosen = ", ".join(f"{key} {_value(value)}" for key, value in search.settings.items())
    if search.best is None:
        return f"{search.model}: nothing chosen, no trial came to a result"
    return f"{search.model}: {chosen or 'its defaults, there is nothing else to try'}"


def _value(value: Any) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def _failures(searches: Sequence[Search]) -> Iterator[str]:
    for search in searches:
        for record in search.failures:
            yield words.shortened(f"FAILED: {record.spec.name}: {record.status}: {record.reason}")
