"""Averages: what the predictions of a table's seeds, and of its models, are worth together.

Nothing is trained: a store keeps what every seed said of the test rows and, since it keeps them, of
the validation rows. An average is no model. It stands beside the table, in no tie and no pair, and
costs the sum of its parts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fmbench.metrics import METRICS, Labels, Logits
from fmbench.report.leaderboard import display_names
from fmbench.report.pairs import Scored
from fmbench.report.rows import Row
from fmbench.report.tables import Table
from fmbench.stats import (
    Influence,
    Interval,
    Space,
    average,
    better_space,
    influence,
    sampled,
    select,
)

SHOWN = ("auc", "logloss")

FEWEST = 3
"""Seeds from which on averages are shown unasked."""

BySeed = Mapping[tuple[str, int], NDArray[np.float32]]
"""`(rows,)`, logits by case and seed."""


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """The validation rows of a split and what each model said of them."""

    labels: Labels
    logits: BySeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """Several predictions as one."""

    name: str
    kind: Literal["seeds", "ensemble"]
    of: str
    """What is averaged, in words."""
    seeds: int
    """Number of trained models in it."""
    metrics: Mapping[str, Interval]
    """AUC and logloss of the test rows, with bounds for other users, or rows."""
    gain: Interval
    """AUC less the mean AUC of the table's first model, with bounds for other users, or rows."""
    parameters: int | None
    predict_samples_per_s: float | None
    predict_latency_p50_ms: float | None
    time_to_best_s: float | None


@dataclass(frozen=True, slots=True)
class Averages:
    """The averages of a table, best first, and what must be known of them."""

    rows: Sequence[Average]
    notes: Sequence[str]


Averaged = Callable[[Table], Averages | None]
"""A function that gives a table's averages; None where there are none."""


def nothing(table: Table) -> None:
    """Average nothing: there are no predictions."""


def build_averages(
    table: Table, scored: Scored, valid: Validation | None, least: int
) -> Averages | None:
    """Return the averages over the seeds of each model, and the ensemble of models.

    Validation rows choose whether probabilities or logits are averaged, and which models.

    Args:
        table: The table.
        scored: Its test rows.
        valid: Its validation rows; None where what models said of them is not kept.
        least: Seeds that it takes to average those of a model.

    Returns:
        None where no model has so many seeds.
    """
    members = {row.case: _members(scored.logits, row.case) for row in table.rows}
    rows = [row for row in table.rows if len(members[row.case]) >= least]
    if not rows:
        return None
    held = None if valid is None else {r.case: _members(valid.logits, r.case) for r in table.rows}
    space: Space = "probabilities"
    if valid is not None and held is not None:
        space = better_space(valid.labels, [held[row.case] for row in rows])
    first = next(row for row in table.rows if members[row.case])
    measure = _Measure(table, scored, members, first, space)
    found = [measure.seeds(row) for row in rows]
    notes = [*_notes(table, first, space, is_chosen=valid is not None)]
    if valid is not None and held is not None:
        known = [row for row in table.rows if held[row.case]]
        library = [average(held[row.case], space) for row in known]
        chosen = select(valid.labels, library, space)
        if len(chosen) > 1:
            found.append(measure.ensemble([(known[i], n) for i, n in chosen.most_common()]))
        else:
            (only,) = chosen
            notes.append(f"No ensemble: on validation rows nothing helps {known[only].name}")
    found.sort(key=lambda each: -(each.metrics["auc"].mean or 0.0))
    return Averages(found, notes)


def _members(logits: BySeed, case: str) -> list[Logits]:
    """Return what the seeds of a case said; what every seed says the same counts once."""
    found = [logits[key].astype(np.float64) for key in sorted(logits) if key[0] == case]
    is_one = all(np.array_equal(found[0], each) for each in found[1:])
    return found[:1] if is_one else found


