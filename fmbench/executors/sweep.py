"""A sweep: run what a store does not hold yet, and keep every record as it comes."""

from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from fmbench.errors import EnvironmentFault
from fmbench.executors.contract import Executor
from fmbench.executors.interrupts import held
from fmbench.harness import Data, Setting, forget, preflight, tidy, warm_up
from fmbench.record import Record, Watch
from fmbench.spec import RunSpec
from fmbench.store import Store


def sweep(
    specs: Sequence[RunSpec],
    setting: Setting,
    store: Store,
    executor: Executor,
    *,
    plugins: Sequence[Path] = (),
    watch: Watch = lambda done, total, record: None,
) -> list[Record]:
    """Return a record for every resolved spec, from the store or, failing that, from a run.

    `watch` is told of each record that comes in: how many there are now, of how many, and which.

    Raises:
        UsageError, DataError: Nothing can run; nothing is written.
        EnvironmentFault: A record cannot be written, or another sweep is at work in the store.
        StoreError: The store holds a record that is newer than this program.
    """
    store.check()
    cases = preflight(specs, setting)
    store.prepare()
    with store.lock():
        return _run(specs, cases, setting, store, executor, plugins, watch)


def _run(
    specs: Sequence[RunSpec],
    cases: Mapping[str, Data],
    setting: Setting,
    store: Store,
    executor: Executor,
    plugins: Sequence[Path],
    watch: Watch,
) -> list[Record]:
    found, damages = store.read()
    store.set_aside(damages)
    records = {
        (record.spec.case, record.spec.seed): record
        for record in found
        if record.status == "ok"
        and record.spec.case in cases
        and record.fingerprint == cases[record.spec.case].fingerprint
    }
    waiting = [spec for spec in specs if (spec.case, spec.seed) not in records]
    setting = replace(setting, unfinished=store.unfinished)
    tidy(store.unfinished, [record.spec for record in records.values()])
    done = len(specs) - len(waiting)
    if waiting:
        with suppress(OSError):  # the first cell will meet it and tell of it
            executor.get_ready()
    warm_up(waiting, cases, setting.device)
    with closing(executor.run(waiting, setting, plugins)) as outcomes:
        for outcome in outcomes:
            record = outcome.record
            try:
                with held():
                    store.append(record, outcome.logits, outcome.valid)
            except EnvironmentFault as fault:
                lost = f"{record.spec.name}, seed {record.spec.seed}, ended and is not recorded"
                kept = f"{done} of {len(specs)} records are kept; make room and run again"
                raise EnvironmentFault(f"{fault}; {lost}", kept) from fault
            if record.status == "ok":
                forget(store.unfinished, record.spec)
            records[record.spec.case, record.spec.seed] = record
            done += 1
            watch(done, len(specs), record)
    # With the specs as they are asked for now: the name of a stored one, and the number of trials
    # that chose its settings, are not part of its case.
    return [structs.replace(records[spec.case, spec.seed], spec=spec) for spec in specs]
