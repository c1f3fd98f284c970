"""Tuning: trials that read no test row, what they found, and the settings that they chose."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmbench import data
from fmbench.api import suites
from fmbench.data import Where as Where
from fmbench.executors import Local
from fmbench.executors import search as run_trials
from fmbench.harness import Setting, registry_of
from fmbench.record import Watch
from fmbench.report import show_searches as show_searches
from fmbench.spec import RunSpec
from fmbench.store import Store
from fmbench.tuned import Entry, TunedSettings, read_tuned, write_tuned
from fmbench.tuning import Search, draw_trials, fitting

FILE = "tuned.toml"
"""What the chosen settings are called in a store."""

FORMER_FILE = "protocol.toml"
"""What they were called before; still read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The trials of each model, all on the same data."""

    where: Where
    specs: Sequence[RunSpec]
    """One spec a model, which its trials start from."""
    trials: Mapping[str, Sequence[RunSpec]]
    before: TunedSettings
    """The settings that the store has chosen so far."""


def plan(content: Mapping[str, Any], where: Where, trials: int, out: Path) -> Plan:
    """Draw the trials of a suite's models; what the suite says of a model is not searched.

    Raises:
        UsageError, DataError: The suite makes no sense, or its data is not within reach.
    """
    path = out / FILE if (out / FILE).exists() else out / FORMER_FILE
    before = read_tuned(path) if path.exists() else TunedSettings()
    where, specs = suites.specs(content, where)
    fixed = {f"train.{key}" for key in content.get("train", {})}
    rows = len(data.load(specs[0].dataset, specs[0].dataset_args, where).train)
    drawn = {
        spec.model: draw_trials(
            spec,
            fitting(registry_of(spec.model)[spec.model].space, rows),
            fixed | content.get("model", {}).get(spec.model, {}).keys(),
            trials,
        )
        for spec in specs
    }
    return Plan(where, specs, drawn, before)


def search(
    plan: Plan,
    cells: Mapping[str, Any],
    out: Path,
    *,
    seconds: float = math.inf,
    plugins: Sequence[Path] = (),
    watch: Watch = lambda done, total, record: None,
) -> list[Search]:
    """Run the trials that the store does not hold yet; keep in it the settings that they chose.

    `cells` are fields of a `Setting`. A model's trials end when its fitting has spent `seconds`.

    Raises:
        UsageError, DataError, EnvironmentFault, StoreError: As a sweep does.
    """
    setting = Setting(plan.where, **cells)
    found = run_trials(
        plan.trials, setting, Store(out), Local(), seconds=seconds, plugins=plugins, watch=watch
    )
    chosen = {search.model: search.tuned for search in found if search.tuned}
    if chosen:
        entry = Entry.of(plan.specs[0].dataset, plan.specs[0].dataset_args, chosen)
        write_tuned(out / FILE, plan.before.put(entry))
    return found
