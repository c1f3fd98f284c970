"""Rows: the records of each case, drawn together over its seeds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fmbench.measured import measured
from fmbench.metrics import METRICS
from fmbench.record import Record, Status
from fmbench.report.ties import Comparison, Values, compare, group
from fmbench.stats import Interval, t_interval

BEST_TO_WORST: tuple[Status, ...] = ("ok", "diverged", "timeout", "oom", "error")

IDLE = 0.01
"""Share of the logits' spread below which a part adds nothing: what it tells of a row is then less
than a ten-thousandth of the logits' variance."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A seed that came to no result."""

    seed: int
    status: Status
    reason: str | None

    def __str__(self) -> str:
        """Say it in one line."""
        return f"seed {self.seed}: {self.status}: {self.reason or 'no reason was recorded'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case: what its seeds measured, and which of them failed."""

    name: str
    model: str
    dataset: str
    case: str
    baseline: bool
    """Whether it is a baseline and not a model."""
    seeds: tuple[int, ...]
    """All seeds that ran, failed ones too."""
    status: Status
    """The worst status of the seeds."""
    parameters: int | None
    trials: int | None
    """Number of trials that chose its settings; None without any."""
    group: int | None
    """Number from 1 for the best: rows that share one cannot be told from its first row by AUC;
    None where there was nothing to compare."""
    metrics: Mapping[str, Interval]
    """Means of every metric over the seeds that are `ok`."""
    undefined: Mapping[str, str]
    """Reasons by metric why it has no value in some seed that is `ok`."""
    failures: tuple[Failure, ...]
    paths: tuple[str, ...]
    """What trained the seeds that are `ok`: the engine, the plain loop, a baseline's library."""
    idle: tuple[str, ...]
    """Parts of the model without which its logits would hardly be others."""
    procedures: tuple[str, ...]
    """How the seeds that are `ok` were fitted, where that was not by gradient descent."""


def build_rows(records: Sequence[Record]) -> list[Row]:
    """Return one row a case, best mean test AUC first and undefined ones last.

    The records must share a split. Of two records of one (case, seed) the later counts: the same
    seed twice would pass for two.
    """
    cases: dict[str, dict[int, Record]] = {}
    for record in records:
        cases.setdefault(record.spec.case, {})[record.spec.seed] = record
    rows = [
        _row(case, [by_seed[seed] for seed in sorted(by_seed)]) for case, by_seed in cases.items()
    ]
    rows.sort(key=_rank)
    tied = group([row.case for row in rows], comparisons(records, "auc"))
    return [replace(row, group=tied.get(row.case)) for row in rows]


def comparisons(records: Iterable[Record], metric: str) -> list[Comparison]:
    """Compare every two cases of a table by a test metric; the records share a split."""
    records = list(records)
    test, valid = (values_by_seed(records, metric, part) for part in ("test", "valid"))
    return compare(test, valid)


def values_by_seed(records: Iterable[Record], metric: str, part: str) -> Mapping[str, Values]:
    """Return a metric of a part of each case by seed, where it is defined."""
    values: dict[str, dict[int, float]] = {}
    for record in records:
        value = record.metrics.get(part, {}).get(metric)
        if record.status == "ok" and value is not None:
            values.setdefault(record.spec.case, {})[record.spec.seed] = value
    return values


def is_deterministic(records: Sequence[Record]) -> bool:
    """Tell whether several seeds of a case gave the very same predictions."""
    told = {record.predictions for record in records}
    return len(records) > 1 and len(told) == 1 and None not in told


def _row(case: str, records: Sequence[Record]) -> Row:
    """Draw together the records of one case, in the order of their seeds."""
    good = [record for record in records if record.status == "ok"]
    values = [measured(record) for record in good]
    intervals = {name: t_interval(value.get(name) for value in values) for name in METRICS}
    if is_deterministic(good):
        # Every seed repeats one result: that they scatter by 0 says nothing of its error.
        intervals |= {n: t_interval([values[0].get(n)]) for n, m in METRICS.items() if m.compute}
    spec = records[-1].spec
    return Row(
        name=spec.name,
        model=spec.model,
        dataset=spec.dataset,
        case=case,
        baseline=records[-1].baseline,
        seeds=tuple(record.spec.seed for record in records),
        status=max((record.status for record in records), key=BEST_TO_WORST.index),
        parameters=next((r.parameters for r in records if r.parameters is not None), None),
        trials=spec.trials,
        group=None,
        metrics=intervals,
        undefined={k: v for record in good for k, v in record.undefined.get("test", {}).items()},
        failures=tuple(
            Failure(r.spec.seed, r.status, r.reason) for r in records if r.status != "ok"
        ),
        paths=_said(good, "engine"),
        procedures=_said(good, "procedure"),
        idle=tuple(_idle(good)),
    )


def _said(records: Sequence[Record], key: str) -> tuple[str, ...]:
    """Return what the environments of records say under a key, each once."""
    return tuple(sorted({str(r.environment[key]) for r in records if key in r.environment}))


def _idle(records: Sequence[Record]) -> Iterator[str]:
    """Yield the parts that move the logits by less than `IDLE` in every seed."""
    for part in records[0].moved if records else ():
        if all(record.moved.get(part, 1.0) < IDLE for record in records):
            yield part


def _rank(row: Row) -> tuple[float, str, str]:
    auc = row.metrics["auc"].mean
    return (float("inf") if auc is None else -auc, row.name, row.case)
