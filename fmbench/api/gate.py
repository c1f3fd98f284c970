"""The gate: new records against a base, a reference, or another version of the code."""

import json
import random
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fmbench import data, gate
from fmbench.errors import FmbenchError
from fmbench.gate import Check as Check
from fmbench.gate import Promotion, Side
from fmbench.gate import show as show
from fmbench.gate.gates import Gate
from fmbench.metrics import Labels
from fmbench.record import Record, Watch

Sizes = Sequence[tuple[str, float]]
"""Metrics, each with a size."""


def check(
    new: str, reference: str, data_dir: Path | None, drop: Sizes, margin: Sizes, *, strict: bool
) -> Check:
    """Judge the records of a store against a reference.

    Raises:
        UsageError, StoreError: Either is not there, or damaged.
    """
    base = gate.find_reference(reference)
    return _judge(base, gate.find(new), data_dir, drop, margin, strict=strict)


def compare(
    base: str, new: str, data_dir: Path | None, drop: Sizes, margin: Sizes, *, strict: bool
) -> Check:
    """Judge the records of one store or reference against those of another.

    Raises:
        UsageError, StoreError: Either is not there, or damaged.
    """
    return _judge(gate.find(base), gate.find(new), data_dir, drop, margin, strict=strict)


def _judge(
    base: Side, new: Side, data_dir: Path | None, drop: Sizes, margin: Sizes, *, strict: bool
) -> Check:
    return gate.check(
        base,
        new,
        today=datetime.now(UTC).date(),
        gates=gates(drop, margin),
        strict=strict,
        labels=_labels(data_dir),
    )


def gates(drop: Sizes, margin: Sizes) -> Mapping[str, Gate]:
    """Return what the metrics are held to.

    Raises:
        UnknownName, UsageError: There is no such metric, or a size makes no sense.
    """
    return gate.adjusted(dict(drop), dict(margin))


def _labels(data_dir: Path | None) -> Callable[[Record], Labels | None]:
    """Return what gives the test labels of a record whose data is at hand; fetches nothing."""

    @cache
    def load(dataset: str, args: str, fingerprint: str | None) -> Labels | None:
        where = data.Where(data_dir)
        try:
            if data.find(dataset, where) is None:
                return None
            loaded = data.load(dataset, json.loads(args), where)
        except FmbenchError:
            return None
        return loaded.test.is_positive if loaded.fingerprint == fingerprint else None

    return lambda r: load(r.spec.dataset, json.dumps(r.spec.dataset_args), r.fingerprint)


def side_by_side(
    base: str,
    new: str,
    content: Mapping[str, Any],
    data_dir: Path | None,
    plugins: Sequence[Path],
    held_to: Mapping[str, Gate],
    watch: Watch,
    *,
    strict: bool,
) -> Check:
    """Measure two versions of fmbench in pairs of fresh processes; judge quality and speed.

    Raises:
        UsageError: A version, the suite or a model makes no sense, or a model runs on neither side.
        EnvironmentFault: The machine is too noisy to judge speed.
    """
    from fmbench.harness import select  # torch, which the other verbs of the gate do without
    from fmbench.spec import build_suite

    models = select(build_suite(content).models)
    dataset = str(content.get("dataset", ""))
    if dataset.lower().endswith(".csv"):
        content = {**content, "dataset": str(Path(dataset).absolute())}
    flags = ["--data-dir", str(data_dir.absolute())] if data_dir else []
    with (
        tempfile.TemporaryDirectory() as folder,
        gate.arms(base, new, folder=Path(folder)) as (one, other),
    ):
        work = gate.Work(content, flags, plugins, Path(folder))
        chance = random.Random(secrets.randbits(64))
        session = gate.Session(work, one, other, models, held_to, chance, watch)
        return session.check(datetime.now(UTC), strict=strict)


def promote(name: str, store: Path, *, reason: str, min_seeds: int | None) -> None:
    """Let a reference stand for the records of a store from now on; see `gate.promote`."""
    least = gate.MIN_SEEDS if min_seeds is None else min_seeds
    gate.promote(gate.Log(name), store, reason=reason, now=datetime.now(UTC), min_seeds=least)


def accept(name: str, cell: str, metric: str, *, until: date, reason: str) -> None:
    """Accept a regression of one metric of one cell until a day; see `gate.put_up_with`."""
    now = datetime.now(UTC)
    gate.put_up_with(gate.Log(name), cell, metric, until=until, reason=reason, now=now)


def references(name: str | None) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield name, what, when, of what, until when and why for each line of the references' logs."""
    for log in map(gate.Log, [name] if name else gate.names()):
        for entry in log.read():
            if isinstance(entry, Promotion):
                of = f"{entry.store}: {len(entry.records)} records"
                yield log.name, "promote", entry.at, of, "", entry.reason
            else:
                of, until = f"{entry.cell}:{entry.metric}", entry.until.isoformat()
                yield log.name, "accept", entry.at, of, until, entry.reason
