"""Tables: records that saw the same rows, and only those, side by side."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fmbench.record import Record
from fmbench.report.audit import lacking
from fmbench.report.rows import Row, build_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All cases that were run on one split of one dataset."""

    dataset: str
    dataset_args: Mapping[str, Any]
    fingerprint: str | None
    """Hash of the split; None where no cell got as far as the data."""
    audit: Mapping[str, Any]
    environments: Sequence[Mapping[str, Any]]
    """The different environments of the records; timings compare within one."""
    rows: Sequence[Row]

    @property
    def drawn(self) -> str:
        """What intervals draw anew: users, or the rows themselves where the data has no user."""
        return "rows" if "user" in lacking(self.audit) else "users"


def split_tables(records: Iterable[Record]) -> list[Table]:
    """Return one table a split, in the same order whatever the order of the records.

    Trials of tuning are left out: they have nothing to say of the test rows.
    """
    by_data: dict[tuple[str, str], list[Record]] = {}
    for record in (record for record in records if record.spec.tests):
        key = (record.spec.dataset, _ordered(record.spec.dataset_args))
        by_data.setdefault(key, []).append(record)
    return [_table(group) for key in sorted(by_data) for group in _by_fingerprint(by_data[key])]


def _by_fingerprint(records: Sequence[Record]) -> list[list[Record]]:
    """Part records of the same data by the rows that they saw."""
    known = sorted({record.fingerprint for record in records if record.fingerprint})
    # The record of a failed cell names no rows; it stands with those that asked for the same.
    home = known[0] if known else ""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.fingerprint or home, []).append(record)
    return [groups[fingerprint] for fingerprint in sorted(groups)]


def _table(records: Sequence[Record]) -> Table:
    seen = next((record for record in records if record.fingerprint), records[0])
    environments = {_ordered(r.environment): r.environment for r in records if r.environment}
    return Table(
        dataset=seen.spec.dataset,
        dataset_args=seen.spec.dataset_args,
        fingerprint=seen.fingerprint,
        audit=seen.audit,
        environments=[environments[key] for key in sorted(environments)],
        rows=build_rows(records),
    )


def _ordered(facts: Mapping[str, Any]) -> str:
    """Return facts in the one way of writing by which they can be compared and sorted."""
    return json.dumps(facts, sort_keys=True)
