"""Leaderboards for programs: every number in full, nothing rounded, nothing put into words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from fmbench.metrics import METRICS
from fmbench.pages.page import Cell
from fmbench.pages.plain import csv_listing, json_object
from fmbench.report.pairs import Pair
from fmbench.report.published import Published, published
from fmbench.report.rows import Row
from fmbench.report.tables import Table
from fmbench.report.words import FILE, option

_ABOUT = ("dataset", "fields", "split", "split_seed", "fingerprint")
_ROW = (
    *("name", "model", "case", "status", "seeds", "seeds_ok", "parameters", "trials"),
    *("group", "failures"),
)
_STATISTICS = ("mean", "low", "high", "n")


def json_tables(tables: Sequence[Table], more: Mapping[str, Any] | None = None) -> str:
    """Return all tables as one object, with `more` beside them.

    `dataset` and `audit` are those of the one split that there usually is. Where several splits
    disagree they are None; the `fingerprint` of a row then leads to its entry in `tables`.
    """
    return json_object(
        {
            "dataset": _only([table.dataset for table in tables]),
            "audit": _only([table.audit for table in tables]),
            "tables": [_about(table) for table in tables],
            "rows": [_row(row, table) for table in tables for row in table.rows],
            **_published(tables),
            **(more or {}),
        }
    )


def pairs(found: Sequence[tuple[Table, Pair]], format: str) -> str:
    """Return every pair of every table as JSON or CSV."""
    if format == "json":
        rows = [
            {
                "dataset": table.dataset,
                "fingerprint": table.fingerprint,
                **msgspec.to_builtins(pair),
            }
            for table, pair in found
        ]
        return json_object({"pairs": rows})
    intervals = ("difference", "users_and_seeds")
    headers = (
        "dataset", "fingerprint", "metric", "better", "worse", "p", "rows_p", "verdict",
        *(f"{name}_{part}" for name in intervals for part in _STATISTICS),
    )  # fmt: skip
    return csv_listing(
        headers,
        [
            [
                table.dataset, table.fingerprint, pair.metric, pair.better, pair.worse, pair.p,
                pair.rows_p, pair.verdict,
                *(
                    getattr(getattr(pair, name), part, None)
                    for name in intervals for part in _STATISTICS
                ),
            ]
            for table, pair in found
        ],
    )  # fmt: skip


def listed(key: str, found: Iterable[tuple[Table, Iterable[Any]]], format: str) -> str:
    """Return what was found of each table, as JSON under `key` or as CSV with a column a number."""
    rows = [
        {"dataset": table.dataset, "fingerprint": table.fingerprint, **msgspec.to_builtins(each)}
        for table, of in found
        for each in of
    ]
    if format == "json":
        return json_object({key: rows})
    flat = [dict(_flattened(row)) for row in rows]
    headers = list(dict.fromkeys(name for row in flat for name in row))
    return csv_listing(headers, [[row.get(name) for name in headers] for row in flat])


def _flattened(row: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    """Yield `auc_mean` and the like of what is nested."""
    for name, value in row.items():
        if isinstance(value, dict):
            prefix = "" if name == "metrics" else f"{name}_"
            yield from ((f"{prefix}{inner}", cell) for inner, cell in _flattened(value))
        else:
            yield name, value


def csv_tables(tables: Sequence[Table], more: Sequence[Mapping[str, Cell]] = ()) -> str:
    """Return the rows of all tables, each with its split beside it, and `more` rows by column.

    Where values were published on a split, they follow with the status `published` and a `source`.
    """
    measures = [f"{name}_{statistic}" for name in METRICS for statistic in _STATISTICS]
    of_files = any(FILE in table.dataset_args for table in tables)
    headers = [*_ABOUT, *([FILE] if of_files else ()), *_ROW, *measures]
    rows = [
        [*_csv_about(table), *([_csv_file(table)] if of_files else ()), *_csv_row(row)]
        for table in tables
        for row in table.rows
    ]
    own = [dict(zip(headers, row, strict=True)) for row in rows]
    others = [row for table in tables for each in published(table) for row in _others(table, each)]
    others += [dict(row) for row in more]
    if others:
        headers.append("source")
    return csv_listing(headers, [[row.get(key) for key in headers] for row in (*own, *others)])


def _others(table: Table, of: Published) -> Iterator[dict[str, Cell]]:
    """Yield published values by column; they are of no seed, and have no interval."""
    about = dict(zip(_ABOUT, _csv_about(table), strict=True))
    for line in of.published:
        found: dict[str, Cell] = {"name": line.model, "status": "published", "source": of.source}
        yield {**about, **found, "auc_mean": line.auc, "logloss_mean": line.logloss}


def _published(tables: Sequence[Table]) -> dict[str, Any]:
    """Return what was published on the splits of these tables; nothing where nothing was."""
    found = [
        {"fingerprint": table.fingerprint, **msgspec.to_builtins(each)}
        for table in tables
        for each in published(table)
    ]
    return {"published": found} if found else {}


def _csv_about(table: Table) -> list[Cell]:
    return [
        table.dataset,
        *(table.dataset_args.get(key) for key in ("fields", "split", "split_seed")),
        table.fingerprint,
    ]


def _csv_file(table: Table) -> str | None:
    """Return what a table's rows were read from, where that was a file of the user's own."""
    file = table.dataset_args.get(FILE)
    return None if file is None else option(file)


def _csv_row(row: Row) -> list[Cell]:
    return [
        row.name,
        row.model,
        row.case,
        row.status,
        " ".join(map(str, row.seeds)),
        len(row.seeds) - len(row.failures),
        row.parameters,
        row.trials,
        row.group,
        "; ".join(map(str, row.failures)),
        *(getattr(row.metrics[name], statistic) for name in METRICS for statistic in _STATISTICS),
    ]


def _row(row: Row, table: Table) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(row)
    del content["paths"], content["procedures"], content["idle"]  # what words say; records have all
    return {**content, "fingerprint": table.fingerprint}


def _about(table: Table) -> dict[str, Any]:
    about: dict[str, Any] = msgspec.to_builtins(table)
    del about["rows"]
    return about


def _only(values: Sequence[Any]) -> Any:
    return values[0] if values and all(value == values[0] for value in values) else None
