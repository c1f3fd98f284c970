"""Tuning: trials that read no test row, what they found, and the settings that they chose."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmbench import data
from fmbench.api.suites import Asked
from fmbench.data import Where as Where
from fmbench.executors import Local
from fmbench.executors import search as run_trials
from fmbench.harness import Setting, registry_of
from fmbench.record import Watch
from fmbench.report import show_searches as show_searches
from fmbench.spec import RunSpec
from fmbench.store import Store
from fmbench.tuned import Entry, TunedSettings, read_tuned, write_tuned
from fmbench.tuning import Search, affordable, draw_trials, fitting

FILE = "tuned.toml"
"""What the chosen settings are called in a store."""

FORMER_FILE = "protocol.toml"
"""What they were called before; still read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The trials of each model, all on the same data."""

    where: Where
    trials: Mapping[str, Sequence[RunSpec]]


def plan(asked: Asked, trials: int | None, settled: TunedSettings | None = None) -> Plan:
    """Draw the trials of a suite's models; what the suite says of a model is not searched.

    Models that have settings for the data in `settled` have no trials. None: as many trials as the
    numbers of models and of training rows allow.

    Raises:
        UsageError, DataError: The data is not within reach.
    """
    specs = [spec for spec in asked.cases() if settled is None or not settled.holds(spec)]
    if not specs:
        return Plan(asked.where, {})
    dataset = data.load(specs[0].dataset, specs[0].dataset_args, asked.where)
    rows, fields = len(dataset.train), len(dataset.fields)
    count = affordable(rows, len(specs)) if trials is None else trials
    drawn = {
        spec.model: draw_trials(
            spec,
            fitting(registry_of(spec.model)[spec.model].space, rows, fields),
            asked.fixed(spec.model),
            count,
        )
        for spec in specs
    }
    return Plan(asked.where, drawn)


def search(
    plan: Plan,
    cells: Mapping[str, Any],
    out: Path,
    *,
    seconds: float = math.inf,
    plugins: Sequence[Path] = (),
    watch: Watch = lambda done, total, record: None,
) -> list[Search]:
    """Return what the trials found, from the store or, failing that, from runs.

    `cells` are fields of a `Setting`. A model's trials end when its fitting has spent `seconds`.

    Raises:
        UsageError, DataError, EnvironmentFault, StoreError: As a sweep does.
    """
    setting = Setting(plan.where, **cells)
    return run_trials(
        plan.trials, setting, Store(out), Local(), seconds=seconds, plugins=plugins, watch=watch
    )


def chosen(searches: Sequence[Search], before: TunedSettings | None = None) -> TunedSettings:
    """Return settings with those that trials chose, all on the same data."""
    settings = before or TunedSettings()
    models = {search.model: search.tuned for search in searches if search.tuned}
    if not models:
        return settings
    spec = searches[0].trials[0].spec
    return settings.put(Entry.of(spec.dataset, spec.dataset_args, models))


def kept(out: Path) -> TunedSettings:
    """Return the settings that a store has chosen so far.

    Raises:
        UsageError: Its file holds something else.
    """
    path = out / FILE if (out / FILE).exists() else out / FORMER_FILE
    return read_tuned(path) if path.exists() else TunedSettings()


def keep(settings: TunedSettings, out: Path) -> None:
    """Write the settings that a store has chosen.

    Raises:
        EnvironmentFault: They cannot be written.
    """
    write_tuned(out / FILE, settings)
