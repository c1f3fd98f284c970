"""Verification: every number of a store that can be had again, held against the one that is there.

What a record says is recomputed from what it is said of: its test metrics from predictions and
labels, its split's facts from the data, its best epoch from its curve, its parameters from a model
that is built and not trained. Then the tables are built from both and compared.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from fmbench.errors import FmbenchError, StoreError
from fmbench.metrics import METRICS, Labels, Users, evaluate, why_undefined
from fmbench.pages.page import Cell
from fmbench.record import OPTIMUM, Record
from fmbench.report.tables import Table, split_tables
from fmbench.spec import RunSpec
from fmbench.store import Missing, Stored, best

State = Literal["as stored", "differs", "damaged", "not verified"]

VERIFICATION = ("of", "what", "state", "why")

PARTS = {"test", "valid"}

EMPTY = msgspec.to_builtins(Record(spec=RunSpec(name="", dataset="", model=""), status="error"))
"""A record without numbers."""

SAID = {"schema", "spec", "status", "reason", "environment"}
"""Facts that the record of a failed cell holds all the same."""

SPEED = "samples.train_samples_per_s"

MEASURED = "curve, what shuffling fields costs, other timings, memory, environment"


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A split as its data gives it today."""

    fingerprint: str
    audit: Mapping[str, Any]
    n_train: int
    """Rows to train on."""
    labels: Labels
    """`(rows,)`, of the test rows, as `users` are."""
    users: Users | None
    """None where the data has no user."""


class Sources(Protocol):
    """What a record can be recomputed from; each raises FmbenchError where it is not at hand."""

    def rows(self, record: Record) -> Rows:
        """Return the split that the record's spec asks for."""

    def predictions(self, record: Record) -> NDArray[np.float32]:
        """Return the test logits that the record names, `(rows,)`."""

    def parameters(self, record: Record) -> int:
        """Return how many numbers the record's model learns."""


@dataclass(slots=True)
class Verification:
    """The outcome of a verification."""

    odd: list[tuple[str, str, State, str]] = field(default_factory=list)
    """What differs or is damaged, one line each."""
    counts: Counter[tuple[str, State, str]] = field(default_factory=Counter)
    """Numbers of facts by kind, state and why: as stored, or beyond verification."""

    @property
    def exit_code(self) -> int:
        """5 for what is damaged, else 1 for what differs, else 0."""
        states = {state for _, _, state, _ in self.odd}
        return StoreError.exit_code if "damaged" in states else int("differs" in states)

    def listing(self) -> list[tuple[Cell, ...]]:
        """Return rows under `VERIFICATION`: first what is odd, then the counts."""
        counted = [
            ("all", what, f"{n:,} {state}", why)
            for (what, state, why), n in sorted(self.counts.items())
        ]
        return [*self.odd, *counted]

    def hold(self, of: str, what: str, stored: Any, again: Any) -> None:
        """Compare what is stored with what it should be, number by number."""
        before, after = dict(_leaves(stored)), dict(_leaves(again))
        for place in before | after:
            old, new = before.get(place, "nothing"), after.get(place, "nothing")
            if type(old) is type(new) and old == new:
                self.counts[what, "as stored", ""] += 1
            else:
                named = ".".join((what, *place))
                self.odd.append((of, named, "differs", f"{old} is stored; {new} recomputed"))

    def miss(self, what: str, why: str) -> None:
        """Count what could not be verified."""
        self.counts[what, "not verified", why] += 1


def verify(stored: Sequence[Stored], sources: Sources) -> Verification:
    """Recompute every record that was read, and the tables of those that count."""
    found = Verification()
    again = {item.path: _record(item, sources, found) for item in stored}
    chosen = sorted(best(stored), key=lambda item: item.path)
    before = split_tables([item.record for item in chosen])
    after = split_tables([again[item.path] for item in chosen])
    found.hold("table", "table", _tables(before), _tables(after))
    return found