class _Measure:
    """What is needed to measure averages of a table."""

    def __init__(
        self, table: Table, scored: Scored, members: Mapping[str, Sequence[Logits]], first: Row,
        space: Space,
    ) -> None:  # fmt: skip
        self.table, self.scored, self.members, self.space = table, scored, members, space
        _, self._user = np.unique(scored.drawn, return_inverse=True)
        seeds = members[first.case]
        values = [auc for each in seeds if (auc := self._value("auc", each)) is not None]
        terms = [term for each in seeds if (term := self._influence("auc", each)) is not None]
        self._first = float(np.mean(values)) if len(values) == len(seeds) else None
        self._moved = np.mean(terms, axis=0) if len(terms) == len(seeds) else None

    def seeds(self, row: Row) -> Average:
        """Return the average of the seeds of a model."""
        own = self.members[row.case]
        name = display_names(self.table)[row.case]
        return self._average(name, "seeds", f"{len(own)} seeds", own, [row])

    def ensemble(self, chosen: Sequence[tuple[Row, int]]) -> Average:
        """Return the ensemble of models, each the average of its seeds, by how often chosen."""
        names, total = display_names(self.table), sum(n for _, n in chosen)
        parts = [(average(self.members[row.case], self.space), n) for row, n in chosen]
        each = [logits for logits, n in parts for _ in range(n)]
        of = ", ".join(f"{names[row.case]} {n / total:.2f}" for row, n in chosen)
        return self._average("ensemble", "ensemble", of, each, [row for row, _ in chosen])

    def _average(
        self, name: str, kind: Literal["seeds", "ensemble"], of: str,
        predictions: Sequence[Logits], rows: Sequence[Row],
    ) -> Average:  # fmt: skip
        logits = average(predictions, self.space)
        many = {row.case: len(self.members[row.case]) for row in rows}
        inverse = _total(rows, many, _seconds_a_row)
        return Average(
            name=name,
            kind=kind,
            of=of,
            seeds=sum(many.values()),
            metrics={metric: self._interval(metric, logits) for metric in SHOWN},
            gain=self._gain(logits),
            parameters=_whole(_total(rows, many, lambda row: row.parameters)),
            predict_samples_per_s=None if inverse is None else 1 / inverse,
            predict_latency_p50_ms=_total(rows, many, _named("predict_latency_p50_ms")),
            time_to_best_s=_total(rows, many, _named("time_to_best_s")),
        )

    def _interval(self, metric: str, logits: Logits) -> Interval:
        value, moved = self._value(metric, logits), self._influence(metric, logits)
        return _interval([] if value is None else [value], moved)

    def _gain(self, logits: Logits) -> Interval:
        """Return the AUC beyond the mean of the first model's seeds, on the same rows."""
        value, moved = self._value("auc", logits), self._influence("auc", logits)
        if value is None or self._first is None:
            return _interval([], None)
        apart = None if moved is None or self._moved is None else moved - self._moved
        return _interval([value - self._first], apart)

    def _value(self, metric: str, logits: Logits) -> float | None:
        compute = METRICS[metric].compute
        assert compute is not None
        return compute(self.scored.labels, logits, self.scored.drawn)

    def _influence(self, metric: str, logits: Logits) -> Influence | None:
        return influence(metric, self.scored.labels, logits, self._user)


def _interval(values: Sequence[float], moved: Influence | None) -> Interval:
    if not values or moved is None:
        return Interval(float(np.mean(values)) if values else None, None, None, len(values))
    return sampled(values, moved).interval


def _total(
    rows: Sequence[Row], many: Mapping[str, int], cost: Callable[[Row], float | None]
) -> float | None:
    """Return what all parts cost together; None where it is not known of one."""
    found = [(cost(row), many[row.case]) for row in rows]
    known = [value * n for value, n in found if value is not None]
    return sum(known) if len(known) == len(found) else None


def _named(metric: str) -> Callable[[Row], float | None]:
    return lambda row: row.metrics[metric].mean


def _seconds_a_row(row: Row) -> float | None:
    rate = row.metrics["predict_samples_per_s"].mean
    return 1 / rate if rate else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _notes(table: Table, first: Row, space: Space, *, is_chosen: bool) -> Iterator[str]:
    yield (
        f"Averages of {space}{' (chosen on validation rows)' * is_chosen}; seeds of one model: "
        "Lakshminarayanan et al., 2017; nothing was trained for them"
    )
    if is_chosen:
        yield (
            "ensemble: the models whose average has the best logloss on validation rows, with "
            "replacement (Caruana et al., 2004), and their shares"
        )
    else:
        yield "No ensemble: the store has no validation predictions of every model"
    yield (
        f"±: half width of the 95 % interval for other {table.drawn}; gain: AUC less the mean of "
        f"{first.name}, on the same rows and for these seeds"
    )
    yield "Costs are the sum of the parts: fitting, parameters, and the time to predict"
