"""Runs: what a store does not hold yet is trained and tested, and all of it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fmbench import report
from fmbench.api import suites, tune
from fmbench.api.averages import averages
from fmbench.api.content import Content
from fmbench.api.suites import Asked
from fmbench.data import Where as Where
from fmbench.executors import Local, sweep
from fmbench.harness import Setting as Setting
from fmbench.record import Record, Watch
from fmbench.spec import RunSpec
from fmbench.store import Store
from fmbench.tuned import SHIPPED, TunedSettings, read_tuned


def tuned(named: str | None) -> TunedSettings | None:
    """Return the tuned settings of a file, or the shipped ones; None for `none`."""
    return None if named == "none" else read_tuned(Path(named or SHIPPED))


def ask(content: Content, where: Where, out: Path) -> Asked:
    """Check what a suite's content says, and what the store `out` can take.

    Raises:
        UsageError, DataError, EnvironmentFault, StoreError: Nothing can run; nothing is written.
    """
    asked = suites.ask(content, where)
    Store(out).check()
    return asked.within_reason()


def choose(
    asked: Asked,
    settled: TunedSettings | None,
    cells: Mapping[str, Any],
    out: Path,
    *,
    plugins: Sequence[Path] = (),
    watch: Watch = lambda done, total, record: None,
) -> TunedSettings | None:
    """Return `settled`, and beside it settings for the models that have none for the data.

    Trials choose these, as many a model as the suite says; where neither it nor `settled` says
    anything, there are none. The store `out` keeps the trials.

    Raises:
        UsageError, DataError, EnvironmentFault, StoreError: As a sweep does.
    """
    trials = asked.suite.trials
    if trials == 0 or (settled is None and trials is None):
        return settled
    plan = tune.plan(asked, trials, settled)
    # A model of which everything is said, or that has nothing to say, is not worth a trial.
    several = {model: drawn for model, drawn in plan.trials.items() if len(drawn) > 1}
    found = tune.search(replace(plan, trials=several), cells, out, plugins=plugins, watch=watch)
    return tune.chosen(found, settled)


def run(
    specs: Sequence[RunSpec],
    setting: Setting,
    out: Path,
    *,
    plugins: Sequence[Path] = (),
    watch: Watch = lambda done, total, record: None,
) -> list[Record]:
    """Return a record for every resolved spec, from the store `out` or, failing that, from a run.

    Raises:
        UsageError, DataError, EnvironmentFault, StoreError: As a sweep does.
    """
    return sweep(specs, setting, Store(out), Local(), plugins=plugins, watch=watch)


def show(records: Sequence[Record], format: str, out: Path, where: Where) -> str:
    """Return the table of records in the store `out`, with averages of their predictions.

    Raises:
        UnknownName: There is no such format.
    """
    averaged = averages(records, Store(out), where)
    return report.show(records, format, averaged=averaged)


def code(records: Sequence[Record]) -> int:
    """Return the exit code of records: 4 where a cell failed."""
    return 0 if all(record.status == "ok" for record in records) else 4
