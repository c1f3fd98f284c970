"""Ablations: a plan's variants are run as far as a store lacks them, and reported."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fmbench import data
from fmbench.ablation import Plan, Study, design, keep
from fmbench.ablation import show as show_analyses
from fmbench.api import studies
from fmbench.data import Where
from fmbench.executors import Local, sweep
from fmbench.harness import Setting, count_weights, resolve
from fmbench.models import MODELS
from fmbench.record import Record, Watch
from fmbench.store import Store


def ablate(
    plans: Sequence[Plan],
    where: Where,
    cells: Mapping[str, Any],
    out: Path,
    *,
    plugins: Sequence[Path] = (),
    watch: Watch = lambda done, total, record: None,
) -> tuple[list[Study], list[Record]]:
    """Run what the store lacks of plans; return their studies and records.

    `cells` are fields of a `Setting`. The store keeps each plan before anything runs.

    Raises:
        UsageError: A plan makes no sense, or the store has another one of its name.
        DataError, EnvironmentFault, StoreError: As a sweep does.
    """
    setting = Setting(where, **cells)
    designed = [_design(plan, where) for plan in plans]
    store = Store(out)
    store.check()
    for study in designed:
        keep(study, store.root)
    specs = {(s.case, s.seed): s for study in designed for s in study.specs()}
    records = sweep(list(specs.values()), setting, store, Local(), plugins=plugins, watch=watch)
    studies.ask(designed, records, store, where)
    return designed, records


def show(designed: Sequence[Study], records: Sequence[Record], out: Path, format: str) -> str:
    """Return the reports of studies that a store has run.

    Raises:
        UnknownName: There is no such format.
    """
    return show_analyses(studies.analyses(designed, records, Store(out)), records, format)


def _design(plan: Plan, where: Where) -> Study:
    return design(
        plan,
        arguments=lambda model: MODELS[model].defaults,
        resolve=lambda spec: resolve(spec, where),
        size=lambda spec: count_weights(
            spec, data.load(spec.dataset, spec.dataset_args, where).fields
        ),
    )