def _record(item: Stored, sources: Sources, found: Verification) -> Record:
    """Hold a record against what is recomputed of it, and return it with that in its place."""
    record = item.record
    of = item.path.name
    found.hold(of, "file name", of, f"{record.spec.cell}-{item.id[:12]}.json")
    found.hold(of, "parts", sorted((record.metrics | record.undefined).keys() - PARTS), [])
    if record.status == "ok":
        again = {**_from_curve(record), **_from_data(of, record, sources, found)}
        found.miss(MEASURED, "measured; only running the cell again would tell")
        in_curve = {"auc", "logloss"} if record.curve else set()
        if record.metrics.get("valid", {}).keys() - in_curve:
            which = "metrics.valid but AUC, logloss" if in_curve else "metrics.valid of a baseline"
            found.miss(which, "validation predictions are not kept")
    else:
        again = {key: value for key, value in EMPTY.items() if key not in SAID}
    content: dict[str, Any] = msgspec.to_builtins(record)
    inferred = content["audit"].pop("inferred", None)
    for place, value in again.items():
        *path, last = place.split(".")
        inner = content
        for key in path:
            inner = inner.setdefault(key, {})
        found.hold(of, place, inner.get(last, {}), value)
        inner[last] = value
    if inferred is not None:
        content["audit"]["inferred"] = inferred
        found.miss("audit.inferred", "it was found with flags that are not kept")
    return msgspec.convert(content, Record)


def _from_curve(record: Record) -> dict[str, Any]:
    """Return what the epochs say that a record must hold."""
    if not record.curve:  # a baseline trains itself
        return {"best_epoch": None}
    losses = [epoch.valid_logloss for epoch in record.curve]
    went_on = str(record.environment.get("procedure", "")).startswith(OPTIMUM)
    best_epoch = len(losses) - 1 if went_on else losses.index(min(losses))
    return {
        "best_epoch": best_epoch,
        "metrics.valid.logloss": losses[best_epoch],
        "metrics.valid.auc": record.curve[best_epoch].valid_auc,
    }


def _from_data(of: str, record: Record, sources: Sources, found: Verification) -> dict[str, Any]:
    """Return what the data, the model and the predictions say that a record must hold."""
    again: dict[str, Any] = {}
    try:
        rows = sources.rows(record)
    except FmbenchError as error:
        for what in ("fingerprint", "audit", "metrics.test", "parameters", SPEED):
            found.miss(what, str(error))
        return again
    again |= {"fingerprint": rows.fingerprint, "audit": dict(rows.audit)}
    if record.curve:
        again[SPEED] = [
            rows.n_train * epoch.passes / epoch.seconds if epoch.seconds > 0 else 0.0
            for epoch in record.curve
        ]
        try:
            again["parameters"] = sources.parameters(record)
        except FmbenchError as error:
            found.miss("parameters", str(error))
    else:
        found.miss("parameters", "they are learnt; only running the cell again would tell")
    if "test" not in record.metrics and record.predictions is None:
        found.miss("metrics.test", "the cell read no test rows")
    elif rows.fingerprint != record.fingerprint:
        found.miss("metrics.test", "the rows at hand are not those of the record")
    else:
        again |= _from_predictions(of, record, rows, sources, found)
    return again


def _from_predictions(
    of: str, record: Record, rows: Rows, sources: Sources, found: Verification
) -> dict[str, Any]:
    if record.predictions is None:
        found.odd.append((of, "predictions", "differs", "none are named; expected test logits"))
        return {}
    try:
        logits = sources.predictions(record).astype(np.float64)
    except Missing:
        found.miss("predictions", "they are not in the store, as in a clone")
        found.miss("metrics.test", "its predictions are not in the store")
        return {}
    except StoreError as error:
        found.odd.append((of, "predictions", "damaged", str(error)))
        return {}
    found.counts["predictions", "as stored", ""] += 1
    if len(logits) != len(rows.labels):
        why = f"{len(logits)} logits are stored; expected one for each of {len(rows.labels)} rows"
        found.odd.append((of, "predictions", "differs", why))
        return {}
    values = evaluate(rows.labels, logits, rows.users)
    return {
        "metrics.test": values,
        "undefined.test": why_undefined(values, rows.labels, logits, rows.users),
    }


def _tables(tables: Sequence[Table]) -> Any:
    """Return the numbers that tables show of quality, and the groups that they make of it."""
    return [
        {
            row.case: {
                "seeds": list(row.seeds),
                "group": row.group,
                "parameters": row.parameters,
                **{name: msgspec.to_builtins(row.metrics[name]) for name in METRICS},
            }
            for row in table.rows
        }
        for table in tables
    ]


def _leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value that holds no other, with its place."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*place, str(key)))
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _leaves(inner, (*place, str(i)))
    else:
        yield place, value
