"""A search: the trials of several models side by side, each as long as its budget lasts."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from fmbench.executors.contract import Executor
from fmbench.executors.sweep import sweep
from fmbench.harness import Setting
from fmbench.record import Record, Watch
from fmbench.spec import RunSpec
from fmbench.store import Store
from fmbench.tuning import Search, seconds_of, within


def search(
    trials: Mapping[str, Sequence[RunSpec]],
    setting: Setting,
    store: Store,
    executor: Executor,
    *,
    seconds: float = math.inf,
    plugins: Sequence[Path] = (),
    watch: Watch = lambda done, total, record: None,
) -> list[Search]:
    """Return what the trials of each model found, from the store or, failing that, from runs.

    A model's trials are taken in order until their fitting has spent `seconds`; a trial that is
    begun counts. With such a limit they run in rounds of `setting.jobs` trials a model.

    Raises:
        UsageError, DataError, EnvironmentFault, StoreError: As a sweep does.
    """
    total = sum(map(len, trials.values()))
    size = setting.jobs if math.isfinite(seconds) else total
    found: dict[str, list[Record]] = {model: [] for model in trials}

    def due() -> list[RunSpec]:
        """Return the next round: more trials of each model whose budget lasts."""
        return [
            spec
            for model, records in found.items()
            if math.fsum(map(seconds_of, records)) < seconds
            for spec in trials[model][len(records) :][:size]
        ]

    def tell(done: int, _: int, record: Record) -> None:
        watch(sum(map(len, found.values())) + done, total, record)

    while specs := due():
        for record in sweep(specs, setting, store, executor, plugins=plugins, watch=tell):
            found[record.spec.model].append(record)
    return [Search(model, within(records, seconds)) for model, records in found.items()]
